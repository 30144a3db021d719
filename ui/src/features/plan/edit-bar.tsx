import { For, type JSX, Show } from 'solid-js'
import type { Plan } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'
import { countChanges, type DraftSubtask, problemsOfDraft } from './draft.ts'

/** What is changed, what is wrong with it, and the way to save or to forget it. */
export function EditBar(props: {
  task: Task
  plan: Plan
  draft: readonly DraftSubtask[]
  onAdd: () => void
  onDone: () => void
}): JSX.Element {
  const act = createAct()
  const count = (): number => countChanges(props.plan, props.draft)
  const problems = (): string[] => problemsOfDraft(props.draft)
  const save = (): void =>
    void act.run(async () => {
      const plan = await api.updatePlan(props.task.id, {
        subtasks: [...props.draft],
        base_version: props.plan.version,
      })
      store.plan.put(props.task.id, plan)
      store.versions.invalidate(props.task.id)
      await store.task.refresh(props.task.id)
      props.onDone()
    })
  return (
    <div class="flex-none rule-top bg-bg1 px-4 py-2.5 col gap-2">
      <Show when={act.error() || (count() > 0 && problems().length > 0)}>
        <ul role="alert" class="text-fail text-small max-h-[120px] overflow-auto">
          <For each={act.error() ? act.error().split('\n') : problems()}>
            {(problem) => <li class="wrap-any">{problem}</li>}
          </For>
        </ul>
      </Show>
      <div class="flex flex-wrap items-center gap-2">
        <Button icon="plus" onClick={() => props.onAdd()}>
          Add subtask
        </Button>
        <span class="flex-1 t2" role="status">
          {count() === 0
            ? 'Nothing changed yet'
            : `${plural(count(), 'change')} to plan v${props.plan.version}`}
        </span>
        <Button look="quiet" onClick={() => props.onDone()}>
          Discard
        </Button>
        <Button
          look="primary"
          busy={act.busy()}
          disabled={count() === 0 || problems().length > 0}
          onClick={save}
        >
          {props.task.status === 'running' ? 'Save and continue' : 'Save as new version'}
        </Button>
      </div>
    </div>
  )
}
