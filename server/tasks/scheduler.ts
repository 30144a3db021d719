/**
 * The one scheduler. Every agent that works holds one of `total` slots, whatever its kind, and at most its task's own
 * limit. Among waiting tasks the one that holds the fewest slots is next; among equals the one that has waited longest
 * since it last got one. Inside a task the highest priority is next, then the earliest request.
 */

export type SlotRequest = {
  agentId: string
  taskId: string
  /** Slots this task may hold at the same time. */
  perTask: number
  /** Higher is served first inside one task. */
  priority?: number
  signal?: AbortSignal
}

export type QueueEntry = { agentId: string; taskId: string; position: number }

/** `position` is null when the agent left the queue: with a slot when `granted`. */
export type QueueChange = {
  agentId: string
  taskId: string
  position: number | null
  granted: boolean
}

export type Scheduler = {
  /**
   * Resolves with the way to give the slot back (harmless to call twice). At once when the agent holds one already,
   * which is how an agent that survived a restart goes on. Rejects when `signal` aborts.
   */
  acquire(request: SlotRequest): Promise<() => void>
  /** Takes a slot without asking, beyond every limit: for agents that held one before a restart. */
  retake(agentId: string, taskId: string): void
  holds(agentId: string): boolean
  /** Gives out what has become free because `total` grew, or nothing is held back any more. */
  serve(): void
  state(): { used: number; total: number; waiting: QueueEntry[] }
}

type Waiting = SlotRequest & { order: number; grant: () => void }

type SchedulerOptions = {
  /** Read whenever a slot may be given out, so that it may change. */
  readonly total: number
  /** While true nobody gets a slot; who has one goes on. */
  isHeldBack?: () => boolean
  /** Called after every change of the queue with what changed, outside of any slot bookkeeping. */
  onQueue: (changes: QueueChange[]) => void
}

export function createScheduler(options: SchedulerOptions): Scheduler {
  /** agentId -> taskId */
  const held = new Map<string, string>()
  /** taskId -> when it last got a slot, in `order` numbers. */
  const lastGrant = new Map<string, number>()
  let queue: Waiting[] = []
  let positions = new Map<string, QueueEntry>()
  let order = 0

  const take = (agentId: string, taskId: string): void => {
    held.set(agentId, taskId)
    lastGrant.set(taskId, ++order)
  }
  const release = (agentId: string): void => {
    const taskId = held.get(agentId)
    if (taskId === undefined || !held.delete(agentId)) return
    serve()
    const isGone = !queue.some((w) => w.taskId === taskId) && ![...held.values()].includes(taskId)
    if (isGone) lastGrant.delete(taskId)
  }
  const once = (agentId: string): (() => void) => {
    let isDone = false
    return () => {
      if (isDone) return
      isDone = true
      release(agentId)
    }
  }
  const serve = (): void => {
    const granted: Waiting[] = []
    while (!options.isHeldBack?.() && held.size < options.total) {
      const next = pickNext(queue, countByTask(held.values()), lastGrant)
      if (!next) break
      queue = queue.filter((waiting) => waiting !== next)
      take(next.agentId, next.taskId)
      granted.push(next)
    }
    for (const { grant } of granted) grant()
    announce(new Set(granted.map(({ agentId }) => agentId)))
  }
  const announce = (granted: ReadonlySet<string>): void => {
    const entries = servingOrder(queue, held, lastGrant)
    const changes = diffPositions(positions, entries, granted)
    positions = new Map(entries.map((entry) => [entry.agentId, entry]))
    if (changes.length > 0) options.onQueue(changes)
  }
  const leave = (waiting: Waiting): void => {
    queue = queue.filter((other) => other !== waiting)
    announce(new Set())
  }

  return {
    async acquire(request) {
      request.signal?.throwIfAborted()
      if (held.has(request.agentId)) return once(request.agentId)
      return await new Promise<() => void>((resolve, reject) => {
        const onAbort = (): void => {
          leave(waiting)
          reject(request.signal?.reason)
        }
        const grant = (): void => {
          request.signal?.removeEventListener('abort', onAbort)
          resolve(once(request.agentId))
        }
        const waiting: Waiting = { ...request, order: ++order, grant }
        request.signal?.addEventListener('abort', onAbort, { once: true })
        queue.push(waiting)
        serve()
      })
    },
    retake: take,
    holds: (agentId) => held.has(agentId),
    serve,
    state: () => ({
      used: held.size,
      total: options.total,
      waiting: servingOrder(queue, held, lastGrant),
    }),
  }
}

function countByTask(taskIds: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const taskId of taskIds) counts.set(taskId, (counts.get(taskId) ?? 0) + 1)
  return counts
}

/** Who gets the next free slot; undefined when every waiting task is at its own limit. */
function pickNext(
  queue: readonly Waiting[],
  heldBy: ReadonlyMap<string, number>,
  lastGrant: ReadonlyMap<string, number>,
): Waiting | undefined {
  const count = (taskId: string): number => heldBy.get(taskId) ?? 0
  const waitsSince = (taskId: string): number => {
    const orders = queue.filter((w) => w.taskId === taskId).map((w) => w.order)
    return Math.max(Math.min(...orders), lastGrant.get(taskId) ?? 0)
  }
  return queue
    .filter((waiting) => count(waiting.taskId) < waiting.perTask)
    .sort(
      (a, b) =>
        count(a.taskId) - count(b.taskId) ||
        waitsSince(a.taskId) - waitsSince(b.taskId) ||
        (b.priority ?? 0) - (a.priority ?? 0) ||
        a.order - b.order,
    )[0]
}

/** The queue as it would be served if slots became free one by one; tasks at their own limit come last. */
function servingOrder(
  queue: readonly Waiting[],
  held: ReadonlyMap<string, string>,
  lastGrant: ReadonlyMap<string, number>,
): QueueEntry[] {
  const heldBy = countByTask(held.values())
  const grants = new Map(lastGrant)
  let order = Number.MAX_SAFE_INTEGER - queue.length
  let left = [...queue]
  const result: QueueEntry[] = []
  while (left.length > 0) {
    const unlimited = left.map((waiting) => ({ ...waiting, perTask: Number.POSITIVE_INFINITY }))
    const picked = pickNext(left, heldBy, grants) ?? pickNext(unlimited, heldBy, grants)
    if (!picked) break
    const { agentId, taskId } = picked
    heldBy.set(taskId, (heldBy.get(taskId) ?? 0) + 1)
    grants.set(taskId, order++)
    left = left.filter((waiting) => waiting.agentId !== agentId)
    result.push({ agentId, taskId, position: result.length + 1 })
  }
  return result
}

function diffPositions(
  before: ReadonlyMap<string, QueueEntry>,
  after: readonly QueueEntry[],
  granted: ReadonlySet<string>,
): QueueChange[] {
  const now = new Map(after.map((entry) => [entry.agentId, entry]))
  const left = [...before.values()].filter(({ agentId }) => !now.has(agentId))
  return [
    ...left.map(({ agentId, taskId }) => ({
      agentId,
      taskId,
      position: null,
      granted: granted.has(agentId),
    })),
    ...after
      .filter(({ agentId, position }) => before.get(agentId)?.position !== position)
      .map((entry) => ({ ...entry, granted: false })),
  ]
}
