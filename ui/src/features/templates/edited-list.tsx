import { useSearchParams } from '@solidjs/router'
import { type Accessor, type JSX, Show } from 'solid-js'
import { Loaded, Skeleton } from '../../components/part.tsx'
import type { Cache } from '../../data/cache.ts'

/** A list, or the editor of the one whose id stands in the address; `new` there makes another. */
export function EditedList<Item extends { id: string }>(props: {
  /** Its name in the address, as in `?team=`. */
  name: string
  all: Cache<Item[]>
  /** Rows of the skeleton. */
  rows: number
  list: (items: Accessor<Item[]>, open: (id: string) => void) => JSX.Element
  editor: (item: Accessor<Item | undefined>, close: () => void) => JSX.Element
}): JSX.Element {
  const [search, setSearch] = useSearchParams<Record<string, string>>()
  const open = (id: string | undefined): void => setSearch({ [props.name]: id })
  return (
    <Loaded
      entry={props.all.get('all')}
      onRetry={() => void props.all.refresh('all')}
      skeleton={
        <div class="card">
          <Skeleton rows={props.rows} height={76} />
        </div>
      }
    >
      {(items) => {
        const edited = (): Item | undefined => items().find(({ id }) => id === search[props.name])
        return (
          <Show when={search[props.name] === 'new' || edited()} fallback={props.list(items, open)}>
            {props.editor(edited, () => open(undefined))}
          </Show>
        )
      }}
    </Loaded>
  )
}
