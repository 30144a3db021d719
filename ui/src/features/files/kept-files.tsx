import { createEffect, createMemo, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import type { KeptPart } from '#contract/checkpoint-contents.ts'
import type { FileEntry } from '#contract/file.ts'
import { LinkButton } from '../../components/button.tsx'
import { FileTree } from '../../components/file-tree.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { useActions } from '../../data/actions.ts'
import { kept, keptFilesKey, listedAtOnce } from '../../data/kept.ts'
import { keptApi } from '../../data/kept-api.ts'
import { download } from '../../lib/download.ts'
import { formatBytes } from '../../lib/text.ts'
import { buildTree, type Folder, listRows, matchesFilter } from '../../lib/tree.ts'
import { FilterField } from './changes-tree.tsx'
import { FileViewer } from './file-viewer.tsx'

/** Below this all folders are open at first. */
const openAtFirst = 200
const typingMs = 250

/** Files of one part of a checkpoint: tree and viewer; nothing of it can be changed. */
export function KeptFiles(props: {
  taskId: string
  checkpointId: string
  of: KeptPart
  /** The opened file, and a line of it. */
  file: string | undefined
  line: number | undefined
  /** Stands at the beginning of the line above. */
  choice: JSX.Element
  onFile: (path: string | undefined, line?: number) => void
}): JSX.Element {
  const [filter, setFilter] = createSignal('')
  const [asked, setAsked] = createSignal('')
  let field: HTMLInputElement | undefined
  const keyOf = (q: string): string =>
    keptFilesKey({ taskId: props.taskId, id: props.checkpointId, of: props.of, q })
  const whole = () => kept.files.get(keyOf(''))
  /** Too many to have them all here: the server looks for the name. */
  const isCut = (): boolean => (whole().value?.next_cursor ?? null) !== null
  createLater(() => (isCut() ? filter().trim() : ''), typingMs, setAsked)
  const key = (): string => keyOf(isCut() ? asked() : '')
  const entry = () => kept.files.get(key())
  const archive = (): string => keptApi.archiveUrl(props.taskId, props.checkpointId, props.of)
  const typeOf = (path: string): FileEntry['type'] =>
    entry().value?.files.find(({ name }) => name === path)?.type
  const opened = createMemo(() =>
    props.file === undefined
      ? undefined
      : {
          ...{ area: 'workspace' as const, path: props.file },
          kept: { checkpointId: props.checkpointId, of: props.of },
        },
  )
  useActions(() => [
    {
      id: 'files.filter',
      label: 'Filter files',
      group: 'Files',
      keys: '/',
      run: () => field?.focus(),
    },
    {
      id: 'files.archive',
      label: 'Download all of these files',
      group: 'Files',
      run: () => download(archive()),
    },
  ])
  return (
    <div class="flex-1 min-h-0 min-w-0 flex flex-col">
      <div
        class="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 min-h-11 rule flex-none"
        classList={{ 'lt-md:hidden!': opened() !== undefined }}
      >
        {props.choice}
        <span class="flex-1" />
        <LinkButton href={archive()} icon="download" download>
          Download all
        </LinkButton>
      </div>
      <div class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)] md:grid-cols-[240px_minmax(0,1fr)] xl:grid-cols-[280px_minmax(0,1fr)]">
        <div
          class="min-h-0 min-w-0 flex flex-col md:border-0 md:border-r md:border-solid md:border-line"
          classList={{ 'lt-md:hidden!': opened() !== undefined }}
        >
          <FilterField
            label="Filter files"
            value={filter()}
            fieldRef={(input) => (field = input)}
            onInput={setFilter}
          />
          <Show when={isCut()}>
            <p class="px-4 pb-1.5 t3 text-small flex-none">
              {asked() === ''
                ? `The first ${listedAtOnce.toLocaleString()} files. Filter to find the others.`
                : `Files whose path holds "${asked()}", ${listedAtOnce.toLocaleString()} at most.`}
            </p>
          </Show>
          <Loaded
            entry={entry()}
            onRetry={() => void kept.files.refresh(key())}
            skeleton={<Skeleton rows={8} height={28} />}
          >
            {(list) => (
              <Tree
                files={list().files}
                filter={filter()}
                selected={props.file}
                onOpen={(path) => props.onFile(path)}
              />
            )}
          </Loaded>
        </div>
        <Show
          when={opened()}
          keyed
          fallback={<p class="p-4 t2 bg-bg1 lt-md:hidden!">Choose a file to look at it.</p>}
        >
          {(place) => (
            <FileViewer
              taskId={props.taskId}
              place={place}
              line={props.line}
              changedAt={undefined}
              note={
                typeOf(place.path) === 'symlink'
                  ? 'A link. It holds the path below, which is never followed.'
                  : undefined
              }
              onLine={(line) => props.onFile(place.path, line)}
              onClose={() => props.onFile(undefined)}
            />
          )}
        </Show>
      </div>
    </div>
  )
}

/** Takes over a value that stands still for a while. */
function createLater(value: () => string, ms: number, take: (value: string) => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  createEffect(
    on(
      value,
      (next) => {
        clearTimeout(timer)
        timer = setTimeout(() => take(next), ms)
      },
      { defer: true },
    ),
  )
  onCleanup(() => clearTimeout(timer))
}

function Tree(props: {
  files: readonly FileEntry[]
  filter: string
  selected: string | undefined
  onOpen: (path: string) => void
}): JSX.Element {
  const [toggled, setToggled] = createSignal<ReadonlyMap<string, boolean>>(new Map())
  const shown = createMemo(() =>
    props.files.filter(({ name }) => matchesFilter(name, props.filter)),
  )
  const tree = createMemo(() => buildTree(shown(), ({ name }: FileEntry) => name))
  const isOpen = ({ path }: Folder<FileEntry>): boolean =>
    (props.filter !== '' && shown().length <= openAtFirst) ||
    (toggled().get(path) ??
      (props.files.length <= openAtFirst || (props.selected?.startsWith(`${path}/`) ?? false)))
  const rows = createMemo(() => listRows(tree(), isOpen))
  return (
    <Show
      when={rows().length > 0}
      fallback={
        <p class="px-4 py-2 t2">
          {props.filter === '' ? 'No files here.' : 'No file is called so.'}
        </p>
      }
    >
      <FileTree
        label="Files"
        rows={rows()}
        selected={props.selected}
        onOpen={(path) => props.onOpen(path)}
        onToggle={(path, open) => setToggled(new Map([...toggled(), [path, open]]))}
        end={(row) => (
          <Show when={row.kind === 'file' && row.item}>
            {(item) => (
              <span class="t3 text-small whitespace-nowrap">
                {item().type === 'symlink'
                  ? 'link'
                  : item().type === 'submodule'
                    ? 'submodule'
                    : formatBytes(item().size)}
              </span>
            )}
          </Show>
        )}
      />
    </Show>
  )
}
