import { createMemo, For, type JSX, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Key } from '../../components/key.tsx'
import {
  type Action,
  areSingleKeysOn,
  keysOf,
  listActions,
  setSingleKeys,
  workingKeysOf,
} from '../../data/actions.ts'

/** Every key that works on this page, as its actions say it. */
export function KeyHelp(props: { onClose: () => void }): JSX.Element {
  const groups = createMemo(() => {
    const all = listActions()
    const shown = all
      .map((action) => ({ ...action, keys: workingKeysOf(action, all) }))
      .filter(({ label, keys }) => label !== '' && keys.length > 0)
    return Map.groupBy(shown, ({ group }) => group)
  })
  return (
    <Dialog
      title="Keys on this page"
      wide
      onClose={props.onClose}
      actions={
        <Button onClick={() => setSingleKeys(!areSingleKeysOn())}>
          {areSingleKeysOn() ? 'Switch single keys off' : 'Switch single keys on'}
        </Button>
      }
    >
      <Show when={!areSingleKeysOn()}>
        <p>Single letters, digits and signs are switched off in this browser.</p>
      </Show>
      <div class="md:columns-2 gap-8">
        <For each={[...groups()]}>
          {([group, actions]) => <Group name={group} actions={actions} />}
        </For>
      </div>
    </Dialog>
  )
}

function Group(props: { name: string; actions: readonly Action[] }): JSX.Element {
  return (
    <section class="break-inside-avoid pb-4" aria-label={props.name}>
      <h3 class="m-0 pb-1 text-small font-500 t3">{props.name}</h3>
      <dl class="m-0">
        <For each={props.actions}>
          {(action) => (
            <div class="row min-h-7">
              <dt class="flex-1 min-w-0 text-tx1">{action.label}</dt>
              <dd class="flex gap-1">
                <For each={keysOf(action)}>{(keys) => <Key keys={keys} always />}</For>
              </dd>
            </div>
          )}
        </For>
      </dl>
    </section>
  )
}
