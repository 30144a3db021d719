/**
 * Everything the app can do right now, said once. A page registers its actions while it is mounted; the palette lists
 * them, the dispatcher runs their keys, and the `?` list is made from them. So no key is shown that does nothing.
 *
 * ```ts
 * useActions(() => [
 *   { id: 'task.stop', label: 'Stop this task', group: 'Task', keys: 's', run: stop,
 *     disabled: task.status === 'running' ? undefined : 'It is not running.' },
 * ])
 * ```
 */
import { createSignal, onCleanup, untrack } from 'solid-js'
import {
  isSingleKey,
  type Pressed,
  parseStrokes,
  pressedStrokeId,
  toStrokeId,
} from '../lib/keystrokes.ts'
import { load, save } from '../lib/storage.ts'

export type Action = {
  /** Stable, "noun.verb"; a later registration of the same id takes its place. */
  id: string
  /** Verb first, sentence case: "Stop this task". */
  label: string
  /** Heading in the palette and the key list: "Go", "Task", "List", "Plan", "Agent", "View". */
  group: string
  /** One spelling or several, as in `lib/keystrokes.ts`: "n", "g h", "E" for ⇧E, "Mod+k", ["j", "ArrowDown"]. */
  keys?: string | readonly string[]
  /** Returning `false` to a key lets an earlier registration have it. */
  run: (press?: Pressed) => unknown
  /** Why it cannot be done now, as a sentence. Nothing, `false` or an empty text when it can. */
  disabled?: string | false | undefined
  /** Other words by which it is found. */
  words?: string
  /** `false` for what only makes sense as a key, such as moving in a list. */
  palette?: false
}

type Source = () => readonly Action[]

/** Not the value of a signal: while a transition is under way there are two of that, and what one takes away the other brings back. */
const sources = new Set<Source>()
const [changed, tellChanged] = createSignal(undefined, { equals: false })

/** For the life of the owner. A function is read again for every use, so what it says may be reactive. */
export function useActions(actions: readonly Action[] | Source): void {
  const source = typeof actions === 'function' ? actions : () => actions
  sources.add(source)
  tellChanged()
  onCleanup(() => {
    sources.delete(source)
    tellChanged()
  })
}

/** Reactive: what is registered, oldest first, one per id. */
export function listActions(): Action[] {
  changed()
  const byId = new Map<string, Action>()
  for (const source of sources)
    for (const action of source()) {
      byId.delete(action.id)
      byId.set(action.id, action)
    }
  return [...byId.values()]
}

export const keysOf = ({ keys }: Pick<Action, 'keys'>): readonly string[] =>
  keys === undefined ? [] : typeof keys === 'string' ? [keys] : keys

/** Reactive: the keys of an action as they work now, without those that a later registration has taken. */
export function workingKeysOf(action: Action, all = listActions()): readonly string[] {
  const later = all.slice(all.findIndex(({ id }) => id === action.id) + 1)
  const taken = new Set(later.flatMap((each) => keysOf(each).map(toKeyId)))
  return keysOf(action).filter((keys) => !taken.has(toKeyId(keys)))
}

const toKeyId = (keys: string): string => parseStrokes(keys).map(toStrokeId).join(' ')

/** Reactive: whether bare letters, digits and signs are keys. */
const [singleKeys, setSingleKeysSignal] = createSignal(load('single-keys') !== 'off')
export const areSingleKeysOn = singleKeys
export function setSingleKeys(on: boolean): void {
  setSingleKeysSignal(on)
  save('single-keys', on ? '' : 'off')
}

/** Reactive: why the last key did nothing; empty again with the next one, and on another page. */
const [refusal, setRefusal] = createSignal('')

export { refusal }
export const forgetRefusal = (): void => void setRefusal('')

const sequenceMs = 1500
let pending: readonly string[] = []
let pendingUntil = 0

type Bound = { action: Action; strokes: string[]; isSingle: boolean }

/** Latest first: the page before the shell. */
function listBound(): Bound[] {
  return listActions()
    .reverse()
    .flatMap((action) =>
      keysOf(action).map((keys) => ({
        action,
        strokes: parseStrokes(keys).map(toStrokeId),
        isSingle: isSingleKey(keys),
      })),
    )
}

/** A key for the actions that are mounted; true when one of them has used it. `focus`: who has the keyboard. */
export function dispatchKey(press: Pressed, focus: 'page' | 'text' | 'control' = 'page'): boolean {
  return untrack(() => {
    const isHeld = Date.now() < pendingUntil ? pending : []
    const pressed = [...isHeld, pressedStrokeId(press)]
    pending = []
    setRefusal('')
    const usable = listBound().filter((bound) => isUsable(bound, press, focus))
    const isRun = usable.some(
      ({ action, strokes }) => same(strokes, pressed) && runByKey(action, press),
    )
    const goesOn = ({ strokes }: Bound): boolean =>
      strokes.length > pressed.length && beginsWith(strokes, pressed)
    if (!isRun && usable.some(goesOn)) {
      pending = pressed
      pendingUntil = Date.now() + sequenceMs
    }
    return isRun
  })
}

/** In a text only combinations are keys; a focused button or link is pressed by ↵ and Space itself. */
function isUsable({ strokes, isSingle }: Bound, { key }: Pressed, focus: string): boolean {
  if (isSingle && !singleKeys()) return false
  if (strokes[0]?.startsWith('Mod+')) return true
  return focus === 'page' || (focus === 'control' && key !== 'Enter' && key !== ' ')
}

function runByKey(action: Action, event: Pressed): boolean {
  if (!action.disabled) return action.run(event) !== false
  setRefusal(action.disabled)
  return true
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && beginsWith(a, b)
const beginsWith = (long: readonly string[], short: readonly string[]): boolean =>
  short.every((stroke, index) => long[index] === stroke)
