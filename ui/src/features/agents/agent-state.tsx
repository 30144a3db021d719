import { A } from '@solidjs/router'
import { createMemo, For, type JSX, Match, Show, Switch } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { all, store } from '../../data/store.ts'
import { formatBytes } from '../../lib/text.ts'
import { formatClock } from '../../lib/time.ts'
import { toEnding, toStartSteps } from './agent-words.ts'

/** Why it does not move, what it waits for, or how it ended and what can be done. Nothing while it simply works. */
export function AgentState(props: { task: Task; agent: Agent }): JSX.Element {
  return (
    <Switch>
      <Match when={props.agent.status === 'queued'}>
        <Queued agent={props.agent} />
      </Match>
      <Match when={props.agent.status === 'created'}>
        <Starting task={props.task} agent={props.agent} />
      </Match>
      <Match when={props.agent.phase === 'collecting'}>
        <Line glyph="run">Its work is being saved and merged.</Line>
      </Match>
      <Match when={props.agent.phase === 'stopping'}>
        <Line glyph="stopping">Stopping. Its files and its conversation are being saved.</Line>
      </Match>
      <Match when={toEnding(props.agent)}>
        {(ending) => <Ended task={props.task} agent={props.agent} ending={ending()} />}
      </Match>
    </Switch>
  )
}

function Line(props: {
  glyph: Parameters<typeof Glyph>[0]['name']
  tone?: 'fail'
  children: JSX.Element
}): JSX.Element {
  return (
    <div
      class="flex flex-wrap items-start gap-2 min-w-0"
      classList={{
        'text-fail': props.tone === 'fail',
        t2: props.tone === undefined,
      }}
    >
      <Glyph name={props.glyph} class="mt-0.5" />
      {props.children}
    </div>
  )
}

function Queued(props: { agent: Agent }): JSX.Element {
  const slots = () => store.system.get(all).value?.slots
  return (
    <Line glyph="wait">
      <span>
        Queued{props.agent.queue_position ? `, number ${props.agent.queue_position}` : ''}.{' '}
        <Show when={slots()}>
          {(known) => `${known().used} of ${known().total} slots are in use.`}
        </Show>
      </span>
      <A href="/agents" class="link">
        Who has them
      </A>
    </Line>
  )
}

function Starting(props: { task: Task; agent: Agent }): JSX.Element {
  const steps = createMemo(() =>
    toStartSteps(props.agent, store.starts.get(props.task.id).value ?? []),
  )
  return (
    <ol class="flex flex-wrap gap-x-4 gap-y-1" aria-label="Starting">
      <For each={steps()}>
        {(step) => (
          <li class="row gap-1.5" classList={{ t3: step.state === 'wait' }}>
            <Glyph name={step.state} />
            {step.text}
            <Show when={step.at}>
              {(at) => <span class="t3">{formatClock(at(), { seconds: true })}</span>}
            </Show>
          </li>
        )}
      </For>
    </ol>
  )
}

function Ended(props: {
  task: Task
  agent: Agent
  ending: NonNullable<ReturnType<typeof toEnding>>
}): JSX.Element {
  const act = createAct()
  const subtask = () =>
    store.plan.get(props.task.id).value?.subtasks.find(({ id }) => id === props.agent.subtask_id)
  const canRetry = (): boolean => subtask()?.status === 'failed' || subtask()?.status === 'skipped'
  const retry = (): void =>
    void act.run(() => api.retrySubtask(props.task.id, props.agent.subtask_id ?? ''))
  useActions(() => {
    const known = subtask()
    return known && props.ending.isFault && canRetry()
      ? [
          {
            id: `subtask.retry-${known.id}`,
            label: `Retry ${known.name}`,
            group: 'Subtask',
            run: retry,
          },
        ]
      : []
  })
  return (
    <div class="col gap-1">
      <Line glyph={props.ending.glyph} {...(props.ending.isFault ? { tone: 'fail' as const } : {})}>
        <span class="wrap-any min-w-0 flex-1 line-clamp-4" title={props.ending.text}>
          {props.ending.text.replaceAll(/\n\s*\n/g, '\n')}
        </span>
        <Show when={props.ending.isFault && canRetry()}>
          <Button icon="retry" busy={act.busy()} onClick={retry}>
            Retry
          </Button>
        </Show>
      </Line>
      <Show when={props.ending.isFault}>
        <p class="t3 text-small">
          {props.agent.exit_code === undefined ? '' : `Exit code ${props.agent.exit_code}. `}
          {props.agent.output_bytes > 0
            ? `${formatBytes(props.agent.output_bytes)} of output and its files are saved.`
            : 'Its files are saved.'}
          {canRetry() ? ' Retry starts a new attempt with the reason given to it.' : ''}
        </p>
      </Show>
      <ErrorLine text={act.error()} small />
    </div>
  )
}
