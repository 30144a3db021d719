/** Answers the completion of a shell: one candidate per line, a tab, what it is; or `:files`. Never fails, and is never slow. */
import { type Candidate, startingWith, type Wanted, wantedNext } from '#cli/complete.ts'
import type { Agent } from '#contract/agent.ts'
import type { Permission } from '#contract/permission.ts'
import type { Plan } from '#contract/plan.ts'
import type { TaskList } from '#contract/task.ts'
import { findServer } from './address.ts'
import { type Api, createApi } from './api.ts'
import { Failure } from './failure.ts'
import { findTask, taskPath, tasksWith } from './find.ts'
import { readFollowUps, summaryOf } from './follow-up-verbs.ts'
import { toSafeLine } from './safe-text.ts'
import type { Terminal } from './terminal.ts'
import { shortId, taskStatus } from './words.ts'

/** A person who waits for a completion has pressed a key: later than this nothing is better than the right thing. */
const patienceMs = 800

export async function completeWords(words: readonly string[], terminal: Terminal): Promise<void> {
  const wanted = wantedNext(words)
  if (wanted.kind === 'files') return await terminal.write(':files\n')
  const current = words.at(-1) ?? ''
  const found =
    wanted.kind === 'candidates' ? wanted.candidates : await ask(wanted, current, terminal)
  const lines = found.map(({ text, about }) => `${toSafeLine(text)}\t${toSafeLine(about)}\n`)
  await terminal.write(lines.join(''))
}

type FromServer = Extract<Wanted, { options: ReadonlyMap<string, string> }>

async function ask(wanted: FromServer, current: string, terminal: Terminal): Promise<Candidate[]> {
  const { options } = wanted
  try {
    const { env, cwd } = terminal
    const server = options.get('server')
    const tokenFile = options.get('token-file')
    const found = await findServer({ server, tokenFile, env, cwd })
    const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(patienceMs)])
    const candidates = await read(createApi({ ...found, signal }), wanted, current)
    const shown = startingWith(candidates, current)
    return shown.kind === 'candidates' ? shown.candidates : []
  } catch (error) {
    if (error instanceof Failure || isAbort(error)) return []
    throw error
  }
}

const isAbort = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')

async function read(api: Api, { kind, task }: FromServer, current: string): Promise<Candidate[]> {
  if (kind === 'tasks') return await readTasks(api, current)
  if (kind === 'permissions') return await readPermissions(api)
  if (kind === 'agents' && task === undefined) {
    const { agents } = await api.get<{ agents: Agent[] }>('/api/agents')
    return agents.map(toAgent)
  }
  const found = await findTask(api, task ?? '')
  if (kind === 'follow-ups')
    return (await readFollowUps(api, found))
      .filter(({ state }) => state === 'waiting')
      .map((one) => ({ text: shortId(one.id), about: summaryOf(one) }))
  if (kind === 'agents') return (await api.get<Agent[]>(`${taskPath(found)}/agents`)).map(toAgent)
  const { subtasks } = await api.get<Plan>(`${taskPath(found)}/plan`)
  return subtasks.map(({ id, name }) => ({ text: id, about: name }))
}

/** Short ids, whole ones where the short one is typed out or not enough. */
async function readTasks(api: Api, current: string): Promise<Candidate[]> {
  const isId = /^[0-9a-f][0-9a-f-]{0,35}$/.test(current)
  const tasks = isId
    ? await tasksWith(api, current)
    : (await api.get<TaskList>('/api/tasks', { limit: 50 })).tasks
  const shorts = new Set<string>()
  const double = new Set(tasks.map(({ id }) => shortId(id)).filter((id) => !shorts.add(id)))
  return tasks.map((task) => {
    const short = shortId(task.id)
    const isLonger = current.length > short.length || double.has(short)
    return { text: isLonger ? task.id : short, about: `${taskStatus(task).text}  ${task.name}` }
  })
}

async function readPermissions(api: Api): Promise<Candidate[]> {
  const { permissions } = await api.get<{ permissions: Permission[] }>('/api/permissions')
  return permissions.map(({ id, tool, rules }) => ({
    text: shortId(id),
    about: rules[0] ?? tool,
  }))
}

const toAgent = (agent: Agent): Candidate => ({
  text: shortId(agent.id),
  about: `${agent.subtask_id ?? agent.role}, ${agent.status}`,
})
