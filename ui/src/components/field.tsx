import { createUniqueId, For, type JSX, Show } from 'solid-js'
import { Glyph } from './glyph.tsx'

/** A labelled control with its hint and its error, tied together for every reader. */
export function Field(props: {
  label: string
  hint?: JSX.Element
  error?: string | undefined
  /** Of the control; made up when nobody else needs to know it. */
  id?: string | undefined
  /** The label is read but not shown. */
  labelHidden?: boolean
  children: (ids: { id: string; describedBy: string }) => JSX.Element
}): JSX.Element {
  const id = props.id ?? createUniqueId()
  return (
    <div class="col gap-1">
      <label for={id} class={props.labelHidden ? 'sr-only' : 'label'}>
        {props.label}
      </label>
      {props.children({ id, describedBy: `${id}-note` })}
      <div id={`${id}-note`}>
        <Show when={props.error} fallback={<div class="t3 text-small">{props.hint}</div>}>
          <div class="text-fail text-small flex items-start gap-1.5">
            <Glyph name="fail" class="w-3.5! h-3.5! mt-px" />
            {props.error}
          </div>
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
  id?: string
  labelHidden?: boolean
  /** Offered while typing; anything else is fine too. */
  suggestions?: readonly string[]
  /** Shown inside the field's end. */
  unit?: string
  disabled?: boolean
  onBlur?: () => void
  onKeyDown?: (event: KeyboardEvent) => void
}): JSX.Element {
  return (
    <Field
      label={props.label}
      labelHidden={props.labelHidden ?? false}
      hint={props.hint}
      error={props.error}
      id={props.id}
    >
      {({ id, describedBy }) => (
        <div class="relative">
          <input
            id={id}
            class={`input ${props.mono ? 'font-mono!' : ''} ${props.error ? 'border-fail!' : ''}`}
            type={props.type ?? 'text'}
            inputmode={props.inputMode}
            placeholder={props.placeholder}
            autocomplete={props.autocomplete ?? 'off'}
            spellcheck={false}
            value={props.value}
            aria-describedby={describedBy}
            aria-invalid={props.error ? 'true' : undefined}
            disabled={props.disabled}
            list={props.suggestions ? `${id}-list` : undefined}
            style={props.unit ? { 'padding-inline-end': `${props.unit.length + 3}ch` } : undefined}
            onInput={(event) => props.onInput(event.currentTarget.value)}
            onBlur={() => props.onBlur?.()}
            onKeyDown={(event) => props.onKeyDown?.(event)}
          />
          <Show when={props.unit}>
            <span class="absolute inset-y-0 right-3 flex items-center t3 pointer-events-none">
              {props.unit}
            </span>
          </Show>
          <Show when={props.suggestions}>
            {(names) => (
              <datalist id={`${id}-list`}>
                <For each={names()}>{(name) => <option value={name} />}</For>
              </datalist>
            )}
          </Show>
        </div>
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
      class={`input field-sizing-content max-h-[66vh] ${props.rows === 1 ? 'lt-md:min-h-11!' : ''} ${props.mono ? 'font-mono! text-code!' : ''}`}
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
