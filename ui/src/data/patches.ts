/** Small facts that come often: taken from the events themselves without a request, and shown together. */
import { batch } from 'solid-js'
import * as v from 'valibot'
import type { Agent } from '#contract/agent.ts'
import type { TaskEvent } from '#contract/event.ts'
import { SourceProgress } from '#contract/source-progress.ts'
import type { Task } from '#contract/task.ts'
import type { Cache } from './cache.ts'

type Change = Pick<Partial<Agent>, 'activity' | 'cost_usd' | 'turns'>
type Caches = {
  /** One list, under the key `all`. */
  liveAgents: Pick<Cache<Agent[]>, 'peek' | 'modify'>
  task: Pick<Cache<Task>, 'modify'>
  /** The list `active`. */
  tasks: Pick<Cache<Task[]>, 'modify'>
}

/** What agents do and cost. `later` runs `work` when it is time to show what has come until then. */
export function createPatches(
  caches: Caches,
  later: (work: () => void) => void,
): { take(event: TaskEvent): void } {
  const pending = new Map<string, { taskId: string; change: Change }>()
  const apply = (): void => {
    const patches = [...pending]
    pending.clear()
    batch(() => {
      for (const [agentId, { taskId, change }] of patches)
        applyTo(caches, { agentId, taskId, change })
    })
  }
  return {
    take({ type, data, task_id: taskId, agent_id: agentId }) {
      if (type === 'source.progress') {
        const { success, output } = v.safeParse(SourceProgress, data)
        if (success)
          caches.task.modify(taskId, (each) => Object.assign(each, { source_progress: output }))
        return
      }
      const change = toChange({ type, data })
      if (!change || !agentId) return
      if (pending.size === 0) later(apply)
      pending.set(agentId, { taskId, change: { ...pending.get(agentId)?.change, ...change } })
    },
  }
}

function applyTo(
  { liveAgents, task, tasks }: Caches,
  { agentId, taskId, change }: { agentId: string; taskId: string; change: Change },
): void {
  const find = (agents: readonly Agent[] = []): Agent | undefined =>
    agents.find(({ id }) => id === agentId)
  const assign = (agent: Agent | undefined): void => {
    if (agent) Object.assign(agent, change)
  }
  const known = find(liveAgents.peek('all')?.value)
  const spent = change.cost_usd !== undefined && known ? change.cost_usd - known.cost_usd : 0
  const addCost = (each: Task | undefined): void => {
    if (each) each.cost_usd += spent
  }
  liveAgents.modify('all', (agents) => assign(find(agents)))
  task.modify(taskId, (each) => {
    assign(find(each.agents))
    addCost(each)
  })
  if (spent !== 0) tasks.modify('active', (list) => addCost(list.find(({ id }) => id === taskId)))
}

function toChange({ type, data }: Pick<TaskEvent, 'type' | 'data'>): Change | undefined {
  if (type === 'agent.activity')
    return typeof data.activity === 'string' ? { activity: data.activity } : undefined
  if (type !== 'agent.usage') return undefined
  return {
    ...(typeof data.cost_usd === 'number' ? { cost_usd: data.cost_usd } : {}),
    ...(typeof data.turns === 'number' ? { turns: data.turns } : {}),
  }
}
