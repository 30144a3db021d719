import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Plan, PlanVersion } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Loaded, PartError } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'
import { formatClock, formatExact } from '../../lib/time.ts'

const origins: Record<PlanVersion['origin'], string> = { planner: 'by the planner', user: 'by you' }

/** Which plan this is, and the ones before it. */
export function VersionsMenu(props: { task: Task; plan: Plan }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  const label = (): string => {
    const { version, status, origin, created_at } = props.plan
    const state = status === 'approved' ? 'approved' : origins[origin]
    return `Plan v${version}, ${state} ${formatClock(Date.parse(created_at))}`
  }
  return (
    <>
      <button
        type="button"
        class="t3 text-small min-h-11 md:min-h-7 hover:underline"
        onClick={() => setOpen(true)}
      >
        {label()}
      </button>
      <Show when={isOpen()}>
        <Dialog title="Plan versions" onClose={() => setOpen(false)} actions={undefined}>
          <Show when={props.plan.notes}>
            <p class="wrap-any max-h-[160px] overflow-auto">{props.plan.notes}</p>
          </Show>
          <Loaded
            entry={store.versions.get(props.task.id)}
            onRetry={() => void store.versions.refresh(props.task.id)}
          >
            {(versions) => (
              <ul class="col gap-1">
                <For each={[...versions()].sort((a, b) => b.version - a.version)}>
                  {(version) => (
                    <Version
                      taskId={props.task.id}
                      version={version}
                      isCurrent={version.version === props.plan.version}
                    />
                  )}
                </For>
              </ul>
            )}
          </Loaded>
        </Dialog>
      </Show>
    </>
  )
}

function Version(props: { taskId: string; version: PlanVersion; isCurrent: boolean }): JSX.Element {
  const [plan, setPlan] = createSignal<Plan>()
  const act = createAct()
  const show = (): void =>
    void act.run(async () =>
      setPlan(plan() ? undefined : await api.plan(props.taskId, props.version.version)),
    )
  return (
    <li class="col gap-1">
      <div class="row">
        <span class="flex-1" title={formatExact(Date.parse(props.version.created_at))}>
          v{props.version.version}, {plural(props.version.subtasks, 'subtask')},{' '}
          {origins[props.version.origin]}{' '}
          <span class="t3">{props.isCurrent ? 'in force' : props.version.status}</span>
        </span>
        <Button look="quiet" small busy={act.busy()} onClick={show}>
          {plan() ? 'Hide' : 'Show'}
        </Button>
      </div>
      <Show when={act.error()}>{(message) => <PartError message={message()} />}</Show>
      <Show when={plan()}>
        {(known) => (
          <ol class="well p-2 col gap-1 max-h-[240px] overflow-auto">
            <For each={known().subtasks}>
              {(subtask) => (
                <li class="text-small">
                  <span class="font-500">{subtask.name}</span>{' '}
                  <span class="t3">
                    {subtask.agent_role}
                    {subtask.depends_on.length > 0
                      ? `, after ${subtask.depends_on.join(', ')}`
                      : ''}
                  </span>
                </li>
              )}
            </For>
          </ol>
        )}
      </Show>
    </li>
  )
}
