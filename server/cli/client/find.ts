/** Things by the short names people type. An ambiguous one is refused with everything it could mean. */
import { exitCodes } from '#cli/exit-codes.ts'
import type { Agent } from '#contract/agent.ts'
import type { Plan, Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import type { Api } from './api.ts'
import { Failure, usage } from './failure.ts'
import { toSafeLine } from './safe-text.ts'
import { shortId } from './words.ts'

const wholeId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const beginningOfId = /^[0-9a-f][0-9a-f-]{0,34}$/

export const taskPath = ({ id }: Pick<Task, 'id'>): string => `/api/tasks/${encodeURIComponent(id)}`

/** The task with this id, or the only one whose id begins so. */
export async function findTask(api: Api, typed: string): Promise<Task> {
  const text = typed.toLowerCase()
  if (wholeId.test(text)) return await api.get<Task>(taskPath({ id: text }))
  if (!beginningOfId.test(text))
    throw notFound(
      `"${toSafeLine(typed)}" is not the id of a task; "klaudio task list" shows them.`,
    )
  const matching = await tasksWith(api, text)
  const [only, ...others] = matching
  if (!only)
    throw notFound(`No task has an id that begins with "${text}"; "klaudio task list" shows them.`)
  if (others.length > 0)
    throw usage(
      `Several tasks have an id that begins with "${text}"; type more of it.`,
      matching.map((task) => `  ${task.id}  ${toSafeLine(task.name)}`),
    )
  return only
}

/** A few of the tasks whose id begins so. */
export async function tasksWith(api: Api, prefix: string): Promise<Task[]> {
  const { tasks } = await api.get<{ tasks: Task[] }>('/api/tasks/with-id', { prefix })
  return tasks
}

export async function findSubtask(api: Api, task: Task, typed: string): Promise<Subtask> {
  const { subtasks } = await api.get<Plan>(`${taskPath(task)}/plan`)
  const exact = subtasks.find((subtask) => subtask.id === typed)
  return exact ?? pickSubtask(subtasks, typed)
}

function pickSubtask(subtasks: readonly Subtask[], typed: string): Subtask {
  const list = (some: readonly Subtask[]): string[] =>
    some.map(({ id, name }) => `  ${toSafeLine(id)}  ${toSafeLine(name)}`)
  const matching = subtasks.filter((subtask) => subtask.id.startsWith(typed))
  const [only, ...others] = matching
  if (!only)
    throw new Failure(
      exitCodes.notFound,
      `The plan has no subtask "${toSafeLine(typed)}". It has:`,
      { code: 'subtask.not-found', lines: list(subtasks) },
    )
  if (others.length > 0)
    throw usage(
      `Several subtasks begin with "${toSafeLine(typed)}"; type more of it.`,
      list(matching),
    )
  return only
}

const describe = (agent: Agent): string =>
  `  ${shortId(agent.id)}  ${toSafeLine(agent.subtask_id ?? agent.role)}  ${agent.status}`

/** An agent by the beginning of its id or by its subtask; of several attempts the newest. */
export function pickAgent(agents: readonly Agent[], typed: string): Agent {
  const bySubtask = agents.filter((agent) => (agent.subtask_id ?? agent.role) === typed)
  const newest = bySubtask.at(-1)
  if (newest) return newest
  const matching = agents.filter((agent) => agent.id.startsWith(typed.toLowerCase()))
  const [only, ...others] = matching
  if (!only)
    throw new Failure(exitCodes.notFound, `There is no agent "${toSafeLine(typed)}" here.`, {
      code: 'agent.not-found',
      lines: agents.length > 0 ? ['There are:', ...agents.map(describe)] : [],
    })
  if (others.length > 0)
    throw usage(
      `Several agents have an id that begins with "${toSafeLine(typed)}"; type more of it.`,
      matching.map(describe),
    )
  return only
}

/** The only one of several, or a refusal that lists them. */
export function pickOnlyAgent(agents: readonly Agent[], whichOption: string): Agent {
  const [only, ...others] = agents
  if (!only)
    throw new Failure(exitCodes.conflict, 'The task has no agent that could be meant.', {
      code: 'agent.not-running',
    })
  if (others.length > 0)
    throw usage(`There are several agents; say which with ${whichOption}.`, agents.map(describe))
  return only
}

function notFound(message: string): Failure {
  return new Failure(exitCodes.notFound, message, { code: 'task.not-found' })
}
