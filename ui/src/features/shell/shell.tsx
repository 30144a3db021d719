import { useLocation, useNavigate } from '@solidjs/router'
import { createEffect, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import { startClock } from '../../data/clock.ts'
import { createKeys, listenForKeys } from '../../data/keys.ts'
import { applyTheme, toggleTheme } from '../../data/theme.ts'
import { ConnectionBar, isStale } from './connection.tsx'
import { KeyHelp } from './key-help.tsx'
import { BottomBar, Sidebar } from './sidebar.tsx'

/** What is around every page. */
export function Shell(props: { children?: JSX.Element }): JSX.Element {
  const navigate = useNavigate()
  const location = useLocation()
  const [isHelpOpen, setHelpOpen] = createSignal(false)

  applyTheme()
  onCleanup(startClock())
  onCleanup(listenForKeys())
  const go = (path: string) => (): undefined => {
    navigate(path)
  }
  createKeys({
    'g h': go('/'),
    'g t': go('/tasks'),
    'g a': go('/agents'),
    'g s': go('/settings'),
    n: go('/new'),
    t: () => {
      toggleTheme()
      return undefined
    },
    '?': () => {
      setHelpOpen(true)
      return undefined
    },
    '/': () => {
      const field = document.querySelector<HTMLElement>('input[type=search]')
      field?.focus()
      return field !== null
    },
  })
  // A reader of the screen hears where a link has led; tabs of one page keep the focus.
  createEffect(
    on(
      () => location.pathname.split('/').slice(0, 3).join('/'),
      () => queueMicrotask(() => document.querySelector<HTMLElement>('main h1')?.focus()),
      { defer: true },
    ),
  )
  return (
    <div class="h-full flex flex-col" classList={{ 'is-stale': isStale() }}>
      <a href="#main" class="skip-link button">
        Skip to content
      </a>
      <div class="flex-1 min-h-0 flex">
        <Sidebar />
        <main id="main" class="flex-1 min-w-0 min-h-0 flex flex-col">
          <ConnectionBar />
          {props.children}
        </main>
      </div>
      <BottomBar />
      <Show when={isHelpOpen()}>
        <KeyHelp onClose={() => setHelpOpen(false)} />
      </Show>
    </div>
  )
}
