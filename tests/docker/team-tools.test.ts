/** Our tools as the real CLI uses them over its own pipe, with the server killed between a call and its answer. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import type { AgentSpec } from '#agents/agents.ts'
import type { ToolHost } from '#agents/tools.ts'
import { answerToolCall, type ToolCallRow } from '#db/tool-calls.ts'
import type { Engine } from '#docker/engine.ts'
import { newId } from '#lib/ids.ts'
import { call, type Step, say } from '#model/story.ts'
import type { AgentRigOptions } from '../support/agent-rig.ts'
import { createAgentStages } from '../support/agent-stages.ts'
import { requireEngine, testEngine } from '../support/docker.ts'

const noEngine = await requireEngine()
const engine = noEngine === undefined ? testEngine() : ({} as Engine)
const longMs = 120_000

let commit: string
const stages = createAgentStages(engine)

beforeAll(async () => {
  if (noEngine !== undefined) return
  commit = (await stages.prepare()).commit
}, 300_000)
afterEach(stages.clear, longMs)
afterAll(stages.dispose)

const tool = (name: string) => ({
  name,
  description: `Does ${name}.`,
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
})

/** Notes what is asked; `note` is answered at once, `wait` when the test says so. */
function createHost(): ToolHost & { calls: ToolCallRow[] } {
  const calls: ToolCallRow[] = []
  return {
    calls,
    name: 'team',
    offered: () => [tool('note'), tool('wait')],
    isReading: () => false,
    call(_open, row) {
      calls.push(row)
      return row.tool === 'note' ? { text: `noted ${calls.length}` } : undefined
    },
    called() {},
  }
}

function stage(
  script: Step[],
  options: Partial<AgentRigOptions> = {},
  profile: AgentSpec['profile'] = { kind: 'worker' },
) {
  const { rig, model } = stages.open({ others: [script] }, options)
  const host = createHost()
  rig.agents.offerTools(host)
  const spec = rig.newAgent({
    profile,
    workspace: stages.clone(commit),
  })
  const answer = (text: string): void => {
    const row = host.calls.find((one) => one.tool === 'wait')
    if (row) answerToolCall(rig.db, row.id, { text, isError: false, now: 0 })
    rig.agents.tellTools(spec.agentId)
  }
  return { rig, model, host, spec, answer }
}

const turn = () => ({ turnId: newId(), prompt: 'Please do the work.' })
const note = call('mcp__team__note', { text: 'one' })
const wait = call('mcp__team__wait', {})

describe.skipIf(noEngine !== undefined)('the real CLI', () => {
  test(
    'calls a tool of ours and reads the answer, also where it asks a person for everything else',
    async () => {
      const seen: string[] = []
      const script: Step[] = [
        note,
        ({ results, tools }) => {
          seen.push(...results.map(({ text }) => text), String(tools.includes('mcp__team__wait')))
          return say('done')
        },
      ]
      const { rig, spec, host } = stage(script, { permissionMode: 'manual' })
      expect(await rig.agents.run(spec, turn())).toEqual({ kind: 'completed', text: 'done' })
      expect(host.calls.map(({ input }) => input)).toEqual([{ text: 'one' }])
      expect(seen).toEqual(['noted 1', 'true'])
      expect(rig.permissions()).toEqual([])
    },
    longMs,
  )

  test(
    'waits for an answer while servers come and go, and is asked for nothing meanwhile',
    async () => {
      const { rig, spec, host, answer, model } = stage([wait, say('done')])
      const work = turn()
      rig.agents.run(spec, work).catch(() => {})
      await rig.until(() => host.calls.length === 1)
      const asked = model.requests().length
      for (const _ of [1, 2]) {
        rig.restart()
        rig.agents.offerTools(host)
        expect((await rig.agents.reconcile()).adopted).toEqual([spec.agentId])
      }
      const again = rig.agents.run(spec, work)
      answer('go on')
      expect(await again).toEqual({ kind: 'completed', text: 'done' })
      // One call, and the one request that reads its answer.
      expect(host.calls).toHaveLength(1)
      expect(model.requests().length).toBe(asked + 1)
    },
    longMs,
  )

  test(
    'is not answered twice when its container is killed before it heard, and does not act twice',
    async () => {
      const { rig, spec, host, answer } = stage([note, wait, say('done')])
      const running = rig.agents.run(spec, turn())
      await rig.until(() => host.calls.length === 2)
      await engine.killContainer(rig.row(spec.agentId).containerId ?? '', 'SIGKILL')
      // The new container waits again; what was noted before is not noted again.
      await rig.until(() => host.calls.length === 3)
      expect(host.calls.map((row) => row.tool)).toEqual(['note', 'wait', 'wait'])
      host.calls.shift()
      host.calls.shift()
      answer('go on')
      expect(await running).toEqual({ kind: 'completed', text: 'done' })
    },
    longMs,
  )

  test(
    'that may only read has our tools and no other way to change anything',
    async () => {
      let tools: string[] = []
      const script: Step[] = [
        (request) => {
          tools = request.tools
          return note
        },
        say('done'),
      ]
      const { rig, spec } = stage(script, {}, { kind: 'manager' })
      expect(await rig.agents.run(spec, turn())).toEqual({ kind: 'completed', text: 'done' })
      expect(tools.toSorted()).toEqual([
        'Glob',
        'Grep',
        'Read',
        'mcp__team__note',
        'mcp__team__wait',
      ])
    },
    longMs,
  )
})
