import { useNavigate, useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Plan, Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { later } from '../../components/later.tsx'
import { Skeleton } from '../../components/part.tsx'
import { type Segment, Segmented } from '../../components/segmented.tsx'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { createListKeys } from '../../data/keys.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { formatKeys } from '../../lib/keystrokes.ts'
import { type DraftSubtask, hasNeighbours } from '../../lib/plan/edit.ts'
import { planActions } from './actions.ts'
import { EditBar } from './edit-bar.tsx'
import { LinkDialog, RemoveDialog } from './edit-dialogs.tsx'
import { createEditor, type EdgeId } from './editor.ts'
import { FilterChips, isFilter } from './filter.tsx'
import { PlanGraph } from './graph.tsx'
import { Inspector } from './inspector.tsx'
import { isPhone } from './is-phone.ts'
import { keepSame, type PlanNode, toNodes } from './nodes.ts'
import { PlanFields } from './plan-fields.tsx'
import { PlanList } from './plan-list.tsx'
import { SubtaskEditor } from './subtask-editor.tsx'
import { VersionsMenu } from './versions.tsx'

type PlanView = 'graph' | 'list' | 'text'
const views: Segment<PlanView>[] = [
  { value: 'graph', label: 'Graph' },
  { value: 'list', label: 'List' },
  { value: 'text', label: 'Text' },
]
const chipsFrom = 17

const TextView = later(
  async () => (await import('./text-view.tsx')).TextView,
  () => <Skeleton rows={8} height={20} />,
)

export type ReadyPlanProps = {
  task: Task
  agents: readonly Agent[]
  plan: Plan
  /** Agents at work, below the plan. */
  lanes: JSX.Element
  /** The stream of one agent, where a plan has a single subtask. */
  stream: (agent: Agent) => JSX.Element
}

/** A plan there is: three forms of it, and what is chosen beside them. */
export function ReadyPlan(props: ReadyPlanProps): JSX.Element {
  const navigate = useNavigate()
  const [query, setQuery] = useSearchParams<{ plan?: string; subtask?: string; show?: string }>()
  const [edge, setEdge] = createSignal<EdgeId>()
  const [asking, setAsking] = createSignal<{ kind: 'remove' | 'link'; id: string }>()
  const select = (id: string | null): void => {
    setEdge(undefined)
    setQuery({ subtask: id }, { replace: true })
  }
  const editor = createEditor({
    get task() {
      return props.task
    },
    get plan() {
      return props.plan
    },
    onSelect: select,
  })
  const view = (): PlanView => {
    if (query.plan === 'list' || query.plan === 'text') return query.plan
    return isPhone() && query.plan !== 'graph' ? 'list' : 'graph'
  }
  const subtasks = createMemo(() => shownSubtasks(props.plan, editor.edit().subtasks))
  const nodes = createMemo((before: readonly PlanNode[] | undefined): readonly PlanNode[] =>
    keepSame(
      before,
      toNodes(subtasks(), {
        agents: props.agents,
        now: now(),
        isStopped: props.task.status === 'paused' && props.task.phase !== 'stopping',
      }),
    ),
  )
  const selected = createMemo((): string | undefined => {
    const id = query.subtask
    return typeof id === 'string' && subtasks().some((each) => each.id === id) ? id : undefined
  })
  const shown = createMemo(
    (): string | undefined =>
      selected() ?? (isPhone() || editor.isEditing() ? undefined : firstLook(props.plan)?.id),
  )
  const filter = (): GlyphName | undefined => (isFilter(query.show) ? query.show : undefined)
  const remove = (id: string): void => {
    if (hasNeighbours(editor.edit(), id) && !editor.locks().has(id))
      setAsking({ kind: 'remove', id })
    else editor.remove(id, true)
  }
  const open = (id: string): void => {
    const agent = props.plan.subtasks.find((each) => each.id === id)?.agent_id
    if (editor.isEditing()) focusName()
    else if (agent) navigate(`/tasks/${props.task.id}/agents/${agent}`)
  }
  const show = (next: PlanView): void => {
    const usual = isPhone() ? 'list' : 'graph'
    setQuery({ plan: next === usual ? null : next }, { replace: true })
  }
  useActions(() =>
    planActions({
      editor,
      selected: selected(),
      edge: edge(),
      select,
      show,
      remove,
      removeEdge: (at) => {
        editor.disconnect(at)
        setEdge(undefined)
      },
      link: (id) => setAsking({ kind: 'link', id }),
    }),
  )
  createListKeys('[data-subtask]', () => view() === 'list' || isSingle())
  const isSingle = (): boolean => props.plan.subtasks.length === 1 && !editor.isEditing()
  const single = (): Agent | undefined =>
    props.agents.find(({ id }) => id === props.plan.subtasks[0]?.agent_id)
  return (
    <div class="flex-1 min-h-0 flex flex-col">
      <div class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] md:grid-cols-[minmax(0,1fr)_320px] grid-rows-[minmax(0,1fr)]">
        <div class="min-h-0 min-w-0 flex flex-col relative">
          <div
            class="flex flex-wrap items-center gap-2 px-3 md:px-4 py-2.5 pointer-events-none [&>*]:pointer-events-auto"
            classList={{
              'md:absolute md:inset-x-0 md:top-0 md:z-sticky': view() === 'graph' && !isSingle(),
            }}
          >
            <Segmented label="Form of the plan" value={view()} options={views} onChange={show} />
            <Show when={nodes().length >= chipsFrom && view() !== 'text'}>
              <FilterChips
                nodes={nodes()}
                value={filter()}
                onChange={(value) => setQuery({ show: value ?? null }, { replace: true })}
              />
            </Show>
            <span class="flex-1 pointer-events-none!" />
            <VersionsMenu task={props.task} plan={props.plan} canRestore={editor.canEdit()} />
            <Show when={editor.canEdit() && !editor.isEditing()}>
              <Button icon="edit" shortcut={formatKeys('e')} onClick={editor.begin}>
                <span>
                  Edit<span class="lt-md:hidden"> plan</span>
                </span>
              </Button>
            </Show>
          </div>
          <Switch>
            <Match when={view() === 'text'}>
              <TextView editor={editor} />
            </Match>
            <Match when={view() === 'list' || isSingle()}>
              <div class="overflow-auto min-h-0" classList={{ 'flex-1': !single() || !isSingle() }}>
                <PlanList
                  nodes={nodes()}
                  shown={shown()}
                  filter={filter()}
                  editor={editor}
                  onSelect={select}
                  onRemove={remove}
                  onLink={(id) => setAsking({ kind: 'link', id })}
                />
              </div>
              <Show when={isSingle() && view() === 'graph' && single()}>
                {(agent) => (
                  <div class="flex-1 min-h-0 col rule-top bg-bg1">{props.stream(agent())}</div>
                )}
              </Show>
            </Match>
            <Match when={view() === 'graph'}>
              <PlanGraph
                nodes={nodes()}
                shown={shown()}
                selected={selected()}
                selectedEdge={edge()}
                filter={filter()}
                editor={editor}
                onSelect={select}
                onSelectEdge={setEdge}
                onOpen={open}
              />
            </Match>
          </Switch>
        </div>
        <Side
          {...props}
          nodes={nodes()}
          subtask={subtasks().find(({ id }) => id === shown())}
          drafted={editor.edit().subtasks.find(({ id }) => id === shown())}
          editor={editor}
          isSheet={selected() !== undefined}
          onClose={() => select(null)}
          onRemove={remove}
          onLink={(id) => setAsking({ kind: 'link', id })}
        />
      </div>
      <Show
        when={editor.isEditing()}
        fallback={
          <Show when={!isSingle()}>
            <div class="lt-md:hidden flex-none">{props.lanes}</div>
          </Show>
        }
      >
        <EditBar task={props.task} plan={props.plan} editor={editor} />
      </Show>
      <Show when={asking()}>
        {(asked) => {
          const close = (): void => {
            setAsking(undefined)
          }
          return asked().kind === 'remove' ? (
            <RemoveDialog editor={editor} id={asked().id} onClose={close} />
          ) : (
            <LinkDialog editor={editor} id={asked().id} onClose={close} />
          )
        }}
      </Show>
    </div>
  )
}

function Side(
  props: ReadyPlanProps & {
    nodes: readonly PlanNode[]
    subtask: Subtask | undefined
    drafted: DraftSubtask | undefined
    editor: ReturnType<typeof createEditor>
    /** Chosen by a person: at phone width that opens the sheet. */
    isSheet: boolean
    onClose: () => void
    onRemove: (id: string) => void
    onLink: (id: string) => void
  },
): JSX.Element {
  const node = (): PlanNode | undefined => props.nodes.find(({ id }) => id === props.subtask?.id)
  const names = createMemo(() => new Map(props.nodes.map(({ id, name }) => [id, name])))
  const both = () => {
    const its = node()
    return props.subtask && its ? { subtask: props.subtask, node: its } : undefined
  }
  return (
    <>
      <Show when={props.isSheet}>
        <button
          type="button"
          tabIndex={-1}
          aria-hidden="true"
          class="md:hidden! fixed inset-0 z-sheet bg-[#0006]"
          onClick={() => props.onClose()}
        />
      </Show>
      <aside
        aria-label="Subtask"
        class="min-h-0 min-w-0 overflow-auto bg-bg1 md:border-0 md:border-l md:border-solid md:border-line lt-md:fixed lt-md:inset-x-0 lt-md:bottom-0 lt-md:z-sheet lt-md:h-[82vh] lt-md:rounded-t-sheet lt-md:shadow-float lt-md:overflow-hidden"
        classList={{ 'lt-md:hidden!': !props.isSheet }}
      >
        <Switch fallback={<p class="p-4 t2">Choose a subtask to see what it is about.</p>}>
          <Match when={props.editor.isEditing() && props.drafted}>
            {(drafted) => (
              <SubtaskEditor
                editor={props.editor}
                subtask={drafted()}
                onRemove={props.onRemove}
                onLink={props.onLink}
                onClose={props.onClose}
              />
            )}
          </Match>
          <Match when={props.editor.isEditing()}>
            <PlanFields editor={props.editor} />
          </Match>
          <Match when={both()}>
            {(known) => (
              <Inspector
                task={props.task}
                subtask={known().subtask}
                node={known().node}
                names={names()}
                onClose={props.onClose}
                lockReason={lockReason(props.editor, known().subtask)}
                onEdit={props.editor.canEdit() ? props.editor.begin : undefined}
              />
            )}
          </Match>
        </Switch>
      </aside>
    </>
  )
}

const lockReason = (editor: ReturnType<typeof createEditor>, { id }: Subtask): string =>
  editor.canEdit() && editor.locks().has(id) ? 'It has begun, so its plan stays as it is.' : ''

/** The best first look: what failed, else what runs, else the first. */
const firstLook = ({ subtasks }: Plan): Subtask | undefined =>
  subtasks.find(({ status }) => status === 'failed') ??
  subtasks.find(({ status }) => status === 'running') ??
  subtasks[0]

/** While it is edited the draft is what is drawn, with the state of what exists already. */
function shownSubtasks(plan: Plan, drafted: readonly DraftSubtask[]): Subtask[] {
  return drafted.map((each) => {
    const known = plan.subtasks.find(({ id }) => id === each.id)
    return { status: 'pending', attempt: 0, max_attempts: 1, ...known, ...each }
  })
}

function focusName(): void {
  queueMicrotask(() =>
    document.querySelector<HTMLElement>('aside[aria-label=Subtask] input')?.focus(),
  )
}
