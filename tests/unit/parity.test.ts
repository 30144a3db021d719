/** The table of parity says which test holds which feature; here it is held to what it says. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const tests = join(import.meta.dir, '..')
const table = readFileSync(join(tests, 'PARITY.md'), 'utf8')

type Row = { number: number; feature: string; cell: string }
type Claim = { file: string; name: string }

function toRows(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [, number, , feature = '', cell = ''] = line.split(/(?<!\\)\|/).map((part) => part.trim())
    return number && /^\d+$/.test(number) ? [{ number: Number(number), feature, cell }] : []
  })
}

/** Every `file`: name of a cell; undefined when the cell says something else. */
function toClaims(cell: string): Claim[] | undefined {
  const claims = cell.split('<br>').map((each) => /^`([^`]+)`: (.+)$/.exec(each.trim()))
  if (claims.some((match) => match === null)) return undefined
  return claims.map((match) => ({ file: match?.[1] ?? '', name: match?.[2] ?? '' }))
}

/** Whether a source names a test (or the row of a table of tests) so, as a literal in any quotes. */
function hasTest(source: string, name: string): boolean {
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`))
}

/** What a cell claims and is not so; the cell itself when it claims nothing. */
function missingClaims(cell: string): unknown[] {
  const claims = toClaims(cell)
  if (!claims || claims.length === 0) return [cell]
  return claims.filter(({ file, name }) => {
    const path = join(tests, file)
    return !existsSync(path) || !hasTest(readFileSync(path, 'utf8'), name)
  })
}

const rows = toRows(table)

test('the table has every row of the original, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1))
})

describe('every row is held by tests that exist, or says which later issue brings it', () => {
  test.each(rows.map(({ number, feature, cell }) => [number, feature, cell] as const))(
    '%i %s',
    (_number, _feature, cell) => {
      if (/^Later issue: .{5,}\.$/.test(cell)) return
      expect(missingClaims(cell)).toEqual([])
    },
  )
})

/** Rows of the second table: a letter with a number, a sentence, a cell. */
const weaknesses = table.split('\n').flatMap((line) => {
  const [, number = '', weakness = '', cell = ''] = line
    .split(/(?<!\\)\|/)
    .map((part) => part.trim())
  return /^[A-Z]\d+$/.test(number) ? [[number, weakness, cell] as const] : []
})

describe('every weakness is held by tests that exist', () => {
  test.each(weaknesses)('%s %s', (_number, _weakness, cell) => {
    expect(missingClaims(cell)).toEqual([])
  })

  test('and the lists are complete: what is due of S, L, M and K, all of U, O, C, D and G, each once and in order', () => {
    const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)
    const due = {
      // The rest of S and L comes with what it belongs to.
      S: [...upTo(7), 9, 13, 16, 17, 18],
      L: upTo(21),
      // Claims about checkpoints, review, delivery, memory and services come with them; a Go version is nobody's business here.
      M: [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 15, 17, 18, 19, 22, 24, 25, 26],
      K: upTo(14),
      U: upTo(20),
      O: upTo(8),
      C: upTo(11),
      D: upTo(9),
      G: upTo(9),
    }
    expect(weaknesses.map(([number]) => number)).toEqual(
      Object.entries(due).flatMap(([letter, numbers]) => numbers.map((each) => `${letter}${each}`)),
    )
  })
})

test('the check itself sees a test that does not exist, and a cell that says nothing', () => {
  const source = "test('one thing', () => {})"
  expect(hasTest(source, 'one thing')).toBe(true)
  expect(hasTest(source, 'one')).toBe(false)
  expect(toClaims('`a.test.ts`: one<br>`b.test.ts`: two')).toHaveLength(2)
  expect(toClaims('soon')).toBeUndefined()
})
