import { useNavigate } from '@solidjs/router'
import {
  createEffect,
  createMemo,
  createSignal,
  createUniqueId,
  For,
  type JSX,
  on,
  onMount,
  Show,
} from 'solid-js'
import { taskStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { Key } from '../../components/key.tsx'
import { areSingleKeysOn, listActions, workingKeysOf } from '../../data/actions.ts'
import { api, toApiError } from '../../data/api.ts'
import { sourceName } from '../../data/status.ts'
import { all, store } from '../../data/store.ts'
import { isSingleKey } from '../../lib/keystrokes.ts'
import { load, save } from '../../lib/storage.ts'
import { formatAgo } from '../../lib/time.ts'
import {
  type Found,
  findItems,
  type PaletteItem,
  pushRecent,
  toActionItem,
  toAgentItem,
  toTaskItem,
} from './palette-items.ts'

const recentKey = 'palette'
const searchDelayMs = 150

/** Every action, task and agent behind one field. A combobox whose list is always open. */
export function Palette(props: { onClose: () => void }): JSX.Element {
  let dialog: HTMLDialogElement | undefined
  let field: HTMLInputElement | undefined
  const listId = createUniqueId()
  const opener = document.activeElement
  const [query, setQuery] = createSignal('')
  const [chosen, setChosen] = createSignal(0)
  const items = createItems(query)
  const recent = load(recentKey).split('\n').filter(Boolean)
  const groups = createMemo(() => findItems(items.all(), query(), recent))
  const flat = createMemo(() => groups().flatMap(({ found }) => found.map(({ item }) => item)))
  const optionId = (index: number): string => `${listId}-${index}`
  createEffect(on(query, () => setChosen(0), { defer: true }))
  onMount(() => {
    dialog?.showModal()
    field?.focus()
  })
  const close = (): void => {
    props.onClose()
    if (opener instanceof HTMLElement) opener.focus()
  }
  const run = (item: PaletteItem | undefined): void => {
    if (!item || item.disabled) return
    save(recentKey, pushRecent(recent, item.id).join('\n'))
    dialog?.close()
    item.run()
  }
  const move = (to: number): void => {
    const count = flat().length
    if (count === 0) return
    setChosen((to + count) % count)
    document.getElementById(optionId(chosen()))?.scrollIntoView({ block: 'nearest' })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Record<string, () => void> = {
      ArrowDown: () => move(chosen() + 1),
      ArrowUp: () => move(chosen() - 1),
      Enter: () => run(flat()[chosen()]),
      ...(query() === '' ? { Home: () => move(0), End: () => move(-1) } : {}),
    }
    const isToggle = event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey)
    if (!isToggle && (event.isComposing || !steps[event.key])) return
    event.preventDefault()
    if (isToggle) dialog?.close()
    else steps[event.key]?.()
  }
  return (
    <dialog
      ref={dialog}
      aria-label="Search or run a command"
      onClose={close}
      onClick={(event) => event.target === dialog && dialog?.close()}
      onKeyDown={onKeyDown}
      class="fixed m-0 mx-auto mt-[12vh] lt-md:mt-2 p-0 w-[min(640px,calc(100vw-16px))] bg-bg1 text-tx1 border border-solid border-line rounded-sheet shadow-float overflow-hidden backdrop:bg-[#0006] z-palette"
    >
      <div class="flex items-center gap-2.5 px-4 rule">
        <Icon name="search" />
        <input
          ref={field}
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={flat().length > 0 ? optionId(chosen()) : undefined}
          aria-label="Search or run a command"
          placeholder="Search or run a command"
          autocomplete="off"
          spellcheck={false}
          class="flex-1 min-w-0 h-12 border-0 bg-transparent outline-none! text-[16px] placeholder:text-tx3"
          value={query()}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <button
          type="button"
          class="button button-quiet md:hidden!"
          onClick={() => dialog?.close()}
        >
          Close
        </button>
      </div>
      <div
        id={listId}
        role="listbox"
        aria-label="Results"
        class="overflow-auto max-h-[min(60vh,480px)] lt-md:max-h-[calc(100dvh-90px)] p-1.5"
      >
        <For each={groups()}>
          {(group) => (
            <Group
              name={group.name}
              found={group.found}
              isChosen={(item) => flat()[chosen()] === item}
              idOf={(item) => optionId(flat().indexOf(item))}
              onRun={run}
            />
          )}
        </For>
      </div>
      <p
        class="px-4 py-2.5 t3 text-small"
        role="status"
        classList={{ 'sr-only': flat().length > 0 && !items.error() }}
      >
        {items.error() ||
          (flat().length === 0 ? 'Nothing is called so.' : `${flat().length} found`)}
      </p>
    </dialog>
  )
}

function Group(props: {
  name: string
  found: readonly Found[]
  isChosen: (item: PaletteItem) => boolean
  idOf: (item: PaletteItem) => string
  onRun: (item: PaletteItem) => void
}): JSX.Element {
  return (
    // biome-ignore lint/a11y/useSemanticElements: options are grouped inside a listbox
    <div role="group" aria-label={props.name} class="pb-1">
      <div class="px-2.5 pt-2 pb-1 text-small t3" aria-hidden="true">
        {props.name}
      </div>
      <For each={props.found}>
        {({ item, at }) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus and names the active option
          // biome-ignore lint/a11y/useKeyWithClickEvents: the return key is the field's
          <div
            role="option"
            id={props.idOf(item)}
            aria-selected={props.isChosen(item)}
            aria-disabled={item.disabled ? 'true' : undefined}
            class="flex items-center gap-2.5 px-2.5 min-h-11 md:min-h-8 rounded-button cursor-pointer"
            classList={{ 'bg-bg3': props.isChosen(item), 'hover:bg-bg2': !props.isChosen(item) }}
            onClick={() => props.onRun(item)}
          >
            <Show when={item.glyph} fallback={<span class="w-4 flex-none" />}>
              {(name) => <Glyph name={name()} />}
            </Show>
            <span class="clip" classList={{ t3: Boolean(item.disabled) }}>
              <Marked text={item.label} at={at} />
            </span>
            <span class="t3 text-small clip flex-1">{item.disabled ?? item.detail}</span>
            <Show when={item.aside}>
              <span class="t3 text-small flex-none">{item.aside}</span>
            </Show>
            <Show when={!item.disabled && item.keys}>{(keys) => <Key keys={keys()} />}</Show>
          </div>
        )}
      </For>
    </div>
  )
}

/** The found letters are strong. */
function Marked(props: { text: string; at: readonly number[] }): JSX.Element {
  return (
    <Show when={props.at.length > 0} fallback={props.text}>
      <For each={[...props.text]}>
        {(letter, index) => (
          <Show when={props.at.includes(index())} fallback={letter}>
            <b class="font-600 underline decoration-ctl underline-offset-2">{letter}</b>
          </Show>
        )}
      </For>
    </Show>
  )
}

/** Actions and what is loaded at once; tasks that are not loaded by asking the server. */
function createItems(query: () => string): { all: () => PaletteItem[]; error: () => string } {
  const navigate = useNavigate()
  const [asked, setAsked] = createSignal<readonly Task[]>([])
  const [error, setError] = createSignal('')
  let timer: ReturnType<typeof setTimeout> | undefined
  createEffect(
    on(query, (text) => {
      clearTimeout(timer)
      const search = text.trim()
      if (search.length < 2) return setAsked([])
      timer = setTimeout(() => {
        void api.tasks({ search, limit: 20 }).then(
          ({ tasks }) => {
            setError('')
            if (query().trim() === search) setAsked(tasks)
          },
          (cause: unknown) => setError(toApiError(cause).message),
        )
      }, searchDelayMs)
    }),
  )
  const tasks = createMemo(() => {
    const known = [
      ...(store.tasks.get('active').value ?? []),
      ...(store.tasks.get('recent').value ?? []),
    ]
    return [...new Map([...asked(), ...known].map((task) => [task.id, task])).values()]
  })
  const list = createMemo(() => [
    ...listActions()
      .filter(({ palette, label }) => palette !== false && label !== '')
      .map((action) => toActionItem(action, shownKeys(workingKeysOf(action)[0]))),
    ...tasks().map((task) =>
      toTaskItem(task, {
        ...taskStatus(task),
        detail: sourceName(task),
        aside: formatAgo(Date.parse(task.updated_at), Date.now()),
        run: () => navigate(`/tasks/${task.id}`),
      }),
    ),
    ...(store.liveAgents.get(all).value ?? []).map((agent) =>
      toAgentItem(agent, {
        name: agent.subtask_id ?? agent.role,
        task: tasks().find(({ id }) => id === agent.task_id),
        run: () => navigate(`/tasks/${agent.task_id}/agents/${agent.id}`),
      }),
    ),
  ])
  return { all: list, error }
}

const shownKeys = (keys: string | undefined): string | undefined =>
  keys && (areSingleKeysOn() || !isSingleKey(keys)) ? keys : undefined
