import { A, useNavigate, useParams, useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { Icon } from '../components/icon.tsx'
import { createTitle } from '../components/page-header.tsx'
import { Empty, Loaded, PartError, Skeleton } from '../components/part.tsx'
import { type Segment, Segmented } from '../components/segmented.tsx'
import { StatusChip } from '../components/status-chip.tsx'
import { createAct } from '../data/act.ts'
import { api } from '../data/api.ts'
import { now } from '../data/clock.ts'
import { createKeys } from '../data/keys.ts'
import { agentDuration, agentStatus, isLive } from '../data/status.ts'
import { store } from '../data/store.ts'
import { agentName } from '../features/agents/agent-name.ts'
import { AgentStream, type StreamView } from '../features/agents/agent-stream.tsx'
import { Composer } from '../features/agents/composer.tsx'
import { Changes } from '../features/files/changes.tsx'
import { formatMoney } from '../lib/text.ts'
import { formatDuration } from '../lib/time.ts'

const views: Segment<StreamView>[] = [
  { value: 'activity', label: 'Activity' },
  { value: 'terminal', label: 'Terminal' },
  { value: 'raw', label: 'Raw' },
]

export function AgentPage(): JSX.Element {
  const params = useParams<{ id: string; aid: string }>()
  const entry = () => store.task.get(params.id)
  return (
    <Loaded
      entry={entry()}
      onRetry={() => void store.task.refresh(params.id)}
      skeleton={<Skeleton rows={6} />}
    >
      {(task) => (
        <Show
          when={(task().agents ?? []).find(({ id }) => id === params.aid)}
          fallback={
            <Empty
              action={
                <LinkButton href={`/tasks/${params.id}/agents`}>Agents of this task</LinkButton>
              }
            >
              This task has no such agent.
            </Empty>
          }
        >
          {(agent) => <AgentFocus task={task()} agent={agent()} />}
        </Show>
      )}
    </Loaded>
  )
}

function AgentFocus(props: { task: Task; agent: Agent }): JSX.Element {
  const [query, setQuery] = useSearchParams<{ view?: string }>()
  const navigate = useNavigate()
  const view = (): StreamView =>
    views.find(({ value }) => value === query.view)?.value ?? 'activity'
  const siblings = (): Agent[] => props.task.agents ?? []
  const at = (): number => siblings().findIndex(({ id }) => id === props.agent.id)
  const go = (by: number): undefined => {
    const next = siblings()[at() + by]
    if (next) navigate(`/tasks/${props.task.id}/agents/${next.id}?view=${view()}`)
  }
  createTitle(() => `${agentName(props.agent)}, ${props.task.name}`)
  createKeys({
    '[': () => go(-1),
    ']': () => go(1),
    Escape: () => {
      navigate(`/tasks/${props.task.id}/agents`)
      return undefined
    },
  })
  return (
    <>
      <header class="flex-none col gap-1.5 px-4 md:px-5 pt-3 pb-2.5 rule">
        <div class="row gap-1.5 text-small t3">
          <A
            href={`/tasks/${props.task.id}/agents`}
            class="flex items-center gap-1 min-w-0 min-h-11 -my-2.5 md:min-h-6 md:my-0"
          >
            <Icon name="back" class="md:hidden" />
            <span class="clip">{props.task.name}</span>
          </A>
          <span class="desk">/ Agents</span>
          <span class="flex-1" />
        </div>
        <div class="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <h1 tabIndex={-1} class="m-0 font-mono text-[16px] leading-6 font-600">
            {agentName(props.agent)}
          </h1>
          <StatusChip {...agentStatus(props.agent)} />
          <span class="t2 whitespace-nowrap desk">
            {props.agent.role}, attempt {props.agent.attempt}
          </span>
          <span class="t3 whitespace-nowrap">
            {formatDuration(agentDuration(props.agent, now()) ?? 0)}
          </span>
          <span class="t3">{formatMoney(props.agent.cost_usd)}</span>
          <span class="flex-1" />
          <AgentActions agent={props.agent} position={at()} count={siblings().length} onGo={go} />
        </div>
        <Cause task={props.task} agent={props.agent} />
      </header>
      <div class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <section class="min-h-0 min-w-0 flex flex-col" aria-label="Output">
          <div class="flex items-center gap-2 px-3 md:px-4 min-h-11 rule flex-none">
            <Segmented
              label="View of the output"
              value={view()}
              options={views}
              onChange={(value) =>
                setQuery({ view: value === 'activity' ? null : value }, { replace: true })
              }
            />
            <span class="flex-1" />
            <A
              class="lg:hidden flex items-center min-h-11 md:min-h-7 px-1.5 t2 font-500"
              href={`/tasks/${props.task.id}/changes`}
            >
              Changes
            </A>
          </div>
          <AgentStream agent={props.agent} view={view()} />
          <Composer agent={props.agent} name={agentName(props.agent)} />
        </section>
        <section
          class="min-h-0 min-w-0 flex flex-col lt-lg:hidden! border-0 border-l border-solid border-line"
          aria-label="Changes"
        >
          <Changes taskId={props.task.id} />
        </section>
      </div>
    </>
  )
}

/** Why it does not move, or how it ended. */
function Cause(props: { task: Task; agent: Agent }): JSX.Element {
  const subtask = createMemo((): Subtask | undefined =>
    props.agent.subtask_id
      ? store.plan
          .get(props.task.id)
          .value?.subtasks.find(({ id }) => id === props.agent.subtask_id)
      : undefined,
  )
  const text = (): string | undefined => {
    const { agent } = props
    if (agent.error) return agent.error
    if (agent.status === 'queued')
      return `Waits for a slot${agent.queue_position ? `, number ${agent.queue_position} in the queue` : ''}.`
    if (agent.status === 'completed') return subtask()?.summary
    return undefined
  }
  return (
    <Show when={text()}>
      {(cause) => (
        <p
          class={`wrap-any line-clamp-3 ${props.agent.error ? 'text-fail' : 't2'}`}
          title={cause()}
        >
          {cause()}
        </p>
      )}
    </Show>
  )
}

function AgentActions(props: {
  agent: Agent
  position: number
  count: number
  onGo: (by: number) => void
}): JSX.Element {
  const act = createAct()
  const [isStopping, setStopping] = createSignal(false)
  const [note, setNote] = createSignal('')
  const interrupt = async (): Promise<void> => {
    setNote('')
    await act.run(async () => {
      const { interrupted } = await api.interrupt(props.agent.task_id, props.agent.id)
      setNote(interrupted ? '' : 'Nothing was running.')
    })
  }
  createKeys({
    I: () => {
      if (props.agent.status !== 'running') return false
      void interrupt()
      return undefined
    },
  })
  return (
    <div class="row">
      <Show when={act.error() || note()}>
        <span class={`text-small ${act.error() ? 'text-fail' : 't3'}`} role="status">
          {act.error() || note()}
        </span>
      </Show>
      <Show when={props.count > 1}>
        <Button
          look="quiet"
          icon="back"
          label="Previous agent"
          class="lt-md:hidden!"
          disabled={props.position <= 0}
          onClick={() => props.onGo(-1)}
        />
        <span class="t3 text-small whitespace-nowrap desk">
          {props.position + 1} of {props.count}
        </span>
        <Button
          look="quiet"
          icon="right"
          label="Next agent"
          class="lt-md:hidden!"
          disabled={props.position >= props.count - 1}
          onClick={() => props.onGo(1)}
        />
      </Show>
      <Show when={isLive(props.agent)}>
        <Button
          shortcut="⇧I"
          busy={act.busy()}
          disabled={props.agent.status !== 'running'}
          onClick={() => void interrupt()}
        >
          Interrupt
        </Button>
        <Button look="danger" icon="stop" onClick={() => setStopping(true)}>
          Stop
        </Button>
      </Show>
      <Show when={isStopping()}>
        <Dialog
          title={`Stop ${agentName(props.agent)}?`}
          onClose={() => setStopping(false)}
          actions={
            <Button
              look="danger"
              busy={act.busy()}
              onClick={() =>
                void act.run(async () => {
                  await api.stopAgent(props.agent.task_id, props.agent.id)
                  setStopping(false)
                })
              }
            >
              Stop
            </Button>
          }
        >
          <p>
            Its subtask fails with “stopped by you” and can be retried. What it wrote so far is
            kept.
          </p>
          <Show when={act.error()}>{(message) => <PartError message={message()} />}</Show>
        </Dialog>
      </Show>
    </div>
  )
}
