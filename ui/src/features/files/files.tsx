import { useSearchParams } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { FileArea, FileEntry, FileList } from '#contract/file.ts'
import { DropZone, type PickedFile } from '../../components/drop-zone.tsx'
import { Icon } from '../../components/icon.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { Path } from '../../components/path.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { createListKeys } from '../../data/keys.ts'
import { store } from '../../data/store.ts'
import { formatBytes } from '../../lib/text.ts'
import { FileViewer } from './file-viewer.tsx'

const areas: { area: FileArea; title: string; empty: string }[] = [
  {
    area: 'workspace',
    title: 'Workspace',
    empty: 'Nothing is merged yet. The task branch appears here.',
  },
  { area: 'output', title: 'Output', empty: 'No declared results yet.' },
  { area: 'input', title: 'Input', empty: 'No uploads. Agents find what you add under input/.' },
]

/** A task's files by area, and one of them open. */
export function Files(props: { taskId: string }): JSX.Element {
  const [query, setQuery] = useSearchParams<{ area?: string; file?: string }>()
  const act = createAct()
  const opened = createMemo((): { area: FileArea; path: string } | undefined => {
    const area = areas.find((each) => each.area === query.area)?.area
    return area && typeof query.file === 'string' ? { area, path: query.file } : undefined
  })
  const upload = (picked: PickedFile[]): void =>
    void act.run(async () => {
      await api.upload(props.taskId, picked)
      await store.files.refresh(props.taskId)
    })
  createListKeys('[data-file]')
  return (
    <div class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] md:grid-cols-[320px_minmax(0,1fr)]">
      <div
        class="min-h-0 overflow-auto p-3 col gap-3 md:border-0 md:border-r md:border-solid md:border-line"
        classList={{ 'lt-md:hidden!': opened() !== undefined }}
      >
        <DropZone label="Add files" busy={act.busy()} onFiles={upload} />
        <Show when={act.error()}>
          <p role="alert" class="text-fail">
            {act.error()}
          </p>
        </Show>
        <Loaded
          entry={store.files.get(props.taskId)}
          onRetry={() => void store.files.refresh(props.taskId)}
          skeleton={<Skeleton rows={6} height={28} />}
        >
          {(list) => (
            <For each={areas}>
              {({ area, title, empty }) => (
                <Area
                  title={title}
                  empty={empty}
                  files={list()[area as keyof FileList]}
                  opened={opened()?.area === area ? opened()?.path : undefined}
                  onOpen={(file) => setQuery({ area, file })}
                />
              )}
            </For>
          )}
        </Loaded>
      </div>
      <Show
        when={opened()}
        keyed
        fallback={<p class="p-4 t2 lt-md:hidden!">Choose a file to read or edit it.</p>}
      >
        {(file) => (
          <FileViewer
            taskId={props.taskId}
            area={file.area}
            path={file.path}
            onClose={() => setQuery({ area: null, file: null })}
          />
        )}
      </Show>
    </div>
  )
}

function Area(props: {
  title: string
  empty: string
  files: readonly FileEntry[]
  opened: string | undefined
  onOpen: (path: string) => void
}): JSX.Element {
  return (
    <section aria-label={props.title}>
      <div class="row pb-1">
        <h3 class="h-part">{props.title}</h3>
        <span class="count">{props.files.length}</span>
      </div>
      <Show when={props.files.length > 0} fallback={<p class="t3 text-small">{props.empty}</p>}>
        <ul>
          <For each={props.files}>
            {(file) => (
              <li>
                <button
                  type="button"
                  data-file
                  class="w-full flex items-center gap-2 h-11 md:h-7 px-2 rounded-button text-start hover:bg-bg2 min-w-0"
                  classList={{ 'bg-bg3!': props.opened === file.name }}
                  aria-current={props.opened === file.name ? 'true' : undefined}
                  onClick={() => props.onOpen(file.name)}
                >
                  <Icon name="file" class="t3" />
                  <Path path={file.name} class="flex-1" />
                  <span class="t3 text-small whitespace-nowrap">
                    {file.type && file.type !== 'file' ? file.type : formatBytes(file.size)}
                  </span>
                </button>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  )
}
