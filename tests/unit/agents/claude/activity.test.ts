/** What an agent is doing, in words. */
import { expect, test } from 'bun:test'
import { toActivity } from '#agents/claude/activity.ts'

const doing = (name: string, input: Record<string, unknown>): string | undefined =>
  toActivity({
    type: 'assistant',
    ...{ messageId: 'm1', model: 'opus' },
    blocks: [{ type: 'tool_use', id: 'c1', name, input }],
    ...{ isSubagent: false, isAborted: false },
  })

test.each([
  ['mcp__team__write_directive', { worker: 'poem' }, 'Writing a directive for poem'],
  ['mcp__team__wait_for_messages', {}, 'Waiting for messages'],
  ['mcp__team__report_blocked', { reason: 'No\npaper.' }, 'Blocked: No paper.'],
  ['mcp__team__send_message', {}, 'Writing to …'],
  ['mcp__team__unheard_of', {}, 'unheard_of of team'],
  ['mcp__shop__buy', { what: 'ink' }, 'buy of shop'],
  ['Bash', { command: 'ls' }, 'Bash ls'],
])('%s is told as a person would', (name, input, words) => {
  expect(doing(name, input)).toBe(words)
})
