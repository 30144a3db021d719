import { useLocation, useNavigate } from '@solidjs/router'
import { createEffect, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import { areSingleKeysOn, refusal, useActions } from '../../data/actions.ts'
import { startClock } from '../../data/clock.ts'
import { listenForKeys } from '../../data/keys.ts'
import { applyTheme } from '../../data/theme.ts'
import { ConnectionBar, isStale } from './connection.tsx'
import { KeyHelp } from './key-help.tsx'
import { shellActions } from './shell-actions.ts'
import { BottomBar, Sidebar } from './sidebar.tsx'

/** What is around every page. */
export function Shell(props: { children?: JSX.Element }): JSX.Element {
  const navigate = useNavigate()
  const location = useLocation()
  const [isHelpOpen, setHelpOpen] = createSignal(false)

  applyTheme()
  onCleanup(startClock())
  onCleanup(listenForKeys())
  useActions(shellActions(navigate, () => setHelpOpen(true)))
  // A reader of the screen hears where a link has led; tabs of one page keep the focus.
  createEffect(
    on(
      () => location.pathname.split('/').slice(0, 3).join('/'),
      () => queueMicrotask(() => document.querySelector<HTMLElement>('main h1')?.focus()),
      { defer: true },
    ),
  )
  return (
    <div
      class="h-full flex flex-col"
      classList={{ 'is-stale': isStale(), 'keys-off': !areSingleKeysOn() }}
    >
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
      <p role="status" class="lt-md:hidden fixed bottom-4 left-1/2 -translate-x-1/2 z-toast">
        <Show when={refusal()}>
          <span class="card px-3 py-2 shadow-float">{refusal()}</span>
        </Show>
      </p>
      <Show when={isHelpOpen()}>
        <KeyHelp onClose={() => setHelpOpen(false)} />
      </Show>
    </div>
  )
}
