/** Which of the agents of all tasks are listed: by what they do, whose they are and what is said of them. */
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { agentName } from './agent-name.ts'

export const liveStates = ['all', 'need', 'running', 'waiting', 'frozen'] as const
export type LiveState = (typeof liveStates)[number]
export const liveStateNames: Record<LiveState, string> = {
  all: 'All',
  need: 'Needs you',
  running: 'Running',
  waiting: 'Waiting',
  frozen: 'Frozen',
}

/** Empty words and no task mean all. */
export type LiveFilter = { state: LiveState; taskId: string; words: string }

const isOfState: Record<LiveState, (glyph: string) => boolean> = {
  all: () => true,
  need: (glyph) => glyph === 'need',
  running: (glyph) => glyph === 'run',
  waiting: (glyph) => glyph === 'wait',
  frozen: (glyph) => glyph === 'pause' || glyph === 'stopping',
}

/** Every word has to be in its name, its role, its task or what it does, whatever the case. */
function holds(agent: Agent, task: Task | undefined, words: string): boolean {
  const said = [agentName(agent), agent.role, agent.model, agent.activity, agent.error, task?.name]
  const text = said.filter(Boolean).join('\n').toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}

export const fitsLive = (agent: Agent, task: Task | undefined, filter: LiveFilter): boolean =>
  isOfState[filter.state](agentStatus(agent, task).glyph) &&
  (filter.taskId === '' || agent.task_id === filter.taskId) &&
  holds(agent, task, filter.words)

export const nextLiveState = (state: LiveState): LiveState =>
  liveStates[(liveStates.indexOf(state) + 1) % liveStates.length] ?? 'all'
