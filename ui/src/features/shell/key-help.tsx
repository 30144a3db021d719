import { For, type JSX } from 'solid-js'
import { Dialog } from '../../components/dialog.tsx'

const keys: [string, string][] = [
  ['G H', 'Home'],
  ['G T', 'Tasks'],
  ['G A', 'Agents'],
  ['G S', 'Settings'],
  ['N', 'New task'],
  ['/', 'Search on this page'],
  ['J K', 'Move in a list'],
  ['↵', 'Open'],
  ['1-5', 'Tabs of a task'],
  ['Esc', 'Back, or close'],
  ['T', 'Light or dark'],
  ['?', 'This list'],
]

export function KeyHelp(props: { onClose: () => void }): JSX.Element {
  return (
    <Dialog title="Keys" onClose={props.onClose} actions={undefined}>
      <dl class="grid grid-cols-[80px_1fr] gap-y-1.5">
        <For each={keys}>
          {([key, deed]) => (
            <>
              <dt>
                <kbd class="key lt-md:inline-block!">{key}</kbd>
              </dt>
              <dd>{deed}</dd>
            </>
          )}
        </For>
      </dl>
    </Dialog>
  )
}
