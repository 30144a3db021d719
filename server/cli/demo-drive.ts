/**
 * Plays the person of the demo over the public API and the live socket, as any client would: creates the task, answers the planner,
 * approves the plan, watches, and reports what happened.
 */
import type { Agent } from '#contract/agent.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { Plan, Question } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { systemClock } from '#lib/clock.ts'

export type DemoDrive = {
  /** Base URL of the server, without a trailing slash. */
  url: string
  task: { name: string; prompt: string; source: Task['source'] }
  /** One line of progress for a person. */
  print: (line: string) => void
  /** Picks an answer; the first option when it returns undefined. */
  answer?: (question: Question) => string | undefined
  signal: AbortSignal
}

export type DemoFacts = { task: Task; plan: Plan; agents: Agent[]; questions: Question[] }

/** Resolves once the task has ended, well or not. Rejects when the server refuses a step or goes away for good. */
export async function driveDemo(options: DemoDrive): Promise<DemoFacts> {
  const api = createClient(options.url, options.signal)
  const existing = await api.get<{ tasks: Task[] }>('/api/tasks?limit=1')
  const created =
    existing.tasks[0] ??
    (await api.send<Task>('POST', '/api/tasks', {
      ...options.task,
      mode: 'parallel',
      auto_start: true,
    }))
  options.print(`Task "${created.name}" is ${created.status}`)
  for await (const event of watch(options, created.id)) {
    const line = toLine(event)
    if (line) options.print(line)
    await react(api, options, event)
    if (hasEnded(event)) break
  }
  const path = `/api/tasks/${created.id}`
  const [task, plan, agents, asked] = await Promise.all([
    api.get<Task>(path),
    api.get<Plan>(`${path}/plan`),
    api.get<Agent[]>(`${path}/agents`),
    api.get<{ questions: Question[] }>(`${path}/questions`),
  ])
  return { task, plan, agents, questions: asked.questions }
}

type Client = {
  get<T>(path: string): Promise<T>
  send<T>(method: string, path: string, body: unknown): Promise<T>
}

function createClient(url: string, signal: AbortSignal): Client {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(url + path, {
      method,
      signal,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    // Our own server's contract, tested by the API suite.
    return JSON.parse(text) as T
  }
  return { get: (path) => call('GET', path), send: call }
}

/** What the person does at an event: nothing, answer, or approve. */
async function react(api: Client, options: DemoDrive, event: TaskEvent): Promise<void> {
  const path = `/api/tasks/${event.task_id}`
  if (event.type === 'planner.question') {
    const { questions } = await api.get<{ questions: Question[] }>(`${path}/questions`)
    for (const question of questions.filter((one) => one.status === 'pending')) {
      const answer =
        options.answer?.(question) ??
        question.options[0] ??
        question.suggestions[0] ??
        'Decide yourself.'
      options.print(`  ? ${question.text}\n    > ${answer}`)
      await api.send('POST', `${path}/questions/${question.id}/answer`, { answer })
    }
  }
  if (event.type === 'plan.generated') await approve(api, options, path)
}

async function approve(api: Client, options: DemoDrive, path: string): Promise<void> {
  const task = await api.get<Task>(path)
  if (task.status !== 'planned') return
  const plan = await api.get<Plan>(`${path}/plan`)
  for (const subtask of plan.subtasks)
    options.print(
      `  - ${subtask.id}: ${subtask.name}${subtask.depends_on.length > 0 ? `, after ${subtask.depends_on.join(', ')}` : ''}`,
    )
  await api.send('POST', `${path}/approve`, { version: plan.version })
}

const hasEnded = (event: TaskEvent): boolean =>
  event.type === 'task.completed' || event.type === 'task.failed' || event.type === 'task.cancelled'

/** All events of the task from the first, then live; reconnects from the last one seen. */
async function* watch(options: DemoDrive, taskId: string): AsyncGenerator<TaskEvent> {
  let last = 0
  while (!options.signal.aborted) {
    for await (const event of connection(options, taskId, last)) {
      last = event.seq
      yield event
    }
    // The server is restarting: ask again from the last event seen.
    await systemClock.sleep(500, options.signal)
  }
  throw options.signal.reason
}

async function* connection(
  options: DemoDrive,
  taskId: string,
  after: number,
): AsyncGenerator<TaskEvent> {
  const received: TaskEvent[] = []
  let closed = false
  let wake = (): void => {}
  const socket = new WebSocket(`${options.url.replace(/^http/, 'ws')}/ws/live`)
  socket.onopen = () => socket.send(JSON.stringify({ type: 'events', task: taskId, after }))
  socket.onmessage = (message) => {
    const frame: unknown = JSON.parse(String(message.data))
    if (isEventFrame(frame)) received.push(frame.event)
    wake()
  }
  socket.onclose = () => {
    closed = true
    wake()
  }
  const abort = (): void => socket.close()
  options.signal.addEventListener('abort', abort, { once: true })
  try {
    while (!closed || received.length > 0) {
      const event = received.shift()
      if (event) yield event
      else
        await new Promise<void>((resolve) => {
          wake = resolve
          if (closed || received.length > 0) resolve()
        })
    }
  } finally {
    options.signal.removeEventListener('abort', abort)
    socket.close()
  }
}

function isEventFrame(frame: unknown): frame is { type: 'event'; event: TaskEvent } {
  return typeof frame === 'object' && frame !== null && 'type' in frame && frame.type === 'event'
}

/** One line per event worth a line in a terminal. */
function toLine(event: TaskEvent): string | undefined {
  const who = event.subtask_id ?? 'planner'
  const data = (key: string): string => String(event.data[key] ?? '')
  const lines: Partial<Record<TaskEvent['type'], string | undefined>> = {
    'plan.generated': 'Plan ready',
    'plan.approved': 'Plan approved',
    'subtask.queued': `  ${who}: waits for a slot`,
    'subtask.started': `  ${who}: started`,
    'agent.activity': isWorthALine(data('activity')) ? `  ${who}: ${data('activity')}` : undefined,
    'subtask.retrying': `  ${who}: tries again, ${data('reason')}`,
    'subtask.completed': `  ${who}: done and merged`,
    'subtask.failed': `  ${who}: failed, ${data('error')}`,
    'subtask.skipped': `  ${who}: skipped`,
    'task.relaunched': 'Launched again as another task',
    'task.recovered': 'Picked up where the last server stopped',
    'task.completed': 'Task completed',
    'task.failed': `Task failed: ${data('error')}`,
  }
  return lines[event.type]
}

/** Tool calls and waiting; that a model thinks or writes goes without saying. */
const isWorthALine = (activity: string): boolean => !['', 'Thinking', 'Writing'].includes(activity)
