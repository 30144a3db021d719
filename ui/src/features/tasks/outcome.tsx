import { A } from '@solidjs/router'
import { createMemo, type JSX, Match, Show, Switch } from 'solid-js'
import type { Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { taskDuration } from '../../data/status.ts'
import { store } from '../../data/store.ts'
import { firstLine, formatMoney, joinWords, plural } from '../../lib/text.ts'
import { formatClock, formatDuration } from '../../lib/time.ts'

/** Under the tabs: who is awaited, or how it ended, what is safe and what to do. */
export function Outcome(props: { task: Task }): JSX.Element {
  return (
    <Switch>
      <Match when={props.task.phase === 'awaiting_answers'}>
        <Awaiting>The planner asks you before it goes on. Nothing runs until then.</Awaiting>
      </Match>
      <Match when={props.task.status === 'planned'}>
        <Approval task={props.task} />
      </Match>
      <Match when={props.task.phase === 'stopping'}>
        <Bar>
          <Glyph name="stopping" />
          <span>Stopping. Agents are saving their work.</span>
        </Bar>
      </Match>
      <Match when={props.task.status === 'paused'}>
        <Bar>
          <Glyph name="pause" />
          <span>
            Stopped by you at {formatClock(Date.parse(props.task.updated_at))}. Everything is saved;
            Resume continues the same conversations.
          </span>
        </Bar>
      </Match>
      <Match when={props.task.phase === 'waiting' || props.task.phase === 'queued'}>
        <Bar>
          <Glyph name={props.task.phase === 'queued' ? 'wait' : 'pause'} />
          <span class="wrap-any">
            {props.task.error ??
              'Queued: every slot is in use. It starts by itself when one is free.'}
          </span>
        </Bar>
      </Match>
      <Match when={props.task.status === 'completed'}>
        <Completed task={props.task} />
      </Match>
      <Match when={props.task.status === 'failed'}>
        <Failed task={props.task} />
      </Match>
      <Match when={props.task.status === 'cancelled'}>
        <Bar>
          <Glyph name="skip" />
          <span class="wrap-any">
            Cancelled by you. What was merged is on{' '}
            <span class="font-mono">{props.task.branch}</span>.
          </span>
        </Bar>
      </Match>
    </Switch>
  )
}

const Bar = (props: { children: JSX.Element; tone?: string }): JSX.Element => (
  <div
    class={`flex flex-wrap items-start gap-2.5 px-4 md:px-5 py-2 rule flex-none ${props.tone ?? 'bg-bg2 t2'}`}
    role="status"
  >
    {props.children}
  </div>
)

function Awaiting(props: { children: JSX.Element; actions?: JSX.Element }): JSX.Element {
  return (
    <div
      class="flex flex-wrap items-center gap-2.5 px-4 md:px-5 py-2 bg-need-tint rule flex-none"
      role="status"
    >
      <Glyph name="need" />
      <span class="text-need font-500 flex-1 min-w-[200px] wrap-any">{props.children}</span>
      {props.actions}
    </div>
  )
}

function Approval(props: { task: Task }): JSX.Element {
  const act = createAct()
  const plan = () => store.plan.get(props.task.id).value
  const approve = (): void =>
    void act.run(async () => {
      const version = plan()?.version
      if (version === undefined) return
      const task = await api.approve(props.task.id, version)
      store.task.put(props.task.id, { ...task, agents: task.agents ?? props.task.agents ?? [] })
    })
  const sentence = (): string => {
    const known = plan()
    if (!known) return 'The plan is ready.'
    const once =
      known.strategy === 'parallel'
        ? `, up to ${known.estimated_agents} at once`
        : ', one at a time'
    return `Plan v${known.version}: ${plural(known.subtasks.length, 'subtask')}${once}`
  }
  return (
    <Awaiting
      actions={
        <Button look="primary" busy={act.busy()} disabled={plan() === undefined} onClick={approve}>
          Approve
        </Button>
      }
    >
      {act.error() || sentence()}
      <Show when={plan()?.analysis}>
        {(analysis) => (
          <span class="block t2 font-400 line-clamp-3" title={analysis()}>
            {analysis()}
          </span>
        )}
      </Show>
    </Awaiting>
  )
}

function Completed(props: { task: Task }): JSX.Element {
  const changes = () => store.changes.get(props.task.id).value ?? []
  const sum = (of: 'added' | 'deleted'): number =>
    changes().reduce((total, file) => total + file[of], 0)
  return (
    <Bar tone="bg-done-tint">
      <Glyph name="done" class="mt-0.5" />
      <div class="flex-1 min-w-[220px]">
        <span class="font-500">
          {plural(props.task.progress.completed, 'subtask')} done and merged on{' '}
          <span class="font-mono text-code">{props.task.branch}</span>.
        </span>{' '}
        <span class="t2">
          <Show when={changes().length > 0}>
            +{sum('added')} −{sum('deleted')} in {plural(changes().length, 'file')},{' '}
          </Show>
          {formatDuration(taskDuration(props.task, 0) ?? 0)}, {formatMoney(props.task.cost_usd)}.
          <Show when={props.task.progress.skipped > 0}>
            {' '}
            {plural(props.task.progress.skipped, 'subtask')} skipped.
          </Show>
        </span>
      </div>
      <LinkButton href={`/tasks/${props.task.id}/changes`}>Review changes</LinkButton>
    </Bar>
  )
}

function Failed(props: { task: Task }): JSX.Element {
  const subtasks = createMemo((): readonly Subtask[] =>
    props.task.plan_version === null ? [] : (store.plan.get(props.task.id).value?.subtasks ?? []),
  )
  const failed = (): Subtask | undefined => subtasks().find(({ status }) => status === 'failed')
  const skipped = (): string[] =>
    subtasks()
      .filter(({ status }) => status === 'skipped')
      .map(({ name }) => name)
  const { completed } = props.task.progress
  return (
    <Bar tone="bg-fail-tint">
      <Glyph name="fail" class="mt-0.5" />
      <div class="flex-1 min-w-[220px] col gap-0.5">
        <span class="font-500 wrap-any">
          {failed()
            ? `${failed()?.name} failed: ${firstLine(failed()?.error ?? 'no reason given')}`
            : (props.task.error ?? 'Failed without a reason.')}
        </span>
        <span class="t2 wrap-any">
          <Show when={skipped().length > 0}>Not run because of it: {joinWords(skipped())}. </Show>
          {completed > 0
            ? `${plural(completed, 'subtask')} merged and safe on ${props.task.branch}. `
            : 'Nothing was merged, nothing is lost. '}
          {failed()
            ? 'Retry it, or edit its prompt and retry.'
            : 'Plan again when the cause is gone.'}
        </span>
      </div>
      <Show when={failed()}>
        {(known) => (
          <A class="button" href={`/tasks/${props.task.id}?subtask=${known().id}`}>
            Fix and retry
          </A>
        )}
      </Show>
    </Bar>
  )
}
