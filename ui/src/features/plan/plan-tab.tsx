import { useNavigate, useSearchParams } from '@solidjs/router'
import { createEffect, createMemo, createSignal, type JSX, Match, on, Show, Switch } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Plan, Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { type Segment, Segmented } from '../../components/segmented.tsx'
import { now } from '../../data/clock.ts'
import { createKeys, createListKeys } from '../../data/keys.ts'
import { store } from '../../data/store.ts'
import {
  addSubtask,
  changeSubtask,
  type DraftSubtask,
  isLocked,
  removeSubtask,
  toDraft,
} from './draft.ts'
import { EditBar } from './edit-bar.tsx'
import { PlanGraph } from './graph.tsx'
import { Inspector } from './inspector.tsx'
import { type PlanNode, toNodes } from './nodes.ts'
import { PlanList } from './plan-list.tsx'
import { QuestionsForm } from './questions-form.tsx'
import { SubtaskEditor } from './subtask-editor.tsx'
import { VersionsMenu } from './versions.tsx'

type PlanView = 'graph' | 'list'
const views: Segment<PlanView>[] = [
  { value: 'graph', label: 'Graph' },
  { value: 'list', label: 'List' },
]
const editable = ['planned', 'running', 'paused', 'failed']

/** The plan of a task, or what is on the way to one. */
export function PlanTab(props: {
  task: Task
  agents: readonly Agent[]
  /** The planner's live stream, shown while there is no plan yet. */
  planner: JSX.Element
  /** Agents at work, below the graph. */
  lanes: JSX.Element
}): JSX.Element {
  const questions = () => store.questions.get(props.task.id)
  return (
    <Switch>
      <Match when={props.task.phase === 'awaiting_answers'}>
        <div class="flex-1 min-h-0 overflow-auto p-4 md:px-5">
          <Loaded entry={questions()} onRetry={() => void store.questions.refresh(props.task.id)}>
            {(list) => <QuestionsForm taskId={props.task.id} questions={list()} />}
          </Loaded>
        </div>
      </Match>
      <Match when={props.task.status === 'planning'}>
        <div class="flex-1 min-h-0 flex flex-col">{props.planner}</div>
      </Match>
      <Match when={props.task.plan_version === null}>
        <Empty>
          {props.task.status === 'created'
            ? 'Not started. The planner reads the repository, asks what is unclear, and the plan appears here.'
            : 'There is no plan. Plan again when the reason above is gone; nothing has been changed.'}
        </Empty>
      </Match>
      <Match when={true}>
        <Loaded
          entry={store.plan.get(props.task.id)}
          onRetry={() => void store.plan.refresh(props.task.id)}
          skeleton={<Skeleton rows={6} height={68} />}
        >
          {(plan) => (
            <ReadyPlan task={props.task} agents={props.agents} plan={plan()} lanes={props.lanes} />
          )}
        </Loaded>
      </Match>
    </Switch>
  )
}

function ReadyPlan(props: {
  task: Task
  agents: readonly Agent[]
  plan: Plan
  lanes: JSX.Element
}): JSX.Element {
  const navigate = useNavigate()
  const [query, setQuery] = useSearchParams<{ plan?: string; subtask?: string }>()
  const [draft, setDraft] = createSignal<DraftSubtask[]>()
  const isPhone = matchMedia('(max-width: 760px)').matches
  const view = (): PlanView =>
    query.plan === 'list' || isPhone || (props.plan.subtasks.length === 1 && !draft())
      ? 'list'
      : 'graph'
  const selected = (): string | undefined =>
    typeof query.subtask === 'string' ? query.subtask : undefined
  const nodes = createMemo((): PlanNode[] =>
    toNodes(shownSubtasks(props.plan, draft()), {
      agents: props.agents,
      now: now(),
      isStopped: props.task.status === 'paused' && props.task.phase !== 'stopping',
    }),
  )
  const names = createMemo(() => new Map(nodes().map(({ id, name }) => [id, name])))
  const subtask = (): Subtask | undefined => props.plan.subtasks.find(({ id }) => id === selected())
  const drafted = (): DraftSubtask | undefined => draft()?.find(({ id }) => id === selected())
  const node = (): PlanNode | undefined => nodes().find(({ id }) => id === selected())
  const canEdit = (): boolean => editable.includes(props.task.status)
  const select = (id: string | null): void => {
    setQuery({ subtask: id }, { replace: true })
  }
  const startEdit = (): undefined => {
    if (canEdit() && !draft()) setDraft(toDraft(props.plan))
  }

  createKeys({
    e: () => (canEdit() ? startEdit() : false),
    Escape: () => {
      if (selected() === undefined) return false
      select(null)
      return undefined
    },
  })
  createListKeys('[data-subtask]')
  // The best first look: what runs, else what failed.
  createEffect(
    on(
      () => props.plan.id,
      () => {
        if (selected() !== undefined || isPhone) return
        const first =
          props.plan.subtasks.find(({ status }) => status === 'running' || status === 'failed') ??
          props.plan.subtasks[0]
        if (first) select(first.id)
      },
    ),
  )
  const open = (id: string): void => {
    const agent = props.plan.subtasks.find((each) => each.id === id)?.agent_id
    if (agent && !draft()) navigate(`/tasks/${props.task.id}/agents/${agent}`)
  }
  return (
    <div class="flex-1 min-h-0 flex flex-col">
      <div class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] md:grid-cols-[minmax(0,1fr)_320px] grid-rows-[minmax(0,1fr)]">
        <div class="min-h-0 min-w-0 flex flex-col relative">
          <div class="flex flex-wrap items-center gap-2 px-3 md:px-4 py-2.5 md:absolute md:inset-x-0 md:top-0 md:z-sticky pointer-events-none [&>*]:pointer-events-auto">
            <div class="lt-md:hidden!">
              <Segmented
                label="Form of the plan"
                value={view()}
                options={views}
                onChange={(value) =>
                  setQuery({ plan: value === 'graph' ? null : value }, { replace: true })
                }
              />
            </div>
            <span class="flex-1 pointer-events-none!" />
            <VersionsMenu task={props.task} plan={props.plan} />
            <Show when={canEdit() && !draft()}>
              <Button icon="edit" shortcut="E" onClick={startEdit}>
                Edit plan
              </Button>
            </Show>
          </div>
          <Show
            when={view() === 'graph'}
            fallback={
              <div class="flex-1 min-h-0 overflow-auto md:pt-12">
                <PlanList nodes={nodes()} selected={selected()} onSelect={select} />
              </div>
            }
          >
            <PlanGraph nodes={nodes()} selected={selected()} onSelect={select} onOpen={open} />
          </Show>
        </div>
        <aside
          aria-label="Subtask"
          class="min-h-0 bg-bg1 md:border-0 md:border-l md:border-solid md:border-line lt-md:fixed lt-md:inset-x-0 lt-md:bottom-0 lt-md:z-sheet lt-md:max-h-[80vh] lt-md:h-[80vh] lt-md:rounded-t-sheet lt-md:shadow-float lt-md:overflow-hidden"
          classList={{ 'lt-md:hidden!': node() === undefined }}
        >
          <Show
            when={draft() && drafted()}
            fallback={
              <Show
                when={subtask()}
                fallback={<p class="p-4 t2">Choose a subtask to see what it is about.</p>}
              >
                {(known) => (
                  <Show when={node()}>
                    {(its) => (
                      <Inspector
                        task={props.task}
                        subtask={known()}
                        node={its()}
                        names={names()}
                        onClose={() => select(null)}
                        onEdit={canEdit() && !isLocked(known()) && !draft() ? startEdit : undefined}
                      />
                    )}
                  </Show>
                )}
              </Show>
            }
          >
            {(known) => (
              <SubtaskEditor
                draft={draft() ?? []}
                subtask={known()}
                isLocked={
                  props.task.status !== 'planned' &&
                  subtask() !== undefined &&
                  isLocked(subtask() ?? { status: 'pending' })
                }
                onChange={(change) => setDraft(changeSubtask(draft() ?? [], known().id, change))}
                onDraft={setDraft}
                onRemove={() => {
                  setDraft(removeSubtask(draft() ?? [], known().id))
                  select(null)
                }}
                onClose={() => select(null)}
              />
            )}
          </Show>
        </aside>
      </div>
      <Show when={draft()} fallback={<div class="lt-md:hidden flex-none">{props.lanes}</div>}>
        {(current) => (
          <EditBar
            task={props.task}
            plan={props.plan}
            draft={current()}
            onAdd={() => {
              const next = addSubtask(current(), selected())
              setDraft(next)
              select(next.at(-1)?.id ?? null)
            }}
            onDone={() => setDraft(undefined)}
          />
        )}
      </Show>
    </div>
  )
}

/** While it is edited the draft is what is drawn, with the state of what exists already. */
function shownSubtasks(plan: Plan, draft: readonly DraftSubtask[] | undefined): Subtask[] {
  if (!draft) return plan.subtasks
  return draft.map((each) => {
    const known = plan.subtasks.find(({ id }) => id === each.id)
    return { status: 'pending', attempt: 0, max_attempts: 1, ...known, ...each }
  })
}
