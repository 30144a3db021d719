import { createMemo, createSignal, type JSX, Show } from 'solid-js'
import type { FileChange } from '#contract/file.ts'
import { FileTree } from '../../components/file-tree.tsx'
import { Icon } from '../../components/icon.tsx'
import { LineCount } from '../../components/path.tsx'
import type { Viewed } from '../../data/viewed.ts'
import { plural } from '../../lib/text.ts'
import { type Folder, listRows } from '../../lib/tree.ts'
import { useReview } from './review.ts'

/** The changed files as a tree, with what was looked at. */
export function ChangesTree(props: {
  tree: Folder<FileChange>
  /** Files without the filter. */
  total: number
  filter: string
  onFilter: (filter: string) => void
  fieldRef: (field: HTMLInputElement) => void
  selected: string | undefined
  viewed: Viewed
  onOpen: (file: FileChange) => void
  onViewed: (file: FileChange, isViewed: boolean) => void
}): JSX.Element {
  const review = useReview()
  const [closed, setClosed] = createSignal<ReadonlySet<string>>(new Set())
  const rows = createMemo(() =>
    listRows(props.tree, ({ path }) => props.filter !== '' || !closed().has(path)),
  )
  const toggle = (path: string, isOpen: boolean): void => {
    const next = new Set(closed())
    if (isOpen) next.delete(path)
    else next.add(path)
    setClosed(next)
  }
  return (
    <div class="min-h-0 min-w-0 flex flex-col md:border-0 md:border-r md:border-solid md:border-line">
      <FilterField
        label="Filter changed files"
        value={props.filter}
        fieldRef={props.fieldRef}
        onInput={props.onFilter}
      />
      <Show
        when={rows().length > 0}
        fallback={<p class="px-4 py-2 t2">None of {props.total} files is called so.</p>}
      >
        <FileTree
          label="Changed files"
          rows={rows()}
          selected={props.selected}
          onOpen={(_, file) => props.onOpen(file)}
          onToggle={toggle}
          onSpace={(file) => props.onViewed(file, !props.viewed.has(file))}
          isQuiet={(file) => props.viewed.has(file)}
          end={(row) => (
            <Show when={row.kind === 'file' && row.item}>
              {(file) => (
                <>
                  <Show when={review?.countOf(file().path)}>
                    {(count) => (
                      <span
                        role="img"
                        aria-label={plural(count(), 'comment')}
                        class="inline-flex items-center gap-0.5 t2 text-small"
                      >
                        <Icon name="message" />
                        {count()}
                      </span>
                    )}
                  </Show>
                  <Show when={props.viewed.has(file())}>
                    <span role="img" aria-label="viewed" class="inline-flex t3">
                      <Icon name="check" />
                    </span>
                  </Show>
                  <Show when={file().added + file().deleted > 0}>
                    <LineCount added={file().added} deleted={file().deleted} />
                  </Show>
                </>
              )}
            </Show>
          )}
        />
      </Show>
    </div>
  )
}

export function FilterField(props: {
  label: string
  value: string
  fieldRef?: (field: HTMLInputElement) => void
  onInput: (value: string) => void
}): JSX.Element {
  return (
    <div class="p-2 flex-none">
      <input
        ref={(field) => props.fieldRef?.(field)}
        type="search"
        class="input py-0! md:min-h-7!"
        placeholder="Filter files"
        aria-label={props.label}
        value={props.value}
        onInput={(event) => props.onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          event.stopPropagation()
          if (props.value) props.onInput('')
          else event.currentTarget.blur()
        }}
      />
    </div>
  )
}
