import { useLocation, useNavigate } from '@solidjs/router'
import { createEffect, createSignal, ErrorBoundary, type JSX, on, onCleanup, Show } from 'solid-js'
import { areSingleKeysOn, forgetRefusal, refusal, useActions } from '../../data/actions.ts'
import { startClock } from '../../data/clock.ts'
import { listenForKeys } from '../../data/keys.ts'
import { applyDensity } from '../../data/taste.ts'
import { applyTheme } from '../../data/theme.ts'
import { ConnectionBar, isStale } from './connection.tsx'
import { focusTitle } from './focus-title.ts'
import { KeyHelp } from './key-help.tsx'
import { PageFailure } from './page-failure.tsx'
import { pageOf } from './page-of.ts'
import { Palette } from './palette.tsx'
import { closePalette, isPaletteOpen } from './palette-state.ts'
import { shellActions } from './shell-actions.ts'
import { BottomBar, Sidebar } from './sidebar.tsx'
import { tellOfNews } from './tell.ts'
import { dressWindow } from './window.ts'

/** What is around every page. */
export function Shell(props: { children?: JSX.Element }): JSX.Element {
  const navigate = useNavigate()
  const location = useLocation()
  const [isHelpOpen, setHelpOpen] = createSignal(false)

  applyTheme()
  applyDensity()
  onCleanup(startClock())
  onCleanup(listenForKeys())
  dressWindow(isStale)
  tellOfNews((path) => navigate(path))
  useActions(() => shellActions(navigate, () => setHelpOpen(true)))
  createEffect(on(() => pageOf(location.pathname), focusTitle, { defer: true }))
  createEffect(on(() => location.pathname, forgetRefusal, { defer: true }))
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
        <main id="main" tabIndex={-1} class="flex-1 min-w-0 min-h-0 flex flex-col outline-none!">
          <ConnectionBar />
          <ErrorBoundary fallback={(error, reset) => <PageFailure error={error} onRetry={reset} />}>
            {props.children}
          </ErrorBoundary>
        </main>
      </div>
      <BottomBar />
      <p role="status" class="fixed bottom-20 md:bottom-4 left-1/2 -translate-x-1/2 z-toast">
        <Show when={refusal()}>
          <span class="card block px-3 py-2 shadow-float">{refusal()}</span>
        </Show>
      </p>
      <Show when={isHelpOpen()}>
        <KeyHelp onClose={() => setHelpOpen(false)} />
      </Show>
      <Show when={isPaletteOpen()}>
        <Palette onClose={closePalette} />
      </Show>
    </div>
  )
}
