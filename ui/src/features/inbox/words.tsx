/** What an item says about itself, the same on Home and in the inbox. */
import { A } from '@solidjs/router'
import { type JSX, Match, Show, Switch } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { reviewChoices } from '#contract/verdict.ts'
import { now } from '../../data/clock.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { joinWords, plural } from '../../lib/text.ts'
import { formatExact, formatSpan } from '../../lib/time.ts'

export const glyphOf = (item: AttentionItem): GlyphName => (waitsForAgents(item) ? 'need' : 'fail')

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
    case 'question':
      return item.question.context
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

const askers = {
  planner: { word: 'Planner', holds: 'nothing runs until it is answered' },
  reviewer: { word: 'Reviewer', holds: 'the review waits for it' },
  agent: { word: 'Agent', holds: 'the agent waits for it' },
}

/** A planner asks in rounds, before anything runs; a reviewer lets choose what becomes of the work; the others just ask. */
function askerOf({ question }: Extract<AttentionItem, { kind: 'question' }>): keyof typeof askers {
  if (question.round > 0) return 'planner'
  return question.options.includes(reviewChoices.accept) ? 'reviewer' : 'agent'
}

/** What waits because of it. */
export function holdsOf(item: AttentionItem): string {
  switch (item.kind) {
    case 'question':
      return askers[askerOf(item)].holds
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
      <Match when={props.item.kind === 'permission' && props.item}>
        {(item) => (
          <>
            <A class="hover:underline" href={`/tasks/${item().task.id}/agents/${item().agent.id}`}>
              {item().subtask?.name ?? item().agent.role}
            </A>{' '}
            of {props.task} · waiting <Age since={item().since} />, {holdsOf(item())}
          </>
        )}
      </Match>
      <Match when={props.item.kind === 'question' && props.item}>
        {(item) => (
          <>
            {askers[askerOf(item())].word} of {props.task} ·{' '}
            <Show when={item().open > 1}>{plural(item().open, 'question')} open · </Show>
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
