import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import type { Clock } from '#lib/clock.ts'
import type { Client } from './client.ts'
import { toCreateBody } from './container-spec.ts'
import type { ContainerState, Engine } from './engine.ts'
import { isRefusal } from './failures.ts'
import { labelFilter } from './labels.ts'

type Calls = Pick<
  Engine,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'killContainer'
  | 'pauseContainer'
  | 'unpauseContainer'
  | 'removeContainer'
  | 'inspectContainer'
  | 'listContainers'
  | 'waitContainer'
>

const Created = v.object({ Id: v.string() })
const Waited = v.object({ StatusCode: v.number() })
const Status = v.picklist([
  'created',
  'running',
  'paused',
  'restarting',
  'exited',
  'dead',
  'removing',
])
const Inspected = v.object({
  Id: v.string(),
  Name: v.string(),
  State: v.object({
    Status,
    ExitCode: v.number(),
    OOMKilled: v.boolean(),
    StartedAt: v.string(),
    FinishedAt: v.string(),
  }),
  Config: v.object({
    Image: v.string(),
    Labels: v.nullish(v.record(v.string(), v.string())),
  }),
})
const Listed = v.array(
  v.object({
    Id: v.string(),
    Names: v.array(v.string()),
    State: Status,
    /** Epoch seconds. */
    Created: v.number(),
    Labels: v.nullish(v.record(v.string(), v.string())),
  }),
)

export function containerCalls(client: Client, clock: Clock): Calls {
  const post = (
    id: string,
    action: string,
    query: Record<string, string | number> = {},
  ): Promise<unknown> =>
    client.json({
      what: `${action} container ${id}`,
      method: 'POST',
      path: `/containers/${id}/${action}`,
      query,
      // Stopping answers only when the container has ended.
      ...(typeof query.t === 'number' ? { timeoutMs: query.t * 1000 + 60_000 } : {}),
    })

  const inspect: Calls['inspectContainer'] = (id) =>
    unlessGone(async () => {
      const what = `inspect container ${id}`
      return toState(await client.json({ what, method: 'GET', path: `/containers/${id}/json` }))
    })

  return {
    async createContainer(spec) {
      const created = await client.json({
        what: `create container ${spec.name}`,
        method: 'POST',
        path: '/containers/create',
        query: { name: spec.name },
        body: toCreateBody(spec),
      })
      return v.parse(Created, created).Id
    },
    async startContainer(id) {
      await post(id, 'start')
    },
    async stopContainer(id, graceMs) {
      await unlessGone(() => post(id, 'stop', { t: Math.ceil(graceMs / 1000) }))
    },
    async killContainer(id, signalName) {
      await post(id, 'kill', { signal: signalName })
    },
    async pauseContainer(id) {
      await post(id, 'pause')
    },
    async unpauseContainer(id) {
      await post(id, 'unpause')
    },
    async removeContainer(id) {
      await unlessGone(() =>
        client.json({
          what: `remove container ${id}`,
          method: 'DELETE',
          path: `/containers/${id}`,
          query: { force: true, v: true },
        }),
      )
    },
    inspectContainer: inspect,

    async listContainers(labels) {
      const listed = await client.json({
        what: 'list containers',
        method: 'GET',
        path: '/containers/json',
        query: { all: true, filters: labelFilter(labels) },
      })
      return v.parse(Listed, listed).map((container) => ({
        id: container.Id,
        name: (container.Names[0] ?? '').replace(/^\//, ''),
        labels: container.Labels ?? {},
        status: container.State,
        createdAt: container.Created * 1000,
      }))
    },

    waitContainer: (id, options = {}) => waitForExit({ client, clock, inspect, id, ...options }),
  }
}

type Wait = {
  client: Client
  clock: Clock
  inspect: Calls['inspectContainer']
  id: string
  signal?: AbortSignal
}

/**
 * The engine's own wait is lost with its connection, so after each loss the container is looked at again, and an engine
 * that is away is waited for. A container that was never started counts as ended with code 0.
 */
async function waitForExit({ client, clock, inspect, id, signal }: Wait): Promise<number> {
  const limits = signal ? { signal } : {}
  for (let failures = 0; ; ) {
    try {
      const state = await inspect(id)
      if (!state) {
        throw new AppError('engine.failed', `Container ${id} does not exist any more`, {
          details: { reason: 'not-found' },
        })
      }
      failures = 0
      if (state.exitCode !== undefined) return state.exitCode
      const waited = await client.json({
        what: `wait for container ${id}`,
        method: 'POST',
        path: `/containers/${id}/wait`,
        timeoutMs: 0,
        ...limits,
      })
      return v.parse(Waited, waited).StatusCode
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'engine.unreachable')) throw error
      failures += 1
      await clock.sleep(Math.min(100 * 2 ** failures, 5_000), signal)
    }
  }
}

function toState(inspected: unknown): ContainerState {
  const { Id, Name, State, Config } = v.parse(Inspected, inspected)
  const startedAt = toEpochMs(State.StartedAt)
  const finishedAt = toEpochMs(State.FinishedAt)
  const hasEnded = ['created', 'exited', 'dead'].includes(State.Status)
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    labels: Config.Labels ?? {},
    image: Config.Image,
    status: State.Status,
    oomKilled: State.OOMKilled,
    ...(hasEnded ? { exitCode: State.ExitCode } : {}),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(hasEnded && finishedAt !== undefined ? { finishedAt } : {}),
  }
}

/** Go's zero time stands for "never". */
function toEpochMs(time: string): number | undefined {
  const epochMs = Date.parse(time)
  return epochMs > 0 ? epochMs : undefined
}

async function unlessGone<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call()
  } catch (error) {
    if (isRefusal(error, 'not-found')) return undefined
    throw error
  }
}
