import { useNavigate } from '@solidjs/router'
import { createMemo, createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import type { Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { taskDuration } from '../../data/status.ts'
import { all, store } from '../../data/store.ts'
import { describeRemoving, describeSaved, describeStopping } from '../../lib/halt-words.ts'
import { describeRestore } from '../../lib/restore-words.ts'
import { firstLine, formatMoney, joinWords, plural } from '../../lib/text.ts'
import { formatClock, formatDuration, formatExact } from '../../lib/time.ts'
import { QuestionBanner } from './question-banner.tsx'

/** Under the tabs: who is awaited, or how it ended, what is safe and what to do. */
export function Outcome(props: { task: Task; isPlanShown: boolean }): JSX.Element {
  return (
    <Switch>
      <Match when={props.task.phase === 'awaiting_answers'}>
        <QuestionBanner
          task={props.task}
          isFormShown={props.isPlanShown}
          isBrief={!props.isPlanShown}
        />
      </Match>
      <Match when={props.task.phase === 'stopping'}>
        <Bar glyph="stopping">{describeStopping(props.task)}</Bar>
      </Match>
      <Match when={props.task.phase === 'restoring'}>
        <Bar glyph="stopping">{describeRestore(props.task)}</Bar>
      </Match>
      <Match when={isBack(props.task)}>
        <Bar
          glyph="pause"
          actions={
            <LinkButton href={checkpointOf(props.task)}>
              {props.task.restore?.undo_id ? 'Undo…' : 'Its checkpoint'}
            </LinkButton>
          }
        >
          {describeRestore(props.task)}
        </Bar>
      </Match>
      <Match when={props.task.phase === 'cancelling'}>
        <Bar glyph="stopping">{describeRemoving(props.task)}</Bar>
      </Match>
      <Match when={props.task.status === 'paused'}>
        <Paused task={props.task} />
      </Match>
      <Match when={props.task.phase === 'waiting' || props.task.phase === 'queued'}>
        <Bar glyph={props.task.phase === 'queued' ? 'wait' : 'pause'}>
          {isEngineAway()
            ? 'Waits for the container engine, and goes on by itself when it answers.'
            : (props.task.error ??
              'Queued: every slot is in use. It starts by itself when one is free.')}
        </Bar>
      </Match>
      <Match when={props.task.status === 'completed'}>
        <Completed task={props.task} />
      </Match>
      {/* The line below says what is to be done about it. */}
      <Match when={props.task.status === 'failed' && props.task.delivery?.state === 'failed'}>
        <Bar glyph="fail" tone="bg-fail-tint">
          <span class="font-500">All work is done, but it was not delivered.</span>{' '}
          <span class="t2">{safe(props.task)}</span>
        </Bar>
      </Match>
      <Match when={reviewToDecide(props.task)}>
        {(review) => (
          <Bar
            glyph="need"
            tone="bg-need-tint"
            actions={
              <LinkButton
                look="next"
                href={`/tasks/${props.task.id}?subtask=${review().id}&ask=decide`}
              >
                Decide…
              </LinkButton>
            }
          >
            <span class="font-500">{review().name} has not approved the work: you decide.</span>{' '}
            <span class="t2">{plural(review().verdict?.findings.length ?? 0, 'finding')}.</span>
          </Bar>
        )}
      </Match>
      <Match when={props.task.status === 'failed' || props.task.progress.failed > 0}>
        <Failed task={props.task} />
      </Match>
      <Match when={props.task.status === 'cancelled'}>
        <Bar glyph="skip">
          Cancelled by you. What was merged is on <span class="font-mono">{props.task.branch}</span>
          .
        </Bar>
      </Match>
    </Switch>
  )
}

/** The bar above every page tells why. */
const isEngineAway = (): boolean => store.system.get(all).value?.engine.state === 'unreachable'

/** The review of a running task that ended in a question to a person. */
const reviewToDecide = ({ id, status, plan_version }: Task): Subtask | undefined =>
  status === 'running' && plan_version !== null
    ? store.plan.get(id).value?.subtasks.find(({ verdict }) => verdict?.question_id !== undefined)
    : undefined

/** Paused because it was taken back, or made from a checkpoint; a stop of later has its own words. */
const isBack = ({ status, restore, halt }: Task): boolean =>
  status === 'paused' && restore?.state === 'done' && !halt

/** What undoes it; of a fork where it came from. */
const checkpointOf = ({ id, restore, forked_from: origin }: Task): string =>
  restore?.undo_id
    ? `/tasks/${id}/checkpoints?checkpoint=${restore.undo_id}`
    : `/tasks/${origin?.task_id}/checkpoints?checkpoint=${origin?.checkpoint_id}`

/** Since when, by whom, what was kept, and what was not. */
function Paused(props: { task: Task }): JSX.Element {
  const at = (): number => Date.parse(props.task.halt?.asked_at ?? props.task.updated_at)
  return (
    <Bar glyph="pause">
      {props.task.halt?.by === 'shutdown' ? 'Stopped with Klaudio at ' : 'Stopped by you at '}
      <time datetime={new Date(at()).toISOString()} title={formatExact(at())}>
        {formatClock(at())}
      </time>
      . {describeSaved(props.task)}
    </Bar>
  )
}

const Bar = (props: {
  children: JSX.Element
  glyph: Parameters<typeof Glyph>[0]['name']
  tone?: string
  actions?: JSX.Element
}): JSX.Element => (
  <div
    class={`flex flex-wrap items-start md:items-center gap-x-2.5 gap-y-2 px-4 md:px-5 py-2 rule flex-none ${props.tone ?? 'bg-bg2 t2'}`}
    role="status"
  >
    <Glyph name={props.glyph} class="lt-md:mt-0.5" />
    <div class="flex-1 min-w-0 wrap-any">{props.children}</div>
    {props.actions}
  </div>
)

function Completed(props: { task: Task }): JSX.Element {
  const changes = () => store.changes.get(props.task.id).value ?? []
  const sum = (of: 'added' | 'deleted'): number =>
    changes().reduce((total, file) => total + file[of], 0)
  return (
    <Bar glyph="done" tone="bg-done-tint">
      <span class="font-500">
        {plural(props.task.progress.completed, 'subtask')} done and merged on{' '}
        <span class="font-mono text-code">{props.task.branch}</span>.
      </span>{' '}
      <span class="t2">
        {formatDuration(taskDuration(props.task, 0) ?? 0)}, {formatMoney(props.task.cost_usd)}.
        <Show when={props.task.progress.skipped > 0}>
          {' '}
          {plural(props.task.progress.skipped, 'subtask')} skipped.
        </Show>
        <Show when={changes().length > 0}>
          {' '}
          +{sum('added')} −{sum('deleted')} in {plural(changes().length, 'file')}.
        </Show>
      </span>
    </Bar>
  )
}

/** The first failure with its cause, what it holds up, what is safe, and the ways on. */
function Failed(props: { task: Task }): JSX.Element {
  const act = createAct()
  const [isOpen, setOpen] = createSignal(false)
  const subtasks = createMemo((): readonly Subtask[] =>
    props.task.plan_version === null ? [] : (store.plan.get(props.task.id).value?.subtasks ?? []),
  )
  const failures = (): Subtask[] => subtasks().filter(({ status }) => status === 'failed')
  const failed = (): Subtask | undefined => failures()[0]
  // A skip with a reason is a failure's; one without is a person's.
  const held = (): string[] =>
    subtasks()
      .filter(({ status, error }) => status === 'skipped' && error)
      .map(({ name }) => name)
  const cause = (): string => failed()?.error ?? props.task.error ?? 'Failed without a reason.'
  const retry = (): void =>
    void act.run(async () => {
      await api.retrySubtask(props.task.id, failed()?.id ?? '')
      await Promise.all([store.plan.refresh(props.task.id), store.task.refresh(props.task.id)])
    })
  const navigate = useNavigate()
  useActions(() => {
    const known = failed()
    if (!known) return []
    const group = 'Subtask'
    const ask = (what: string): void =>
      navigate(`/tasks/${props.task.id}?subtask=${known.id}&ask=${what}`)
    return [
      { id: `subtask.retry-${known.id}`, label: `Retry ${known.name}`, group, run: retry },
      {
        id: `subtask.edit-and-retry-${known.id}`,
        label: `Edit and retry ${known.name}…`,
        group,
        run: () => ask('retry'),
      },
      {
        id: `subtask.skip-${known.id}`,
        label: `Skip ${known.name}…`,
        group,
        run: () => ask('skip'),
      },
    ]
  })
  const planner = (): string | undefined =>
    props.task.agents?.findLast(({ kind }) => kind === 'planner')?.id
  return (
    <Bar
      glyph="fail"
      tone="bg-fail-tint"
      actions={
        <div class="flex flex-wrap gap-2 lt-md:w-full">
          <Show
            when={failed()}
            fallback={
              <Show when={planner()}>
                {(id) => (
                  <LinkButton href={`/tasks/${props.task.id}/agents/${id()}?view=raw`}>
                    Planner’s output
                  </LinkButton>
                )}
              </Show>
            }
          >
            {(known) => (
              <>
                <Show when={known().conflicts}>
                  <LinkButton
                    look="next"
                    href={`/tasks/${props.task.id}?subtask=${known().id}&ask=resolve`}
                  >
                    Resolve the conflict…
                  </LinkButton>
                </Show>
                <Button
                  look={known().conflicts ? 'plain' : 'next'}
                  busy={act.busy()}
                  onClick={retry}
                >
                  Retry
                </Button>
                <Show when={!known().conflicts}>
                  <LinkButton href={`/tasks/${props.task.id}?subtask=${known().id}&ask=retry`}>
                    Edit and retry…
                  </LinkButton>
                </Show>
                <LinkButton
                  look="quiet"
                  href={`/tasks/${props.task.id}?subtask=${known().id}&ask=skip`}
                >
                  Skip…
                </LinkButton>
              </>
            )}
          </Show>
        </div>
      }
    >
      <div class="font-500" classList={{ 'line-clamp-3': !isOpen() }}>
        {failed() ? `${failed()?.name} failed: ` : ''}
        {isOpen() ? cause() : firstLine(cause())}
      </div>
      <div class="t2">
        <Show when={cause().includes('\n')}>
          <button type="button" class="link min-h-6" onClick={() => setOpen(!isOpen())}>
            {isOpen() ? 'Less' : 'Whole message'}
          </button>{' '}
        </Show>
        <Show when={failures().length > 1}>
          {plural(failures().length - 1, 'more failure', 'more failures')}.{' '}
        </Show>
        <Show when={held().length > 0}>Not run because of it: {named(held())}. </Show>
        {safe(props.task)}
        <Show when={!failed()}> Plan again when the cause is gone.</Show>
      </div>
      <Show when={act.error()}>
        <div role="alert" class="text-fail">
          {act.error()}
        </div>
      </Show>
    </Bar>
  )
}

const named = (names: readonly string[]): string =>
  names.length <= 4
    ? joinWords(names)
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`

const safe = ({ progress, branch }: Task): string =>
  progress.completed > 0
    ? `${plural(progress.completed, 'subtask')} merged and safe on ${branch}.`
    : 'Nothing was merged, nothing is lost.'
