import type { JSX } from 'solid-js'
import { Field, TextArea } from '../../components/field.tsx'
import { Segmented } from '../../components/segmented.tsx'
import type { Editor } from './editor.ts'

const strategies = [
  { value: 'parallel', label: 'In parallel' },
  { value: 'sequential', label: 'One at a time' },
] as const

/** What is edited of the plan as a whole, while no subtask is chosen. */
export function PlanFields(props: { editor: Editor }): JSX.Element {
  return (
    <div class="p-4 col gap-3" onFocusOut={() => props.editor.seal()}>
      <h2 class="h-part">The plan</h2>
      <p class="t2">
        Choose a subtask to edit it. Drag from its right edge to what is to run after it.
      </p>
      <div class="col gap-1 items-start">
        <span class="label">Order</span>
        <Segmented
          label="Order"
          value={props.editor.edit().strategy}
          options={strategies}
          onChange={(strategy) => props.editor.changePlan({ strategy })}
        />
      </div>
      <Field label="Analysis" hint="How the planner sees the work.">
        {({ id, describedBy }) => (
          <TextArea
            id={id}
            describedBy={describedBy}
            rows={4}
            value={props.editor.edit().analysis}
            onInput={(analysis) => props.editor.changePlan({ analysis })}
          />
        )}
      </Field>
      <Field label="Notes" hint="For people.">
        {({ id, describedBy }) => (
          <TextArea
            id={id}
            describedBy={describedBy}
            rows={3}
            value={props.editor.edit().notes}
            onInput={(notes) => props.editor.changePlan({ notes })}
          />
        )}
      </Field>
    </div>
  )
}
