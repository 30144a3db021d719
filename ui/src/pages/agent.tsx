import { A, useNavigate, useParams, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../components/button.tsx'
import { Icon } from '../components/icon.tsx'
import { Menu, type MenuItem } from '../components/menu.tsx'
import { createTitle } from '../components/page-header.tsx'
import { Empty, Loaded, Skeleton } from '../components/part.tsx'
import { type Segment, Segmented } from '../components/segmented.tsx'
import { SplitPane } from '../components/split-pane.tsx'
import { StatusChip } from '../components/status-chip.tsx'
import { listActions, useActions } from '../data/actions.ts'
import { api } from '../data/api.ts'
import { now } from '../data/clock.ts'
import { isPhone, isWide } from '../data/screen.ts'
import { agentDuration, agentStatus } from '../data/status.ts'
import { store } from '../data/store.ts'
import { AgentActions } from '../features/agents/agent-actions.tsx'
import { agentName } from '../features/agents/agent-name.ts'
import { AgentState } from '../features/agents/agent-state.tsx'
import { AgentStream, type StreamView } from '../features/agents/agent-stream.tsx'
import { Composer } from '../features/agents/composer.tsx'
import type { AgentOutput } from '../features/agents/output.ts'
import type { RowFile } from '../lib/activity/row-file.ts'
import { load, save } from '../lib/storage.ts'
import { formatMoney } from '../lib/text.ts'
import { formatDuration } from '../lib/time.ts'
import { type Pane, PaneContent, paneNames, panes } from './agent-pane.tsx'

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
  const [query, setQuery] = useSearchParams<{
    view?: string
    at?: string
    pane?: string
    area?: string
    file?: string
    line?: string
  }>()
  const navigate = useNavigate()
  const [output, setOutput] = createSignal<AgentOutput>()
  const view = (): StreamView =>
    views.find(({ value }) => value === query.view)?.value ?? 'activity'
  const at = (): number | undefined =>
    /^\d{1,15}$/.test(query.at ?? '') ? Number(query.at) : undefined
  const pane = createPane(
    () => query.pane,
    (value) => setQuery({ pane: value }, { replace: true }),
  )

  const siblings = (): Agent[] => props.task.agents ?? []
  const position = (): number => siblings().findIndex(({ id }) => id === props.agent.id)
  const go = (by: number): void => {
    const next = siblings()[position() + by]
    const search = view() === 'activity' ? '' : `?view=${view()}`
    if (next) navigate(`/tasks/${props.task.id}/agents/${next.id}${search}`)
  }
  createTitle(() => `${agentName(props.agent)}, ${props.task.name}`)
  const setView = (value: StreamView): void =>
    setQuery(
      { view: value === 'activity' ? null : value, ...(isPhone() ? { pane: null } : {}) },
      { replace: true },
    )
  useActions(() => [
    ...views.map(({ value, label }, index) => ({
      id: `agent.view-${value}`,
      label: `Show ${label}`,
      group: 'Agent',
      keys: String(index + 1),
      run: () => setView(value),
    })),
    {
      id: 'agent.previous',
      label: 'Previous agent',
      group: 'Agent',
      keys: '[',
      disabled: position() <= 0 && 'This is the first agent.',
      run: () => go(-1),
    },
    {
      id: 'agent.next',
      label: 'Next agent',
      group: 'Agent',
      keys: ']',
      disabled: position() >= siblings().length - 1 && 'This is the last agent.',
      run: () => go(1),
    },
    {
      id: 'agent.pane',
      label: pane.shown() ? 'Close the right pane' : 'Open the right pane',
      group: 'Agent',
      keys: '\\',
      run: () => pane.toggle(),
    },
    {
      id: 'agent.back',
      label: 'Back to the agents',
      group: 'Agent',
      keys: 'Escape',
      palette: false,
      run: () => navigate(`/tasks/${props.task.id}/agents`),
    },
  ])
  /** On a phone it takes the place of the output, and Back leads to the row again. */
  const showFile = ({ pane: wanted, path }: RowFile): void => {
    pane.remember(wanted)
    const file = { file: path, line: null, area: wanted === 'files' ? 'workspace' : null }
    setQuery({ pane: wanted, ...file }, { replace: isWide(), scroll: false })
  }
  const onPhonePane = (): Pane | undefined => (isWide() ? undefined : pane.asked())
  const stream = (
    <section class="min-h-0 min-w-0 flex flex-col" aria-label="Output">
      <AgentStream
        agent={props.agent}
        view={view()}
        at={at()}
        onOutput={setOutput}
        onAt={(offset) =>
          setQuery(
            { at: offset === undefined ? null : String(offset) },
            { replace: true, scroll: false },
          )
        }
        onFile={showFile}
        hidden={onPhonePane() !== undefined}
        bar={
          <Bar
            view={view()}
            onView={setView}
            pane={onPhonePane()}
            onPane={(value) => setQuery({ pane: value }, { replace: true })}
          />
        }
      />
      <Show
        when={onPhonePane()}
        fallback={
          <Composer agent={props.agent} name={agentName(props.agent)} isAsked={isAsked(output())} />
        }
      >
        {(known) => <PaneContent pane={known()} {...props} output={output()} />}
      </Show>
    </section>
  )
  const side = (): JSX.Element =>
    isWide() && pane.shown() ? (
      <section class="min-h-0 min-w-0 flex flex-col" aria-label="Beside the output">
        <div class="flex items-center gap-2 px-3 min-h-11 rule flex-none">
          <Segmented
            label="Beside the output"
            value={pane.shown() ?? 'changes'}
            options={panes.map((value) => ({ value, label: paneNames[value] }))}
            onChange={pane.show}
          />
          <span class="flex-1" />
          <Button
            look="quiet"
            icon="close"
            label="Close the right pane"
            onClick={() => pane.toggle()}
          />
        </div>
        <PaneContent pane={pane.shown() ?? 'changes'} {...props} output={output()} />
      </section>
    ) : undefined
  return (
    <>
      <Header
        task={props.task}
        agent={props.agent}
        output={output()}
        position={position()}
        count={siblings().length}
        onGo={go}
        isPaneShown={pane.shown() !== undefined}
        onPane={pane.toggle}
      />
      <SplitPane id="agent" label="Width of the output" start={stream} end={side()} />
    </>
  )
}

/** Which pane stands on the right: from the address, else what was chosen last. */
function createPane(
  asked: () => string | undefined,
  put: (value: Pane | null) => void,
): {
  shown(): Pane | undefined
  asked(): Pane | undefined
  show(value: Pane): void
  remember(value: Pane): void
  toggle(): void
} {
  const [stored, setStored] = createSignal(load('agent.pane'))
  const known = (value: string | undefined): Pane | undefined =>
    panes.find((each) => each === value)
  const store = (value: string): void => {
    setStored(value)
    save('agent.pane', value)
  }
  const shown = (): Pane | undefined =>
    known(asked()) ?? (stored() === 'closed' ? undefined : (known(stored()) ?? 'changes'))
  return {
    shown,
    asked: () => known(asked()),
    remember: store,
    show(value) {
      store(value)
      put(value === 'changes' ? null : value)
    },
    toggle() {
      store(shown() ? 'closed' : 'changes')
      put(null)
    },
  }
}

function Bar(props: {
  view: StreamView
  onView: (view: StreamView) => void
  /** Only where there is no room for it beside the stream. */
  pane: Pane | undefined
  onPane: (pane: Pane) => void
}): JSX.Element {
  let bar: HTMLDivElement | undefined
  // On a phone the bar is wider than the screen: what is chosen stays in sight.
  createEffect(
    on([() => props.pane, () => props.view], () =>
      queueMicrotask(() =>
        bar
          ?.querySelector('[aria-checked=true]')
          ?.scrollIntoView({ block: 'nearest', inline: 'nearest' }),
      ),
    ),
  )
  return (
    <div ref={bar} class="flex gap-1 scroll-x min-w-0">
      <Segmented
        label="View of the output"
        value={props.pane ? ('' as StreamView) : props.view}
        options={views}
        onChange={props.onView}
      />
      <Show when={!isWide()}>
        <Segmented
          label="Instead of the output"
          value={props.pane ?? ('' as Pane)}
          options={panes.map((value) => ({ value, label: paneNames[value] }))}
          onChange={props.onPane}
        />
      </Show>
    </div>
  )
}

const isAsked = (output: AgentOutput | undefined): boolean =>
  output?.rows().some((row) => row.kind === 'ask' && row.state === 'open') ?? false

function Header(props: {
  task: Task
  agent: Agent
  output: AgentOutput | undefined
  position: number
  count: number
  onGo: (by: number) => void
  isPaneShown: boolean
  onPane: () => void
}): JSX.Element {
  const context = (): number | undefined => props.output?.context()
  const phoneItems = (): MenuItem[] =>
    isPhone()
      ? ['agent.interrupt', 'agent.previous', 'agent.next'].flatMap((id) => {
          const action = listActions().find((each) => each.id === id)
          return action && !action.disabled
            ? [{ label: action.label, onSelect: () => void action.run() }]
            : []
        })
      : []
  const items = (): MenuItem[] => [
    ...phoneItems(),
    {
      label: 'Copy link',
      icon: 'link',
      onSelect: () => void navigator.clipboard?.writeText(location.href),
    },
    ...(props.agent.session_id
      ? [
          {
            label: 'Copy session id',
            icon: 'copy' as const,
            onSelect: () => void navigator.clipboard?.writeText(props.agent.session_id ?? ''),
          },
        ]
      : []),
    ...listActions()
      .filter(({ id }) => id === 'activity.aloud')
      .map(({ label, run }) => ({ label, onSelect: () => void run() })),
    {
      label: 'Download log',
      icon: 'download',
      onSelect: () => location.assign(api.outputUrl(props.agent.task_id, props.agent.id)),
    },
    ...(isWide()
      ? [
          {
            label: props.isPaneShown ? 'Close right pane' : 'Open right pane',
            icon: 'panel' as const,
            onSelect: () => props.onPane(),
          },
        ]
      : []),
  ]
  const verbs = (): JSX.Element => (
    <>
      <AgentActions
        agent={props.agent}
        position={props.position}
        count={props.count}
        onGo={props.onGo}
      />
      <Menu label="More" items={items()} />
    </>
  )
  return (
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
        <Show when={isPhone()}>{verbs()}</Show>
      </div>
      <div class="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 tabIndex={-1} class="m-0 font-mono text-[16px] leading-6 font-600 wrap-any">
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
        <Show when={context()}>
          {(share) => (
            <span class="t3 desk" title="How much of the model’s context the conversation fills">
              context {Math.max(1, Math.round(share() * 100))}%
            </span>
          )}
        </Show>
        <span class="flex-1" />
        <Show when={!isPhone()}>{verbs()}</Show>
      </div>
      <AgentState task={props.task} agent={props.agent} />
    </header>
  )
}
