import { describe, expect, test } from 'bun:test'
import { toActivity } from '../../ui/src/lib/activity/reduce.ts'
import {
  createOutputWindow,
  type OutputPort,
  type OutputWindow,
  windowLimits,
} from '../../ui/src/lib/activity/window.ts'
import { createLineSplitter } from '../../ui/src/lib/lines.ts'

const encoder = new TextEncoder()
const limits = { openBytes: 4000, pageBytes: 2000, maxChars: 20_000, maxRows: 200 }

/** Calls with their results, numbered, so that every row can be told from the others. */
function print(count: number, first = 0): string {
  let text = ''
  for (let index = first; index < first + count; index++) {
    const id = `call-${index}`
    const input = { command: `echo ${index}` }
    const call = { type: 'tool_use', id, name: 'Bash', input }
    const result = { type: 'tool_result', tool_use_id: id, content: `${index} ü` }
    text += `${JSON.stringify({ type: 'assistant', message: { content: [call] } })}\n`
    text += `${JSON.stringify({ type: 'user', message: { content: [result] } })}\n`
  }
  return text
}

type Listener = Parameters<OutputPort['follow']>[0]

/** One agent's stored output as the server answers for it, and its live end. */
function createOutput(text: string) {
  let bytes = encoder.encode(text)
  let listener: Listener | undefined
  let isEnded = false
  const reads: [number, number][] = []
  const lineStart = (at: number): number => (at <= 0 ? 0 : bytes.lastIndexOf(10, at - 1) + 1)
  const lineEnd = (at: number): number => {
    const end = bytes.indexOf(10, Math.max(0, at - 1))
    return end < 0 ? bytes.length : end + 1
  }
  const port: OutputPort = {
    async read(from, to) {
      reads.push([from, to])
      const start = lineStart(from)
      const end = lineEnd(Math.min(to, bytes.length))
      return { from: start, bytes: bytes.slice(start, end), size: bytes.length, isEnded }
    },
    follow(next) {
      listener = next
      const from = Math.min(next.next(), bytes.length)
      next.onStart({ from, size: bytes.length })
      if (listener === next && from < bytes.length) next.onBytes(from, bytes.slice(from))
      return () => {
        if (listener === next) listener = undefined
      }
    },
  }
  return {
    port,
    reads,
    isFollowed: () => listener !== undefined,
    size: () => bytes.length,
    /** Printed while the connection was down. */
    missed(more: string) {
      const known = listener
      listener = undefined
      this.print(more)
      listener = known
    },
    print(more: string) {
      const chunk = encoder.encode(more)
      const offset = bytes.length
      const whole = new Uint8Array(offset + chunk.length)
      whole.set(bytes)
      whole.set(chunk, offset)
      bytes = whole
      listener?.onBytes(offset, chunk)
    },
    end() {
      isEnded = true
      listener?.onEnd(bytes.length)
    },
    reconnect() {
      const known = listener
      known?.onStart({ from: Math.min(known.next(), bytes.length), size: bytes.length })
    },
    cut(size: number) {
      bytes = bytes.slice(0, size)
    },
    rows: () => toActivity(createLineSplitter().push(0, bytes)).rows,
  }
}

const ids = (window: OutputWindow): string[] => window.held.activity.rows.map(({ id }) => id)
const open = async (text: string, at?: number) => {
  const output = createOutput(text)
  let changes = 0
  const window = createOutputWindow({ port: output.port, limits, onChange: () => changes++ })
  await window.open({ size: output.size(), at })
  return { output, window, changes: () => changes }
}

describe('the part of an output that a page holds', () => {
  test('a short output is held whole, and goes on live', async () => {
    const { output, window } = await open(print(5))
    expect(window.held.activity.rows).toEqual(output.rows())
    output.print(print(2, 5))
    expect(window.held.activity.rows).toEqual(output.rows())
    expect([window.held.from, window.held.to, window.isLive]).toEqual([0, output.size(), true])
    output.end()
    expect(window.isComplete).toBe(true)
  })

  test('a long output is opened at its end with a few bytes read', async () => {
    const { output, window } = await open(print(500))
    expect(ids(window).at(-1)).toBe('call-499')
    expect(output.reads.length).toBe(1)
    expect(window.held.to - window.held.from).toBeLessThan(limits.openBytes * 1.2)
    expect(window.held.activity.startsInside).toBe(true)
    expect(window.isLive).toBe(true)
  })

  test('a guess of the size that is far too small still opens at the end', async () => {
    const output = createOutput(print(500))
    const window = createOutputWindow({ port: output.port, limits, onChange() {} })
    await window.open({ size: 1000 })
    expect(ids(window).at(-1)).toBe('call-499')
    const fresh = createOutputWindow({ port: output.port, limits, onChange() {} })
    await fresh.open({ size: 0 })
    while (fresh.isOpening) await Promise.resolve()
    expect(ids(fresh).at(-1)).toBe('call-499')
  })

  test('a place in the middle is opened with what stands around it, and nothing is followed', async () => {
    const text = print(2000)
    const at = encoder.encode(text.slice(0, text.indexOf('echo 1000"'))).length
    const { output, window } = await open(text, at)
    expect(window.holds(at)).toBe(true)
    expect(window.held.rowAt(at)?.id).toBe('call-1000')
    expect(output.isFollowed()).toBe(false)
  })

  test('the line of a result leads to the row of its call', async () => {
    const { window } = await open(print(5))
    const line = window.held.lines.find(({ text }) => text.includes('"3 ü"'))
    expect(window.held.rowAt(line?.offset ?? -1)?.id).toBe('call-3')
    const row = window.held.rowAt(line?.offset ?? -1)
    expect(row && window.held.linesOf(row).length).toBe(2)
  })

  test('older pages join without a hole, down to the beginning, and rows keep their ids', async () => {
    const { output, window } = await open(print(60))
    const before = ids(window)
    let rounds = 0
    while (window.held.from > 0 && rounds++ < 50) await window.older()
    const all = output.rows().map(({ id }) => id)
    expect(ids(window)).toEqual(all)
    expect(all.slice(-before.length)).toEqual(before)
    expect(window.held.activity.startsInside).toBe(false)
    expect(window.isLive).toBe(true)
  })

  test('reading far up lets go of the live end, and reading down comes back to it', async () => {
    const { output, window } = await open(print(1000))
    window.setFollowing(false)
    for (let round = 0; round < 30; round++) await window.older()
    expect(window.isLive).toBe(false)
    expect(window.held.isOver()).toBe(false)
    output.print(print(10, 1000))
    for (let round = 0; round < 60 && !window.isLive; round++) await window.newer()
    expect(ids(window).at(-1)).toBe('call-1009')
    expect(output.isFollowed()).toBe(true)
    const held = output.rows().filter(({ offset }) => offset >= window.held.from)
    expect(ids(window)).toEqual(held.map(({ id }) => id))
  })

  test('a firehose does not fill the memory of a page that follows it', async () => {
    const { output, window } = await open(print(1))
    for (let round = 0; round < 300; round++) {
      output.print(print(20, 1 + round * 20))
      expect(window.held.activity.rows.length).toBeLessThanOrEqual(limits.maxRows)
    }
    const { activity, lines } = window.held
    expect(ids(window).at(-1)).toBe('call-6000')
    expect(lines.length).toBeLessThan(400)
    for (const map of [activity.byCall, activity.place, activity.rowOfLine])
      expect(map.size).toBeLessThanOrEqual(limits.maxRows)
    expect(window.held.from).toBeGreaterThan(0)
  })

  test('a firehose stops filling the memory of a page whose reader is further up', async () => {
    const { output, window } = await open(print(10))
    window.setFollowing(false)
    const first = ids(window)[0]
    for (let round = 0; round < 50; round++) output.print(print(20, 10 + round * 20))
    expect(ids(window)[0]).toBe(first)
    expect(output.isFollowed()).toBe(false)
    expect(window.held.lines.length).toBeLessThan(500)
    expect(window.isComplete).toBe(false)
    await window.toEnd()
    expect(window.isLive).toBe(true)
    output.print(print(1, 5000))
    expect(ids(window).at(-1)).toBe('call-5000')
  })

  test('after a long absence a page that follows opens anew at the end', async () => {
    const { output, window } = await open(print(10))
    const { opened } = window
    output.missed(print(1000, 10))
    output.reconnect()
    while (window.isOpening) await Promise.resolve()
    expect(window.opened).toBe(opened + 1)
    expect(ids(window).at(-1)).toBe('call-1009')
    expect(window.isLive).toBe(true)
  })

  test('an output that became shorter is opened anew, never glued together', async () => {
    const { output, window } = await open(print(20))
    const { opened } = window
    output.cut(encoder.encode(print(5)).length)
    output.reconnect()
    while (window.isOpening) await Promise.resolve()
    expect(window.opened).toBe(opened + 1)
    expect(ids(window)).toEqual(output.rows().map(({ id }) => id))
  })

  test('a page that fails says why and can be asked for again', async () => {
    const output = createOutput(print(500))
    const { read } = output.port
    const window = createOutputWindow({ port: output.port, limits, onChange() {} })
    await window.open({ size: output.size() })
    const { from } = window.held
    output.port.read = () => Promise.reject(new Error('Klaudio does not answer.'))
    await window.older()
    expect([window.error, window.held.from]).toEqual(['Klaudio does not answer.', from])
    output.port.read = read
    await window.older()
    expect(window.error).toBe('')
    expect(window.held.from).toBeLessThan(from)
  })

  test('a line of many megabytes is kept with its beginning only, its row whole', async () => {
    const output = 'y'.repeat(4_000_000)
    const call = { type: 'tool_use', id: 'a', name: 'Bash', input: { command: 'x' } }
    const result = { type: 'tool_result', tool_use_id: 'a', content: output }
    const text = [call, result]
      .map((block, index) => ({
        type: index ? 'user' : 'assistant',
        message: { content: [block] },
      }))
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('')
    const stored = createOutput(text)
    const window = createOutputWindow({
      port: stored.port,
      limits: windowLimits,
      onChange() {},
    })
    await window.open({ size: stored.size() })
    expect(window.held.activity.rows[0]).toMatchObject({ kind: 'orphan', state: 'done' })
    expect(window.held.lines[0]?.text.length).toBeLessThan(300_000)
  })
})
