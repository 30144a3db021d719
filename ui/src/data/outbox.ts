/**
 * What a person sends while the server is away: kept in this browser, shown as waiting, sent once when it is back, or taken
 * back before. An attempt whose answer was lost may have arrived, so every deed is such that doing it again changes nothing:
 * a message has an id of its own, a question and a permission take one answer, a version is approved once.
 */
import { createStore, unwrap } from 'solid-js/store'
import * as v from 'valibot'
import { AnswerPermission } from '#contract/permission.ts'
import { load, save } from '../lib/storage.ts'

const Deed = v.variant('kind', [
  v.object({
    kind: v.literal('answer'),
    taskId: v.string(),
    questionId: v.string(),
    text: v.string(),
  }),
  v.object({
    kind: v.literal('permission'),
    taskId: v.string(),
    permissionId: v.string(),
    answer: AnswerPermission,
  }),
  v.object({ kind: v.literal('approve'), taskId: v.string(), version: v.number() }),
  v.object({
    kind: v.literal('message'),
    taskId: v.string(),
    agentId: v.string(),
    id: v.string(),
    content: v.string(),
    priority: v.picklist(['next', 'later']),
  }),
  /** To a name in the team, or to everybody. */
  v.object({
    kind: v.literal('team-message'),
    taskId: v.string(),
    to: v.optional(v.string()),
    id: v.string(),
    content: v.string(),
  }),
])
export type Deed = v.InferOutput<typeof Deed>

const Held = v.object({
  deed: Deed,
  /** Epoch milliseconds. */
  at: v.number(),
  /** Why the server refused it when it was back; absent while it waits. */
  error: v.optional(v.string()),
})
export type Held = v.InferOutput<typeof Held>

export type Outbox = {
  /** Reactive, oldest first. */
  held(): readonly Held[]
  /** Reactive. */
  find(key: string): Held | undefined
  /** Sends it now, or keeps it when the server is away. Rejects when the server refuses. */
  send(deed: Deed): Promise<'sent' | 'held'>
  /** Takes back what was not sent. */
  withdraw(key: string): void
  /** The server is back: sends what waits, in its order, once. */
  flush(): Promise<void>
}

/** Of one matter: it is sent once, and what is sent later about it takes the place of what waits. */
export function keyOf(deed: Deed): string {
  switch (deed.kind) {
    case 'answer':
      return `answer/${deed.taskId}/${deed.questionId}`
    case 'permission':
      return `permission/${deed.taskId}/${deed.permissionId}`
    case 'approve':
      return `approve/${deed.taskId}`
    case 'message':
    case 'team-message':
      return `message/${deed.id}`
  }
}

export type OutboxOptions = {
  /** Rejects with an error that has a code and a message. */
  carryOut: (deed: Deed) => Promise<unknown>
  isAway: () => boolean
  toFailure: (error: unknown) => { code: string; message: string }
  /** Something was sent that waited. */
  onSent: (deed: Deed) => void
  now?: () => number
}

const storageKey = 'outbox'

export function createOutbox({
  carryOut,
  isAway,
  toFailure,
  onSent,
  now = Date.now,
}: OutboxOptions): Outbox {
  const [state, setState] = createStore<{ held: Held[] }>({ held: restore() })
  let flushing: Promise<void> | undefined

  const put = (held: Held[]): void => {
    setState('held', held)
    save(storageKey, held.length === 0 ? '' : JSON.stringify(held))
  }
  const without = (key: string): Held[] =>
    unwrap(state.held).filter(({ deed }) => keyOf(deed) !== key)
  const find = (key: string): Held | undefined => state.held.find(({ deed }) => keyOf(deed) === key)
  const hold = (deed: Deed): 'held' => {
    put([...without(keyOf(deed)), { deed, at: now() }])
    return 'held'
  }

  /** False when the server went away again. */
  const sendHeld = async (deed: Deed): Promise<boolean> => {
    const key = keyOf(deed)
    try {
      await carryOut(deed)
      put(without(key))
      onSent(deed)
    } catch (cause) {
      const { code, message } = toFailure(cause)
      if (code === 'unreachable') return false
      put([...without(key), { deed, at: now(), error: message }])
    }
    return true
  }
  const sendAll = async (): Promise<void> => {
    for (const { deed, error } of [...unwrap(state.held)]) {
      // Taken back meanwhile, or refused before.
      if (error !== undefined || !find(keyOf(deed))) continue
      if (isAway() || !(await sendHeld(deed))) return
    }
  }

  return {
    held: () => state.held,
    find,
    async send(deed) {
      if (isAway()) return hold(deed)
      try {
        await carryOut(deed)
        put(without(keyOf(deed)))
        return 'sent'
      } catch (error) {
        if (toFailure(error).code !== 'unreachable') throw error
        return hold(deed)
      }
    },
    withdraw: (key) => put(without(key)),
    flush() {
      flushing ??= sendAll().finally(() => {
        flushing = undefined
      })
      return flushing
    },
  }
}

function restore(): Held[] {
  const stored = v.safeParse(v.pipe(v.string(), v.parseJson(), v.array(Held)), load(storageKey))
  return stored.success ? stored.output : []
}
