import { createMemo, createSignal, type JSX, lazy, Match, Show, Suspense, Switch } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Button } from '../../components/button.tsx'
import { PartError } from '../../components/part.tsx'
import { isLive } from '../../data/status.ts'
import { store } from '../../data/store.ts'
import { isDark } from '../../data/theme.ts'
import { formatBytes } from '../../lib/text.ts'
import { ActivityView } from './activity-view.tsx'
import { type AgentOutput, createAgentOutput, openAtEndBytes } from './output.ts'
import { RawView } from './raw-view.tsx'

export type StreamView = 'activity' | 'terminal' | 'raw'

const Terminal = lazy(async () => ({
  default: (await import('../../terminal/terminal.tsx')).Terminal,
}))

/** An agent's output, three ways. */
export function AgentStream(props: { agent: Agent; view: StreamView }): JSX.Element {
  const [fromStart, setFromStart] = createSignal(false)
  // The agent is another object after every change; its id and whether it is long decide once.
  const id = createMemo(() => props.agent.id)
  const first = (): number =>
    fromStart() || props.agent.output_bytes <= openAtEndBytes
      ? 0
      : props.agent.output_bytes - openAtEndBytes
  return (
    <Show when={`${id()} ${fromStart()}`} keyed>
      <Stream
        agent={props.agent}
        view={props.view}
        from={first()}
        onWhole={() => setFromStart(true)}
      />
    </Show>
  )
}

function Stream(props: {
  agent: Agent
  view: StreamView
  from: number
  onWhole: () => void
}): JSX.Element {
  const output: AgentOutput = createAgentOutput(props.agent.id, props.from)
  const mine = createMemo(
    () =>
      new Set(
        (store.inputs.get(`${props.agent.task_id}/${props.agent.id}`).value ?? []).map(
          ({ id }) => id,
        ),
      ),
  )
  const empty = (): string => {
    if (props.agent.status === 'queued') return 'Waits for a slot. What it does appears here.'
    if (isLive(props.agent)) return 'Starting. What it does appears here.'
    return output.isComplete() ? 'It ended without a word.' : ''
  }
  return (
    <div class="flex-1 min-h-0 col">
      <Show when={output.error()}>{(message) => <PartError message={message()} />}</Show>
      <Show when={output.from > 0}>
        <div class="row px-4 h-9 rule t3 text-small flex-none">
          <span class="flex-1">
            Opened at the end. {formatBytes(output.from)} before this are not shown.
          </span>
          <Button small look="quiet" onClick={() => props.onWhole()}>
            Load all
          </Button>
        </div>
      </Show>
      <Switch>
        <Match when={props.view === 'activity'}>
          <ActivityView
            rows={output.rows()}
            startedAt={output.startedAt()}
            mine={mine()}
            isLive={isLive(props.agent)}
            empty={empty()}
          />
        </Match>
        <Match when={props.view === 'terminal'}>
          <Suspense fallback={<div class="flex-1 bg-term" />}>
            <Terminal rows={output.rows()} isDark={isDark()} label="Terminal, read only" />
          </Suspense>
        </Match>
        <Match when={props.view === 'raw'}>
          <RawView lines={output.lines()} taskId={props.agent.task_id} agentId={props.agent.id} />
        </Match>
      </Switch>
    </div>
  )
}
