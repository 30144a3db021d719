import { createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { Path } from '../../components/path.tsx'
import { useActions } from '../../data/actions.ts'
import { overLimit, type UploadItem } from '../../data/upload-queue.ts'
import { fromList, type PickedFile } from '../../lib/picked-files.ts'
import { formatBytes, plural } from '../../lib/text.ts'

const shownAtFirst = 8

/** The buttons that pick files and folders. */
export function FileButtons(props: { onFiles: (files: PickedFile[]) => void }): JSX.Element {
  let files: HTMLInputElement | undefined
  let folder: HTMLInputElement | undefined
  const take = (input: HTMLInputElement): void => {
    props.onFiles(fromList(input.files))
    input.value = ''
  }
  const group = 'New task'
  useActions([
    { id: 'new-task.files', label: 'Add files', group, run: () => files?.click() },
    { id: 'new-task.folder', label: 'Add a folder', group, run: () => folder?.click() },
  ])
  return (
    <>
      <Button look="quiet" icon="plus" onClick={() => files?.click()}>
        Add files
      </Button>
      <Button look="quiet" class="desk" onClick={() => folder?.click()}>
        Add a folder
      </Button>
      <input
        ref={files}
        type="file"
        multiple
        class="hidden"
        aria-label="Files to add"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={(input) => {
          folder = input
          input.webkitdirectory = true
        }}
        type="file"
        class="hidden"
        aria-label="Folder to add"
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  )
}

/** What goes along, one line each, with how far it is on its way. */
export function AttachedFiles(props: {
  items: readonly UploadItem[]
  maxBytes: number | undefined
  /** Names that a draft had before the page was loaded again; a browser keeps no files. */
  forgotten: readonly string[]
  forgottenCount: number
  onRemove: (path: string) => void
  onForget: () => void
}): JSX.Element {
  const [isAll, setAll] = createSignal(false)
  /** What needs a look is never folded away. */
  const shown = (): UploadItem[] =>
    isAll()
      ? [...props.items]
      : props.items.filter(
          (item, index) =>
            index < shownAtFirst ||
            item.state === 'failed' ||
            overLimit(item.file.size, props.maxBytes) !== undefined,
        )
  const total = (): number => props.items.reduce((sum, { file }) => sum + file.size, 0)
  return (
    <>
      <Show when={props.forgottenCount > 0}>
        <div class="row flex-wrap px-3 py-1.5 rule-top t2 text-small">
          <span class="flex-1 min-w-[200px] wrap-any">
            This draft had {plural(props.forgottenCount, 'file')} (
            {props.forgotten.slice(0, 3).join(', ')}
            {props.forgottenCount > 3 ? ', …' : ''}). A browser doesn't keep files: add them again.
          </span>
          <Button look="quiet" small onClick={() => props.onForget()}>
            Leave them out
          </Button>
        </div>
      </Show>
      <Show when={props.items.length > 0}>
        <ul aria-label="Files that go along" class="rule-top">
          <For each={shown()}>
            {(item) => (
              <Row
                item={item}
                maxBytes={props.maxBytes}
                onRemove={() => props.onRemove(item.path)}
              />
            )}
          </For>
        </ul>
        <Show when={props.items.length > 1}>
          <div class="row px-3 py-1 text-small t3">
            <span class="flex-1">
              {plural(props.items.length, 'file')}, {formatBytes(total())}
            </span>
            <Show when={shown().length < props.items.length}>
              <Button look="quiet" small onClick={() => setAll(true)}>
                Show all {props.items.length}
              </Button>
            </Show>
          </div>
        </Show>
      </Show>
    </>
  )
}

function Row(props: {
  item: UploadItem
  maxBytes: number | undefined
  onRemove: () => void
}): JSX.Element {
  const limit = (): string | undefined => overLimit(props.item.file.size, props.maxBytes)
  const problem = (): string | undefined =>
    limit() ?? (props.item.state === 'failed' ? props.item.error : undefined)
  return (
    <li class="relative flex items-center gap-2 min-h-11 md:min-h-8 pl-3 pr-1 md:pr-1.5">
      <Switch fallback={<Icon name="file" class="t3" />}>
        <Match when={problem()}>
          <Glyph name="fail" />
        </Match>
        <Match when={props.item.state === 'done'}>
          <Glyph name="done" label="Uploaded" />
        </Match>
        <Match when={props.item.state === 'sending'}>
          <Glyph name="run" />
        </Match>
      </Switch>
      <div class="flex-1 min-w-0 flex flex-wrap items-center gap-x-2">
        <Path path={props.item.path} />
        <Show when={problem()}>
          {(words) => <span class="text-fail text-small wrap-any">{words()}</span>}
        </Show>
      </div>
      <span class="t3 text-small whitespace-nowrap">
        {props.item.state === 'sending'
          ? `${Math.round(props.item.progress * 100)} % of ${formatBytes(props.item.file.size)}`
          : formatBytes(props.item.file.size)}
      </span>
      <Button
        look="quiet"
        icon="close"
        label={
          props.item.state === 'sending'
            ? `Stop uploading ${props.item.path}`
            : `Leave out ${props.item.path}`
        }
        onClick={() => props.onRemove()}
      />
      <Show when={props.item.state === 'sending'}>
        <div
          class="absolute left-0 bottom-0 h-0.5 bg-run"
          style={{ width: `${props.item.progress * 100}%` }}
          role="progressbar"
          aria-label={props.item.path}
          aria-valuenow={Math.round(props.item.progress * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
        />
      </Show>
    </li>
  )
}
