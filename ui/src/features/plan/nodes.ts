/** What a subtask's node says: its state, what it does now or waits for, and who does it. */
import type { Agent } from '#contract/agent.ts'
import type { Subtask } from '#contract/plan.ts'
import { isAwaitingPerson, type Status, subtaskStatus } from '#contract/status-words.ts'
import { agentDuration } from '../../data/status.ts'
import { firstLine, formatMoney, joinWords } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'

export type PlanNode = {
  id: string
  name: string
  depends_on: readonly string[]
  status: Status
  /** What it does, what it took, what went wrong, or what it waits for. */
  detail: string
  role: string
  agent: Agent | undefined
}

export function toNodes(
  subtasks: readonly Subtask[],
  {
    agents,
    now,
    isStopped = false,
  }: { agents: readonly Agent[]; now: number; isStopped?: boolean },
): PlanNode[] {
  const names = new Map(subtasks.map(({ id, name }) => [id, name]))
  const done = new Set(subtasks.filter(({ status }) => status === 'completed').map(({ id }) => id))
  const agentsById = new Map(agents.map((agent) => [agent.id, agent]))
  const isHeld = ({ status }: Subtask): boolean => isStopped && status === 'queued'
  return subtasks.map((subtask) => {
    const agent = subtask.agent_id ? agentsById.get(subtask.agent_id) : undefined
    const missing = subtask.depends_on
      .filter((id) => !done.has(id))
      .map((id) => names.get(id) ?? id)
    const still = isHeld(subtask) ? held : stillness(subtask, agent)
    const attempt = subtask.attempt > 1 ? `, attempt ${subtask.attempt}` : ''
    return {
      id: subtask.id,
      name: subtask.name,
      depends_on: subtask.depends_on,
      status: still?.status ?? subtaskStatus(subtask),
      detail: still?.detail ?? decided(subtask) ?? toDetail(subtask, { agent, missing, now }),
      role: `${subtask.agent_role}${attempt}`,
      agent,
    }
  })
}

/** The nodes of before where they say the same, and the list of before when all do: what shows one that did not change stays as it is. */
export function keepSame(
  before: readonly PlanNode[] = [],
  nodes: readonly PlanNode[],
): readonly PlanNode[] {
  const known = new Map(before.map((node) => [node.id, node]))
  const kept = nodes.map((node) => {
    const old = known.get(node.id)
    return old && saysTheSame(old, node) ? old : node
  })
  const isSame = kept.length === before.length && kept.every((node, at) => node === before[at])
  return isSame ? before : kept
}

const saysTheSame = (a: PlanNode, b: PlanNode): boolean =>
  a.name === b.name &&
  a.detail === b.detail &&
  a.role === b.role &&
  a.agent === b.agent &&
  a.status.glyph === b.status.glyph &&
  a.status.word === b.status.word &&
  a.depends_on.length === b.depends_on.length &&
  a.depends_on.every((id, at) => id === b.depends_on[at])

/** Its agent works on it and does not move. */
function stillness({ status }: Subtask, agent: Agent | undefined): Still | undefined {
  if (status !== 'running' || agent === undefined) return undefined
  if (agent.frozen_since) return frozen
  return agent.status === 'running' && isAwaitingPerson(agent) ? asking(agent) : undefined
}
const frozen: Still = {
  status: { glyph: 'pause', word: 'Frozen' },
  detail: 'Frozen, goes on with Unfreeze',
}
const asking = ({ activity, asks_person: asks }: Agent): Still => ({
  status: { glyph: 'need', word: 'Needs you' },
  detail: asks ? 'Waits for you' : `Asks: ${activity ?? 'for permission'}`,
})

/** Who is to decide about its work, where the state alone says too little. */
function decided({ status, verdict, resolution }: Subtask): string | undefined {
  if (status === 'running' && verdict?.question_id) return 'Waits for you'
  return status === 'integrating' && resolution?.state === 'resolving'
    ? 'Joining both sides'
    : undefined
}

/** Of a stopped task, what had begun. */
const held: Still = {
  status: { glyph: 'pause', word: 'Stopped' },
  detail: 'Goes on with Resume',
}
/** It has begun and does not move. */
type Still = Pick<PlanNode, 'status' | 'detail'>

function toDetail(
  subtask: Subtask,
  { agent, missing, now }: { agent: Agent | undefined; missing: string[]; now: number },
): string {
  switch (subtask.status) {
    case 'pending':
      return missing.length > 0 ? `After ${joinWords(missing)}` : 'Ready'
    case 'queued':
      return agent?.queue_position
        ? `Number ${agent.queue_position} in the queue`
        : 'Waits for a slot'
    case 'running':
      return agent?.activity ?? (agent?.status === 'running' ? 'Working' : 'Starting')
    case 'integrating':
      return 'Merging its work'
    case 'completed': {
      const took = agent && agentDuration(agent, now)
      return [
        took === undefined ? '' : formatDuration(took),
        agent ? formatMoney(agent.cost_usd) : '',
      ]
        .filter(Boolean)
        .join(' · ')
    }
    case 'failed':
    case 'skipped':
      return firstLine(subtask.error ?? subtask.conflicts?.join(', ') ?? '')
  }
}

/** For a screen reader, behind the name: ", running, after Limit policy and Store interface." */
export function describeNode(node: PlanNode, names: ReadonlyMap<string, string>): string {
  const after = node.depends_on.map((id) => names.get(id) ?? id)
  const place = after.length > 0 ? `after ${joinWords(after)}` : 'first'
  return `, ${node.status.word.toLowerCase()}, ${place}. `
}

/** The node itself, everything it needs and everything that needs it. */
export function relatives(
  nodes: readonly Pick<PlanNode, 'id' | 'depends_on'>[],
  id: string,
): Set<string> {
  const found = new Set([id])
  const before = new Map(nodes.map((node) => [node.id, node.depends_on]))
  const up = (each: string): void => {
    for (const parent of before.get(each) ?? [])
      if (!found.has(parent)) {
        found.add(parent)
        up(parent)
      }
  }
  const down = (each: string): void => {
    for (const node of nodes)
      if (node.depends_on.includes(each) && !found.has(node.id)) {
        found.add(node.id)
        down(node.id)
      }
  }
  up(id)
  const ancestors = new Set(found)
  down(id)
  return new Set([...ancestors, ...found])
}
