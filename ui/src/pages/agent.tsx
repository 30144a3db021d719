import { useNavigate, useParams, useSearchParams } from '@solidjs/router'
import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../components/button.tsx'
import { createTitle } from '../components/page-header.tsx'
import { Loaded, PageError, Skeleton } from '../components/part.tsx'
import { type Segment, Segmented } from '../components/segmented.tsx'
import { SplitPane } from '../components/split-pane.tsx'
import { useActions } from '../data/actions.ts'
import { isPhone, isWide } from '../data/screen.ts'
import { store } from '../data/store.ts'
import { isUsageKnown } from '../data/usage.ts'
import { agentName } from '../features/agents/agent-name.ts'
import { AgentStream, type StreamView } from '../features/agents/agent-stream.tsx'
import type { AgentOutput } from '../features/agents/output.ts'
import { QuestionBanner } from '../features/tasks/question-banner.tsx'
import { LimitNotice } from '../features/usage/limit-notice.tsx'
import type { RowFile } from '../lib/activity/row-file.ts'
import { load, save } from '../lib/storage.ts'
import { AgentFoot } from './agent-foot.tsx'
import { AgentHeader } from './agent-header.tsx'
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
      wayOut={
        <LinkButton look="next" href="/tasks">
          All tasks
        </LinkButton>
      }
    >
      {(task) => (
        <Show
          when={isUsageKnown() && (task().agents ?? []).find(({ id }) => id === params.aid)}
          fallback={
            <PageError
              error={{ message: 'This task has no such agent.', status: 404 }}
              onRetry={() => void store.task.refresh(params.id)}
            >
              <LinkButton look="next" href={`/tasks/${params.id}/agents`}>
                Agents of this task
              </LinkButton>
            </PageError>
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
  // One for both places: a shell in it lives on when the page becomes as narrow as a phone's, or wide again.
  const content = (
    <Show when={isWide() ? pane.shown() : pane.asked()}>
      {(known) => <PaneContent pane={known()} {...props} output={output()} />}
    </Show>
  )
  // What waits below takes its room from the output: nothing of it is seen before that is known.
  const isSettled = (): boolean =>
    store.inputs.get(`${props.task.id}/${props.agent.id}`).state !== 'loading'
  const stream = (
    <section
      class="min-h-0 min-w-0 flex flex-col"
      classList={{ invisible: !isSettled() }}
      aria-label="Output"
    >
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
      <Show when={onPhonePane()} fallback={<AgentFoot agent={props.agent} output={output()} />}>
        {content}
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
        {content}
      </section>
    ) : undefined
  return (
    <>
      <AgentHeader
        task={props.task}
        agent={props.agent}
        output={output()}
        position={position()}
        count={siblings().length}
        onGo={go}
        isPaneShown={pane.shown() !== undefined}
        onPane={pane.toggle}
      />
      <LimitNotice />
      <Show when={props.agent.kind === 'planner' && props.task.phase === 'awaiting_answers'}>
        <QuestionBanner task={props.task} isFormShown={false} />
      </Show>
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
