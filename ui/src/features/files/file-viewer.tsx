import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import { Button, LinkButton } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { PartError, Skeleton } from '../../components/part.tsx'
import { Path } from '../../components/path.tsx'
import { Prose } from '../../components/prose.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { type FilePlace, isReadOnly } from '../../data/file-place.ts'
import { download } from '../../lib/download.ts'
import { load, save } from '../../lib/storage.ts'
import { formatBytes } from '../../lib/text.ts'
import { BinaryView, ImageView } from './byte-views.tsx'
import { CodeView } from './code-view.tsx'
import { createOpenFile, shownBytes } from './open-file.ts'

/** One file: text with colours, an image, prose or bytes; text of the task branch and of uploads can be edited. */
export function FileViewer(props: {
  taskId: string
  place: FilePlace
  /** No list stands beside it: a button leads back, and single keys are left to others. */
  isAlone?: boolean
  line?: number | undefined
  /** Epoch milliseconds of the newest list of files: the file is looked at again then. */
  changedAt: number | undefined
  /** Above the content: what it is, when that is not plain from it. */
  note?: string | undefined
  onLine: (line: number) => void
  onClose: () => void
}): JSX.Element {
  const { taskId, place } = props
  const opened = createOpenFile(taskId, place, () => props.changedAt)
  const [isDeleting, setDeleting] = createSignal(false)
  const [isSource, setSource] = createSignal(load('markdown') === 'source')
  const text = (): string | undefined => {
    const content = opened.file()?.content
    return content?.kind === 'text' ? content.text : undefined
  }
  const isProseName = /\.(md|markdown|mdown)$/i.test(place.path)
  const isProse = (): boolean => isProseName && text() !== undefined && opened.isWhole()
  const showsProse = (): boolean =>
    isProse() && !isSource() && opened.draft() === undefined && props.line === undefined
  const remove = (): void =>
    void opened.remove().then((isDone) => {
      if (isDone) props.onClose()
    })
  useActions(() => [
    {
      id: 'file.edit',
      label: 'Edit this file',
      group: 'Files',
      ...(props.isAlone ? {} : { keys: 'e' }),
      disabled: !opened.canEdit() && whyNoEdit(place, opened.isWhole()),
      run: () => (opened.draft() === undefined ? opened.edit() : undefined),
    },
    {
      id: 'file.save',
      label: 'Save this file',
      group: 'Files',
      keys: 'Mod+s',
      disabled: !opened.isDirty() && 'Nothing was changed.',
      run: () => void opened.save(),
    },
    {
      id: 'file.close',
      label: 'Close this file',
      group: 'Files',
      keys: 'Escape',
      run: () => (opened.draft() === undefined ? props.onClose() : false),
    },
    {
      id: 'file.download',
      label: 'Download this file',
      group: 'Files',
      run: () => download(api.downloadUrl(taskId, place)),
    },
    {
      id: 'file.delete',
      label: 'Delete this file…',
      group: 'Files',
      disabled: isReadOnly(place) && 'It can only be looked at here, and stays as it is.',
      run: () => setDeleting(true),
    },
    {
      id: 'file.discard',
      label: 'Discard the edits of this file',
      group: 'Files',
      disabled: opened.draft() === undefined && 'It is not being edited.',
      run: () => opened.discard(),
    },
    {
      id: 'file.copy-link',
      label: 'Copy a link to this file',
      group: 'Files',
      run: () => void navigator.clipboard?.writeText(location.href),
    },
  ])
  return (
    <section class="min-h-0 min-w-0 flex flex-col bg-bg1" aria-label={place.path}>
      <div
        class="flex md:flex-wrap items-center gap-2 px-3 min-h-11 py-1 rule flex-none bg-bg0 min-w-0"
        classList={{ 'lt-md:flex-wrap lt-md:content-start lt-md:min-h-[109px]': isProseName }}
      >
        <Button
          look="quiet"
          icon="back"
          label="Back to the list"
          class={props.isAlone ? '' : 'md:hidden!'}
          onClick={() => props.onClose()}
        />
        {/* With the choice of views there is no room for the name on one line of a phone. */}
        <Path path={place.path} class={isProseName ? 'lt-md:flex-[1_1_80%]' : 'lt-md:flex-1'} />
        <Show when={opened.isDirty()}>
          <span class="text-small font-500 whitespace-nowrap">not saved</span>
        </Show>
        <span class="t3 text-small whitespace-nowrap desk">
          {opened.file() ? formatBytes(opened.file()?.size ?? 0) : ''}
        </span>
        <span class="md:flex-1" />
        <Show
          when={opened.draft() !== undefined}
          fallback={
            <>
              <Show when={isProse()}>
                <Segmented
                  label="How the text is shown"
                  value={isSource() ? 'source' : 'read'}
                  options={[
                    { value: 'read', label: 'Read' },
                    { value: 'source', label: 'Source' },
                  ]}
                  onChange={(value) => {
                    setSource(value === 'source')
                    save('markdown', value === 'source' ? value : '')
                  }}
                />
              </Show>
              <Show when={opened.canEdit()}>
                <Button icon="edit" shortcut="E" onClick={() => opened.edit()}>
                  Edit
                </Button>
              </Show>
              <LinkButton
                href={api.downloadUrl(taskId, place)}
                icon="download"
                label="Download"
                download
              />
              <Show when={!isReadOnly(place)}>
                <Button
                  look="danger"
                  icon="trash"
                  label="Delete"
                  onClick={() => setDeleting(true)}
                />
              </Show>
            </>
          }
        >
          <span class="t3 text-small desk">
            {place.area === 'input'
              ? 'Saving replaces the upload.'
              : 'Saving makes a commit on the task branch.'}
          </span>
          <Button look="quiet" onClick={() => opened.discard()}>
            Discard
          </Button>
          <Button
            look="primary"
            busy={opened.act.busy()}
            disabled={!opened.isDirty() || opened.hasConflict()}
            onClick={() => void opened.save()}
          >
            Save
          </Button>
        </Show>
      </div>
      <Show when={opened.act.error()}>
        <p role="alert" class="px-4 py-1.5 text-fail rule">
          {opened.act.error()}
        </p>
      </Show>
      <Show when={opened.hasConflict()}>
        <Conflict
          busy={opened.act.busy()}
          onOverwrite={() => void opened.overwrite()}
          onTake={() => opened.discard()}
          theirs={api.downloadUrl(taskId, place)}
        />
      </Show>
      <Show when={props.note}>
        {(note) => <p class="px-4 py-1.5 t2 rule flex-none">{note()}</p>}
      </Show>
      <Show when={opened.file() && !opened.isWhole() && text() !== undefined}>
        <p class="px-4 py-1.5 t2 rule flex-none">
          The first {formatBytes(shownBytes)} of {formatBytes(opened.file()?.size ?? 0)} are shown.{' '}
          <a class="link" href={api.downloadUrl(taskId, place)} download="">
            Download all of it
          </a>
        </p>
      </Show>
      <div class="flex-1 min-h-0 flex flex-col overflow-auto">
        <Show when={opened.loading.error()}>
          {(message) => <PartError message={message()} onRetry={opened.reload} />}
        </Show>
        <Switch
          fallback={
            <Show when={opened.loading.busy()}>
              <Skeleton rows={8} height={20} />
            </Show>
          }
        >
          <Match when={showsProse()}>
            <div class="px-4 py-3">
              <Prose text={text() ?? ''} />
            </div>
          </Match>
          <Match when={text() !== undefined}>
            <CodeView
              text={opened.draft() ?? text() ?? ''}
              path={place.path}
              isEditable={opened.draft() !== undefined}
              line={props.line}
              onChange={opened.type}
              onSave={() => void (opened.isDirty() && opened.save())}
              onLine={props.onLine}
            />
          </Match>
          <Match when={imageOf(opened.file())}>
            {(image) => <ImageView {...image()} name={place.path} />}
          </Match>
          <Match when={opened.file()}>
            {(known) => <BinaryView bytes={known().bytes} size={known().size} />}
          </Match>
        </Switch>
      </div>
      <Show when={isDeleting()}>
        <Dialog
          title="Delete this file?"
          onClose={() => setDeleting(false)}
          actions={
            <Button look="danger" busy={opened.act.busy()} onClick={remove}>
              Delete
            </Button>
          }
        >
          <p class="wrap-any">
            {place.path}
            {place.area === 'input'
              ? ' is removed for good.'
              : ' is removed by a commit; the commits before still have it.'}
          </p>
        </Dialog>
      </Show>
    </section>
  )
}

function whyNoEdit(place: FilePlace, isWhole: boolean): string {
  if (place.kept) return 'A checkpoint stays as it is. Edit the file on the task branch.'
  if (place.agentId) return 'This is what an agent handed in. Edit the file on the task branch.'
  return isWhole ? 'It is not a text.' : 'It is too long to be edited here.'
}

/** An image that is whole; half a one is bytes. */
function imageOf(file: ReturnType<ReturnType<typeof createOpenFile>['file']>) {
  if (file?.content.kind !== 'image' || file.bytes.length < file.size) return undefined
  return { bytes: file.bytes, type: file.content.type }
}

/** The file is another one than the text was written on: nothing is lost until somebody chooses. */
function Conflict(props: {
  busy: boolean
  theirs: string
  onOverwrite: () => void
  onTake: () => void
}): JSX.Element {
  useActions(() => [
    { id: 'file.drop', label: 'Drop my text', group: 'Files', run: () => props.onTake() },
    {
      id: 'file.replace',
      label: 'Replace it with mine',
      group: 'Files',
      run: () => props.onOverwrite(),
    },
  ])
  return (
    <div
      role="alert"
      class="flex flex-wrap items-center gap-2 px-4 py-2 rule bg-need-tint flex-none"
    >
      <p class="flex-1 min-w-[240px]">
        This file was changed by someone else since you began. Your text is kept here and not saved.{' '}
        <a class="link" href={props.theirs} download="">
          Download the other version
        </a>
      </p>
      <Button onClick={() => props.onTake()}>Drop my text</Button>
      <Button busy={props.busy} onClick={() => props.onOverwrite()}>
        Replace it with mine
      </Button>
    </div>
  )
}
