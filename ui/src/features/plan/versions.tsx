import { useSearchParams } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { Plan, PlanVersion } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Loaded, PartError } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { createCache } from '../../data/cache.ts'
import { hasUnsavedEdits } from '../../data/plan-draft.ts'
import { store } from '../../data/store.ts'
import { comparePlans } from '../../lib/plan/compare.ts'
import { locksOf, problemsOf, toEdit } from '../../lib/plan/edit.ts'
import { restoreEdit } from '../../lib/plan/rebase.ts'
import { plural } from '../../lib/text.ts'
import { formatClock, formatExact } from '../../lib/time.ts'
import { Comparison } from './comparison.tsx'

const origins: Record<PlanVersion['origin'], string> = { planner: 'by the planner', user: 'by you' }

/** By task and version, with a slash between. What a version says never changes. */
const known = createCache<Plan>((key) => {
  const cut = key.lastIndexOf('/')
  return api.plan(key.slice(0, cut), Number(key.slice(cut + 1)))
})

/** "2..3" of the address. */
function readRange(text: string, newest: number): { from: number; to: number } {
  const [from, to] = text.split('..').map(Number)
  const isVersion = (value: number | undefined): value is number =>
    Number.isInteger(value) && (value ?? 0) >= 1 && (value ?? 0) <= newest
  return {
    from: isVersion(from) ? from : Math.max(1, newest - 1),
    to: isVersion(to) ? to : newest,
  }
}

/** Which plan this is; behind it the ones before. */
export function VersionsMenu(props: { task: Task; plan: Plan; canRestore: boolean }): JSX.Element {
  const [query, setQuery] = useSearchParams<{ versions?: string }>()
  const open = (): void => {
    const { version } = props.plan
    setQuery({ versions: `${Math.max(1, version - 1)}..${version}` }, { replace: true })
  }
  const label = (): string => {
    const { version, status, origin, created_at } = props.plan
    const state = status === 'approved' ? 'approved' : origins[origin]
    return `Plan v${version}, ${state} ${formatClock(Date.parse(created_at))}`
  }
  useActions([{ id: 'plan.versions', label: 'Compare plan versions', group: 'Plan', run: open }])
  return (
    <>
      <button
        type="button"
        class="t3 text-small min-h-11 md:min-h-7 px-1 hover:underline"
        aria-haspopup="dialog"
        title={formatExact(Date.parse(props.plan.created_at))}
        onClick={open}
      >
        <span class="lt-md:hidden">{label()}</span>
        <span class="md:hidden">Plan v{props.plan.version}</span>
      </button>
      <Show when={typeof query.versions === 'string' ? query.versions : undefined}>
        {(range) => (
          <Versions
            {...props}
            {...readRange(range(), props.plan.version)}
            onRange={(from, to) => setQuery({ versions: `${from}..${to}` }, { replace: true })}
            onClose={() => setQuery({ versions: null }, { replace: true })}
          />
        )}
      </Show>
    </>
  )
}

function Versions(props: {
  task: Task
  plan: Plan
  canRestore: boolean
  from: number
  to: number
  onRange: (from: number, to: number) => void
  onClose: () => void
}): JSX.Element {
  const act = createAct()
  const planOf = (version: number): Plan | undefined =>
    version === props.plan.version ? props.plan : known.get(`${props.task.id}/${version}`).value
  const comparison = createMemo(() => {
    const [before, after] = [planOf(props.from), planOf(props.to)]
    return before && after ? comparePlans(toEdit(before), toEdit(after)) : undefined
  })
  const restored = createMemo(() => {
    const old = planOf(props.from)
    if (!old || props.from === props.plan.version) return undefined
    return restoreEdit({
      old: toEdit(old),
      present: toEdit(props.plan),
      locks: locksOf(props.plan, props.task.status),
    })
  })
  const whyNot = (): string => {
    const edit = restored()
    if (!edit) return 'It is the plan in force.'
    if (!props.canRestore) return 'The plan cannot be changed now.'
    if (hasUnsavedEdits(props.task.id)) return 'Save or discard your edits first.'
    return problemsOf(edit)[0]?.message ?? ''
  }
  const restore = (): void =>
    void act.run(async () => {
      const edit = restored()
      if (!edit) return
      const plan = await api.updatePlan(props.task.id, {
        ...edit,
        base_version: props.plan.version,
      })
      store.plan.put(props.task.id, plan)
      store.versions.invalidate(props.task.id)
      await store.task.refresh(props.task.id)
      props.onClose()
    })
  return (
    <Dialog
      title="Plan versions"
      wide
      onClose={props.onClose}
      actions={
        <Button busy={act.busy()} disabled={whyNot() !== ''} title={whyNot()} onClick={restore}>
          Restore v{props.from} as v{props.plan.version + 1}
        </Button>
      }
    >
      <Loaded
        entry={store.versions.get(props.task.id)}
        onRetry={() => void store.versions.refresh(props.task.id)}
      >
        {(versions) => (
          <div class="flex flex-wrap items-end gap-2">
            <Pick
              label="From"
              versions={versions()}
              value={props.from}
              current={props.plan.version}
              onChange={(version) => props.onRange(version, props.to)}
            />
            <Pick
              label="To"
              versions={versions()}
              value={props.to}
              current={props.plan.version}
              onChange={(version) => props.onRange(props.from, version)}
            />
          </div>
        )}
      </Loaded>
      <Show when={act.error()}>{(message) => <PartError message={message()} />}</Show>
      <section
        class="max-h-[38vh] md:max-h-[58vh] overflow-auto"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label="Differences"
      >
        <Show
          when={comparison()}
          fallback={
            <For each={[props.from, props.to]}>
              {(version) => (
                <Show when={known.peek(`${props.task.id}/${version}`)?.error}>
                  {(error) => (
                    <PartError
                      message={error().message}
                      onRetry={() => void known.refresh(`${props.task.id}/${version}`)}
                    />
                  )}
                </Show>
              )}
            </For>
          }
        >
          {(value) => <Comparison comparison={value()} />}
        </Show>
      </section>
      <Show when={restored() && props.task.status !== 'planned'}>
        <p class="t3 text-small">What has begun stays as it is when a version is restored.</p>
      </Show>
    </Dialog>
  )
}

function Pick(props: {
  label: string
  versions: readonly PlanVersion[]
  value: number
  current: number
  onChange: (version: number) => void
}): JSX.Element {
  const words = ({ version, origin, subtasks, created_at }: PlanVersion): string =>
    `v${version}${version === props.current ? ', in force' : ''}, ${plural(subtasks, 'subtask')}, ${origins[origin]} ${formatClock(Date.parse(created_at))}`
  return (
    <label class="col gap-1 flex-1 min-w-[220px]">
      <span class="label t1">{props.label}</span>
      <select class="input" onChange={(event) => props.onChange(Number(event.currentTarget.value))}>
        <For each={[...props.versions].sort((a, b) => b.version - a.version)}>
          {(version) => (
            <option value={version.version} selected={version.version === props.value}>
              {words(version)}
            </option>
          )}
        </For>
      </select>
    </label>
  )
}
