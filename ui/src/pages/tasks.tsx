import { useSearchParams } from '@solidjs/router'
import { createMemo, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { LinkButton } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { Empty, Loaded, Skeleton } from '../components/part.tsx'
import { type Segment, Segmented } from '../components/segmented.tsx'
import { countAttention, isAwaiting } from '../data/attention.ts'
import { createListKeys } from '../data/keys.ts'
import { isFinished } from '../data/status.ts'
import { all, store } from '../data/store.ts'
import { TaskTable } from '../features/tasks/task-table.tsx'

const filters = {
  all: () => true,
  need: (task: Task) => isAwaiting(task),
  active: (task: Task) =>
    !isFinished(task) && task.status !== 'failed' && task.status !== 'created',
  finished: (task: Task) => task.status === 'completed',
  failed: (task: Task) => task.status === 'failed',
} as const
type Filter = keyof typeof filters
const isFilter = (value: unknown): value is Filter => typeof value === 'string' && value in filters

const options: Segment<Filter>[] = [
  { value: 'all', label: 'All' },
  { value: 'need', label: 'Needs you' },
  { value: 'active', label: 'Active' },
  { value: 'finished', label: 'Done' },
  { value: 'failed', label: 'Failed' },
]

export function TasksPage(): JSX.Element {
  const [query, setQuery] = useSearchParams<{ status?: string; q?: string }>()
  const filter = (): Filter => (isFilter(query.status) ? query.status : 'all')
  const search = (): string => (typeof query.q === 'string' ? query.q : '')
  const found = createMemo(() => {
    const wanted = search().toLowerCase()
    return (store.tasks.get(all).value ?? [])
      .filter(filters[filter()])
      .filter(({ name, prompt }) => `${name}\n${prompt}`.toLowerCase().includes(wanted))
  })
  createListKeys('[data-row]')
  return (
    <>
      <PageHeader title="Tasks" count={countAttention()}>
        <LinkButton href="/new" icon="plus" shortcut="N">
          New task
        </LinkButton>
      </PageHeader>
      <div class="page flex-1 min-h-0 overflow-auto col gap-3">
        <div class="flex flex-wrap gap-2 items-center">
          <div class="scroll-x max-w-full">
            <Segmented
              label="Show"
              value={filter()}
              options={options}
              onChange={(value) =>
                setQuery({ status: value === 'all' ? null : value }, { replace: true })
              }
            />
          </div>
          <span class="flex-1" />
          <input
            type="search"
            class="input max-w-full md:max-w-[260px]"
            placeholder="Search name and prompt"
            aria-label="Search tasks"
            value={search()}
            onInput={(event) =>
              setQuery({ q: event.currentTarget.value || null }, { replace: true })
            }
          />
        </div>
        <Loaded
          entry={store.tasks.get(all)}
          onRetry={() => void store.tasks.refresh(all)}
          skeleton={<Skeleton rows={6} />}
        >
          {(tasks) => (
            <Show
              when={found().length > 0}
              fallback={
                <div class="card">
                  <Empty>
                    {tasks().length === 0
                      ? 'No tasks yet. Describe what you want done; a planner will ask before anything runs.'
                      : 'No task fits this filter.'}
                  </Empty>
                </div>
              }
            >
              <TaskTable tasks={found()} label="Tasks" head />
            </Show>
          )}
        </Loaded>
      </div>
    </>
  )
}
