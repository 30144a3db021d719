import { useParams, useSearchParams } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { AttentionItem, AttentionKind } from '#contract/attention.ts'
import { Button } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PartError } from '../components/part.tsx'
import { type Segment, Segmented } from '../components/segmented.tsx'
import { countAttention, isAttentionKnown, listAttention } from '../data/attention.ts'
import { notificationState, turnOnNotifications } from '../data/notifications.ts'
import { all, store } from '../data/store.ts'
import { Answered } from '../features/inbox/answered.tsx'
import { Inbox } from '../features/inbox/inbox.tsx'
import { kindWord } from '../features/inbox/words.tsx'
import { Meanwhile } from '../features/tasks/meanwhile.tsx'
import { RecentEvents } from '../features/tasks/recent-events.tsx'

type Tab = 'open' | 'answered'

export function InboxPage(): JSX.Element {
  const params = useParams<{ id?: string }>()
  const [query, setQuery] = useSearchParams<{ tab?: string; kind?: string; task?: string }>()
  const tab = (): Tab => (query.tab === 'answered' ? 'answered' : 'open')
  const tabs = (): Segment<Tab>[] => [
    { value: 'open', label: 'Open', count: countAttention() },
    { value: 'answered', label: 'Answered' },
  ]
  const fits = (item: AttentionItem): boolean =>
    (!query.kind || item.kind === query.kind) && (!query.task || item.task.id === query.task)
  const rest = (): string => {
    const kept = new URLSearchParams()
    if (query.kind) kept.set('kind', query.kind)
    if (query.task) kept.set('task', query.task)
    return kept.size > 0 ? `?${kept}` : ''
  }
  const list = () => store.attention.get(all)
  return (
    <>
      <PageHeader title="Inbox" class={`max-w-none! ${params.id ? 'lt-md:sr-only' : ''}`}>
        <Filters
          kind={query.kind ?? ''}
          task={query.task ?? ''}
          onChange={(change) => setQuery(change, { replace: true })}
        />
      </PageHeader>
      <div
        class="px-4 md:px-5 pb-2.5 flex flex-wrap items-center justify-between gap-x-3 gap-y-1.5"
        classList={{ 'lt-md:hidden!': Boolean(params.id) }}
      >
        <Segmented
          label="Which"
          value={tab()}
          options={tabs()}
          onChange={(value) =>
            setQuery({ tab: value === 'open' ? null : value }, { replace: true })
          }
        />
        <Show when={notificationState() === 'off'}>
          <Button look="quiet" onClick={() => void turnOnNotifications()}>
            Turn on notifications
          </Button>
        </Show>
      </div>
      <Show when={list().state === 'failed' && list().error}>
        {(error) => (
          <PartError message={error().message} onRetry={() => void store.attention.refresh(all)} />
        )}
      </Show>
      <Show when={tab() === 'open'} fallback={<Answered taskId={query.task} />}>
        <Inbox
          id={params.id}
          filter={fits}
          query={rest()}
          ready={isAttentionKnown()}
          meanwhile={<Meanwhile />}
          recent={(taskId) => <RecentEvents taskId={taskId} />}
        />
      </Show>
    </>
  )
}

const kinds = Object.keys(kindWord) as AttentionKind[]

function Filters(props: {
  kind: string
  task: string
  onChange: (change: { kind?: string | null; task?: string | null }) => void
}): JSX.Element {
  const tasks = createMemo(
    () => new Map(listAttention().map(({ task }) => [task.id, task.name] as const)),
  )
  const select = 'input w-auto! max-w-[180px] lt-md:max-w-[132px]'
  return (
    <>
      <select
        class={select}
        aria-label="Kind"
        value={props.kind}
        onChange={(event) => props.onChange({ kind: event.currentTarget.value || null })}
      >
        <option value="">Every kind</option>
        <For each={kinds}>{(kind) => <option value={kind}>{kindWord[kind]}</option>}</For>
      </select>
      <select
        class={select}
        aria-label="Task"
        value={props.task}
        onChange={(event) => props.onChange({ task: event.currentTarget.value || null })}
      >
        <option value="">Every task</option>
        <For each={[...tasks()]}>{([id, name]) => <option value={id}>{name}</option>}</For>
      </select>
    </>
  )
}
