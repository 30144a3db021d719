/** Everything the pages read from the server, and how it is kept up to date: by events, never by asking again and again. */
import { createSignal } from 'solid-js'
import * as v from 'valibot'
import { signedOutCode } from '#contract/access.ts'
import type { Agent } from '#contract/agent.ts'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { FileChange } from '#contract/file.ts'
import type { Plan, PlanVersion, Question } from '#contract/plan.ts'
import type { RecoveryReport } from '#contract/recovery.ts'
import { type Check, type EngineResource, SystemState } from '#contract/system.ts'
import type { Task } from '#contract/task.ts'
import { mainTypes } from '../lib/event-words.ts'
import { checkAccess } from './access.ts'
import { invalidateAnswered } from './answered.ts'
import { api, type TaskQuery } from './api.ts'
import { createAttentionReader, type KnownAttention } from './attention-pages.ts'
import { type Cache, createCache } from './cache.ts'
import { atNextSecond } from './clock.ts'
import { noteHeard } from './heard.ts'
import { affects, type CacheName } from './invalidate.ts'
import { invalidateKept } from './kept.ts'
import { createLive, type Live, type LiveState, type Socket } from './live.ts'
import { createPatches } from './patches.ts'
import { notePulse } from './pulse.ts'
import { createStructureReader } from './task-events.ts'
import { invalidateAllUsage, invalidateUsage } from './usage.ts'
import { invalidateAllWork, invalidateWork } from './work.ts'

/** The key of caches that have one entry. */
export const all = 'all'

/** What every page needs to know; the whole list is paged by `task-list.ts`. */
export type TaskGroup = 'active' | 'recent'
/** So many of the newest tasks that have ended. */
export const recentLimit = 50
const groups: Record<TaskGroup, TaskQuery> = {
  active: { status: ['planning', 'planned', 'approved', 'running', 'paused'], limit: 200 },
  recent: { status: ['completed', 'failed', 'cancelled'], limit: recentLimit },
}
const isGroup = (key: string): key is TaskGroup => key in groups
const tasks = createCache<Task[]>(
  async (key) => {
    if (!isGroup(key)) throw new Error(`There is no group of tasks called "${key}".`)
    return (await api.tasks(groups[key])).tasks
  },
  { coalesceMs: 500 },
)
const task = createCache<Task>((id) => api.task(id))
const plan = createCache<Plan>((id) => api.plan(id))
const versions = createCache<PlanVersion[]>((id) => api.planVersions(id))
const questions = createCache<Question[]>((id) => api.questions(id))
const timeline = createCache<TaskEvent[]>(
  createStructureReader((id) => (query) => api.eventPage(id, query)),
)
const recent = createCache<TaskEvent[]>(async (id) => {
  const { events } = await api.eventPage(id, { types: mainTypes, limit: 10, order: 'desc' })
  return events
})
/** How agents come to their first turn, which is looked at while they do. */
const starts = createCache<TaskEvent[]>(async (id) => {
  const page = await api.eventPage(id, { types: ['agent.status'], limit: 100, order: 'desc' })
  return page.events.toReversed()
})
const checkpoints = createCache<Checkpoint[]>((id) => api.checkpoints(id))
const changes = createCache<FileChange[]>(async (id) => (await api.changes(id)).files)
const attentionReader = createAttentionReader((query) => api.attention(query))
const attention = createCache<KnownAttention>(() => attentionReader.read(), { coalesceMs: 500 })
/** Counts from the next reading of `attention` on. */
export const wantMoreAttention = attentionReader.wantMore
const liveAgents = createCache<Agent[]>(() => api.liveAgents(), { coalesceMs: 300 })
const system = createCache<SystemState>(() => api.system())
const recovery = createCache<RecoveryReport>(() => api.recovery())
const doctorSeen = createSignal<readonly Check[]>([])
const doctor = createCache<Check[]>(async () => {
  const [, setSeen] = doctorSeen
  setSeen([])
  return await api.doctor((check) => setSeen((known) => [...known, check]))
})
/** Reactive: the checks that the doctor knows already while it looks. */
export const checksSoFar = doctorSeen[0]
const resources = createCache<EngineResource[]>(() => api.resources())
const config = createCache(() => api.config())
const inputs = createCache((key) => {
  const [taskId = '', agentId = ''] = key.split('/')
  return api.inputs(taskId, agentId)
})

export const store = {
  tasks,
  task,
  plan,
  versions,
  questions,
  recent,
  starts,
  timeline,
  changes,
  checkpoints,
  attention,
  liveAgents,
  system,
  recovery,
  doctor,
  resources,
  config,
  inputs,
}

const followed: Record<CacheName, Pick<Cache<unknown>, 'invalidate' | 'invalidateAll'>> = {
  tasks,
  task,
  plan,
  versions,
  questions,
  recent,
  starts,
  timeline,
  changes,
  checkpoints,
  attention,
  liveAgents,
  inputs,
}

const [liveState, setLiveState] = createSignal<LiveState>({ kind: 'connecting' })
const [isOutdated, setIsOutdated] = createSignal(false)
let live: Live | undefined
const [version, setVersion] = createSignal<string>()

/** Reactive: of the server, as it said when the page connected; undefined before. */
/** Reactive. */
export { isOutdated, liveState, version as serverVersion }

export function startLive(open: () => Socket = openSocket): void {
  live = createLive({
    open,
    onState: setLiveState,
    onEvent: receive,
    onSystem(value) {
      const parsed = v.safeParse(SystemState, value)
      if (parsed.success) system.put(all, parsed.output)
    },
    onFresh: refreshAll,
    onHello(hello) {
      if (version() !== undefined && version() !== hello.version) setIsOutdated(true)
      else setVersion(hello.version)
    },
  })
}

export const getLive = (): Live | undefined => live

/** Reactive: why no task can be started now, or false. */
export function startingBlocked(): string | false {
  return (
    system.get(all).value?.engine.state === 'unreachable' &&
    'No container engine answers, so no task can be started now.'
  )
}

/** Everything that is shown, once more. */
export function refreshAll(): void {
  for (const cache of [...Object.values(followed), system, recovery]) cache.invalidateAll()
  invalidateAllWork()
  invalidateAllUsage()
}

const patches = createPatches({ liveAgents, task, tasks }, atNextSecond)

function receive(event: TaskEvent): void {
  patches.take(event)
  notePulse(event)
  noteHeard(event)
  if (event.type === 'agent.usage' || event.type === 'agent.rate-limit')
    invalidateUsage(event.task_id)
  for (const [name, key] of affects(event)) {
    followed[name].invalidate(key)
    if (name === 'attention') invalidateAnswered()
    if (name === 'changes') {
      invalidateWork(key)
      invalidateKept(key)
    }
  }
}

function openSocket(): Socket {
  const url = new URL('/ws/live', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  let wasOpen = false
  socket.addEventListener('open', () => {
    wasOpen = true
  })
  // A browser is not told why a connection was refused, so the page has to ask.
  socket.addEventListener('close', ({ code }) => {
    if (code === signedOutCode || !wasOpen) void checkAccess()
  })
  // The part of WebSocket that is used, with handlers that take less.
  return socket as unknown as Socket
}
