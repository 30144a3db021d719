/** Who talks to whom, counted over everything that was said, and kept up to date by events. */
import { type Accessor, createEffect, createSignal, on } from 'solid-js'
import type { MessageKind } from '#contract/event.ts'
import { toApiError } from '../../data/api.ts'
import { lastHeard } from '../../data/heard.ts'
import { readMessages } from '../../data/messages-api.ts'
import { liveState } from '../../data/store.ts'
import { noTalk, readTalk, type Talk } from '../../lib/messages/pairs.ts'
import { createSoon } from './soon.ts'

/** So often at most, however much happens. */
const readOnMs = 500

export type TalkState = {
  known: Accessor<Talk | undefined>
  error: Accessor<string | undefined>
  retry(): void
}

export function createTalk(taskId: string, kind: Accessor<MessageKind | undefined>): TalkState {
  const [known, setKnown] = createSignal<Talk>()
  const [error, setError] = createSignal<string>()
  let turn = 0
  let isReading = false
  const read = async (): Promise<void> => {
    const mine = turn
    isReading = true
    try {
      const asked = kind()
      const talk = await readTalk(
        (query) => readMessages(taskId, { ...query, kind: asked }),
        known() ?? noTalk,
      )
      if (mine !== turn) return
      setKnown(talk)
      setError(undefined)
    } catch (cause) {
      if (mine === turn) setError(toApiError(cause).message)
    } finally {
      if (mine === turn) isReading = false
    }
  }
  createEffect(
    on(kind, () => {
      turn++
      setKnown(undefined)
      void read()
    }),
  )
  const soon = createSoon(readOnMs, async () => {
    if (isReading) return false
    await read()
    return true
  })
  createEffect(
    on(
      () => lastHeard(taskId),
      (heard) => heard?.type === 'message.sent' && soon(),
      { defer: true },
    ),
  )
  createEffect(on(liveState, ({ kind: state }) => state === 'live' && soon(), { defer: true }))
  return { known, error, retry: () => void read() }
}
