import { useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, type JSX, onCleanup, Show } from 'solid-js'
import type { TaskStatus } from '#contract/task.ts'
import { LinkButton } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { type Segment, Segmented } from '../components/segmented.tsx'
import { useActions } from '../data/actions.ts'
import { keepFocus } from '../data/keep-focus.ts'
import { TaskList } from '../features/tasks/task-list.tsx'

/** What the server is asked for, by filter. */
const statuses = {
  all: [],
  active: ['planning', 'planned', 'approved', 'running'],
  paused: ['paused'],
  drafts: ['created'],
  done: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
} as const satisfies Record<string, readonly TaskStatus[]>
type Filter = keyof typeof statuses
const isFilter = (value: unknown): value is Filter => typeof value === 'string' && value in statuses

const all: Segment<Filter> = { value: 'all', label: 'All' }
const options: Segment<Filter>[] = [
  all,
  { value: 'active', label: 'Active' },
  { value: 'paused', label: 'Stopped' },
  { value: 'drafts', label: 'Drafts' },
  { value: 'done', label: 'Done' },
  { value: 'failed', label: 'Failed' },
  { value: 'cancelled', label: 'Cancelled' },
]
const after = (value: Filter): Segment<Filter> =>
  options[(options.findIndex((each) => each.value === value) + 1) % options.length] ?? all
const searchDelayMs = 200
/** Some seconds: a slow answer is not waited for with the keyboard held. */
const mostFrames = 300

export function TasksPage(): JSX.Element {
  const [query, setQuery] = useSearchParams<{ status?: string; q?: string }>()
  const filter = (): Filter => (isFilter(query.status) ? query.status : 'all')
  const search = (): string => (typeof query.q === 'string' ? query.q : '')
  const [typed, setTyped] = createSignal(search())
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const apply = (): void => {
    clearTimeout(timer)
    setQuery({ q: typed().trim() || null }, { replace: true })
  }
  const type = (text: string): void => {
    setTyped(text)
    clearTimeout(timer)
    timer = setTimeout(apply, searchDelayMs)
  }
  const show = (value: Filter): void => {
    setQuery({ status: value === 'all' ? null : value }, { replace: true })
    keepFocus()
  }
  useActions(() => [
    {
      id: 'tasks.filter',
      label: `Filter tasks: ${after(filter()).label}`,
      group: 'List',
      keys: 'f',
      run: () => show(after(filter()).value),
    },
    ...options.map(({ value, label }) => ({
      id: `tasks.show-${value}`,
      label: `Show tasks: ${label}`,
      group: 'List',
      run: () => show(value),
    })),
  ])
  /** From the words to what they have found, as soon as that is there. */
  const toFound = (event: KeyboardEvent): void => {
    if (event.isComposing || !['Enter', 'ArrowDown'].includes(event.key)) return
    event.preventDefault()
    const field = event.currentTarget
    apply()
    const look = (framesLeft: number): void => {
      if (document.activeElement !== field || framesLeft === 0) return
      const isAsked = search() === typed().trim()
      const row = document.querySelector<HTMLElement>('main [data-at="0"] [data-row]')
      if (isAsked && row) row.focus()
      else requestAnimationFrame(() => look(framesLeft - 1))
    }
    requestAnimationFrame(() => look(mostFrames))
  }
  const showAll = (): void => {
    clearTimeout(timer)
    setTyped('')
    setQuery({ q: null, status: null }, { replace: true })
  }
  const request = createMemo(() => ({
    ...(statuses[filter()].length > 0 ? { status: statuses[filter()] } : {}),
    ...(search() ? { search: search() } : {}),
  }))
  return (
    <>
      <PageHeader title="Tasks">
        <LinkButton href="/new" icon="plus" shortcut="N" look="next">
          New task
        </LinkButton>
      </PageHeader>
      <div class="px-4 md:px-5 pb-3 md:pb-5 flex-1 min-h-0 col gap-3 w-full max-w-[1680px]">
        <div class="flex flex-wrap gap-2 items-center">
          <div class="scroll-x max-w-full">
            <Segmented label="Show" value={filter()} options={options} onChange={show} />
          </div>
          <span class="flex-1" />
          <input
            type="search"
            class="input max-w-full md:max-w-[260px]"
            placeholder="Search name and prompt"
            aria-label="Search tasks"
            value={typed()}
            onInput={(event) => type(event.currentTarget.value)}
            onKeyDown={toFound}
          />
        </div>
        <Show when={request()} keyed>
          {(asked) => (
            <TaskList
              filter={asked}
              isFiltered={Object.keys(asked).length > 0}
              onShowAll={showAll}
            />
          )}
        </Show>
      </div>
    </>
  )
}
