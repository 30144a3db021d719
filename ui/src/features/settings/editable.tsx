import { createEffect, createSignal, For, type JSX, on, onCleanup, Show } from 'solid-js'
import type { PublicConfig } from '#contract/config.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { all, store } from '../../data/store.ts'
import { fromText, toChange, toRefusal, toText } from './edit.ts'
import type { SettingField } from './fields.ts'

/** How long a change can be taken back with one press. */
const undoMs = 10_000

const save = async (
  key: string,
  value: string | number | boolean | string[] | null,
): Promise<void> => store.config.put(all, await api.changeConfig(toChange(key, value)))

/** Saves when it is left or on ↵; says so, and takes it back. */
export function Editable(props: { field: SettingField; config: PublicConfig }): JSX.Element {
  const act = createAct()
  const current = (): string => toText(props.config, props.field)
  const [text, setText] = createSignal(current())
  const [problem, setProblem] = createSignal('')
  const [before, setBefore] = createSignal<string>()
  const id = `setting-${props.field.key}`
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  createEffect(on(current, (value) => setText(value), { defer: true }))

  const send = async (wanted: string, undo: string | undefined): Promise<void> => {
    const edited = fromText(props.config, props.field, wanted)
    setProblem('problem' in edited ? edited.problem : '')
    if ('problem' in edited) return
    clearTimeout(timer)
    setBefore(undefined)
    if (!(await act.run(() => save(props.field.key, edited.value)))) return
    setText(current())
    setBefore(undo)
    timer = setTimeout(() => setBefore(undefined), undoMs)
  }
  const commit = (): void => {
    if (text().trim() !== current() && !act.busy()) void send(text(), current())
  }
  const undo = (): void => void send(before() ?? '', undefined)
  useActions(() =>
    before() === undefined
      ? []
      : [
          {
            id: `settings.undo-${props.field.key}`,
            label: `Undo: ${props.field.label}`,
            group: 'Settings',
            run: undo,
          },
        ],
  )
  const error = (): string => problem() || toRefusal(act.error())
  const isLate = (): boolean => props.config.restart_required?.includes(props.field.key) ?? false
  return (
    <div class="col gap-1 items-end w-full md:w-[240px]">
      <Show
        when={props.field.options}
        fallback={
          <input
            id={id}
            class="input font-mono! text-end"
            classList={{ 'border-fail!': error() !== '' }}
            value={text()}
            placeholder={props.field.empty ?? 'the default'}
            autocomplete="off"
            spellcheck={false}
            readOnly={act.busy()}
            aria-invalid={error() ? 'true' : undefined}
            aria-describedby={`${id}-note`}
            onInput={(event) => setText(event.currentTarget.value)}
            onBlur={commit}
            onKeyDown={(event) => {
              if (event.key === 'Enter') commit()
              if (event.key === 'Escape') setText(current())
            }}
          />
        }
      >
        {(options) => (
          <select
            id={id}
            class="input"
            aria-describedby={`${id}-note`}
            onChange={(event) => void send(event.currentTarget.value, current())}
          >
            <For each={options()}>
              {(option) => (
                <option value={option} selected={option === text()}>
                  {option}
                </option>
              )}
            </For>
          </select>
        )}
      </Show>
      <div
        id={`${id}-note`}
        role="status"
        class="text-small flex flex-wrap justify-end gap-x-2 items-center"
      >
        <Show when={error()}>
          <span class="text-fail wrap-any">{error()}</span>
        </Show>
        <Show when={!error() && isLate()}>
          <span class="t2">Counts after a restart</span>
        </Show>
        <Show when={!error() && before() !== undefined}>
          <span class="row gap-1">
            <Glyph name="done" /> Saved
          </span>
          <Button look="quiet" small onClick={undo}>
            Undo
          </Button>
        </Show>
      </div>
    </div>
  )
}

/** A secret can be written or taken away, and is never shown. */
export function SecretField(props: {
  name: string
  isSet: boolean
  /** Why it cannot be changed here. */
  fixed: string | undefined
}): JSX.Element {
  const act = createAct()
  const [text, setText] = createSignal('')
  const [isSaved, setSaved] = createSignal(false)
  const id = `setting-${props.name}`
  const send = async (value: string | null): Promise<void> => {
    setSaved(await act.run(() => save(props.name, value)))
    if (isSaved()) setText('')
  }
  const write = (): void => {
    if (text().trim() !== '') void send(text().trim())
  }
  useActions(() => [
    {
      id: `settings.save-${props.name}`,
      label: `Save ${props.name}`,
      group: 'Settings',
      disabled: props.fixed ?? (text().trim() === '' && 'Nothing is written yet.'),
      run: write,
    },
    {
      id: `settings.remove-${props.name}`,
      label: `Remove ${props.name}`,
      group: 'Settings',
      disabled: props.fixed ?? (!props.isSet && 'It is not set.'),
      run: () => void send(null),
    },
  ])
  return (
    <Show
      when={props.fixed === undefined}
      fallback={
        <div class="col items-start md:items-end gap-0.5">
          <span class="mono">{props.isSet ? 'set' : 'not set'}</span>
          <span class="t3 text-small">{props.fixed}</span>
        </div>
      }
    >
      <form
        class="col gap-1 items-end w-full md:w-[300px]"
        onSubmit={(event) => {
          event.preventDefault()
          write()
        }}
      >
        <div class="flex gap-1.5 w-full">
          <input
            id={id}
            type="password"
            class="input font-mono!"
            placeholder={props.isSet ? 'set' : 'not set'}
            autocomplete="off"
            aria-label="Key or token"
            aria-describedby={`${id}-note`}
            value={text()}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          <Button type="submit" busy={act.busy()} disabled={text().trim() === ''}>
            Save
          </Button>
          <Show when={props.isSet}>
            <Button busy={act.busy()} onClick={() => void send(null)}>
              Remove
            </Button>
          </Show>
        </div>
        <div id={`${id}-note`} role="status" class="text-small">
          <Show when={act.error()} fallback={<Show when={isSaved()}>Saved</Show>}>
            <span class="text-fail wrap-any">{act.error()}</span>
          </Show>
        </div>
      </form>
    </Show>
  )
}
