/** What is said of agents that are being stopped, were stopped, or are being removed. */
import type { Task } from '#contract/task.ts'
import { plural } from './text.ts'

type Halted = Pick<Task, 'halt' | 'error'>

/** "Stopping: 2 of 4 agents saved." */
export function describeStopping({ halt, error }: Halted): string {
  const waits = error ? ` ${error}` : ''
  if (!halt || halt.agents === 0)
    return `Stopping. Work that is being written down is finished.${waits}`
  return `Stopping: ${halt.at_rest} of ${plural(halt.agents, 'agent')} saved.${waits}`
}

export function describeSaved({ halt }: Halted): string {
  if (!halt || halt.agents === 0) return 'No agent was at work; Resume goes on where it was.'
  const { saved, lost, by } = halt
  const kept =
    saved === 0
      ? ''
      : `The files and ${saved === 1 ? 'conversation' : 'conversations'} of ${plural(saved, 'agent')} are saved; ${
          by === 'shutdown' ? 'its next start goes on with them.' : 'Resume continues them.'
        }`
  const gone =
    lost.length === 0
      ? ''
      : `${plural(lost.length, 'agent')} could not be stopped; ${lost.length === 1 ? 'its' : 'their'} subtasks start anew.`
  return [kept, gone].filter(Boolean).join(' ')
}

/** While a task is cancelled or deleted. */
export function describeRemoving({ error }: Halted): string {
  if (error) return `Its agents are removed as soon as that is possible. ${error}`
  return 'Its agents are being removed; what is merged stays until the task is deleted.'
}

/** What a deletion takes along. */
export function goesWith({ agents = [], branch, base_commit, source }: Task): string[] {
  const live = agents.filter(({ status }) => ['running', 'created', 'queued'].includes(status))
  return [
    ...(live.length > 0 ? [`${plural(live.length, 'agent')} at work, ended at once`] : []),
    ...(agents.length > 0
      ? [`Containers, volumes, conversations and output of ${plural(agents.length, 'agent')}`]
      : []),
    ...(base_commit === null ? [] : [`Its repository with the branch ${branch}, merged or not`]),
    ...(source.kind === 'files'
      ? ['The files you uploaded, which it starts from']
      : ['Your uploads']),
    'Its plan, questions, messages and timeline',
  ]
}

export const staysAfter = ({ source }: Pick<Task, 'source'>): string =>
  source.kind === 'git' || source.kind === 'local'
    ? 'The repository it came from is not touched.'
    : 'Download what you need first: Files has it as one archive.'
