import { A } from '@solidjs/router'
import { createMemo, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { LinkButton } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { Loaded } from '../components/part.tsx'
import { countUnlisted, isAttentionKnown, listAttention } from '../data/attention.ts'
import { createEndedToday } from '../data/ended-today.ts'
import { createListKeys } from '../data/keys.ts'
import { keepScroll } from '../data/scroll.ts'
import { all, store } from '../data/store.ts'
import { isUsageKnown } from '../data/usage.ts'
import { Capacity } from '../features/home/capacity.tsx'
import { FirstRun } from '../features/home/first-run.tsx'
import { HomeSkeleton } from '../features/home/home-skeleton.tsx'
import { AttentionList } from '../features/inbox/attention-list.tsx'
import { SearchButton } from '../features/shell/search-button.tsx'
import { RestartNotice } from '../features/system/restart-notice.tsx'
import { TaskTable } from '../features/tasks/task-table.tsx'
import { LimitNotice } from '../features/usage/limit-notice.tsx'
import { Spending } from '../features/usage/spending.tsx'

const maxActive = 20
const maxFinished = 8

export function HomePage(): JSX.Element {
  const working = createMemo(
    () =>
      (store.liveAgents.get(all).value ?? []).filter(({ status }) => status === 'running').length,
  )
  const finished = createEndedToday()
  const isFirstRun = (): boolean =>
    store.tasks.get('active').value?.length === 0 && store.tasks.get('recent').value?.length === 0
  // All at once: what came later would push down what is being read.
  const isKnown = (): boolean =>
    isAttentionKnown() && isUsageKnown() && store.recovery.get(all).state !== 'loading'
  createListKeys('[data-attention], [data-row]')
  return (
    <>
      <PageHeader title="Home">
        <SearchButton />
        <LinkButton href="/new" icon="plus" shortcut="N" look="next">
          New task
        </LinkButton>
      </PageHeader>
      <LimitNotice class="mb-3" />
      <div ref={keepScroll} class="page flex-1 min-h-0 overflow-auto">
        <div class="grid grid-cols-[minmax(0,1fr)] lg:grid-cols-[minmax(0,1fr)_264px] gap-5 max-w-[1680px] pt-1">
          <Loaded
            entry={isAttentionKnown() ? store.tasks.get('active') : { state: 'loading' }}
            onRetry={() => void store.tasks.refresh('active')}
            skeleton={<HomeSkeleton />}
          >
            {(active) => (
              <Show when={!isFirstRun()} fallback={<FirstRun />}>
                <Show when={isKnown()} fallback={<HomeSkeleton />}>
                  <div class="col gap-6">
                    <RestartNotice />
                    <Loaded
                      entry={store.attention.get(all)}
                      onRetry={() => void store.attention.refresh(all)}
                    >
                      {() => (
                        <AttentionList
                          items={listAttention()}
                          unlisted={countUnlisted()}
                          working={working()}
                        />
                      )}
                    </Loaded>
                    <Section
                      title="Active tasks"
                      tasks={active()}
                      max={maxActive}
                      more="/tasks?status=active"
                      head
                    />
                    <Section
                      title="Finished today"
                      tasks={finished()}
                      max={maxFinished}
                      more="/tasks?status=done"
                    />
                  </div>
                </Show>
              </Show>
            )}
          </Loaded>
          <aside
            class="col gap-5 lt-lg:max-w-[560px]"
            // Below the list, it would be pushed down when the list comes.
            classList={{
              'lt-lg:hidden!': !isKnown() || store.tasks.get('active').state === 'loading',
            }}
            aria-label="Cost and capacity"
          >
            <Spending />
            <Capacity />
          </aside>
        </div>
      </div>
    </>
  )
}

function Section(props: {
  title: string
  tasks: readonly Task[]
  max: number
  more: string
  head?: boolean
}): JSX.Element {
  return (
    <Show when={props.tasks.length > 0}>
      <section aria-label={props.title}>
        <div class="row px-0.5 pb-2">
          <h2 class="h-part">{props.title}</h2>
          <span class="count">{props.tasks.length}</span>
          <span class="flex-1" />
          <Show when={props.head}>
            <A
              href="/tasks"
              class="t2 font-500 hover:underline flex items-center min-h-11 -my-3 md:min-h-6 md:-my-1"
            >
              All tasks
            </A>
          </Show>
        </div>
        <TaskTable
          tasks={props.tasks.slice(0, props.max)}
          label={props.title}
          head={props.head ?? false}
        />
        <Show when={props.tasks.length > props.max}>
          <LinkButton look="quiet" class="mt-1" href={props.more}>
            Show all {props.tasks.length}
          </LinkButton>
        </Show>
      </section>
    </Show>
  )
}
