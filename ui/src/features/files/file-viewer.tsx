import { createSignal, For, type JSX, onMount, Show } from 'solid-js'
import type { FileArea, FileView } from '#contract/file.ts'
import { Button, LinkButton } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { PartError, Skeleton } from '../../components/part.tsx'
import { Path } from '../../components/path.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { createKeys } from '../../data/keys.ts'
import { store } from '../../data/store.ts'
import { formatBytes } from '../../lib/text.ts'

const maxLines = 5000

/** One file as text, to read and to edit. */
export function FileViewer(props: {
  taskId: string
  area: FileArea
  path: string
  onClose: () => void
}): JSX.Element {
  const [file, setFile] = createSignal<FileView>()
  const [draft, setDraft] = createSignal<string>()
  const [isDeleting, setDeleting] = createSignal(false)
  const loading = createAct()
  const act = createAct()
  const load = (): void =>
    void loading.run(async () => setFile(await api.viewFile(props.taskId, props.area, props.path)))
  onMount(load)
  const save = (): void =>
    void act.run(async () => {
      await api.saveFile(props.taskId, {
        area: props.area,
        path: props.path,
        content: draft() ?? '',
      })
      setFile(await api.viewFile(props.taskId, props.area, props.path))
      setDraft(undefined)
    })
  const remove = (): void =>
    void act.run(async () => {
      await api.deleteFile(props.taskId, props.area, props.path)
      await store.files.refresh(props.taskId)
      props.onClose()
    })
  createKeys({
    Escape: () => {
      if (draft() !== undefined) return false
      props.onClose()
      return undefined
    },
  })
  const saveHint = (): string =>
    props.area === 'workspace'
      ? 'Saving makes a commit on the task branch.'
      : 'Saving replaces the file.'
  return (
    <section class="min-h-0 min-w-0 flex flex-col bg-bg1" aria-label={props.path}>
      <div class="flex flex-wrap items-center gap-2 px-3 min-h-11 py-1 rule flex-none">
        <Button
          look="quiet"
          icon="back"
          label="Back to the list"
          class="md:hidden!"
          onClick={() => props.onClose()}
        />
        <Path path={props.path} />
        <span class="t3 text-small">{file() ? formatBytes(file()?.size ?? 0) : ''}</span>
        <span class="flex-1" />
        <Show
          when={draft() !== undefined}
          fallback={
            <>
              <Show when={file()}>
                <Button icon="edit" onClick={() => setDraft(file()?.content ?? '')}>
                  Edit
                </Button>
              </Show>
              <LinkButton
                href={api.downloadUrl(props.taskId, props.area, props.path)}
                icon="download"
                label="Download"
                download
              />
              <Button look="danger" icon="trash" label="Delete" onClick={() => setDeleting(true)} />
            </>
          }
        >
          <span class="t3 text-small desk">{saveHint()}</span>
          <Button look="quiet" onClick={() => setDraft(undefined)}>
            Discard
          </Button>
          <Button
            look="primary"
            busy={act.busy()}
            disabled={draft() === file()?.content}
            onClick={save}
          >
            Save
          </Button>
        </Show>
      </div>
      <Show when={act.error()}>
        <p role="alert" class="px-4 py-1.5 text-fail rule">
          {act.error()}
        </p>
      </Show>
      <div class="flex-1 min-h-0 overflow-auto flex flex-col">
        <Show when={loading.error()}>
          {(message) => <PartError message={message()} onRetry={load} />}
        </Show>
        <Show
          when={file()}
          fallback={
            <Show when={loading.busy()}>
              <Skeleton rows={8} height={20} />
            </Show>
          }
        >
          {(known) => (
            <Show when={draft() !== undefined} fallback={<Text content={known().content} />}>
              <textarea
                class="flex-1 w-full border-0 p-3 bg-bg1 font-mono text-[16px] md:text-code resize-none"
                aria-label={`Content of ${props.path}`}
                spellcheck={false}
                value={draft()}
                onInput={(event) => setDraft(event.currentTarget.value)}
                ref={(field) => queueMicrotask(() => field.focus())}
              />
            </Show>
          )}
        </Show>
      </div>
      <Show when={isDeleting()}>
        <Dialog
          title="Delete this file?"
          onClose={() => setDeleting(false)}
          actions={
            <Button look="danger" busy={act.busy()} onClick={remove}>
              Delete
            </Button>
          }
        >
          <p class="wrap-any">
            {props.path}
            {props.area === 'workspace'
              ? ' is removed by a commit; the commits before still have it.'
              : ' is removed for good.'}
          </p>
        </Dialog>
      </Show>
    </section>
  )
}

function Text(props: { content: string }): JSX.Element {
  const lines = (): string[] => props.content.replace(/\n$/, '').split('\n')
  return (
    <div class="font-mono text-code py-2">
      <For each={lines().slice(0, maxLines)}>
        {(line, index) => (
          <div class="grid grid-cols-[48px_minmax(0,1fr)]">
            <span class="diff-number">{index() + 1}</span>
            <span class="wrap-any pr-4">{line}</span>
          </div>
        )}
      </For>
      <Show when={lines().length > maxLines}>
        <p class="px-4 py-2 t2">
          {lines().length - maxLines} lines more. Download the file to see all of it.
        </p>
      </Show>
    </div>
  )
}
