import { describe, expect, test } from 'bun:test'
import {
  describeReads,
  describeResult,
  describeRetry,
  describeTodo,
} from '../../ui/src/lib/activity/labels.ts'
import { reduceLine, toActivity } from '../../ui/src/lib/activity/reduce.ts'
import { isError, isSettled } from '../../ui/src/lib/activity/rows.ts'
import { createActivity, trimActivity } from '../../ui/src/lib/activity/state.ts'
import { createLineSplitter } from '../../ui/src/lib/lines.ts'
import { pick, readRecording, recordings, rowsOfLines, rowsOfRecording } from './recordings.ts'

const streamJson = recordings.filter(
  (name) => !['textmode-err', 'text-out', 'json-out'].includes(name),
)

describe('activity from recorded output', () => {
  test('every recorded line is known', () => {
    const unknown = streamJson.flatMap((name) =>
      pick(rowsOfRecording(name), 'unknown').map((row) => `${name}: ${row.name}`),
    )
    expect(unknown).toEqual([])
    expect(streamJson.length).toBeGreaterThan(100)
  })

  test('no recorded line is dropped: each leaves its mark or tells what another line tells', () => {
    const dropped = new Set<string>()
    for (const name of streamJson) {
      const activity = createActivity()
      for (const line of createLineSplitter().push(0, readRecording(name))) {
        const before = activity.rows.slice()
        const marks = JSON.stringify([[...activity.messageStates], activity.context])
        reduceLine(activity, line)
        const isSame =
          before.length === activity.rows.length &&
          before.every((row, index) => row === activity.rows[index]) &&
          marks === JSON.stringify([[...activity.messageStates], activity.context])
        if (isSame) dropped.add(nameOf(line.text))
      }
    }
    expect([...dropped].sort()).toEqual([
      // Answers to the host's own questions, and calls of its own hooks and tools: the calls have rows.
      'control_request hook_callback',
      'control_request mcp_message',
      'control_response',
      // Nothing but "all is well" about the usage limit.
      'rate_limit_event allowed',
      // Frame of a streamed message: its text, thinking and calls are rows.
      'stream_event content_block_delta signature_delta',
      'stream_event content_block_stop',
      'stream_event message_delta',
      'stream_event message_start',
      'stream_event message_stop',
      // Repeats of what rows say already.
      'system background_tasks_changed',
      'system init',
      'system session_state_changed',
      'system session_title_changed',
      'system status',
      'system task_notification local_agent or foreground',
      'system task_started local_agent or foreground',
      'system task_updated',
      'system ui_invalidate',
    ])
  })

  test('reading may begin at any line, and says what it cannot know from there', () => {
    const lines = createLineSplitter().push(0, readRecording('basic-tools'))
    for (let from = 1; from < lines.length; from++) {
      const { rows } = toActivity(lines.slice(from), { startsInside: true })
      const results = lines.slice(from).filter(({ text }) => text.includes('"tool_result"'))
      const shown = rows.filter(({ kind }) => ['orphan', 'bash', 'edit', 'reads'].includes(kind))
      expect(shown.length).toBeGreaterThanOrEqual(Math.min(1, results.length))
      const [end] = pick(rows, 'result')
      expect(end).toMatchObject({ isPartial: true, totalUsd: 0.01072 })
      expect(end?.turn).toBeUndefined()
      expect(end?.costUsd).toBeUndefined()
      expect(end && describeResult(end)).toMatch(
        /^Turn done · at least \d calls? .* \$0\.01 in all$/,
      )
    }
    const [, ...rest] = lines.slice(lines.findIndex(({ text }) => text.includes('"tool_use"')))
    const [orphan] = toActivity(rest, { startsInside: true }).rows
    expect(orphan).toMatchObject({ kind: 'orphan', state: 'done' })
  })

  test('what is far above can be forgotten, and the rest goes on as before', () => {
    const lines = createLineSplitter().push(0, readRecording('basic-tools'))
    const whole = toActivity(lines)
    const at = whole.rows[2]?.offset ?? 0
    const activity = createActivity()
    for (const line of lines) {
      reduceLine(activity, line)
      if (line.offset <= at) trimActivity(activity, at)
    }
    const kept = whole.rows.filter(({ offset }) => offset >= at)
    expect(activity.rows).toEqual(kept)
    expect(activity.place.size).toBe(activity.rows.length)
    expect([...activity.byCall.values()].every((id) => activity.place.has(id))).toBe(true)
  })

  test('is the same however the bytes were cut', () => {
    for (const name of ['basic-partial', 'agents', 'bidi-steer', 'autocompact']) {
      const bytes = readRecording(name)
      const activity = createActivity()
      const splitter = createLineSplitter()
      for (let at = 0; at < bytes.length; at += 7)
        for (const line of splitter.push(at, bytes.subarray(at, at + 7))) reduceLine(activity, line)
      expect(activity.rows).toEqual(rowsOfRecording(name))
    }
  })

  test('a row is replaced when it changes, never mutated', () => {
    const lines = createLineSplitter().push(0, readRecording('basic-tools'))
    const activity = createActivity()
    const seen = new Map<unknown, string>()
    for (const line of lines) {
      reduceLine(activity, line)
      for (const row of activity.rows) seen.set(row, seen.get(row) ?? JSON.stringify(row))
    }
    for (const [row, before] of seen) expect(JSON.stringify(row)).toBe(before)
    expect(seen.size).toBeGreaterThan(activity.rows.length)
  })

  test('ids are unique and every row is settled when a recording ends well', () => {
    for (const name of ['basic-tools', 'agents-fg', 'bash-bg', 'bidi-multi', 'basic-partial']) {
      const rows = rowsOfRecording(name)
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
      expect(rows.filter((row) => !isSettled(row))).toEqual([])
    }
  })
})

function nameOf(text: string): string {
  const line = JSON.parse(text)
  const { type, subtype, event, request } = line
  if (type === 'rate_limit_event') return `${type} ${line.rate_limit_info.status}`
  const isOwn = line.is_backgrounded !== true || line.task_type === 'local_agent'
  if (/^task_(started|notification)$/.test(subtype) && isOwn)
    return `system ${subtype} local_agent or foreground`
  return [type, subtype, request?.subtype, event?.type, event?.delta?.type]
    .filter(Boolean)
    .join(' ')
}

describe('rows', () => {
  test('a permission is open until the call it is about goes on, is refused or withdrawn', () => {
    const states = streamJson.flatMap((name) =>
      pick(rowsOfRecording(name), 'ask').map(({ tool, state }) => `${name} ${tool} ${state}`),
    )
    expect(states.sort()).toEqual([
      'ctl-basic Bash allowed',
      'ctl-basic Bash denied',
      'ctl-basic Write allowed',
      'perm-eof Bash withdrawn',
      'perm-interrupt Bash withdrawn',
      'plan-host AskUserQuestion allowed',
      'plan-host ExitPlanMode allowed',
      'plan-host Write allowed',
      'v-reqaction Bash allowed',
    ])
    const [, question] = pick(rowsOfRecording('plan-host'), 'ask')
    expect(question?.questions).toEqual([
      { question: 'Which DB?', options: ['SQLite', 'Postgres'] },
    ])
    expect(question?.answer).toContain('"Which DB?"="SQLite"')
  })

  test('a call that is being written says how much of it is there, and then becomes the call', () => {
    const sizes = new Map<string, number[]>()
    const activity = createActivity()
    for (const line of createLineSplitter().push(0, readRecording('basic-partial'))) {
      reduceLine(activity, line)
      for (const { id, size } of pick(activity.rows, 'calling'))
        sizes.set(id, [...(sizes.get(id) ?? []), size])
    }
    const [[id, known] = ['', []]] = [...sizes]
    expect(known.at(-1)).toBeGreaterThan(known[0] ?? Number.POSITIVE_INFINITY)
    expect(pick(activity.rows, 'calling')).toEqual([])
    expect(activity.rows.find((row) => row.id === id)?.kind).toBeOneOf(['bash', 'tool', 'edit'])
  })

  test('a turn costs what the session costs more than before it', () => {
    const turn = (total: number): unknown => ({
      type: 'result',
      subtype: 'success',
      total_cost_usd: total,
    })
    const costs = pick(rowsOfLines([turn(0.5), turn(0.75), turn(0.1)]), 'result')
    expect(costs.map(({ costUsd }) => costUsd)).toEqual([0.5, 0.25, 0.1])
  })

  test('a huge result keeps its beginning and its end', () => {
    const output = `first ${'x'.repeat(3_000_000)} last`
    const [row] = pick(
      rowsOfLines([
        {
          type: 'assistant',
          message: {
            content: [{ type: 'tool_use', id: 'a', name: 'Bash', input: { command: 'x' } }],
          },
        },
        {
          type: 'user',
          message: { content: [{ type: 'tool_result', tool_use_id: 'a', content: output }] },
        },
      ]),
      'bash',
    )
    expect(row?.output.length).toBeLessThan(300_000)
    expect(row?.output).toStartWith('first ')
    expect(row?.output).toEndWith(' last')
    expect(row?.output).toContain('characters are only in Raw')
  })

  test('a file that is written and then edited shows its lines', () => {
    const [written, edited] = pick(rowsOfRecording('basic-tools'), 'edit')
    expect(written).toMatchObject({ path: 'a.txt', isNew: true, added: 2, deleted: 0 })
    expect(edited).toMatchObject({ path: 'a.txt', isNew: false, added: 1, deleted: 1 })
    expect(edited?.lines.at(-1)).toEqual({ kind: 'add', new: 2, text: 'TWO' })
  })

  test('a command that failed has its exit code beside its output, and counts as an error', () => {
    const [row] = pick(rowsOfRecording('basic-tools'), 'bash')
    expect(row).toMatchObject({ state: 'failed', exit: 3, output: 'one\nTWO\nerr' })
    expect(row && isError(row)).toBe(true)
  })

  test('text that streams is one row, and the whole text replaces it', () => {
    const bytes = readRecording('basic-partial')
    const lines = createLineSplitter().push(0, bytes)
    const activity = createActivity()
    const lengths: number[] = []
    for (const line of lines) {
      reduceLine(activity, line)
      const [row] = pick(activity.rows, 'text')
      if (row?.live) lengths.push(row.text.length)
    }
    expect(lengths.at(-1)).toBeGreaterThan(lengths[0] ?? Number.POSITIVE_INFINITY)
    expect(pick(activity.rows, 'text').map(({ text, live }) => [text, live])).toEqual([
      ['I will run it now, please wait a bit', false],
      ['All done.', false],
    ])
  })

  test('reads and searches in a row are one line', () => {
    const call = (id: string, name: string, input: unknown): unknown => ({
      type: 'assistant',
      message: { content: [{ type: 'tool_use', id, name, input }] },
    })
    const rows = rowsOfLines([
      call('1', 'Read', { file_path: '/workspace/src/store.ts' }),
      call('2', 'Grep', { pattern: 'SCRIPT LOAD' }),
      call('3', 'Glob', { pattern: '**/*.lua' }),
      call('4', 'Bash', { command: 'ls' }),
      call('5', 'Read', { file_path: '/workspace/pool.ts' }),
    ])
    expect(rows.map(({ kind }) => kind)).toEqual(['reads', 'bash', 'reads'])
    const [group, single] = pick(rows, 'reads')
    expect(group && describeReads(group)).toEqual({
      title: '3 reads and searches',
      detail: 'store.ts, “SCRIPT LOAD”, “**/*.lua”',
    })
    expect(single && describeReads(single).title).toBe('Read')
  })

  test('what a subagent does stands below its call', () => {
    const rows = rowsOfRecording('agents-fg')
    const [agent] = pick(rows, 'subagent')
    const inside = rows.filter(({ parent }) => parent === agent?.id)
    expect(agent).toMatchObject({ state: 'done', calls: 1, description: 'fg sub', depth: 0 })
    expect(inside.map(({ kind, depth }) => [kind, depth])).toEqual([['bash', 1]])
    expect(rows.indexOf(inside[0] ?? (rows[0] as never))).toBe(rows.indexOf(agent as never) + 1)
  })

  test('a message says whether it was read, and appears once', () => {
    const messages = pick(rowsOfRecording('bidi-steer'), 'message')
    expect(messages.map(({ uuid, state }) => [uuid.slice(0, 8), state])).toEqual([
      ['22222222', 'done'],
      ['33333333', 'done'],
    ])
  })

  test('retries are one row that says what they cost', () => {
    const retries = pick(rowsOfRecording('e529-ok'), 'retry')
    expect(retries).toHaveLength(1)
    const [row] = retries
    expect(row).toMatchObject({ status: '529', over: true })
    expect(row && describeRetry(row)).toMatch(
      /^API busy \(529\), retried (once|twice|\d+ times), \d+\.\d s lost$/,
    )
  })

  test('a usage limit is told when it changes and when it stops the agent', () => {
    const rows = streamJson.flatMap((name) => pick(rowsOfRecording(name), 'limit'))
    expect(rows.some(({ text }) => text === '5 h usage 91%')).toBe(true)
    expect(rows.some(({ rejected, resetsAt }) => rejected && resetsAt !== undefined)).toBe(true)
  })

  test('the end of a turn says how it went, and why it did not', () => {
    expect(pick(rowsOfRecording('basic-tools'), 'result')).toMatchObject([
      { ok: true, turn: 1, calls: 4, costUsd: 0.01072 },
    ])
    const [failed] = pick(rowsOfRecording('maxturns'), 'result')
    expect(failed?.ok).toBe(false)
    expect(failed?.cause).toStartWith('It reached its limit of turns')
  })

  test('a summary of the conversation is a divider with its sizes', () => {
    expect(pick(rowsOfRecording('autocompact'), 'divider').map(({ text }) => text)).toContain(
      'Conversation summarised, 985k → 2.5k tokens',
    )
  })

  test('to-do lists follow one another, and only the newest counts', () => {
    const todo = (todos: unknown[]): unknown => ({
      type: 'assistant',
      message: {
        content: [
          { type: 'tool_use', id: String(todos.length), name: 'TodoWrite', input: { todos } },
        ],
      },
    })
    const rows = pick(
      rowsOfLines([
        todo([{ content: 'a', status: 'in_progress' }]),
        todo([
          { content: 'a', status: 'completed' },
          { content: 'b', status: 'in_progress' },
        ]),
      ]),
      'todo',
    )
    expect(rows.map(({ isLatest }) => isLatest)).toEqual([false, true])
    expect(describeTodo(rows[1]?.items ?? [])).toEqual({ current: 'b', count: '1 of 2' })
  })

  test('what nobody knows yet is shown, not dropped', () => {
    const rows = rowsOfLines([
      { type: 'brand_new', value: 1 },
      { type: 'system', subtype: 'odd' },
    ])
    expect(pick(rows, 'unknown').map(({ name }) => name)).toEqual(['brand_new', 'system odd'])
    expect(toActivity([{ offset: 0, text: 'Segmentation fault' }]).rows[0]).toMatchObject({
      kind: 'unknown',
      name: 'not JSON',
      raw: 'Segmentation fault',
    })
  })

  test('lines of any shape never throw', () => {
    const shapes = [
      null,
      [],
      1,
      'x',
      {},
      { type: 'assistant' },
      { type: 'user', message: { content: [{}] } },
    ]
    expect(() =>
      rowsOfLines([...shapes, { type: 'result' }, { type: 'stream_event', event: null }]),
    ).not.toThrow()
  })
})
