/** The outbox of this page: what it sends and how, and when it tries again. */
import { createEffect, createRoot } from 'solid-js'
import { isAnsweredBy } from '../lib/permission.ts'
import { invalidateAnswered } from './answered.ts'
import { api, toApiError } from './api.ts'
import { postMessage } from './messages-api.ts'
import { createOutbox, type Deed } from './outbox.ts'
import { all, liveState, store } from './store.ts'

const isAway = (): boolean => liveState().kind === 'lost'

async function carryOut(deed: Deed): Promise<void> {
  switch (deed.kind) {
    case 'answer':
      return await answer(deed)
    case 'permission':
      return await answerPermission(deed)
    case 'approve':
      return await approve(deed)
    case 'message': {
      const { kind: _, taskId, ...message } = deed
      await api.send(taskId, message)
      break
    }
    case 'team-message': {
      const { kind: _, taskId, ...message } = deed
      await postMessage(taskId, message)
    }
  }
}

/** A first attempt may have arrived though its answer did not. */
async function answer({ taskId, questionId, text }: Deed & { kind: 'answer' }): Promise<void> {
  try {
    await api.answer(taskId, questionId, text)
  } catch (error) {
    if (toApiError(error).code !== 'question.answered') throw error
    const asked = (await api.questions(taskId)).find(({ id }) => id === questionId)
    if (asked?.answer !== text) throw error
  }
}

async function answerPermission({
  taskId,
  permissionId,
  answer,
}: Deed & { kind: 'permission' }): Promise<void> {
  try {
    await api.answerPermission(taskId, permissionId, answer)
  } catch (error) {
    if (toApiError(error).code !== 'permission.answered') throw error
    const asked = (await api.permissions(taskId)).find(({ id }) => id === permissionId)
    if (!asked || !isAnsweredBy(asked, answer)) throw error
  }
}

async function approve({ taskId, version }: Deed & { kind: 'approve' }): Promise<void> {
  try {
    await api.approve(taskId, version)
  } catch (error) {
    if (toApiError(error).code !== 'task.wrong-state') throw error
    const plan = await api.plan(taskId)
    if (plan.status !== 'approved' || plan.version !== version) throw error
  }
}

export const outbox = createOutbox({
  carryOut,
  isAway,
  toFailure: toApiError,
  onSent(deed) {
    if (deed.kind === 'answer') store.questions.invalidate(deed.taskId)
    if (deed.kind === 'permission') invalidateAnswered()
    if (deed.kind === 'message') store.inputs.invalidate(`${deed.taskId}/${deed.agentId}`)
    store.task.invalidate(deed.taskId)
    store.attention.invalidate(all)
  },
})

/** Sends what waits each time the server is back, for as long as the page lives. */
export function startSending(): void {
  createRoot(() =>
    createEffect(() => {
      if (liveState().kind === 'live') void outbox.flush()
    }),
  )
}
