import { useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, type JSX, Show } from 'solid-js'
import type { FileArea, FileList } from '#contract/file.ts'
import { Menu } from '../../components/menu.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { parseWork, scopeName, wholeTask, work, workKey } from '../../data/work.ts'
import { download } from '../../lib/download.ts'
import { fromTransfer, type PickedFile } from '../../lib/picked-files.ts'
import { FileViewer } from './file-viewer.tsx'
import { FilesTree } from './files-tree.tsx'
import { ScopePicker } from './scope-picker.tsx'
import { AddFiles, UploadList } from './upload-parts.tsx'

/** A file and a line of it, as an address names them. */
export type FileLink = { area: FileArea; path: string; line?: number | undefined }

const areas: readonly FileArea[] = ['workspace', 'output', 'input']

/**
 * A task's files: tree and viewer. With `agentId` they are what that agent handed in, without it the reader chooses
 * (`?of=agent:<id>`). The opened file is `place` with `onPlace`, or in the query (`?area=&file=&line=`) without them.
 */
export function FilesPane(props: {
  taskId: string
  agentId?: string
  /** `pane`: beside something else, so tree or file, no uploads, and the single keys are that one's. */
  look?: 'page' | 'pane'
  /** Above the tree: what may be missing from it. */
  note?: string
  place?: FileLink | undefined
  onPlace?: (place: FileLink | undefined) => void
}): JSX.Element {
  const [query, setQuery] = useSearchParams<{
    of?: string
    area?: string
    file?: string
    line?: string
  }>()
  const place = createMemo(() => (props.onPlace ? props.place : placeInQuery(query)))
  const goTo = (next: FileLink | undefined): void => {
    if (props.onPlace) props.onPlace(next)
    else
      setQuery({
        area: next?.area ?? null,
        file: next?.path ?? null,
        line: next?.line ? String(next.line) : null,
      })
  }
  const scope = createMemo(() =>
    props.agentId === undefined
      ? parseWork(query.of)
      : ({ kind: 'agent', id: props.agentId } as const),
  )
  const agentId = (): string | undefined => {
    const known = scope()
    return known.kind === 'agent' ? known.id : undefined
  }
  const key = (): string => workKey(props.taskId, scope())
  const entry = () => work.files.get(key())
  const isPane = (): boolean => props.look === 'pane'
  const keys = (key: string) => (isPane() ? {} : { keys: key })
  const [filter, setFilter] = createSignal('')
  const [isOver, setOver] = createSignal(false)
  const [picked, setPicked] = createSignal<PickedFile[]>([])
  let filterField: HTMLInputElement | undefined
  let picker: HTMLInputElement | undefined
  /** What is opened, as one value that stays the same while only the line changes. */
  const opened = createMemo(
    () => {
      const known = place()
      if (!known) return undefined
      const { area, path } = known
      return { area, path, agentId: area === 'input' ? undefined : agentId() }
    },
    undefined,
    { equals: (a, b) => JSON.stringify(a) === JSON.stringify(b) },
  )
  const hiddenBesideFile = () => ({
    'lt-md:hidden!': opened() !== undefined,
    'hidden!': isPane() && opened() !== undefined,
  })
  useActions(() => [
    {
      id: 'files.filter',
      label: 'Filter files',
      group: 'Files',
      ...keys('/'),
      run: () => filterField?.focus(),
    },
    {
      id: 'files.add',
      label: 'Add files',
      group: 'Files',
      ...keys('a'),
      disabled: isPane() && 'Files of a task are added on its own page.',
      run: () => picker?.click(),
    },
    ...areas.map((area) => ({
      id: `files.archive-${area}`,
      label: `Download all of the ${area}`,
      group: 'Files',
      disabled: countOf(entry().value, area) === 0 && 'There are no files in it.',
      run: () => download(api.archiveUrl(props.taskId, area, agentId())),
    })),
  ])
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an addition; the buttons inside do the same
    <div
      class="flex-1 min-h-0 min-w-0 flex flex-col"
      classList={{ 'outline outline-2 outline-tx1 -outline-offset-2': isOver() }}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(!isPane())
      }}
      onDragLeave={(event) => {
        const into = event.relatedTarget
        if (!(into instanceof Node && event.currentTarget.contains(into))) setOver(false)
      }}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        if (!isPane()) void fromTransfer(event.dataTransfer).then(setPicked)
      }}
    >
      <div
        class="flex flex-wrap items-center gap-x-1.5 md:gap-x-3 gap-y-1 px-3 md:px-4 py-1.5 min-h-11 rule flex-none"
        classList={hiddenBesideFile()}
      >
        <h2 class="h-part lt-md:sr-only" classList={{ 'sr-only': isPane() }}>
          Files
        </h2>
        <Show when={props.agentId === undefined}>
          <ScopePicker
            taskId={props.taskId}
            label="Whose files"
            whole="Task branch"
            kinds={['agent']}
            value={scopeName(scope())}
            onChange={(name) => setQuery({ of: name === 'all' ? null : name })}
          />
        </Show>
        <span class="desk md:flex-1" />
        <Show when={!isPane()} fallback={<span class="flex-1" />}>
          <AddFiles
            taskId={props.taskId}
            present={entry().value?.input ?? []}
            picked={picked()}
            onTaken={() => setPicked([])}
            pickerRef={(input) => (picker = input)}
          />
        </Show>
        <Menu
          label="Download all files of an area"
          items={areas
            .filter((area) => countOf(entry().value, area) > 0)
            .map((area) => ({
              label: `Download all of the ${area}`,
              icon: 'download' as const,
              onSelect: () => download(api.archiveUrl(props.taskId, area, agentId())),
            }))}
        />
      </div>
      <div
        class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)]"
        classList={{
          'md:grid-cols-[240px_minmax(0,1fr)] lg:grid-cols-[300px_minmax(0,1fr)]': !isPane(),
        }}
      >
        <div
          class="min-h-0 min-w-0 flex flex-col md:border-0 md:border-r md:border-solid md:border-line"
          classList={hiddenBesideFile()}
        >
          <Show when={props.note}>
            {(note) => <p class="px-4 py-1.5 rule t3 text-small flex-none">{note()}</p>}
          </Show>
          <Loaded
            entry={entry()}
            onRetry={() => void work.files.refresh(key())}
            skeleton={<Skeleton rows={8} height={28} />}
          >
            {(list) => (
              <FilesTree
                files={list()}
                changes={
                  work.changes.get(workKey(props.taskId, agentId() ? scope() : wholeTask)).value ??
                  []
                }
                filter={filter()}
                onFilter={setFilter}
                fieldRef={(field) => (filterField = field)}
                selected={opened()}
                onOpen={goTo}
              />
            )}
          </Loaded>
          <UploadList taskId={props.taskId} />
        </div>
        <Show
          when={opened()}
          keyed
          fallback={
            <Show when={!isPane()}>
              <p class="p-4 t2 bg-bg1 lt-md:hidden!">Choose a file to look at it.</p>
            </Show>
          }
        >
          {(file) => (
            <FileViewer
              taskId={props.taskId}
              place={file}
              isAlone={isPane()}
              line={place()?.line}
              changedAt={entry().at}
              onLine={(line) => goTo({ area: file.area, path: file.path, line })}
              onClose={() => goTo(undefined)}
            />
          )}
        </Show>
      </div>
    </div>
  )
}

const countOf = (list: FileList | undefined, area: FileArea): number => list?.[area].length ?? 0

function placeInQuery(query: {
  area?: string | undefined
  file?: string | undefined
  line?: string | undefined
}): FileLink | undefined {
  const area = areas.find((each) => each === query.area)
  return area && query.file ? { area, path: query.file, line: toLine(query.line) } : undefined
}

const toLine = (text: string | undefined): number | undefined =>
  /^\d{1,7}$/.test(text ?? '') ? Number(text) : undefined

/** The file that an address below `/tasks/:id/files/` names, `<area>/<path>?line=`. */
export function placeInPath(pathname: string, line: string | undefined): FileLink | undefined {
  const [, area, rest] =
    /^\/tasks\/[^/]+\/files\/(workspace|output|input)\/(.+)$/.exec(pathname) ?? []
  if (!area || !rest) return undefined
  try {
    const path = rest.split('/').map(decodeURIComponent).join('/')
    // Checked by the pattern.
    return { area: area as FileArea, path, line: toLine(line) }
  } catch {
    return undefined
  }
}

export function pathOfPlace(taskId: string, place: FileLink | undefined): string {
  const base = `/tasks/${encodeURIComponent(taskId)}/files`
  if (!place) return base
  const path = place.path.split('/').map(encodeURIComponent).join('/')
  return `${base}/${place.area}/${path}${place.line ? `?line=${place.line}` : ''}`
}
