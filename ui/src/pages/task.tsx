import { A, useLocation, useNavigate, useParams } from '@solidjs/router'
import {
  createEffect,
  createMemo,
  createSignal,
  For,
  type JSX,
  Match,
  on,
  Show,
  Switch,
} from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { LinkButton } from '../components/button.tsx'
import { Empty, Loaded, Skeleton } from '../components/part.tsx'
import { useActions } from '../data/actions.ts'
import { isAttentionKnown } from '../data/attention.ts'
import { isAtWork } from '../data/status.ts'
import { store } from '../data/store.ts'
import { isUsageKnown } from '../data/usage.ts'
import { agentName } from '../features/agents/agent-name.ts'
import { AgentStream } from '../features/agents/agent-stream.tsx'
import { AgentsTab } from '../features/agents/agents-tab.tsx'
import { Composer } from '../features/agents/composer.tsx'
import { CheckpointsPane } from '../features/checkpoints/checkpoints-pane.tsx'
import { CommsTab } from '../features/comms/comms-tab.tsx'
import { ChangesPane } from '../features/files/changes-pane.tsx'
import { FilesPane, pathOfPlace, placeInPath } from '../features/files/files-pane.tsx'
import { AskingDock } from '../features/inbox/asking-dock.tsx'
import { ApproveBar } from '../features/plan/approve-bar.tsx'
import { PlanTab } from '../features/plan/plan-tab.tsx'
import { WorkingNow } from '../features/plan/working-now.tsx'
import { DeliveryBar } from '../features/tasks/delivery-bar.tsx'
import { Outcome } from '../features/tasks/outcome.tsx'
import { ReplanDialog } from '../features/tasks/replan-dialog.tsx'
import { ResultBar } from '../features/tasks/result-bar.tsx'
import { SetupBar } from '../features/tasks/setup-bar.tsx'
import { SourceBar } from '../features/tasks/source-bar.tsx'
import { TaskHeader } from '../features/tasks/task-header.tsx'
import { Timeline } from '../features/timeline/timeline.tsx'
import { CostTab } from '../features/usage/cost-tab.tsx'
import { LimitNotice } from '../features/usage/limit-notice.tsx'
import { CheckpointInside } from './checkpoint-inside.tsx'

const tabs = [
  'plan',
  'agents',
  'comms',
  'files',
  'changes',
  'timeline',
  'checkpoints',
  'cost',
] as const
type Tab = (typeof tabs)[number]
const titles: Record<Tab, string> = {
  plan: 'Plan',
  agents: 'Agents',
  comms: 'Comms',
  files: 'Files',
  changes: 'Changes',
  timeline: 'Timeline',
  checkpoints: 'Checkpoints',
  cost: 'Cost',
}

export function TaskPage(): JSX.Element {
  const params = useParams<{ id: string; tab?: string }>()
  return (
    // A page of its own for every task: what was typed or opened on one must never count for another.
    <Show when={params.id} keyed>
      {(id) => (
        <Loaded
          entry={store.task.get(id)}
          onRetry={() => void store.task.refresh(id)}
          skeleton={<Skeleton rows={5} height={68} />}
          wayOut={
            <LinkButton look="next" href="/tasks">
              All tasks
            </LinkButton>
          }
        >
          {(task) => (
            <Show when={isWhole(task())} fallback={<Skeleton rows={5} height={68} />}>
              <TaskView task={task()} tab={tabs.find((tab) => tab === params.tab) ?? 'plan'} />
            </Show>
          )}
        </Loaded>
      )}
    </Show>
  )
}

/** Its agents ask a person. */
const isAsked = ({
  pending_permissions: permissions = 0,
  pending_questions: questions = 0,
}: Task) => permissions + questions > 0

/** What the bar below the tabs tells is there: it must not grow, and push all the rest down, when it comes. */
function isWhole(task: Task): boolean {
  const { id, phase, status, plan_version: version, progress } = task
  if (!isUsageKnown() || (isAsked(task) && !isAttentionKnown())) return false
  if (phase === 'awaiting_answers') return store.questions.get(id).state !== 'loading'
  if (status === 'completed') return store.changes.get(id).state !== 'loading'
  const isFailed = status === 'failed' || progress.failed > 0
  return !isFailed || version === null || store.plan.get(id).state !== 'loading'
}

function TaskView(props: { task: Task; tab: Tab }): JSX.Element {
  const navigate = useNavigate()
  const path = (tab: Tab): string => `/tasks/${props.task.id}${tab === 'plan' ? '' : `/${tab}`}`
  const agents = (): Agent[] => props.task.agents ?? []
  const planner = createMemo(() => agents().findLast(({ kind }) => kind === 'planner'))
  const [isReplanning, setReplanning] = createSignal(false)
  let nav: HTMLElement | undefined
  // On a phone there are more tabs than fit: the chosen one stays in sight.
  createEffect(
    on(
      () => props.tab,
      () =>
        queueMicrotask(() =>
          nav
            ?.querySelector('[aria-current=page]')
            ?.scrollIntoView({ block: 'nearest', inline: 'nearest' }),
        ),
    ),
  )
  useActions(() => [
    ...tabs.map((tab, index) => ({
      id: `task.tab.${tab}`,
      label: `Show ${titles[tab].toLowerCase()}`,
      group: 'Task',
      keys: String(index + 1),
      run: () => navigate(path(tab)),
    })),
    {
      id: 'task.back',
      label: 'Back to the tasks',
      group: 'Task',
      keys: 'Escape',
      run: () => navigate('/tasks'),
    },
  ])
  return (
    <>
      <TaskHeader task={props.task} onReplan={() => setReplanning(true)} />
      <nav ref={nav} aria-label="Task" class="flex gap-0.5 px-2 md:px-4 rule flex-none scroll-x">
        <For each={tabs}>
          {(tab) => (
            <A
              href={path(tab)}
              aria-current={props.tab === tab ? 'page' : undefined}
              class="flex items-center gap-1.5 h-11 md:h-9 px-2.5 font-500 t2 whitespace-nowrap border-0 border-b-2 border-solid border-transparent -mb-px"
              activeClass=""
              inactiveClass=""
              classList={{ 'text-tx1! border-tx1!': props.tab === tab }}
            >
              {titles[tab]}
              <Show when={tab === 'agents' && agents().length > 0}>
                <span class="count">{agents().length}</span>
              </Show>
            </A>
          )}
        </For>
      </nav>
      <LimitNotice />
      <Show
        when={props.task.status === 'planned'}
        fallback={<Outcome task={props.task} isPlanShown={props.tab === 'plan'} />}
      >
        <ApproveBar task={props.task} onReplan={() => setReplanning(true)} />
      </Show>
      <SourceBar task={props.task} />
      <SetupBar task={props.task} />
      <ResultBar task={props.task} isBrief={props.tab !== 'plan'} />
      <DeliveryBar task={props.task} isBrief={props.tab !== 'plan'} />
      <Show when={isAsked(props.task)}>
        <AskingDock taskId={props.task.id} isBrief={props.tab !== 'plan'} />
      </Show>
      <Show when={isReplanning()}>
        <ReplanDialog task={props.task} onClose={() => setReplanning(false)} />
      </Show>
      <Switch>
        <Match when={props.tab === 'plan'}>
          <PlanTab
            task={props.task}
            agents={agents()}
            planner={
              <Show
                when={planner()}
                fallback={<Empty>The planner is about to start. What it reads appears here.</Empty>}
              >
                {(agent) => (
                  <>
                    <AgentStream agent={agent()} view="activity" />
                    <Composer agent={agent()} name="planner" />
                  </>
                )}
              </Show>
            }
            stream={(agent) => <AgentStream agent={agent} view="activity" />}
            lanes={
              <WorkingNow
                task={props.task}
                agents={agents().filter((agent) => agent.kind !== 'planner' && isAtWork(agent))}
                nameOf={agentName}
              />
            }
          />
        </Match>
        <Match when={props.tab === 'agents'}>
          <AgentsTab task={props.task} />
        </Match>
        <Match when={props.tab === 'comms'}>
          <CommsTab task={props.task} />
        </Match>
        <Match when={props.tab === 'files'}>
          <TaskFiles taskId={props.task.id} />
        </Match>
        <Match when={props.tab === 'changes'}>
          <ChangesPane taskId={props.task.id} />
        </Match>
        <Match when={props.tab === 'timeline'}>
          <Timeline task={props.task} />
        </Match>
        <Match when={props.tab === 'cost'}>
          <CostTab task={props.task} />
        </Match>
        <Match when={props.tab === 'checkpoints'}>
          <CheckpointsPane
            task={props.task}
            inside={(about) => <CheckpointInside taskId={props.task.id} {...about} />}
          />
        </Match>
      </Switch>
    </>
  )
}

/** The opened file is in the path of the address, so that a link to a file reads like one. */
function TaskFiles(props: { taskId: string }): JSX.Element {
  const navigate = useNavigate()
  const location = useLocation<never>()
  const of = (): string => {
    const whose = new URLSearchParams(location.search).get('of')
    return whose ? `of=${encodeURIComponent(whose)}` : ''
  }
  const go = (address: string): void =>
    navigate(`${address}${of() ? `${address.includes('?') ? '&' : '?'}${of()}` : ''}`, {
      scroll: false,
    })
  return (
    <FilesPane
      taskId={props.taskId}
      place={placeInPath(
        location.pathname,
        new URLSearchParams(location.search).get('line') ?? undefined,
      )}
      onPlace={(place) => go(pathOfPlace(props.taskId, place))}
    />
  )
}
