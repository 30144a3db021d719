import { createMemo, For, type JSX, Show } from 'solid-js'
import type { Permission } from '#contract/permission.ts'
import { type CallPart, permissionParts, showHidden } from '../../lib/permission.ts'

/** The whole call, wrapped and scrolling but never cut; why it was asked, and what "for this task" would allow. */
export function PermissionText(props: { permission: Permission }): JSX.Element {
  // What is asked stays as it is while it is open: renewing it would scroll it back.
  const asked = createMemo(() => props.permission, undefined, {
    equals: (before, next) => before.id === next.id,
  })
  const parts = createMemo(() => permissionParts(asked()))
  return (
    <div class="col gap-1.5">
      <div class="well overflow-hidden">
        <For each={parts().filter((part) => !isShort(part))}>{(part) => <Block {...part} />}</For>
      </div>
      <ul class="flex flex-wrap gap-x-4 gap-y-0.5 t2 text-small">
        <For each={parts().filter(isShort)}>
          {(part) => (
            <li class="wrap-any">
              {part.label}: <span class="mono-small">{part.text}</span>
            </li>
          )}
        </For>
        <Show when={asked().description}>
          {(said) => <li class="wrap-any">The agent says: {said()}</li>}
        </Show>
        <Show when={why(asked())}>
          {(cause) => <li class="wrap-any">Asked because: {cause()}</li>}
        </Show>
        <Show when={asked().rules.length > 0}>
          <li class="wrap-any">
            “Allow for this task” covers:{' '}
            <For each={asked().rules}>
              {(rule, index) => (
                <>
                  {index() > 0 ? ', ' : ''}
                  <span class="mono-small">{showHidden(rule)}</span>
                </>
              )}
            </For>
          </li>
        </Show>
      </ul>
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

const isShort = ({ label, text, tone }: CallPart): boolean =>
  label !== '' && tone === undefined && text.length <= shortLength && !text.includes('\n')

const signs = { old: '−', new: '+' }

/** What goes and what comes stand together and are marked like a diff. */
function Block(props: CallPart): JSX.Element {
  return (
    <div
      class="flex"
      classList={{
        'bg-del-line': props.tone === 'old',
        'bg-add-line': props.tone === 'new',
      }}
    >
      <Show when={props.tone}>
        {(tone) => (
          <span class="mono t2 flex-none pl-2.5 py-1.5 select-none" aria-hidden="true">
            {signs[tone()]}
          </span>
        )}
      </Show>
      <div class="col flex-1">
        <Show when={props.label}>
          <span class={props.tone ? 'sr-only' : 't3 text-small px-2.5 pt-1.5'}>{props.label}</span>
        </Show>
        {/* Focusable, so that what is long can be scrolled by keyboard. */}
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable.
          tabIndex={0}
          class="m-0 px-2.5 py-1.5 mono whitespace-pre-wrap wrap-any max-h-[240px] overflow-auto ring-in"
        >
          {props.text}
        </pre>
      </div>
    </div>
  )
}
