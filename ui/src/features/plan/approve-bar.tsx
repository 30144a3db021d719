import { type JSX, Show } from 'solid-js'
import type { Plan } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { HeldLine } from '../../components/held-line.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { keepFocus } from '../../data/keep-focus.ts'
import { keyOf } from '../../data/outbox.ts'
import { hasUnsavedEdits, readDraft, saveDraft } from '../../data/plan-draft.ts'
import { outbox } from '../../data/sending.ts'
import { store } from '../../data/store.ts'
import { formatKeys } from '../../lib/keystrokes.ts'
import { plural } from '../../lib/text.ts'
import { assignLayers } from './layers.ts'
import { WarningList } from './warning-list.tsx'

/** A plan waits for a person: what it is about, and the way to let it run. Edits are saved first, and the button says so. */
export function ApproveBar(props: { task: Task; onReplan: () => void }): JSX.Element {
  const act = createAct()
  const plan = (): Plan | undefined => store.plan.get(props.task.id).value
  const isUnsaved = (): boolean => hasUnsavedEdits(props.task.id)
  const heldKey = (): string => keyOf({ kind: 'approve', taskId: props.task.id, version: 0 })
  const approve = (): void =>
    void act.run(async () => {
      const saved = isUnsaved() ? await saveDraft(props.task.id) : plan()
      if (!saved) return
      try {
        const deed = { kind: 'approve', taskId: props.task.id, version: saved.version } as const
        if ((await outbox.send(deed)) === 'sent') await store.task.refresh(props.task.id)
        keepFocus()
      } catch (error) {
        await store.plan.refresh(props.task.id)
        throw error
      }
    })
  useActions(() => [
    {
      id: 'plan.approve',
      label: isUnsaved() ? 'Save and approve the plan' : 'Approve the plan',
      group: 'Plan',
      keys: 'Mod+Enter',
      run: approve,
      disabled: plan() === undefined && 'The plan is still being loaded.',
    },
  ])
  return (
    <section
      aria-label="Plan to approve"
      class="flex flex-wrap items-start md:items-center gap-x-2.5 gap-y-2 px-4 md:px-5 py-2 bg-need-tint rule flex-none"
    >
      <Glyph name="need" class="lt-md:mt-0.5" />
      <div class="flex-1 min-w-0 col">
        <span class="text-need font-500 wrap-any">
          {plan() ? planFacts(plan(), props.task.limits.max_agents) : 'The plan is ready.'}
        </span>
        <Show when={act.error()}>
          <span role="alert" class="text-fail wrap-any">
            {act.error()}
          </span>
        </Show>
        <Show when={outbox.find(heldKey())}>
          {(held) => (
            <HeldLine
              words="Approve"
              error={held().error}
              onWithdraw={() => outbox.withdraw(heldKey())}
            />
          )}
        </Show>
        <Show when={!readDraft(props.task.id) && plan()?.analysis}>
          {(analysis) => (
            <span class="t2 line-clamp-2 lt-md:line-clamp-3" title={analysis()}>
              {analysis()}
            </span>
          )}
        </Show>
        <Show when={!readDraft(props.task.id)}>
          <WarningList warnings={plan()?.warnings ?? []} />
        </Show>
      </div>
      <div class="flex flex-wrap gap-2 lt-md:w-full">
        <Button class="lt-md:flex-1" onClick={props.onReplan}>
          Replan…
        </Button>
        <Button
          class="lt-md:flex-1"
          look={isUnsaved() ? 'plain' : 'primary'}
          shortcut={formatKeys('Mod+Enter')}
          busy={act.busy()}
          disabled={plan() === undefined}
          onClick={approve}
        >
          {isUnsaved() ? 'Save and approve' : 'Approve'}
        </Button>
      </div>
    </section>
  )
}

function planFacts(plan: Plan | undefined, most = Number.POSITIVE_INFINITY): string {
  if (!plan) return ''
  const steps = Map.groupBy(assignLayers(plan.subtasks).values(), (layer) => layer)
  const widest = Math.max(1, ...[...steps.values()].map(({ length }) => length))
  const once =
    plan.strategy === 'sequential' || widest === 1
      ? 'one at a time'
      : `up to ${Math.min(widest, most)} at once`
  return `Plan v${plan.version}: ${plural(plan.subtasks.length, 'subtask')}, ${once}, ${plural(steps.size, 'step')}`
}
