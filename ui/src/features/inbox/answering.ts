/** Answers to what waits for a person, by item: busy while one is sent, its failure in words. Buttons and keys share it. */

import { createStore } from 'solid-js/store'
import type { AttentionItem } from '#contract/attention.ts'
import type { AnswerPermission, PermissionScope } from '#contract/permission.ts'
import { conflictChoices, type ResolveConflict } from '#contract/resolution.ts'
import { invalidateAnswered } from '../../data/answered.ts'
import { api, toApiError } from '../../data/api.ts'
import { type Held, keyOf } from '../../data/outbox.ts'
import { hasUnsavedEdits } from '../../data/plan-draft.ts'
import { pullRequestApi } from '../../data/pull-request-api.ts'
import { outbox } from '../../data/sending.ts'
import { steerApi } from '../../data/steer-api.ts'
import { showPlan } from '../../data/steered.ts'
import { all, store } from '../../data/store.ts'

type Sending = { isBusy: boolean; error: string /** In the past: "Approved". */; done: string }

export type Answering = {
  /** Reactive. */
  of(id: string): Sending
  answer(item: AttentionItem, text: string): Promise<void>
  approve(item: AttentionItem): Promise<void>
  /** Reactive: what waits for the server to be back. */
  held(item: AttentionItem): Held | undefined
  withdraw(item: AttentionItem): void
  allow(item: AttentionItem, scope: PermissionScope): Promise<void>
  /** `reason` may be empty. */
  deny(item: AttentionItem, reason: string): Promise<void>
  retry(item: AttentionItem): Promise<void>
  skip(item: AttentionItem): Promise<void>
  /** Decides a conflict. */
  resolve(item: AttentionItem, choice: ResolveConflict): Promise<void>
}

/** The plan that would run is not the one on this person's screen. */
const unsaved = 'You have unsaved edits of this plan. Open it, then save or discard them.'

const idle: Sending = { isBusy: false, error: '', done: '' }

export function createAnswering(): Answering {
  const [items, setItems] = createStore<Record<string, Sending>>({})
  const send = async (
    item: AttentionItem,
    done: string,
    work: () => Promise<unknown>,
  ): Promise<void> => {
    if (items[item.id]?.isBusy) return
    setItems(item.id, { isBusy: true, error: '', done: '' })
    try {
      const isHeld = (await work()) === 'held'
      setItems(item.id, { isBusy: false, error: '', done: isHeld ? '' : done })
    } catch (error) {
      setItems(item.id, { isBusy: false, error: toApiError(error).message, done: '' })
    }
  }
  return {
    of: (id) => items[id] ?? idle,
    answer: (item, text) =>
      send(item, `You answered: ${text}`, async () => {
        if (item.kind !== 'question') return
        const { task, question } = item
        const ids = { taskId: task.id, questionId: question.id }
        if ((await outbox.send({ kind: 'answer', ...ids, text })) === 'held') return 'held'
        store.questions.invalidate(item.task.id)
        await store.attention.refresh(all)
      }),
    approve: (item) =>
      send(item, 'Approved', async () => {
        if (item.kind !== 'plan') return
        if (hasUnsavedEdits(item.task.id)) throw new Error(unsaved)
        return await outbox.send({
          kind: 'approve',
          taskId: item.task.id,
          version: item.plan.version,
        })
      }),
    held(item) {
      const key = heldKey(item)
      return key === undefined ? undefined : outbox.find(key)
    },
    withdraw(item) {
      const key = heldKey(item)
      if (key !== undefined) outbox.withdraw(key)
    },
    allow: (item, scope) =>
      send(item, scope === 'task' ? 'You allowed it for this task' : 'You allowed it once', () =>
        decide(item, { decision: 'allow', scope }),
      ),
    deny: (item, reason) =>
      send(item, reason === '' ? 'You denied it' : `You denied it: ${reason}`, () =>
        decide(item, { decision: 'deny', message: reason }),
      ),
    retry: (item) =>
      send(item, item.kind === 'follow-up' ? 'Sent to the agent' : 'Retried', async () => {
        if (item.kind === 'follow-up')
          await pullRequestApi.sendFollowUp(item.task.id, item.follow_up.id)
        if (item.kind === 'subtask' || item.kind === 'conflict')
          await api.retrySubtask(item.task.id, item.subtask.id)
        else if (item.kind === 'failed') await api.start(item.task.id)
      }),
    skip: (item) =>
      send(item, item.kind === 'follow-up' ? 'Dismissed' : 'Skipped', async () => {
        if (item.kind === 'follow-up') await pullRequestApi.dismiss(item.task.id, item.follow_up.id)
        if (item.kind === 'subtask' || item.kind === 'conflict')
          await api.skipSubtask(item.task.id, item.subtask.id)
      }),
    resolve: (item, choice) =>
      send(item, `You decided: ${conflictChoices[choice.choice]}`, async () => {
        if (item.kind === 'conflict')
          await showPlan(
            item.task.id,
            steerApi.resolveConflict(item.task.id, item.subtask.id, choice),
          )
      }),
  }
}

function heldKey(item: AttentionItem): string | undefined {
  if (item.kind === 'plan') return keyOf({ kind: 'approve', taskId: item.task.id, version: 0 })
  if (item.kind === 'permission')
    return keyOf({
      ...{ kind: 'permission', taskId: item.task.id, permissionId: item.permission.id },
      answer: { decision: 'deny', message: '' },
    })
  if (item.kind !== 'question') return undefined
  return keyOf({ kind: 'answer', taskId: item.task.id, questionId: item.question.id, text: '' })
}

/** A refusal says that somebody else was first, or that nobody waits any more: the list then has it no longer. */
async function decide(item: AttentionItem, answer: AnswerPermission): Promise<'sent' | 'held'> {
  if (item.kind !== 'permission') return 'sent'
  const { task, permission } = item
  const ids = { taskId: task.id, permissionId: permission.id }
  const look = async (): Promise<void> => {
    invalidateAnswered()
    await store.attention.refresh(all)
  }
  try {
    if ((await outbox.send({ kind: 'permission', ...ids, answer })) === 'held') return 'held'
  } catch (error) {
    await look()
    throw error
  }
  await look()
  return 'sent'
}

/** What its keys do, for one item. */
export type Verb =
  | 'allow'
  | 'allow-task'
  | 'deny'
  | 'approve'
  | 'retry'
  | 'skip'
  | 'reply'
  | 'resolve'

/** Planning again is all that helps a task that failed without a plan. */
export const canPlanAgain = (item: AttentionItem): boolean =>
  item.kind === 'failed' && item.task.plan_version === null

export function verbsOf(item: AttentionItem): readonly Verb[] {
  switch (item.kind) {
    case 'permission':
      return item.permission.rules.length > 0 ? ['allow', 'allow-task', 'deny'] : ['allow', 'deny']
    case 'question':
      return ['reply']
    case 'plan':
      return ['approve']
    case 'conflict':
      return ['resolve', 'retry', 'skip']
    case 'subtask':
    case 'follow-up':
      return ['retry', 'skip']
    case 'failed':
      return canPlanAgain(item) ? ['retry'] : []
  }
}

/** What its digits choose, from 1. */
export const choicesOf = (item: AttentionItem): readonly string[] =>
  item.kind !== 'question'
    ? []
    : item.question.options.length > 0
      ? item.question.options
      : item.question.suggestions
