import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Row } from '../../ui/src/lib/activity/rows.ts'
import { sanitize, toPlain } from '../../ui/src/lib/ansi.ts'
import { renderRow } from '../../ui/src/terminal/render.ts'
import { cellsOf, wrap } from '../../ui/src/terminal/style.ts'
import { createTerminalWriter, firstLines, maxLines } from '../../ui/src/terminal/writer.ts'
import { recordings, rowsOfRecording } from './recordings.ts'

const plainCells = (line: string): number =>
  [...toPlain(line)].reduce((sum, character) => sum + cellsOf(character), 0)

const bash = (change: Partial<Extract<Row, { kind: 'bash' }>>): Row => ({
  id: 'b',
  offset: 0,
  depth: 0,
  kind: 'bash',
  state: 'done',
  command: 'pnpm test',
  output: '',
  ...change,
})

describe('rows as a terminal session', () => {
  test('no line is wider than the terminal, whatever was recorded', () => {
    for (const width of [46, 80])
      for (const name of recordings)
        for (const row of rowsOfRecording(name))
          for (const line of renderRow(row, width))
            expect(plainCells(line)).toBeLessThanOrEqual(width)
  })

  test('nothing but colours reaches the terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
    const colours = /\u001b\[[0-9;]*m/g
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    const controls = /[\u0000-\u0008\u000a-\u001f\u007f]/
    for (const name of recordings)
      for (const row of rowsOfRecording(name))
        for (const line of renderRow(row, 80))
          expect(line.replace(colours, '')).not.toMatch(controls)
  })

  test('looks like a session, not like JSON', () => {
    const text = rowsOfRecording('basic-tools')
      .flatMap((row) => renderRow(row, 72))
      .map(toPlain)
    expect(text).toContain('● Write a.txt +2 -0')
    expect(text).toContain('● Bash cat a.txt; echo err >&2; exit 3 exit 3 · 0.2 s')
    expect(text).toContain('  │ err')
    expect(text.join('\n')).not.toContain('"type"')
  })

  test('a long output keeps its ends, and an error the lines round its cause', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`)
    const plain = renderRow(bash({ output: lines.join('\n') }), 80).map(toPlain)
    expect(plain).toContain('  │ line 0')
    expect(plain).toContain('  │ line 99')
    expect(plain).toContain('  │ … 84 lines more')
    lines[50] = '\u001b[31mError: it broke\u001b[0m'
    const failed = renderRow(bash({ state: 'failed', output: lines.join('\n') }), 80).map(toPlain)
    expect(failed).toContain('  │ line 48')
    expect(failed).toContain('  │ Error: it broke')
    expect(failed).not.toContain('  │ line 0')
  })
})

describe('wrapping', () => {
  test('loses no character and breaks at spaces', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three'])
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  })

  test('a colour goes on in the next line', () => {
    const [first, second] = wrap('\u001b[31mred words here\u001b[0m', 9)
    expect(first).toBe('\u001b[31mred words\u001b[0m')
    expect(second).toBe('\u001b[31mhere\u001b[0m')
  })

  test('counts wide characters as two cells', () => {
    expect(wrap('日本語', 4)).toEqual(['日本', '語'])
  })

  test('fits any text into any width', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 4, max: 40 }),
        (text, width) => {
          const lines = wrap(sanitize(text).replaceAll('\n', ' '), width)
          for (const line of lines) expect(plainCells(line)).toBeLessThanOrEqual(width)
        },
      ),
    )
  })
})

describe('what programs print', () => {
  test('keeps colours and drops everything that could move, rename or link', () => {
    expect(sanitize('\u001b[31mred\u001b[0m')).toBe('\u001b[31mred\u001b[0m')
    expect(sanitize('\u001b[2J\u001b[1;1Hgone')).toBe('gone')
    expect(sanitize('\u001b]0;title\u0007text')).toBe('text')
    expect(sanitize('\u001b]8;;javascript:alert(1)\u001b\\link\u001b]8;;\u001b\\')).toBe('link')
    expect(sanitize('\u001b]52;c;c3RlYWw=\u0007')).toBe('')
    expect(sanitize('\u001bcreset\u0008\u0000')).toBe('reset')
  })

  test('a progress bar collapses to its last state', () => {
    expect(sanitize('10%\r50%\r100%\ndone\r\n')).toBe('100%\ndone\n')
  })

  test('never leaves an escape that is not a colour', () => {
    const piece = fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '0',
      ';',
      'm',
      'H',
      '\u0007',
      'P',
      'x',
      '\r',
      '\u009b',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
        const left = sanitize(pieces.join('')).replace(/\u001b\[[0-9;:]*m/g, '')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for
        expect(left).not.toMatch(/[\u001b\u009b\u0007\r]/)
      }),
    )
  })
})

/** As much of a terminal as the writer uses: lines, cursor up, clear below. */
function createScreen(height: number) {
  let lines: string[] = []
  let clears = 0
  return {
    text: () => lines.map(toPlain),
    clears: () => clears,
    screen: {
      columns: () => 60,
      height: () => height,
      clear() {
        lines = []
        clears++
      },
      write(text: string) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: the sequence that the writer uses
        const back = /^\u001b\[(\d+)A\r\u001b\[J/.exec(text)
        if (back) lines.splice(lines.length - Number(back[1]))
        lines.push(
          ...text
            .slice(back?.[0].length ?? 0)
            .split('\r\n')
            .slice(0, -1),
        )
      },
    },
  }
}

describe('a terminal that follows', () => {
  test('shows the same as one that was opened at the end', () => {
    for (const name of ['basic-partial', 'bidi-multi', 'agents-fg']) {
      const rows = rowsOfRecording(name)
      const live = createScreen(50)
      const writer = createTerminalWriter(live.screen)
      for (let count = 1; count <= rows.length; count++) writer.update(rows.slice(0, count))
      expect(live.text()).toEqual(rows.flatMap((row) => renderRow(row, 60)).map(toPlain))
    }
  })

  test('rewrites only the rows that may still change', () => {
    const live = createScreen(50)
    const writer = createTerminalWriter(live.screen)
    const first = bash({ id: 'a', output: 'ok' })
    writer.update([first, bash({ id: 'b', state: 'running' })])
    expect(live.text().at(-1)).toContain('running')
    writer.update([first, bash({ id: 'b', output: 'done' })])
    expect(live.text().filter((line) => line.includes('pnpm test'))).toHaveLength(2)
    expect(live.text().join('\n')).not.toContain('running')
    expect(live.clears()).toBe(1)
  })

  test('rows that are forgotten at the beginning cost nothing, and what follows is appended', () => {
    const live = createScreen(50)
    const writer = createTerminalWriter(live.screen)
    const rows = Array.from({ length: 200 }, (_, index) =>
      bash({ id: `r${index}`, command: `c${index}` }),
    )
    writer.update(rows.slice(0, 100))
    for (let from = 1; from <= 100; from++) writer.update(rows.slice(from, from + 100))
    expect(live.clears()).toBe(1)
    expect(live.text().filter((line) => line.includes('● Bash'))).toHaveLength(200)
  })

  test('a row that scrolled off is drawn anew later, and the rest goes on until then', () => {
    const live = createScreen(5)
    const writer = createTerminalWriter(live.screen)
    const first = bash({ id: 'first', state: 'running' })
    const rest = Array.from({ length: 20 }, (_, index) => bash({ id: `r${index}` }))
    writer.update([first, ...rest.slice(0, 10)])
    writer.update([bash({ id: 'first', output: 'late' }), ...rest.slice(0, 11)])
    expect([writer.isStale(), live.clears()]).toEqual([true, 1])
    expect(live.text().filter((line) => line.includes('● Bash'))).toHaveLength(12)
    writer.redraw()
    expect(writer.isStale()).toBe(false)
    expect(live.text().join('\n')).toContain('late')
  })

  test('opens with the last lines, draws more on the way up, and reaches a row far above', () => {
    const live = createScreen(50)
    const writer = createTerminalWriter(live.screen)
    const rows = Array.from({ length: 12_000 }, (_, index) =>
      bash({ id: `r${index}`, command: `c${index}` }),
    )
    writer.update(rows)
    expect(live.text().length).toBeLessThanOrEqual(firstLines + 2)
    expect(live.text()[0]).toContain('earlier rows')
    expect(writer.drawMore()).toBeGreaterThan(firstLines / 2)
    while (writer.drawMore() > 0) expect(live.text().length).toBeLessThanOrEqual(maxLines + 2)
    expect(writer.reach('r100')).toBeGreaterThan(1000)
    expect(live.text().some((line) => line.includes('c100'))).toBe(true)
    expect(writer.reach('nowhere')).toBeUndefined()
    writer.drawEnd()
    expect(live.text().at(-1)).toContain('c11999')
  })

  test('a burst of more than a terminal should take is skipped to its end', () => {
    const live = createScreen(50)
    const writer = createTerminalWriter(live.screen)
    writer.update([bash({ id: 'a' })])
    const burst = Array.from({ length: 9000 }, (_, index) =>
      bash({ id: `r${index}`, command: `${index} ${'x'.repeat(40)}` }),
    )
    writer.update([bash({ id: 'a' }), ...burst])
    expect(live.text().length).toBeLessThan(firstLines + 10)
    expect(live.text().at(-1)).toContain('8999')
  })

  test('draws everything anew when a row changed that was written for good', () => {
    const live = createScreen(50)
    const writer = createTerminalWriter(live.screen)
    writer.update([bash({ id: 'a', output: 'one' })])
    writer.update([bash({ id: 'a', output: 'two' })])
    expect(live.clears()).toBe(1)
    expect(live.text().join('\n')).toContain('two')
    expect(live.text().join('\n')).not.toContain('one')
  })
})
