/** The keyboard of the page: the one listener, and short forms of `useActions` for keys that are in no palette. */
import { type Action, dispatchKey, useActions } from './actions.ts'

/** J and K move the focus among the elements that `selector` finds, while `isOn`. */
export function createListKeys(selector: string, isOn: () => boolean = () => true): void {
  const move = (by: number): undefined => {
    const rows = [...document.querySelectorAll<HTMLElement>(selector)]
    const at = rows.findIndex((row) => row.contains(document.activeElement))
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  const actions: Action[] = [
    {
      id: 'list.next',
      label: 'Next row',
      group: 'List',
      keys: 'j',
      palette: false,
      run: () => move(1),
    },
    {
      id: 'list.previous',
      label: 'Previous row',
      group: 'List',
      keys: 'k',
      palette: false,
      run: () => move(-1),
    },
  ]
  useActions(() => (isOn() ? actions : []))
}

/** Call once; returns the way to stop it. */
export function listenForKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || modifiers.includes(event.key)) return
    if (dispatchKey(event, focusOf(event.target)) || leavesField(event)) event.preventDefault()
  }
  document.addEventListener('keydown', onKey)
  return () => document.removeEventListener('keydown', onKey)
}

/** Escape leaves a field that has no other use for it, so that the keys of the page work again. A search is emptied first. */
function leavesField({ key, target }: KeyboardEvent): boolean {
  if (key !== 'Escape' || !(target instanceof HTMLElement)) return false
  if (!target.matches('input, textarea, select') || target.closest('dialog, .xterm, .cm-editor'))
    return false
  if (target instanceof HTMLInputElement && target.type === 'search' && target.value !== '')
    return false
  const around = target.parentElement?.closest<HTMLElement>('[tabindex]:not(main)')
  const place = around ?? document.querySelector<HTMLElement>('main h1')
  place?.focus({ preventScroll: true })
  return true
}

const modifiers = ['Shift', 'Control', 'Alt', 'Meta']

function focusOf(target: EventTarget | null): 'page' | 'text' | 'control' {
  if (!(target instanceof HTMLElement)) return 'page'
  const isText =
    target.isContentEditable ||
    target.matches('textarea, select, input:not([type=checkbox], [type=radio])') ||
    target.closest('dialog, .xterm') !== null
  if (isText) return 'text'
  const control = 'button, a[href], summary, input, [role=button], [role=menuitem]'
  return target.closest(control) ? 'control' : 'page'
}
