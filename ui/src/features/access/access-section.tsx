import { type JSX, Show } from 'solid-js'
import { accessState } from '../../data/access.ts'
import { SessionList } from './session-list.tsx'
import { TokenList } from './token-list.tsx'

/** Settings, Access: who may use this server, and how that ends. */
export function AccessSection(): JSX.Element {
  return (
    <section aria-label="Access" class="col gap-4">
      <Show when={accessState.get('all').value}>
        {(state) => (
          <p class="t2">
            {state().required
              ? 'This server asks everybody for a token. Browsers show theirs once and stay signed in.'
              : 'Only this machine can connect, so no token is asked for. To ask here too, set server.require_token.'}
          </p>
        )}
      </Show>
      <SessionList />
      <TokenList />
    </section>
  )
}
