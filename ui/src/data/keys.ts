/** Keys of the page. Single keys are off while somebody types; a later registration goes first and may decline. */
import { onCleanup } from 'solid-js'

/** Returns false to let an earlier registration have the key. */
export type KeyHandler = (event: KeyboardEvent) => boolean | undefined
/** By key as in `KeyboardEvent.key`; two keys in a row as "g h". */
export type KeyMap = Record<string, KeyHandler>

const stack: KeyMap[] = []
let pending = ''
let pendingUntil = 0

/** For the life of the owner. */
export function createKeys(map: KeyMap): void {
  stack.push(map)
  onCleanup(() => stack.splice(stack.indexOf(map), 1))
}

export function listenForKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (isTyping(event.target)) return
    const key = Date.now() < pendingUntil ? `${pending} ${event.key}` : event.key
    pending = ''
    pendingUntil = 0
    const used = stack.findLast((map) => {
      const handler = map[key]
      return handler !== undefined && handler(event) !== false
    })
    if (used) event.preventDefault()
    else if (
      stack.some((map) => Object.keys(map).some((each) => each.startsWith(`${event.key} `)))
    ) {
      pending = event.key
      pendingUntil = Date.now() + 1500
    }
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return (
    target.isContentEditable ||
    ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName) ||
    target.closest('dialog, .xterm') !== null
  )
}

/** J and K move the focus among the elements that `selector` finds. */
export function createListKeys(selector: string): void {
  const move = (by: number): undefined => {
    const rows = [...document.querySelectorAll<HTMLElement>(selector)]
    const at = rows.findIndex((row) => row.contains(document.activeElement))
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  createKeys({ j: () => move(1), k: () => move(-1) })
}
