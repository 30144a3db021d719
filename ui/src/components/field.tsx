import { createUniqueId, type JSX, Show } from 'solid-js'

/** A labelled control with its hint and its error, tied together for every reader. */
export function Field(props: {
  label: string
  hint?: JSX.Element
  error?: string | undefined
  children: (ids: { id: string; describedBy: string }) => JSX.Element
}): JSX.Element {
  const id = createUniqueId()
  return (
    <div class="col gap-1">
      <label for={id} class="label">
        {props.label}
      </label>
      {props.children({ id, describedBy: `${id}-note` })}
      <div id={`${id}-note`}>
        <Show when={props.error} fallback={<div class="t3 text-small">{props.hint}</div>}>
          <div class="text-fail text-small">{props.error}</div>
        </Show>
      </div>
    </div>
  )
}

export function TextField(props: {
  label: string
  value: string
  onInput: (value: string) => void
  hint?: JSX.Element
  error?: string | undefined
  type?: 'text' | 'password' | 'url'
  inputMode?: 'decimal' | 'numeric' | 'url' | 'text'
  placeholder?: string
  mono?: boolean
  autocomplete?: string
}): JSX.Element {
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {({ id, describedBy }) => (
        <input
          id={id}
          class={`input ${props.mono ? 'font-mono!' : ''}`}
          type={props.type ?? 'text'}
          inputmode={props.inputMode}
          placeholder={props.placeholder}
          autocomplete={props.autocomplete ?? 'off'}
          spellcheck={false}
          value={props.value}
          aria-describedby={describedBy}
          aria-invalid={props.error ? 'true' : undefined}
          onInput={(event) => props.onInput(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

/** Grows with its text from `rows` to two thirds of the window. */
export function TextArea(props: {
  id?: string
  value: string
  onInput: (value: string) => void
  rows?: number
  label?: string
  placeholder?: string
  describedBy?: string
  invalid?: boolean
  mono?: boolean
  onKeyDown?: (event: KeyboardEvent) => void
  onPaste?: (event: ClipboardEvent) => void
}): JSX.Element {
  return (
    <textarea
      id={props.id}
      class={`input field-sizing-content max-h-[66vh] ${props.mono ? 'font-mono! text-code!' : ''}`}
      rows={props.rows ?? 6}
      style={{ 'min-height': `calc(${props.rows ?? 6} * var(--body-line) + 18px)` }}
      aria-label={props.label}
      aria-describedby={props.describedBy}
      aria-invalid={props.invalid ? 'true' : undefined}
      placeholder={props.placeholder}
      value={props.value}
      onInput={(event) => props.onInput(event.currentTarget.value)}
      onKeyDown={(event) => props.onKeyDown?.(event)}
      onPaste={(event) => props.onPaste?.(event)}
    />
  )
}
