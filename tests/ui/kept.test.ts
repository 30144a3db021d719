/** What a checkpoint keeps, as the page reads it. The lines are the CLI's own, of version 2.1.330, shortened. */
import { expect, test } from 'bun:test'
import { fileUrl, isReadOnly } from '../../ui/src/data/file-place.ts'
import { scopeName } from '../../ui/src/data/work.ts'
import { createHolding, toLines } from '../../ui/src/lib/activity/holding.ts'
import { fromTranscript } from '../../ui/src/lib/activity/transcript.ts'

const call = { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'echo out; exit 3' } }
const edit = { type: 'tool_use', id: 't2', name: 'Edit', input: { file_path: '/workspace/a.txt' } }
const lines = [
  { type: 'queue-operation', operation: 'dequeue', timestamp: '2026-11-22T17:48:13.880Z' },
  { type: 'user', uuid: 'u1', message: { role: 'user', content: 'Please begin.' } },
  {
    type: 'attachment',
    attachment: { type: 'environment' },
    rendered: [{ content: '<system-reminder>' }],
  },
  {
    type: 'api-request-blob',
    message: { role: 'system', content: [{ type: 'text', text: 'hidden' }] },
  },
  { type: 'assistant', uuid: 'u2', message: { id: 'm1', role: 'assistant', content: [call] } },
  {
    ...{ type: 'user', uuid: 'u3', toolUseResult: 'Error: Exit code 3\nout' },
    message: {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 't1', is_error: true, content: 'Exit code 3\nout' },
      ],
    },
  },
  { type: 'assistant', uuid: 'u4', message: { id: 'm2', role: 'assistant', content: [edit] } },
  {
    ...{ type: 'user', uuid: 'u5' },
    message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't2', content: 'ok' }] },
    toolUseResult: {
      filePath: '/workspace/a.txt',
      structuredPatch: [
        { oldStart: 1, oldLines: 1, newStart: 1, newLines: 1, lines: ['-a', '+b'] },
      ],
    },
  },
  { type: 'user', uuid: 'u6', isMeta: true, message: { role: 'user', content: 'Go on.' } },
  { type: 'system', subtype: 'compact_boundary', compactMetadata: { preTokens: 985_000 } },
  { type: 'system', subtype: 'turn_duration', durationMs: 12 },
  {
    type: 'assistant',
    uuid: 'u7',
    message: { id: 'm3', content: [{ type: 'text', text: 'Done.' }] },
  },
]
const bytes = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))

test('a kept conversation gives the rows that the agent page shows, without what the CLI noted for itself', () => {
  const holding = createHolding({ maxChars: 1e6, maxRows: 1000 }, fromTranscript)
  holding.reset(toLines(0, bytes), { from: 0, to: bytes.length })
  expect(holding.activity.rows).toMatchObject([
    { kind: 'message', text: 'Please begin.' },
    { kind: 'bash', state: 'failed', exit: 3, output: 'out' },
    { kind: 'edit', state: 'done', path: 'a.txt', added: 1, deleted: 1 },
    { kind: 'notice', text: 'The CLI told it to go on: Go on.' },
    { kind: 'divider', text: 'Conversation summarised, 985k tokens' },
    { kind: 'text', text: 'Done.' },
  ])
  expect(JSON.stringify(holding.activity.rows)).not.toContain('hidden')
  // Rows are found by the place of their lines in the file.
  expect(holding.rowAt(bytes.indexOf(10) + 1)).toMatchObject({ kind: 'message' })
})

test('a damaged line of a conversation is seen as it is', () => {
  const holding = createHolding({ maxChars: 1e6, maxRows: 1000 }, fromTranscript)
  holding.reset([{ offset: 0, text: '{"type":"us' }], { from: 0, to: 11 })
  expect(holding.activity.rows).toMatchObject([{ kind: 'unknown', name: 'not JSON' }])
})

test('a file of a checkpoint is asked for where the checkpoint is, and is never to be changed', () => {
  const place = {
    area: 'workspace',
    path: 'a b/"caf\\351"',
    kept: { checkpointId: 'c1', of: 'save:a1' },
  } as const
  expect(fileUrl('t 1', place)).toBe(
    '/api/tasks/t%201/checkpoints/c1/file?of=save%3Aa1&path=a%20b%2F%22caf%5C351%22',
  )
  expect(isReadOnly(place)).toBe(true)
  expect(isReadOnly({ area: 'workspace', path: 'a' })).toBe(false)
})

test('what was viewed of one comparison is not viewed of another', () => {
  const names = (['branch', 'start'] as const).map((against) =>
    scopeName({ kind: 'kept', id: 'c1', of: 'branch', against }),
  )
  expect(new Set(names).size).toBe(2)
})
