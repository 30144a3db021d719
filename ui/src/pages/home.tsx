import { createMemo, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { LinkButton } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { Loaded, Skeleton } from '../components/part.tsx'
import { listAttention } from '../data/attention.ts'
import { now } from '../data/clock.ts'
import { createListKeys } from '../data/keys.ts'
import { isFinished } from '../data/status.ts'
import { all, store } from '../data/store.ts'
import { AttentionList } from '../features/home/attention-list.tsx'
import { Capacity } from '../features/home/capacity.tsx'
import { TaskTable } from '../features/tasks/task-table.tsx'

const maxFinished = 8

export function HomePage(): JSX.Element {
  const minute = createMemo(() => Math.floor(now() / 60_000) * 60_000)
  const attention = createMemo(() => listAttention(minute()))
  const working = (): number =>
    (store.liveAgents.get(all).value ?? []).filter(({ status }) => status === 'running').length
  createListKeys('[data-row], [data-attention]')
  return (
    <>
      <PageHeader title="Home" count={attention().length}>
        <LinkButton href="/new" icon="plus" shortcut="N">
          New task
        </LinkButton>
      </PageHeader>
      <div class="page flex-1 min-h-0 overflow-auto">
        <div class="grid grid-cols-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_264px] gap-5 max-w-[1680px] pt-1">
          <Loaded
            entry={store.tasks.get(all)}
            onRetry={() => void store.tasks.refresh(all)}
            skeleton={<Skeleton rows={5} />}
          >
            {(tasks) => (
              <Show when={tasks().length > 0} fallback={<FirstRun />}>
                <div class="col gap-5">
                  <AttentionList items={attention()} working={working()} />
                  <Section title="Active tasks" tasks={tasks().filter(isActive)} head />
                  <Section
                    title="Finished"
                    tasks={tasks()
                      .filter((task) => !isActive(task))
                      .slice(0, maxFinished)}
                  />
                </div>
              </Show>
            )}
          </Loaded>
          <Capacity />
        </div>
      </div>
    </>
  )
}

const isActive = (task: Task): boolean => !isFinished(task) && task.status !== 'failed'

function Section(props: { title: string; tasks: readonly Task[]; head?: boolean }): JSX.Element {
  return (
    <Show when={props.tasks.length > 0}>
      <section aria-label={props.title}>
        <div class="row px-0.5 pb-2">
          <h2 class="h-part">{props.title}</h2>
          <span class="count">{props.tasks.length}</span>
        </div>
        <TaskTable tasks={props.tasks} label={props.title} head={props.head ?? false} />
      </section>
    </Show>
  )
}

function FirstRun(): JSX.Element {
  return (
    <section class="card p-5 col gap-3 items-start max-w-[640px]">
      <h2 class="h-part">Start your first task</h2>
      <p class="t2">
        No tasks yet. Describe what you want done; a planner will ask before anything runs.
      </p>
      <div class="row">
        <LinkButton look="primary" href="/new" icon="plus">
          New task
        </LinkButton>
        <LinkButton look="quiet" href="/doctor">
          Check this machine
        </LinkButton>
      </div>
    </section>
  )
}
