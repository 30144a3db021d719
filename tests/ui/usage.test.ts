import { expect, test } from 'bun:test'
import { countTokens, toCsv } from '../../ui/src/lib/usage-words.ts'

const usage = {
  ...{ input_tokens: 1, output_tokens: 2 },
  ...{ cache_read_tokens: 3, cache_write_tokens: 4 },
}

test('figures of agents are a table for other programs, and a name is no formula there', () => {
  const agent = {
    ...{ agent_id: 'a1', subtask_id: '=1+1, "x"', role: 'developer', kind: 'worker' as const },
    ...{ model: 'opus', status: 'running' as const, attempt: 1, duration_ms: 61_400 },
    ...{ cost_usd: 0.25, turns: 3, tool_calls: 7, usage },
  }
  const [head = '', line = ''] = toCsv({ agents: [agent] }).split('\r\n')
  expect(head.split(',')).toHaveLength(14)
  expect(line).toBe(`a1,"'=1+1, ""x""",developer,opus,running,1,61,3,7,1,2,3,4,0.25`)
})

test('all tokens count, those of the cache too', () => {
  expect(countTokens(usage)).toBe(10)
})
