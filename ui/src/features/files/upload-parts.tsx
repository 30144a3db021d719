import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import type { FileEntry } from '#contract/file.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import type { UploadItem } from '../../data/upload-queue.ts'
import { uploadsOf } from '../../data/uploads.ts'
import { fromList, type PickedFile } from '../../lib/picked-files.ts'
import { formatBytes, plural } from '../../lib/text.ts'

/** Buttons for files and for a folder; asks before an upload takes the place of another. */
export function AddFiles(props: {
  taskId: string
  present: readonly FileEntry[]
  /** What was dropped on the page around it. */
  picked: readonly PickedFile[]
  onTaken: () => void
  pickerRef: (input: HTMLInputElement) => void
}): JSX.Element {
  const [asked, setAsked] = createSignal<readonly PickedFile[]>([])
  let files: HTMLInputElement | undefined
  let folder: HTMLInputElement | undefined
  const isPresent = ({ path }: PickedFile): boolean =>
    props.present.some(({ name }) => name === path)
  const twice = (): PickedFile[] => asked().filter(isPresent)
  const take = (picked: readonly PickedFile[]): void => {
    if (picked.length === 0) return
    if (picked.some(isPresent)) setAsked(picked)
    else uploadsOf(props.taskId).add(picked)
  }
  const answer = (chosen: readonly PickedFile[]): void => {
    setAsked([])
    if (chosen.length > 0) uploadsOf(props.taskId).add(chosen)
  }
  createEffect(
    on(
      () => props.picked,
      (picked) => {
        if (picked.length === 0) return
        take(picked)
        props.onTaken()
      },
    ),
  )
  useActions([
    { id: 'files.add-folder', label: 'Add folder', group: 'Files', run: () => folder?.click() },
  ])
  const onPick = (event: { currentTarget: HTMLInputElement }): void => {
    take(fromList(event.currentTarget.files))
    event.currentTarget.value = ''
  }
  return (
    <>
      <Button icon="upload" shortcut="A" onClick={() => files?.click()}>
        Add files
      </Button>
      <Button class="desk" onClick={() => folder?.click()}>
        Add folder
      </Button>
      <input
        ref={(input) => {
          files = input
          props.pickerRef(input)
        }}
        type="file"
        multiple
        class="hidden"
        aria-label="Add files"
        onChange={onPick}
      />
      <input
        ref={(input) => {
          folder = input
          input.webkitdirectory = true
        }}
        type="file"
        class="hidden"
        aria-label="Add folder"
        onChange={onPick}
      />
      <Show when={twice().length > 0}>
        <Dialog
          title={`Replace ${plural(twice().length, 'file')}?`}
          onClose={() => answer([])}
          actions={
            <>
              <Show when={twice().length < asked().length}>
                <Button onClick={() => answer(asked().filter((each) => !isPresent(each)))}>
                  Add only the new ones
                </Button>
              </Show>
              <Button look="danger" onClick={() => answer(asked())}>
                Replace
              </Button>
            </>
          }
        >
          <p>These uploads are there already and would be gone:</p>
          <ul class="mono-small max-h-[160px] overflow-auto">
            <For each={twice()}>{({ path }) => <li class="wrap-any">{path}</li>}</For>
          </ul>
        </Dialog>
      </Show>
    </>
  )
}

const words: Record<UploadItem['state'], string> = {
  waiting: 'Waits',
  sending: '',
  done: 'Added',
  failed: 'Not added',
  cancelled: 'Cancelled',
}

/** Uploads with their progress, while there are any to tell of. */
export function UploadList(props: { taskId: string }): JSX.Element {
  const uploads = () => uploadsOf(props.taskId)
  const isUnderWay = ({ state }: UploadItem): boolean => state === 'waiting' || state === 'sending'
  const left = (): number => uploads().items.filter(isUnderWay).length
  const failed = (): number => uploads().items.filter(({ state }) => state === 'failed').length
  const sentence = (): string => {
    if (left() > 0) return `Adding ${plural(left(), 'file')}`
    return failed() > 0 ? `${plural(failed(), 'file')} not added` : 'All files added'
  }
  const stuck = (): UploadItem[] =>
    uploads().items.filter(({ state }) => state === 'failed' || state === 'cancelled')
  useActions(() =>
    uploads().items.length === 0
      ? []
      : [
          {
            id: 'uploads.cancel',
            label: 'Cancel all uploads',
            group: 'Files',
            disabled: left() === 0 && 'Nothing is being added.',
            run: () => uploads().cancelAll(),
          },
          {
            id: 'uploads.retry',
            label: 'Try again to add what was not added',
            group: 'Files',
            disabled: stuck().length === 0 && 'Nothing was left out.',
            run: () => {
              for (const { path } of stuck()) uploads().retry(path)
            },
          },
          {
            id: 'uploads.clear',
            label: 'Clear the list of uploads',
            group: 'Files',
            disabled: left() > 0 && 'Files are being added.',
            run: () => uploads().clearEnded(),
          },
        ],
  )
  return (
    <Show when={uploads().items.length > 0}>
      <section aria-label="Uploads" class="flex-none max-h-[40%] flex flex-col rule-top bg-bg0">
        <div class="row px-3 min-h-11 md:min-h-9">
          <h3 class="m-0 text-body font-600 flex-1" role="status">
            {sentence()}
          </h3>
          <Show
            when={left() > 0}
            fallback={
              <Button small look="quiet" onClick={() => uploads().clearEnded()}>
                Clear
              </Button>
            }
          >
            <Button small look="quiet" onClick={() => uploads().cancelAll()}>
              Cancel all
            </Button>
          </Show>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard */}
        <ul class="overflow-auto px-3 pb-2 col gap-1" tabIndex={0} aria-label="Uploaded files">
          <For each={uploads().items}>
            {(item) => (
              <UploadRow
                upload={item}
                onCancel={() => uploads().cancel(item.path)}
                onRetry={() => uploads().retry(item.path)}
              />
            )}
          </For>
        </ul>
      </section>
    </Show>
  )
}

function UploadRow(props: {
  upload: UploadItem
  onCancel: () => void
  onRetry: () => void
}): JSX.Element {
  const share = (): number => Math.round(props.upload.progress * 100)
  return (
    <li class="col gap-0.5">
      <div class="row">
        <Show when={props.upload.state === 'done' || props.upload.state === 'failed'}>
          <Glyph name={props.upload.state === 'done' ? 'done' : 'fail'} />
        </Show>
        <span class="mono clip flex-1" title={props.upload.path}>
          {props.upload.path}
        </span>
        <span class="t3 text-small whitespace-nowrap">
          {words[props.upload.state] || `${share()}% of ${formatBytes(props.upload.file.size)}`}
        </span>
        <Show when={props.upload.state === 'waiting' || props.upload.state === 'sending'}>
          <Button
            small
            look="quiet"
            icon="close"
            label={`Cancel ${props.upload.path}`}
            onClick={() => props.onCancel()}
          />
        </Show>
        <Show when={props.upload.state === 'failed' || props.upload.state === 'cancelled'}>
          <Button small onClick={() => props.onRetry()}>
            Try again
          </Button>
        </Show>
      </div>
      <Show when={props.upload.state === 'sending'}>
        <progress
          class="upload-bar"
          max={100}
          value={share()}
          aria-label={`Upload of ${props.upload.path}`}
        />
      </Show>
      <Show when={props.upload.state === 'failed' && props.upload.error}>
        {(error) => <p class="text-fail text-small wrap-any">{error()}</p>}
      </Show>
    </li>
  )
}
