import { expect, test } from 'bun:test'
import { createLogReader } from '#cli/client/log-lines.ts'
import { createPaint } from '#cli/client/paint.ts'

const lines = [
  { type: 'assistant', message: { content: [{ type: 'text', text: 'I look \u001b[2Jaround.' }] } },
  {
    type: 'assistant',
    message: { content: [{ type: 'tool_use', name: 'Bash', input: { command: 'npm\ntest' } }] },
  },
  {
    type: 'user',
    message: { content: [{ type: 'tool_result', is_error: true, content: 'exit 1' }] },
  },
  { type: 'user', message: { content: [{ type: 'tool_result', content: 'fine' }] } },
  { type: 'system', subtype: 'init' },
  { type: 'result', is_error: false, num_turns: 3 },
]
const bytes = new TextEncoder().encode(
  `${lines.map((line) => JSON.stringify(line)).join('\nnot JSON\n')}\n`,
)
const expected = [
  '',
  'I look ␛[2Jaround.',
  '● Bash npm test',
  '  ✗ exit 1',
  '✓ The turn ended, 3 turns',
]

test.each([1, 2, 7, 100, 100_000])('is the same when it comes in pieces of %i bytes', (size) => {
  const reader = createLogReader({ paint: createPaint(false), columns: undefined })
  const shown: string[] = []
  for (let at = 0; at < bytes.length; at += size)
    shown.push(...reader.push(bytes.subarray(at, at + size)))
  expect([...shown, ...reader.end()]).toEqual(expected)
})
