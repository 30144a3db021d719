import { type JSX, Match, Show, Switch } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { Icon, type IconName } from '../../components/icon.tsx'
import { LineCount, Path } from '../../components/path.tsx'
import { Prose } from '../../components/prose.tsx'
import { now } from '../../data/clock.ts'
import { type Headline, toHeadline, toOutcome } from '../../lib/activity/headline.ts'
import { isError, type Row } from '../../lib/activity/rows.ts'
import { firstLine } from '../../lib/text.ts'
import { formatClock, formatElapsed, formatExact } from '../../lib/time.ts'
import { canUnfold, RowDetail } from './row-detail.tsx'

export function ActivityRow(props: {
  row: Row
  startedAt: number | undefined
  isMine: boolean
  isOpen: boolean
  isLive: boolean
  onToggle: () => void
}): JSX.Element {
  const elapsed = (): string => {
    const { at } = props.row
    return at === undefined || props.startedAt === undefined
      ? ''
      : formatElapsed(at - props.startedAt)
  }
  return (
    <div
      id={`row-${props.row.id}`}
      tabIndex={-1}
      class="lazy-row grid grid-cols-[18px_minmax(0,1fr)] md:grid-cols-[44px_18px_minmax(0,1fr)] gap-x-2 px-3 md:pl-2 md:pr-4 items-start focus:bg-bg2 scroll-my-4"
      style={{ 'padding-left': props.row.depth > 0 ? `${8 + props.row.depth * 20}px` : undefined }}
    >
      <span
        class="lt-md:hidden! text-micro t3 text-end leading-6!"
        title={props.row.at === undefined ? undefined : formatExact(props.row.at)}
      >
        {elapsed()}
      </span>
      <span
        class="t3 h-4"
        classList={{ 'mt-[13px] md:mt-1': canUnfold(props.row), 'mt-[5px]': !canUnfold(props.row) }}
      >
        <RowIcon row={props.row} />
      </span>
      <div class="min-w-0">
        <Show
          when={canUnfold(props.row)}
          fallback={
            <div class="flex gap-2 min-w-0 py-[3px] md:py-0.5">
              <Words row={props.row} isMine={props.isMine} />
              <RowResult row={props.row} isLive={props.isLive} />
            </div>
          }
        >
          <button
            type="button"
            class="w-full flex gap-2 min-w-0 text-start items-start rounded-key hover:bg-bg2 py-[11px] md:py-0.5"
            aria-expanded={props.isOpen}
            onClick={() => props.onToggle()}
          >
            <Words row={props.row} isMine={props.isMine} />
            <RowResult row={props.row} isLive={props.isLive} />
          </button>
        </Show>
        <Show when={props.isOpen && canUnfold(props.row)}>
          <RowDetail row={props.row} />
        </Show>
      </div>
    </div>
  )
}

const icons: Partial<Record<Row['kind'], IconName>> = {
  start: 'play',
  thinking: 'thought',
  bash: 'terminal',
  edit: 'edit',
  todo: 'todo',
  subagent: 'subagent',
  tool: 'tool',
  retry: 'retry',
  limit: 'clock',
  notice: 'message',
}

function RowIcon(props: { row: Row }): JSX.Element {
  const name = (): IconName | undefined => {
    const { row } = props
    if (row.kind === 'reads')
      return row.items.length === 1 && row.items[0]?.tool === 'Read' ? 'file' : 'grep'
    return icons[row.kind]
  }
  return (
    <Show
      when={props.row.kind === 'result' && props.row}
      fallback={
        <Show when={!isFault(props.row)} fallback={<Glyph name="fail" />}>
          <Show when={name()}>{(icon) => <Icon name={icon()} />}</Show>
        </Show>
      }
    >
      {(row) => <Glyph name={row().ok ? 'done' : 'fail'} />}
    </Show>
  )
}

const isFault = (row: Row): boolean =>
  row.kind === 'denied' || row.kind === 'error' || (row.kind === 'limit' && row.rejected)

/** The words of a row: one line, except for prose and messages. */
function Words(props: { row: Row; isMine: boolean }): JSX.Element {
  const headline = (): Headline | undefined => toHeadline(props.row)
  return (
    <Switch>
      <Match when={props.row.kind === 'text' && props.row}>
        {(row) => <Prose text={row().text} />}
      </Match>
      <Match when={props.row.kind === 'edit' && props.row}>
        {(row) => (
          <span class="flex gap-1.5 min-w-0 flex-1 items-baseline">
            <span class="font-500">{row().isNew ? 'Write' : 'Edit'}</span>
            <Path path={row().path} />
          </span>
        )}
      </Match>
      <Match when={props.row.kind === 'message' && props.row}>
        {(row) => (
          <Message text={row().text} state={row().state} at={row().at} isMine={props.isMine} />
        )}
      </Match>
      <Match when={headline()}>{(known) => <HeadlineView headline={known()} />}</Match>
    </Switch>
  )
}

function HeadlineView(props: { headline: Headline }): JSX.Element {
  return (
    <Show
      when={props.headline.look === 'line' && props.headline}
      fallback={
        <span
          class="flex-1 min-w-0 wrap-any"
          classList={{
            t3: props.headline.look === 'remark',
            'text-fail': props.headline.look === 'fault',
          }}
        >
          {'text' in props.headline ? props.headline.text : ''}
        </span>
      }
    >
      {(line) => (
        <span class="flex gap-1.5 min-w-0 flex-1 items-baseline">
          <span class="font-500 whitespace-nowrap">{line().name}</span>
          <span class={`clip ${line().isCode ? 'mono' : 't2'}`} title={line().about}>
            {line().about}
          </span>
        </span>
      )}
    </Show>
  )
}

const messageWords = {
  queued: 'queued',
  read: 'read',
  done: 'read',
  withdrawn: 'withdrawn',
} as const

function Message(props: {
  text: string
  state: keyof typeof messageWords
  at: number | undefined
  isMine: boolean
}): JSX.Element {
  return (
    <Show
      when={props.isMine}
      fallback={
        <span class="flex gap-1.5 min-w-0 flex-1 items-baseline">
          <span class="font-500">Prompt</span>
          <span class="clip t2">{firstLine(props.text)}</span>
        </span>
      }
    >
      <span class="bg-bg2 rounded-node px-2.5 py-1.5 my-0.5 col max-w-[72ch]">
        <span class="t3 text-small">
          You, {messageWords[props.state]}
          {props.at === undefined ? '' : ` at ${formatClock(props.at)}`}
        </span>
        <span class="wrap-any">{props.text}</span>
      </span>
    </Show>
  )
}

/** At the end of the line: what came out of it. */
function RowResult(props: { row: Row; isLive: boolean }): JSX.Element {
  const running = (): string => {
    const { row } = props
    if (!props.isLive || row.at === undefined) return ''
    return formatElapsed(now() - row.at)
  }
  return (
    <span class="text-small t3 whitespace-nowrap leading-5! flex-none">
      <Switch>
        <Match when={'state' in props.row && props.row.state === 'running'}>{running()}</Match>
        <Match when={props.row.kind === 'edit' && !isError(props.row) && props.row}>
          {(row) => (
            <>
              <Show when={row().isNew}>new </Show>
              <LineCount added={row().added} deleted={row().deleted} />
            </>
          )}
        </Match>
        <Match when={true}>
          <span class="text-fail">{toOutcome(props.row).fault}</span>
          {toOutcome(props.row).text}
        </Match>
      </Switch>
    </span>
  )
}
