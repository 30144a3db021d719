/** What an item says about itself, the same on Home and in the inbox. */
import { A } from '@solidjs/router'
import { type JSX, Match, Show, Switch } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import type { Question } from '#contract/plan.ts'
import { resultChoices } from '#contract/result-check.ts'
import { reviewChoices } from '#contract/verdict.ts'
import { now } from '../../data/clock.ts'
import { splitQuestion } from '../../lib/attention-title.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { joinWords, plural } from '../../lib/text.ts'
import { formatExact, formatSpan } from '../../lib/time.ts'

/** What asks a person is one thing on all pages; what failed is another, though a person mends it. */
export const glyphOf = (item: AttentionItem): GlyphName =>
  waitsForAgents(item) || item.kind === 'follow-up' ? 'need' : 'fail'

/** Agents stand still until it is answered. */
export const waitsForAgents = ({ kind }: AttentionItem): boolean =>
  kind === 'permission' || kind === 'question' || kind === 'plan'

export const kindWord: Record<AttentionItem['kind'], string> = {
  permission: 'Permission',
  question: 'Question',
  plan: 'Plan to approve',
  subtask: 'Failed subtask',
  conflict: 'Conflict',
  'follow-up': 'Pull request',
  failed: 'Failed task',
}

/** The cause in the words of what failed. */
export function causeOf(item: AttentionItem): string | undefined {
  switch (item.kind) {
    case 'question': {
      const { more } = splitQuestion(item.question.text)
      return [more, item.question.context].filter(Boolean).join('\n\n') || undefined
    }
    case 'permission':
    case 'plan':
      return undefined
    case 'subtask':
      return item.subtask.error
    case 'conflict':
      return `Both sides changed ${joinWords(item.subtask.conflicts ?? [])}.`
    case 'follow-up':
      return item.follow_up.reason
    case 'failed':
      return item.error
  }
}

export type Asked = Extract<AttentionItem, { kind: 'question' | 'permission' }>

const isAsked = (item: AttentionItem): item is Asked =>
  item.kind === 'question' || item.kind === 'permission'

const isOfReview = ({ options }: Question): boolean => options.includes(reviewChoices.accept)

/** The tests of the merged work fail, and its agents have been told often enough. */
export const isOfResult = ({ options }: Question): boolean => options.includes(resultChoices.accept)

/** What an agent at work asks, for itself. */
export const isOfAgent = (item: AttentionItem): item is Asked =>
  item.kind === 'permission' ||
  (item.kind === 'question' && item.question.round === 0 && !isOfReview(item.question))

/** What the agent works on, or what it is: "The poem", "Manager". */
function askerOf(item: Asked): string {
  const { agent, subtask } = item
  if (item.kind === 'question' && isOfResult(item.question)) return 'The test of the result'
  if (subtask) return subtask.name
  const role = agent?.role ?? 'agent'
  return role.slice(0, 1).toUpperCase() + role.slice(1)
}

/** "Question from The poem". */
export const headOf = (item: AttentionItem): string =>
  isAsked(item) ? `${kindWord[item.kind]} from ${askerOf(item)}` : kindWord[item.kind]

/** A planner asks in rounds, before anything runs; a reviewer lets choose what becomes of the work; the others just ask. */
function holdsOfQuestion(question: Question): string {
  if (question.round > 0) return 'nothing runs until it is answered'
  if (isOfResult(question)) return 'the end of the task waits for the answer'
  return isOfReview(question) ? 'the review waits for the answer' : 'it waits for the answer'
}

/** What waits because of it. */
export function holdsOf(item: AttentionItem): string {
  switch (item.kind) {
    case 'question':
      return holdsOfQuestion(item.question)
    case 'plan':
      return 'nothing runs until it is approved'
    case 'permission':
    case 'subtask':
    case 'conflict':
      return item.held > 0 ? `holds ${plural(item.held, 'subtask')}` : 'holds nothing else'
    case 'follow-up':
      return 'its work is pushed and stays'
    case 'failed':
      return `what was merged is safe on ${item.task.branch}`
  }
}

/** `since` as the wire has it. */
export function Age(props: { since: string }): JSX.Element {
  const at = (): number => Date.parse(props.since)
  return <span title={formatExact(at())}>{formatSpan(now() - at())}</span>
}

/** "Planner of Rate limits · 2 questions open · waiting 9 min, nothing runs until it is answered". */
export function Facts(props: { item: AttentionItem; task: JSX.Element }): JSX.Element {
  return (
    <Switch
      fallback={
        <>
          {props.task} · {holdsOf(props.item)} · <Age since={props.item.since} />
        </>
      }
    >
      <Match when={isAsked(props.item) && props.item}>
        {(item) => (
          <>
            <Asker item={item()} /> of {props.task} ·{' '}
            <Show when={openWith(item()) > 1}>{plural(openWith(item()), 'question')} open · </Show>
            waiting <Age since={item().since} />, {holdsOf(item())}
          </>
        )}
      </Match>
      <Match when={props.item.kind === 'plan' && props.item}>
        {(item) => (
          <>
            {plural(item().plan.subtasks, 'subtask')}, version {item().plan.version} · waiting{' '}
            <Age since={item().since} />, {holdsOf(item())}
          </>
        )}
      </Match>
    </Switch>
  )
}

/** Questions of its task that are open. */
const openWith = (item: Asked): number => (item.kind === 'question' ? item.open : 1)

function Asker(props: { item: Asked }): JSX.Element {
  return (
    <Show when={props.item.agent} fallback={askerOf(props.item)}>
      {(agent) => (
        <A class="hover:underline" href={`/tasks/${props.item.task.id}/agents/${agent().id}`}>
          {askerOf(props.item)}
        </A>
      )}
    </Show>
  )
}
