import { createMemo, For, type JSX, Show } from 'solid-js'
import type { Permission } from '#contract/permission.ts'
import { type CallPart, permissionParts, showHidden } from '../../lib/permission.ts'

/** The whole call, wrapped and scrolling but never cut; why it was asked, and what "for this task" would allow. */
export function PermissionText(props: { permission: Permission }): JSX.Element {
  // What is asked stays as it is while it is open: renewing it would scroll it back.
  const asked = createMemo(() => props.permission, undefined, {
    equals: (before, next) => before.id === next.id,
  })
  return (
    <div class="col gap-2">
      <For each={permissionParts(asked())}>{(part) => <Part {...part} />}</For>
      <Show when={asked().description}>
        {(said) => <p class="t2 text-small wrap-any">The agent says: {said()}</p>}
      </Show>
      <Show when={why(asked())}>
        {(cause) => <p class="t2 text-small wrap-any">Asked because: {cause()}</p>}
      </Show>
      <Show when={asked().rules.length > 0}>
        <p class="t2 text-small wrap-any">
          “Allow for this task” covers:{' '}
          <For each={asked().rules}>
            {(rule, index) => (
              <>
                {index() > 0 ? ', ' : ''}
                <span class="mono-small">{showHidden(rule)}</span>
              </>
            )}
          </For>
        </p>
      </Show>
    </div>
  )
}

/** What it says of any command. */
const plainReason = 'This command requires approval'

function why({ reason = '', blocked_path: path }: Permission): string {
  if (reason !== '' && reason !== plainReason) return reason
  return path === undefined ? '' : `${path} may not be changed without asking.`
}

/** One short line stands beside its name; anything else is a block of its own. */
const shortLength = 40

function Part(props: CallPart): JSX.Element {
  const isShort = (): boolean =>
    props.label !== '' && props.text.length <= shortLength && !props.text.includes('\n')
  return (
    <Show
      when={!(isShort() && props.tone === undefined)}
      fallback={
        <p class="t2 text-small wrap-any">
          {props.label}: <span class="mono-small">{props.text}</span>
        </p>
      }
    >
      <div class="col gap-0.5">
        <Show when={props.label}>
          <span class="t3 text-small">{props.label}</span>
        </Show>
        {/* Focusable, so that what is long can be scrolled by keyboard. */}
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable.
          tabIndex={0}
          class="m-0 well px-2.5 py-2 mono whitespace-pre-wrap wrap-any max-h-[240px] overflow-auto ring-in"
          classList={{
            'bg-del-line!': props.tone === 'old',
            'bg-add-line!': props.tone === 'new',
          }}
        >
          {props.text}
        </pre>
      </div>
    </Show>
  )
}
