import { type JSX, Show } from 'solid-js'
import { Button } from './button.tsx'

/** What was sent while the server is away: it waits and goes by itself, or can be taken back. */
export function HeldLine(props: {
  /** What it says: the answer, the message. */
  words: string
  /** Why the server refused it when it was back. */
  error: string | undefined
  onWithdraw: () => void
}): JSX.Element {
  return (
    <div
      role="status"
      class="border border-dashed border-ctl rounded-node px-2.5 py-1 row w-full min-w-0"
    >
      <span class="col flex-1 min-w-0">
        <span class="text-small" classList={{ t3: !props.error, 'text-fail': !!props.error }}>
          <Show when={props.error} fallback="Not sent, reconnecting">
            {(error) => `Not sent: ${error()}`}
          </Show>
        </span>
        <span class="wrap-any line-clamp-3">{props.words}</span>
      </span>
      <Button look="quiet" small onClick={() => props.onWithdraw()}>
        {props.error ? 'Discard' : 'Withdraw'}
      </Button>
    </div>
  )
}
