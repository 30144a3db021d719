import { A } from '@solidjs/router'
import { createMemo, For, type JSX, Match, Show, Switch } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import type { Plan } from '#contract/plan.ts'
import type { Verdict } from '#contract/verdict.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { Loaded } from '../../components/part.tsx'
import { Prose } from '../../components/prose.tsx'
import { ConflictPaths } from '../../components/resolve-dialog.tsx'
import { CheckList, CommentList, Linked } from '../../components/review.tsx'
import { VerdictView } from '../../components/verdict.tsx'
import type { Entry } from '../../data/cache.ts'
import { store } from '../../data/store.ts'
import { titleOf } from '../../lib/attention-title.ts'
import { joinWords, plural } from '../../lib/text.ts'
import type { Answering } from './answering.ts'
import { Controls } from './controls.tsx'
import type { InboxRow } from './inbox-rows.ts'
import { PermissionText } from './permission-text.tsx'
import { causeOf, Facts, glyphOf, headOf } from './words.tsx'

function TaskLink(props: { item: AttentionItem }): JSX.Element {
  return (
    <A class="link" href={`/tasks/${props.item.task.id}`}>
      {props.item.task.name}
    </A>
  )
}

/** One item with what is needed to decide, and the answer below; on a phone the buttons are docked. */
export function InboxDetail(props: {
  row: InboxRow
  answering: Answering
  replyTo: string
  recent: (taskId: string) => JSX.Element
  query: string
  /** What is open besides. */
  next: AttentionItem | undefined
  onNext: () => void
  onSnooze: () => void
  onDone: () => void
  whyNotDone: string
  class: string
}): JSX.Element {
  const item = (): AttentionItem => props.row.item
  const sending = () => props.answering.of(item().id)
  const verdict = createMemo<Verdict | undefined>((known) =>
    item().kind === 'question'
      ? (verdictIn(planOf(props.row)?.value, item(), known) ?? known)
      : undefined,
  )
  /** Its verdict says it all. */
  const isReviewed = (): boolean =>
    verdict() !== undefined ||
    (item().kind === 'question' && planOf(props.row)?.state === 'loading')
  return (
    <article
      aria-label={titleOf(item())}
      data-attention={item().id}
      tabIndex={-1}
      class={`min-h-0 min-w-0 flex flex-col ring-in ${props.class}`}
    >
      <div class="flex-1 min-h-0 overflow-auto px-4 md:px-6 py-3 md:py-5">
        <div class="col gap-4 max-w-[760px]">
          <A
            href={`/inbox${props.query}`}
            class="md:hidden flex items-center gap-1 min-h-11 -my-2 t2 font-500 self-start"
          >
            <Icon name="back" />
            Inbox
          </A>
          <header class="col gap-1.5">
            <span class="row t3 text-small">
              <Glyph name={props.row.isGone ? 'done' : glyphOf(item())} />
              {headOf(item())}
            </span>
            <h2 class="h-title wrap-any">{titleOf(item())}</h2>
            <p class="t3 text-small">
              <Show when={!props.row.isGone} fallback={<TaskLink item={item()} />}>
                <Facts item={item()} task={<TaskLink item={item()} />} />
              </Show>
            </p>
          </header>
          <Show when={props.row.item.kind === 'permission' && props.row.item.permission}>
            {(permission) => <PermissionText permission={permission()} />}
          </Show>
          <Show when={item().kind !== 'conflict' && !isReviewed() && causeOf(item())}>
            {(cause) => (
              <Show
                when={item().kind === 'question'}
                fallback={
                  <p class="wrap-any whitespace-pre-line max-h-[40vh] overflow-auto font-mono text-code well px-3 py-2">
                    {cause()}
                  </p>
                }
              >
                <Prose text={cause()} />
              </Show>
            )}
          </Show>
          <Context row={props.row} verdict={verdict()} />
          <section aria-label="What happened last" class="col gap-1">
            <h3 class="m-0 text-small font-500 t3">What happened last</h3>
            {props.recent(item().task.id)}
          </section>
        </div>
      </div>
      <footer class="flex-none rule-top bg-bg1 px-4 md:px-6 py-3 col gap-2">
        <Show when={sending().error}>
          {(error) => (
            <p role="alert" class="text-fail wrap-any">
              {error()}
            </p>
          )}
        </Show>
        <Show
          when={!props.row.isGone}
          fallback={<Done words={sending().done} next={props.next} onNext={props.onNext} />}
        >
          <div class="flex flex-wrap gap-1.5 items-center">
            <div class="flex flex-1 md:[&>div]:justify-start! min-w-[min(100%,300px)]">
              <Controls
                item={item()}
                answering={props.answering}
                isFocused
                replyTo={props.replyTo}
              />
            </div>
            <Button look="quiet" shortcut="S" onClick={() => props.onSnooze()}>
              Put aside for an hour
            </Button>
            <Show when={!props.whyNotDone}>
              <Button look="quiet" shortcut="E" onClick={() => props.onDone()}>
                Done
              </Button>
            </Show>
          </div>
        </Show>
      </footer>
    </article>
  )
}

/** What became of it. A phone has no list beside it, so the next one is a press away. */
function Done(props: {
  words: string
  next: AttentionItem | undefined
  onNext: () => void
}): JSX.Element {
  return (
    <div class="row flex-wrap min-h-11 md:min-h-7">
      <p role="status" class="t2 flex-1 wrap-any">
        {props.words || 'It waits no more.'}
      </p>
      <Show
        when={props.next}
        fallback={<span class="md:hidden t3 text-small">Nothing else needs you</span>}
      >
        {(item) => (
          <Button look="primary" class="md:hidden! max-w-full" onClick={() => props.onNext()}>
            <span class="clip">Next: {titleOf(item())}</span>
          </Button>
        )}
      </Show>
    </div>
  )
}

/** Read for the one that is open. Before there is a plan only its planner asks. */
function planOf({ item, isGone }: InboxRow): Entry<Plan> | undefined {
  const { id, status } = item.task
  if (status === 'planning') return undefined
  return isGone ? store.plan.peek(id) : store.plan.get(id)
}

/** The review that ended in this question; once that is decided, the one that was `known` before, with the decision. */
function verdictIn(
  plan: Plan | undefined,
  item: AttentionItem,
  known: Verdict | undefined,
): Verdict | undefined {
  return plan?.subtasks.find(
    ({ verdict }) =>
      verdict?.question_id === item.id ||
      (verdict !== undefined && verdict.commit === known?.commit && verdict.at === known.at),
  )?.verdict
}

/** What the list does not tell. */
function Context(props: { row: InboxRow; verdict: Verdict | undefined }): JSX.Element {
  const item = (): AttentionItem => props.row.item
  const id = (): string => item().task.id
  const task = () => (props.row.isGone ? store.task.peek(id()) : store.task.get(id()))
  const plan = () => planOf(props.row)
  const names = () => new Map(plan()?.value?.subtasks.map((each) => [each.id, each.name]) ?? [])
  return (
    <Switch>
      <Match when={item().kind === 'question'}>
        <Show when={props.verdict}>
          {(verdict) => <VerdictView taskId={id()} verdict={verdict()} names={names()} />}
        </Show>
        <section class="col gap-1" aria-label="The task">
          <h3 class="m-0 text-small font-500 t3">You asked for</h3>
          <p class="wrap-any max-h-[200px] overflow-auto">{task()?.value?.prompt}</p>
        </section>
      </Match>
      <Match when={item().kind === 'plan'}>
        <Show when={plan()}>
          {(entry) => (
            <Loaded entry={entry()} onRetry={() => void store.plan.refresh(id())}>
              {(value) => <PlanExcerpt plan={value()} />}
            </Loaded>
          )}
        </Show>
      </Match>
      <Match when={props.row.item.kind === 'follow-up' && props.row.item}>
        {(item) => (
          <section class="col gap-2" aria-label="What the pull request says">
            <Show when={item().pull_request}>
              {(pull) => (
                <p class="wrap-any">
                  <Linked url={pull().url}>
                    #{pull().number} {pull().title}
                  </Linked>
                </p>
              )}
            </Show>
            <CheckList checks={item().follow_up.checks} />
            <CommentList comments={item().follow_up.comments} />
          </section>
        )}
      </Match>
      <Match
        when={
          (props.row.item.kind === 'subtask' || props.row.item.kind === 'conflict') &&
          props.row.item.subtask
        }
      >
        {(subtask) => (
          <>
            <Show when={subtask().conflicts}>
              {(paths) => (
                <section class="col gap-1.5" aria-label="Paths in conflict">
                  <p class="wrap-any">
                    Both sides changed the same lines: what is merged in{' '}
                    <span class="mono">{item().task.branch}</span>, and the work of {subtask().name}
                    , which is kept on its own branch.
                  </p>
                  <ConflictPaths paths={paths()} />
                  <Show when={subtask().error}>
                    {(error) => <p class="text-fail wrap-any">{error()}</p>}
                  </Show>
                </section>
              )}
            </Show>
            <section class="col gap-1" aria-label="What it was to do">
              <h3 class="m-0 text-small font-500 t3">
                What it was to do, attempt {subtask().attempt} of {subtask().max_attempts}
              </h3>
              <p class="wrap-any max-h-[200px] overflow-auto">
                {plan()?.value?.subtasks.find((each) => each.id === subtask().id)?.prompt}
              </p>
            </section>
          </>
        )}
      </Match>
    </Switch>
  )
}

function PlanExcerpt(props: { plan: Plan }): JSX.Element {
  const names = () => new Map(props.plan.subtasks.map(({ id, name }) => [id, name]))
  return (
    <section class="col gap-2" aria-label="The plan">
      <Show when={props.plan.analysis}>
        <p class="wrap-any">{props.plan.analysis}</p>
      </Show>
      <h3 class="m-0 text-small font-500 t3">
        {plural(props.plan.subtasks.length, 'subtask')}, up to {props.plan.estimated_agents} at once
      </h3>
      <ol class="card">
        <For each={props.plan.subtasks}>
          {(subtask) => (
            <li class="rule-top first:border-t-0 px-3 py-2 col">
              <span class="font-500 wrap-any">{subtask.name}</span>
              <span class="t3 text-small wrap-any">
                {subtask.agent_role}
                {subtask.depends_on.length > 0
                  ? `, after ${joinWords(subtask.depends_on.map((id) => names().get(id) ?? id))}`
                  : ''}
              </span>
            </li>
          )}
        </For>
      </ol>
    </section>
  )
}
