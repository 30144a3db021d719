import { For, type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { plural } from '../../lib/text.ts'
import { fieldId, fieldNames, listProblems, type Problems } from './new-task-form.ts'

/** Everything that keeps the form from being sent, each with the way to its field. */
export function ProblemSummary(props: {
  problems: Problems
  ref: (element: HTMLElement) => void
}): JSX.Element {
  const list = () => listProblems(props.problems)
  const open = (id: string): void => {
    const field = document.getElementById(id)
    const folded = field?.closest('details')
    if (folded) folded.open = true
    field?.focus()
  }
  return (
    <Show when={list().length > 0}>
      <section
        ref={props.ref}
        tabIndex={-1}
        role="alert"
        aria-label="What to correct"
        class="bg-fail-tint border border-solid border-fail rounded-card px-3 py-2.5 col gap-1.5"
      >
        <h2 class="font-600 text-body m-0 row">
          <Glyph name="fail" />
          {plural(list().length, 'thing')} to correct before it can start
        </h2>
        <ul class="col gap-1 pl-6">
          <For each={list()}>
            {({ field, message }) => (
              <li>
                <a
                  class="link"
                  href={`#${fieldId(field)}`}
                  onClick={(event) => {
                    event.preventDefault()
                    open(fieldId(field))
                  }}
                >
                  {fieldNames[field]}
                </a>
                : {message}
              </li>
            )}
          </For>
        </ul>
      </section>
    </Show>
  )
}
