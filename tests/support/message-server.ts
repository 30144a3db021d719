/**
 * A server whose agents are at the other ends of its pipes: what they call comes in as lines, what they are answered and told goes out as
 * lines, and both are said again by whoever was not heard. A process of its own, so that it can be killed.
 */
import { mkdirSync } from 'node:fs'
import * as v from 'valibot'
import type { Agents } from '#agents/agents.ts'
import { applyEffect } from '#agents/recording.ts'
import { hearToolCall, recordToolCall, type ToolHolder } from '#agents/tools.ts'
import { ensureInput, listInputs, toAgentInput } from '#db/agent-inputs.ts'
import { getAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { listUnheardCalls } from '#db/tool-calls.ts'
import { systemClock } from '#lib/clock.ts'
import { createEventLog } from '#streams/event-log.ts'
import { createWorld, planThenWork, step } from './test-tasks.ts'

const name = v.string()
const In = v.variant('type', [
  v.object({ type: v.literal('call'), from: name, id: name, tool: name, input: v.looseObject({}) }),
  v.object({ type: v.literal('heard'), from: name, id: name }),
  v.object({ type: v.literal('read'), from: name, id: name }),
])

const [dir = '', count = '20'] = process.argv.slice(2)
mkdirSync(dir, { recursive: true })
const names = Array.from({ length: Number(count) }, (_, at) => `w${at}`)
const tools: ToolHolder = {}
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)

const world = createWorld({
  dir,
  clock: systemClock,
  script: planThenWork({ subtasks: names.map((id) => step(id)) }, () => new Promise(() => {})),
  config: { maxAgents: names.length, maxAgentsPerTask: names.length },
  wrapAgents: (agents): Agents => ({
    ...agents,
    offerTools(host) {
      tools.host = host
      agents.offerTools(host)
    },
    tellTools: sayAnswers,
    async message(agentId, { id = crypto.randomUUID(), content, priority }) {
      const fixed = { id, agentId, content, priority, kind: 'message', state: 'queued' } as const
      const row = ensureInput(world.db, { ...fixed, createdAt: Date.now() })
      if (row.state === 'queued') say({ type: 'told', to: nameOf(agentId), id, text: content })
      return toAgentInput(row)
    },
  }),
})
// Its own database, which it hands out as less.
const log = createEventLog({ db: world.db as Db, clock: systemClock })
const nameOf = (agentId: string): string => getAgent(world.db, agentId).subtaskId ?? ''

function sayAnswers(agentId: string): void {
  for (const { requestId, answer } of listUnheardCalls(world.db, agentId))
    say({ type: 'answer', to: nameOf(agentId), id: requestId, text: answer ?? '' })
}

const [known] = world.tasks.list({ limit: 1 }).tasks
if (known) {
  const commit = { files: {}, message: 'first', parents: [] }
  const repository = { commits: new Map([['c0', commit]]), head: 'c0', base: 'c0' }
  world.repositories.repositories.set(known.id, repository)
  await world.tasks.recover()
}
const { id: taskId } = known ?? world.create({ auto_approve: true })
const agentIds = new Map<string, string>()
await world.until('everybody to be at work', () => {
  const { subtasks } =
    world.status(taskId) === 'running' ? world.tasks.plan(taskId) : { subtasks: [] }
  for (const { id, agent_id: agentId } of subtasks) if (agentId) agentIds.set(id, agentId)
  const working = [...agentIds.values()].filter((id) => getAgent(world.db, id).status === 'running')
  return working.length === names.length
})
const web = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('ok') })
say({ type: 'ready', url: `http://127.0.0.1:${web.port}` })
// What was on its way when the one before was killed.
for (const agentId of agentIds.values()) {
  sayAnswers(agentId)
  for (const { id, content } of listInputs(world.db, agentId, {
    kind: 'message',
    states: ['queued'],
  }))
    say({ type: 'told', to: nameOf(agentId), id, text: content })
}

for await (const line of console) {
  const said = v.parse(In, JSON.parse(line))
  if (said.type === 'read') {
    const agentId = agentIds.get(said.from) ?? ''
    log.transact((tx, record) => {
      const recording = { tx, record, agentId, now: Date.now(), overrides: new Map(), tools }
      applyEffect(recording, { type: 'message', id: said.id, state: 'read' })
    })
    continue
  }
  const agentId = agentIds.get(said.from) ?? ''
  log.transact((tx, record) => {
    const calling = { tx, record, agentId, now: Date.now(), tools }
    if (said.type === 'heard') hearToolCall(calling, said.id)
    else {
      const asked = { requestId: said.id, toolUseId: said.id, rpcId: 0 }
      recordToolCall(calling, { ...asked, tool: said.tool, input: said.input })
    }
  })
  if (said.type === 'heard') continue
  sayAnswers(agentId)
  tools.host?.called(taskId)
}
