import { type JSX, onMount, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { plural } from '../../lib/text.ts'
import { maxHits, type StreamSearch } from './stream-search.ts'

export function SearchBar(props: { search: StreamSearch; onClose: () => void }): JSX.Element {
  let field: HTMLInputElement | undefined
  onMount(() => field?.focus())
  const found = (): string => {
    const { search } = props
    if (search.query().trim() === '') return 'Searches everything it printed'
    const count = search.hits().length
    const looked = `${Math.floor(search.progress() * 100)}% searched`
    if (count === 0) return search.isRunning() ? `No hit yet, ${looked}` : 'No hits'
    const all = count >= maxHits ? `at least ${count} hits` : plural(count, 'hit')
    return `${search.at() + 1} of ${all}${search.isRunning() ? `, ${looked}` : ''}`
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') props.onClose()
    else if (event.key === 'Enter') props.search.step(event.shiftKey ? -1 : 1)
    else return
    event.preventDefault()
  }
  return (
    <search class="flex flex-wrap items-center gap-2 px-3 md:px-4 py-1.5 rule flex-none bg-bg1">
      <input
        ref={field}
        type="search"
        class="input flex-1 min-w-[140px] md:max-w-[320px]"
        placeholder="Search the output"
        aria-label="Search the output"
        value={props.search.query()}
        onInput={(event) => props.search.start(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      <span class="text-small t3 flex-1 min-w-0 whitespace-nowrap" role="status">
        <Show when={props.search.error()} fallback={found()}>
          <span class="text-fail">{props.search.error()}</span>
        </Show>
      </span>
      <Button
        look="quiet"
        label="Previous hit"
        icon="up"
        disabled={props.search.hits().length === 0}
        onClick={() => props.search.step(-1)}
      />
      <Button
        look="quiet"
        label="Next hit"
        icon="down"
        disabled={props.search.hits().length === 0}
        onClick={() => props.search.step(1)}
      />
      <Button look="quiet" icon="close" label="Close search" onClick={() => props.onClose()} />
    </search>
  )
}
