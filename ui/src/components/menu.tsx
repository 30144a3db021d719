import { createSignal, For, type JSX, onCleanup, Show } from 'solid-js'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'

export type MenuItem = { label: string; icon?: IconName; isDanger?: boolean; onSelect: () => void }

/** Further verbs behind one button. Arrows move, Escape closes and gives the focus back. */
export function Menu(props: { label: string; items: readonly MenuItem[] }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  let root: HTMLDivElement | undefined
  const onOutside = (event: Event): void => {
    if (event.target instanceof Node && !root?.contains(event.target)) close()
  }
  const close = (): void => {
    setOpen(false)
    document.removeEventListener('pointerdown', onOutside)
  }
  const open = (): void => {
    setOpen(true)
    document.addEventListener('pointerdown', onOutside)
    queueMicrotask(() => root?.querySelector<HTMLElement>('[role=menuitem]')?.focus())
  }
  onCleanup(close)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOpen()) return
    const items = [...(root?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
    const at = items.findIndex((item) => item.matches(':focus'))
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (by !== undefined) items[(at + by + items.length) % items.length]?.focus()
    else if (event.key === 'Escape') {
      close()
      root?.querySelector('button')?.focus()
    } else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <Show when={props.items.length > 0}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the menu inside pass through it */}
      <div class="relative" ref={root} onKeyDown={onKeyDown}>
        <Button
          icon="more"
          label={props.label}
          aria-haspopup="menu"
          aria-expanded={isOpen()}
          onClick={() => (isOpen() ? close() : open())}
        />
        <Show when={isOpen()}>
          <div
            role="menu"
            aria-label={props.label}
            class="absolute right-0 top-full mt-1 z-popover text-body text-tx1 bg-bg1 rounded-node shadow-float border border-solid border-line p-1 min-w-[180px]"
          >
            <For each={props.items}>
              {(item) => (
                <button
                  type="button"
                  role="menuitem"
                  tabIndex={-1}
                  class="w-full flex items-center gap-2 h-11 md:h-7 px-2 rounded-key text-start whitespace-nowrap hover:bg-bg2 focus:bg-bg2"
                  classList={{ 'text-fail': item.isDanger ?? false }}
                  onClick={() => {
                    close()
                    item.onSelect()
                  }}
                >
                  <Show when={item.icon} fallback={<span class="w-4" />}>
                    {(name) => <Icon name={name()} />}
                  </Show>
                  {item.label}
                </button>
              )}
            </For>
          </div>
        </Show>
      </div>
    </Show>
  )
}
