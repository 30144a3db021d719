import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import { DiffLines } from '../../components/diff-lines.tsx'
import { Icon } from '../../components/icon.tsx'
import { Empty, Loaded, PartError, Skeleton } from '../../components/part.tsx'
import { LineCount, Path } from '../../components/path.tsx'
import type { FileChange } from '../../data/api.ts'
import { store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'

/** More than this is folded, with the reason. */
const largeLines = 400
const openAtFirst = 3

/** What the task branch changed since the task began: merged work only. */
export function Changes(props: { taskId: string; wide?: boolean }): JSX.Element {
  const entry = () => store.changes.get(props.taskId)
  const sum = (of: 'added' | 'deleted'): number =>
    (entry().value ?? []).reduce((total, file) => total + file[of], 0)
  return (
    <div class="flex-1 min-h-0 flex flex-col">
      <div class="row px-4 min-h-11 rule flex-none">
        <h2 class="h-part">Changes</h2>
        <Show when={entry().value?.length}>
          {(count) => (
            <>
              <LineCount added={sum('added')} deleted={sum('deleted')} />
              <span class="t3 text-small">
                in {plural(count(), 'file')}, merged on the task branch
              </span>
            </>
          )}
        </Show>
      </div>
      <div class="flex-1 min-h-0 overflow-auto bg-bg1">
        <Loaded
          entry={entry()}
          onRetry={() => void store.changes.refresh(props.taskId)}
          skeleton={<Skeleton rows={4} height={36} />}
        >
          {(files) => (
            <Show
              when={files().length > 0}
              fallback={
                <Empty>No changes yet. Files appear here when an agent's work is merged.</Empty>
              }
            >
              <For each={files()}>
                {(file, index) => (
                  <ChangedFile
                    taskId={props.taskId}
                    file={file}
                    isOpenAtFirst={index() < openAtFirst && !isLarge(file)}
                  />
                )}
              </For>
            </Show>
          )}
        </Loaded>
      </div>
    </div>
  )
}

const isLarge = (file: FileChange): boolean => file.added + file.deleted > largeLines
const words: Record<string, string> = { A: 'new', D: 'deleted', R: 'moved', T: 'type changed' }

function ChangedFile(props: {
  taskId: string
  file: FileChange
  isOpenAtFirst: boolean
}): JSX.Element {
  const [isOpen, setOpen] = createSignal(props.isOpenAtFirst)
  return (
    <section aria-label={props.file.path}>
      <button
        type="button"
        aria-expanded={isOpen()}
        onClick={() => setOpen(!isOpen())}
        class="sticky top-0 z-sticky w-full flex items-center gap-2 h-11 md:h-row px-3 md:pr-4 bg-bg0 rule text-start min-w-0"
      >
        <Icon name={isOpen() ? 'down' : 'right'} />
        <Path path={props.file.path} />
        <LineCount added={props.file.added} deleted={props.file.deleted} />
        <Show when={words[props.file.status[0] ?? '']}>
          {(word) => <span class="t3 text-small">{word()}</span>}
        </Show>
        <Show when={isLarge(props.file) && !isOpen()}>
          <span class="t3 text-small whitespace-nowrap">large, folded</span>
        </Show>
      </button>
      <Show when={isOpen()}>
        <FileDiffView taskId={props.taskId} path={props.file.path} />
      </Show>
    </section>
  )
}

function FileDiffView(props: { taskId: string; path: string }): JSX.Element {
  const key = (): string => `${props.taskId} ${props.path}`
  const entry = createMemo(() => store.diff.get(key()))
  const [limit, setLimit] = createSignal(800)
  return (
    <Show
      when={entry().state !== 'failed'}
      fallback={
        <PartError
          message={entry().error?.message ?? ''}
          onRetry={() => void store.diff.refresh(key())}
        />
      }
    >
      <Show
        when={entry().value}
        fallback={
          <Show when={entry().state === 'loading'}>
            <Skeleton rows={3} height={20} />
          </Show>
        }
      >
        {(file) => (
          <Show
            when={!file().binary}
            fallback={
              <p class="px-4 py-2 t2">A binary file. Download it from Files to look at it.</p>
            }
          >
            <DiffLines
              lines={file().lines}
              limit={limit()}
              onMore={() => setLimit(limit() + 2000)}
            />
          </Show>
        )}
      </Show>
    </Show>
  )
}
