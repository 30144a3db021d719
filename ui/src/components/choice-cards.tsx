import { createUniqueId, For, type JSX, Show } from 'solid-js'

export type Choice<T extends string> = {
  value: T
  label: string
  detail?: string
  /** Drawn in front of the words; says nothing that they do not. */
  art?: JSX.Element
}

/** A few exclusive choices that need a sentence each. Native radio buttons: arrows move, forms know them. */
export function ChoiceCards<T extends string>(props: {
  label: string
  value: T
  choices: readonly Choice<T>[]
  onChange: (value: T) => void
  /** Classes of the grid, its columns above all. */
  class?: string
}): JSX.Element {
  const name = createUniqueId()
  return (
    <fieldset class="border-0 p-0 m-0 min-w-0 col gap-1.5">
      <legend class="label p-0 mb-1.5">{props.label}</legend>
      <div class={`grid gap-2 ${props.class ?? 'grid-cols-2'}`}>
        <For each={props.choices}>
          {(choice) => (
            <label
              class="relative flex items-start gap-2.5 px-3 py-2.5 min-h-11 bg-bg1 border border-solid border-line rounded-node cursor-pointer hover:bg-bg2 has-[:focus-visible]:outline-2 has-[:focus-visible]:outline-solid has-[:focus-visible]:outline-tx1 has-[:focus-visible]:outline-offset-2"
              classList={{
                'border-tx1! shadow-[inset_0_0_0_1px_var(--tx1)]': choice.value === props.value,
              }}
            >
              <input
                type="radio"
                class="absolute opacity-0 w-full! h-full! inset-0 pointer-events-none"
                name={name}
                value={choice.value}
                checked={choice.value === props.value}
                onChange={() => props.onChange(choice.value)}
              />
              {choice.art}
              <span class="col gap-0.5">
                <span class="label">{choice.label}</span>
                <Show when={choice.detail}>
                  <span class="t3 text-small">{choice.detail}</span>
                </Show>
              </span>
            </label>
          )}
        </For>
      </div>
    </fieldset>
  )
}
