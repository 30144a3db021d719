/** The server's routes, typed by the contract. Every answer is checked; every failure is an `ApiError` with a sentence. */
import * as v from 'valibot'
import { Agent, AgentInput, type MessagePriority } from '#contract/agent.ts'
import { InputList, Interrupted, PermissionList, PlanVersions } from '#contract/answers.ts'
import { AttentionList } from '#contract/attention.ts'
import { Checkpoint, CheckpointList } from '#contract/checkpoint.ts'
import { type ChangeConfig, PublicConfig } from '#contract/config.ts'
import type { Deliver } from '#contract/delivery.ts'
import { TaskDeleted } from '#contract/ending.ts'
import { TaskEvent } from '#contract/event.ts'
import {
  type FileArea,
  FileChange,
  FileList,
  LiveChanges,
  Work,
  type WorkScope,
} from '#contract/file.ts'
import { OutputSearch, type SearchScope } from '#contract/output.ts'
import { type AnswerPermission, Permission } from '#contract/permission.ts'
import { Plan, Question, type UpdatePlan } from '#contract/plan.ts'
import { RecoveryReport } from '#contract/recovery.ts'
import type { Relaunch } from '#contract/relaunch.ts'
import { type CheckSource, SourceCheck } from '#contract/source.ts'
import { ContainerStats } from '#contract/stats.ts'
import {
  Check,
  doctorChecks,
  EngineResource,
  OrphansRemoved,
  SystemState,
} from '#contract/system.ts'
import { type CreateTask, Task, TaskList, type TaskStatus } from '#contract/task.ts'
import { reach } from '../lib/reach.ts'
import type { EventQuery } from '../lib/timeline/event-window.ts'
import { type FilePlace, fileQuery, fileUrl } from './file-place.ts'
import { tellSignedOut } from './signed-out.ts'

export class ApiError extends Error {
  readonly code: string
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number
  readonly details: Record<string, unknown>

  constructor(
    message: string,
    options: { code: string; status: number; details?: Record<string, unknown> },
  ) {
    super(message)
    this.name = 'ApiError'
    this.code = options.code
    this.status = options.status
    this.details = options.details ?? {}
  }
}

export const toApiError = (error: unknown): ApiError =>
  error instanceof ApiError
    ? error
    : new ApiError(error instanceof Error ? error.message : String(error), {
        code: 'internal',
        status: 0,
      })

/** Answers of verbs on a task: only the task counts here. */
const Verb = v.object({ task: Task })
const Failure = v.object({
  error: v.string(),
  code: v.optional(v.string(), 'internal'),
  details: v.optional(v.record(v.string(), v.unknown())),
})
const PlanAnswer = v.object({ plan: Plan })
const Anything = v.unknown()
const shownStats = v.pick(ContainerStats, ['cpu_percent', 'memory_usage', 'memory_limit'])
const ShownStats = v.array(v.object({ agent_id: v.string(), stats: shownStats }))

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A write may have arrived although its answer did not. */
const noAnswer = (method = 'GET'): string =>
  method === 'GET'
    ? 'Klaudio does not answer. Try again.'
    : 'Klaudio does not answer, so it is not known whether this was done. Look before you try again.'

/** An answer that went well; throws `ApiError` else. For routes that have a file of their own. */
export async function call(path: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await reach(path, init)
  } catch {
    throw new ApiError(noAnswer(init.method), { code: 'unreachable', status: 0 })
  }
  if (response.ok || response.status === 304) return response
  const text = await response.text()
  const failure = v.safeParse(v.pipe(v.string(), v.parseJson(), Failure), text)
  if (failure.success) {
    const { error, code, details } = failure.output
    if (code === 'auth.required') tellSignedOut()
    throw new ApiError(error, { code, status: response.status, ...(details ? { details } : {}) })
  }
  throw new ApiError(`Klaudio answered with status ${response.status}.`, {
    code: 'internal',
    status: response.status,
  })
}

const EventPage = v.object({ events: v.array(TaskEvent), more: v.boolean() })

/** The same, read as `schema` says. */
export async function ask<S extends v.GenericSchema>(
  schema: S,
  path: string,
  { method = 'GET', body, signal }: { method?: Method; body?: unknown; signal?: AbortSignal } = {},
): Promise<v.InferOutput<S>> {
  const response = await call(path, {
    method,
    ...(signal ? { signal } : {}),
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  })
  const parsed = v.safeParse(schema, await response.json())
  if (parsed.success) return parsed.output
  throw new ApiError('Klaudio answered in a form that this page does not know. Reload the page.', {
    code: 'unknown-form',
    status: response.status,
    details: { path, issues: parsed.issues.map((issue) => v.getDotPath(issue)) },
  })
}

export type TaskQuery = {
  status?: readonly TaskStatus[]
  /** Words in name or prompt. */
  search?: string
  limit: number
  offset?: number
}

/** Lists are brief: prompts come with the task itself. */
function toListQuery({ status = [], search = '', limit, offset = 0 }: TaskQuery): string {
  const query = new URLSearchParams({ brief: 'true', limit: String(limit) })
  if (status.length > 0) query.set('status', status.join(','))
  if (search !== '') query.set('search', search)
  if (offset > 0) query.set('offset', String(offset))
  return query.toString()
}

const id = encodeURIComponent
const task = (taskId: string): string => `/api/tasks/${id(taskId)}`
const agent = (taskId: string, agentId: string): string => `${task(taskId)}/agents/${id(agentId)}`
const subtask = (taskId: string, subtaskId: string): string =>
  `${task(taskId)}/subtasks/${id(subtaskId)}`
const verb = async (taskId: string, name: string, body?: unknown): Promise<Task> =>
  (await ask(Verb, `${task(taskId)}/${name}`, { method: 'POST', body })).task
export type FilePart = {
  bytes: Uint8Array<ArrayBuffer>
  /** Of the whole file. */
  size: number
  /** Its ETag. */
  version: string
}

const commit = v.optional(v.nullable(v.string()))
const ChangeList = v.object({ from: commit, to: commit, files: v.array(FileChange) })
const scopeQuery = (scope: WorkScope): string =>
  scope.kind === 'all' ? '' : `${scope.kind}=${id(scope.id)}`

export type DiffedFile = { path: string; from?: string | undefined; context: 'all' | number }
export function diffQuery({ path, from, context }: DiffedFile): string {
  const query = new URLSearchParams({ path, context: String(context) })
  if (from) query.set('old_path', from)
  return String(query)
}

export const api = {
  tasks: (query: TaskQuery) => ask(TaskList, `/api/tasks?${toListQuery(query)}`),
  task: (taskId: string) => ask(Task, task(taskId)),
  create: (input: CreateTask) => ask(Task, '/api/tasks', { method: 'POST', body: input }),
  checkSource: (input: CheckSource, signal: AbortSignal) =>
    ask(SourceCheck, '/api/source/check', { method: 'POST', body: input, signal }),
  change: (taskId: string, body: Partial<Pick<Task, 'name' | 'permission_mode'>>) =>
    ask(Task, task(taskId), { method: 'PATCH', body }),
  remove: (taskId: string) => ask(TaskDeleted, task(taskId), { method: 'DELETE' }),
  relaunch: (taskId: string, input: Relaunch) =>
    ask(Task, `${task(taskId)}/relaunch`, { method: 'POST', body: input }),
  deliver: (taskId: string, input: Deliver) => verb(taskId, 'deliver', input),
  start: (taskId: string) => verb(taskId, 'start'),
  stop: (taskId: string) => verb(taskId, 'stop'),
  resume: (taskId: string) => verb(taskId, 'resume'),
  cancel: (taskId: string) => verb(taskId, 'cancel'),
  replan: (taskId: string, remark: string) =>
    verb(taskId, 'replan', { additional_context: remark }),
  approve: (taskId: string, version: number) => verb(taskId, 'approve', { version }),
  plan: (taskId: string, version?: number) =>
    ask(Plan, `${task(taskId)}/plan${version === undefined ? '' : `?version=${version}`}`),
  checkpoints: async (taskId: string) =>
    (await ask(CheckpointList, `${task(taskId)}/checkpoints`)).checkpoints,
  takeCheckpoint: (taskId: string) =>
    ask(Checkpoint, `${task(taskId)}/checkpoints`, { method: 'POST', body: {} }),
  removeCheckpoint: (taskId: string, checkpointId: string) =>
    ask(Anything, `${task(taskId)}/checkpoints/${id(checkpointId)}`, { method: 'DELETE' }),
  planVersions: async (taskId: string) =>
    (await ask(PlanVersions, `${task(taskId)}/plan/versions`)).versions,
  updatePlan: async (taskId: string, update: UpdatePlan) =>
    (await ask(PlanAnswer, `${task(taskId)}/plan`, { method: 'PUT', body: update })).plan,
  questions: async (taskId: string) =>
    (await ask(v.object({ questions: v.array(Question) }), `${task(taskId)}/questions`)).questions,
  answer: (taskId: string, questionId: string, answer: string) =>
    ask(Anything, `${task(taskId)}/questions/${id(questionId)}/answer`, {
      method: 'POST',
      body: { answer },
    }),
  /** Of one task, whatever became of them, newest first. */
  permissions: async (taskId: string) =>
    (await ask(PermissionList, `${task(taskId)}/permissions?scope=all`)).permissions,
  answerPermission: (taskId: string, which: string, body: AnswerPermission) =>
    ask(Permission, `${task(taskId)}/permissions/${id(which)}/answer`, { method: 'POST', body }),
  skipQuestions: (taskId: string) =>
    ask(Anything, `${task(taskId)}/questions/skip`, { method: 'POST' }),
  retrySubtask: (
    taskId: string,
    subtaskId: string,
    edit: { prompt?: string; model?: string } = {},
  ) => ask(Anything, `${subtask(taskId, subtaskId)}/retry`, { method: 'POST', body: edit }),
  skipSubtask: (taskId: string, subtaskId: string) =>
    ask(Anything, `${subtask(taskId, subtaskId)}/skip`, { method: 'POST' }),
  attention: ({ limit, cursor }: { limit: number; cursor: string | null }) =>
    ask(
      AttentionList,
      `/api/attention?limit=${limit}${cursor === null ? '' : `&cursor=${id(cursor)}`}`,
    ),
  liveAgents: async () => (await ask(v.object({ agents: v.array(Agent) }), '/api/agents')).agents,
  inputs: async (taskId: string, agentId: string) =>
    (await ask(InputList, `${agent(taskId, agentId)}/inputs`)).inputs,
  /** Sent again under the same id it is the same message. */
  send: (
    taskId: string,
    {
      agentId,
      ...input
    }: { id?: string; agentId: string; content: string; priority: MessagePriority },
  ) =>
    ask(AgentInput, `${task(taskId)}/message`, {
      method: 'POST',
      body: { agent_id: agentId, ...input },
    }),
  withdraw: (taskId: string, agentId: string, inputId: string) =>
    ask(AgentInput, `${agent(taskId, agentId)}/inputs/${id(inputId)}`, { method: 'DELETE' }),
  interrupt: (taskId: string, agentId: string) =>
    ask(Interrupted, `${agent(taskId, agentId)}/interrupt`, {
      method: 'POST',
    }),
  stopAgent: (taskId: string, agentId: string) =>
    ask(Anything, `${agent(taskId, agentId)}/stop`, { method: 'POST' }),
  stats: async (taskId: string) =>
    (await ask(v.object({ agents: ShownStats }), `${task(taskId)}/stats`)).agents,
  outputUrl: (taskId: string, agentId: string) => `${agent(taskId, agentId)}/output/download`,
  /** Whole lines from the one that holds byte `from` to the one that holds the byte before `to`. */
  async output(taskId: string, agentId: string, range: { from: number; to: number }) {
    const path = `${agent(taskId, agentId)}/output?from=${range.from}&to=${range.to}&align=line`
    const response = await call(path, {})
    const number = (name: string): number => Number(response.headers.get(name) ?? Number.NaN)
    return {
      from: number('X-Klaudio-From'),
      size: number('X-Klaudio-Size'),
      isEnded: response.headers.get('X-Klaudio-Ended') === 'true',
      bytes: new Uint8Array(await response.arrayBuffer()),
    }
  },
  searchOutput: (
    taskId: string,
    agentId: string,
    {
      query,
      cursor,
      signal,
      limit = 200,
      scope = 'text',
    }: {
      query: string
      cursor: string | null
      signal: AbortSignal
      limit?: number
      scope?: SearchScope
    },
  ) =>
    ask(
      OutputSearch,
      `${agent(taskId, agentId)}/output/search?q=${id(query)}&in=${scope}&limit=${limit}${cursor === null ? '' : `&cursor=${id(cursor)}`}`,
      { signal },
    ),
  files: (taskId: string, agentId = '') =>
    ask(FileList, `${task(taskId)}/files${agentId ? `?agent=${id(agentId)}` : ''}`),
  work: async (taskId: string) =>
    (await ask(v.object({ work: v.array(Work) }), `${task(taskId)}/work`)).work,
  /** The first `maxBytes` of a file; undefined when it is still the version `known`. */
  async readFile(
    taskId: string,
    place: FilePlace,
    { maxBytes, known = '' }: { maxBytes: number; known?: string | undefined },
  ): Promise<FilePart | undefined> {
    const response = await call(fileUrl(taskId, place), {
      headers: { Range: `bytes=0-${maxBytes - 1}`, ...(known ? { 'If-None-Match': known } : {}) },
      cache: 'no-store',
    })
    if (response.status === 304) return undefined
    const bytes = new Uint8Array(await response.arrayBuffer())
    const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
    const version = response.headers.get('etag') ?? ''
    return { bytes, size: total === undefined ? bytes.length : Number(total), version }
  },
  /** Saves on the version that was read; `file.changed` (412) when there is another one by now. Returns the new one. */
  async saveFile(
    taskId: string,
    place: FilePlace,
    { content, version }: { content: string; version: string },
  ): Promise<string> {
    const response = await call(`${task(taskId)}/file-viewer?${fileQuery(place)}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json', ...(version ? { 'If-Match': version } : {}) },
      body: JSON.stringify({ content }),
    })
    return response.headers.get('etag') ?? ''
  },
  deleteFile: (taskId: string, place: FilePlace) =>
    ask(Anything, `${task(taskId)}/file-viewer?${fileQuery(place)}`, { method: 'DELETE' }),
  downloadUrl: (taskId: string, place: FilePlace) => fileUrl(taskId, place),
  archiveUrl: (taskId: string, area: FileArea, agentId = '') =>
    `${task(taskId)}/archive?area=${area}${agentId ? `&agent=${id(agentId)}` : ''}`,
  changes: (taskId: string, scope: WorkScope = { kind: 'all' }) =>
    ask(ChangeList, `${task(taskId)}/changes?${scopeQuery(scope)}`),
  /** Of one file, with all its lines where they fit. */
  async diff(taskId: string, scope: WorkScope, file: DiffedFile): Promise<string> {
    const response = await call(`${task(taskId)}/diff?${scopeQuery(scope)}&${diffQuery(file)}`, {})
    return response.text()
  },
  /** What an agent has changed so far: its files are read for this. */
  liveChanges: (taskId: string, agentId: string) =>
    ask(LiveChanges, `${agent(taskId, agentId)}/changes`),
  async liveDiff(
    taskId: string,
    agentId: string,
    { to, ...file }: DiffedFile & { to: string },
  ): Promise<string> {
    const response = await call(
      `${agent(taskId, agentId)}/diff?to=${id(to)}&${diffQuery(file)}`,
      {},
    )
    return response.text()
  },
  /** One page of a task's log, as `lib/timeline/event-window.ts` asks for it. */
  eventPage: async (taskId: string, query: EventQuery) =>
    await ask(EventPage, `${task(taskId)}/events${toEventQuery(query)}`),
  system: () => ask(SystemState, '/api/system'),
  recovery: () => ask(RecoveryReport, '/api/recovery'),
  /** Each check as soon as it is known; all of them in the end. */
  async doctor(onCheck: (check: Check) => void): Promise<Check[]> {
    const response = await call('/api/doctor/stream', {})
    const checks: Check[] = []
    for await (const line of readLines(response)) {
      const check = v.parse(Check, JSON.parse(line))
      checks.push(check)
      onCheck(check)
    }
    return doctorChecks.flatMap(({ id }) => checks.filter((check) => check.id === id))
  },
  resources: async () =>
    (await ask(v.object({ resources: v.array(EngineResource) }), '/api/resources')).resources,
  removeOrphans: () => ask(OrphansRemoved, '/api/resources/remove-orphans', { method: 'POST' }),
  buildImage: () => ask(Anything, '/api/image/build', { method: 'POST' }),
  health: () => ask(v.object({ version: v.optional(v.string()) }), '/health'),
  config: () => ask(PublicConfig, '/api/config'),
  changeConfig: (change: ChangeConfig) =>
    ask(PublicConfig, '/api/config', { method: 'PUT', body: change }),
}

async function* readLines(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { done: true }
    if (done) break
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

function toEventQuery(query: EventQuery): string {
  const { types, limit, order } = query
  const params = new URLSearchParams({ limit: String(limit), order })
  if (types.length > 0) params.set('type', types.join(','))
  if (query.order === 'asc') params.set('after', String(query.after))
  else if (query.before !== undefined) params.set('before', String(query.before))
  return `?${params}`
}
