import { For, type JSX, Match, Show, Switch } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon, type IconName } from '../../components/icon.tsx'
import { LineCount, Path } from '../../components/path.tsx'
import { Prose } from '../../components/prose.tsx'
import { now } from '../../data/clock.ts'
import { type Headline, toHeadline, toOutcome } from '../../lib/activity/headline.ts'
import { describeAsk } from '../../lib/activity/labels.ts'
import { fileOfRow, type RowFile } from '../../lib/activity/row-file.ts'
import { isError, type Row, type RowOf } from '../../lib/activity/rows.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { firstLine, plural } from '../../lib/text.ts'
import { formatClock, formatElapsed, formatExact } from '../../lib/time.ts'
import { canUnfold, RowDetail } from './row-detail.tsx'

export function ActivityRow(props: {
  row: Row
  startedAt: number | undefined
  isMine: boolean
  isOpen: boolean
  isLive: boolean
  /** The reader's place: has the row's own verbs, and the keyboard when the list has it. */
  isCurrent: boolean
  query: string
  onToggle: () => void
  onSelect: () => void
  onCopyRaw: () => void
  onCopyLink: () => void
  onFile?: ((file: RowFile) => void) | undefined
}): JSX.Element {
  const elapsed = (): string => {
    const { at } = props.row
    return at === undefined || props.startedAt === undefined
      ? ''
      : formatElapsed(Math.max(0, at - props.startedAt))
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the row's place follows the pointer; its verbs are buttons and keys
    // biome-ignore lint/a11y/useKeyWithClickEvents: J and K do the same
    <div
      id={`row-${props.row.id}`}
      tabIndex={-1}
      onClick={() => props.onSelect()}
      class="group relative grid grid-cols-[18px_minmax(0,1fr)] md:grid-cols-[44px_18px_minmax(0,1fr)] gap-x-2 px-3 md:pl-2 md:pr-4 py-px items-start outline-none!"
      classList={{ 'bg-bg2': props.isCurrent }}
      style={{ 'padding-left': props.row.depth > 0 ? `${8 + props.row.depth * 20}px` : undefined }}
    >
      <span
        class="lt-md:hidden! text-micro t3 text-end leading-6! whitespace-nowrap"
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
              <Words
                row={props.row}
                isMine={props.isMine}
                isOpen={props.isOpen}
                onToggle={props.onToggle}
              />
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
            <Words
              row={props.row}
              isMine={props.isMine}
              isOpen={props.isOpen}
              onToggle={props.onToggle}
            />
            <RowResult row={props.row} isLive={props.isLive} />
          </button>
        </Show>
        <Show when={props.isOpen && canUnfold(props.row)}>
          <RowDetail row={props.row} query={props.query} onFile={props.onFile} />
        </Show>
      </div>
      <Show when={props.isCurrent}>
        <div class="absolute right-2 top-full -mt-1 z-sticky flex gap-1 p-0.5 bg-bg1 rounded-button shadow-float">
          <Show when={props.onFile && fileOfRow(props.row)}>
            {(file) => (
              <Button
                small
                look="quiet"
                icon="file"
                label={file().pane === 'changes' ? 'Show in Changes' : 'Show in Files'}
                onClick={() => props.onFile?.(file())}
              />
            )}
          </Show>
          <Button
            small
            look="quiet"
            icon="copy"
            label="Copy raw"
            onClick={() => props.onCopyRaw()}
          />
          <Button
            small
            look="quiet"
            icon="link"
            label="Copy link to this row"
            onClick={() => props.onCopyLink()}
          />
        </div>
      </Show>
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
  calling: 'tool',
  orphan: 'tool',
  team: 'send',
  background: 'terminal',
  hook: 'link',
}

function RowIcon(props: { row: Row }): JSX.Element {
  const name = (): IconName | undefined => {
    const { row } = props
    if (row.kind === 'reads')
      return row.items.length === 1 && row.items[0]?.tool === 'Read' ? 'file' : 'grep'
    return icons[row.kind]
  }
  const glyph = (): GlyphName | undefined => {
    const { row } = props
    if (row.kind === 'result') return row.ok ? 'done' : 'fail'
    if (row.kind === 'ask') return askGlyphs[row.state]
    return isFault(row) ? 'fail' : undefined
  }
  return (
    <Show when={glyph()} fallback={<Show when={name()}>{(icon) => <Icon name={icon()} />}</Show>}>
      {(known) => <Glyph name={known()} />}
    </Show>
  )
}

const askGlyphs = { open: 'need', allowed: 'done', denied: 'skip', withdrawn: 'skip' } as const

const isFault = (row: Row): boolean =>
  row.kind === 'denied' || row.kind === 'error' || (row.kind === 'limit' && row.rejected)

/** The words of a row: one line, except for prose and messages. */
function Words(props: {
  row: Row
  isMine: boolean
  isOpen: boolean
  onToggle: () => void
}): JSX.Element {
  const headline = (): Headline | undefined => toHeadline(props.row)
  return (
    <Switch>
      <Match when={props.row.kind === 'text' && props.row}>
        {(row) => <Said text={row().text} isOpen={props.isOpen} onToggle={props.onToggle} />}
      </Match>
      <Match when={props.row.kind === 'edit' && props.row}>
        {(row) => (
          <span class="flex gap-1.5 min-w-0 flex-1 items-baseline">
            <span class="font-500">{row().isNew ? 'Write' : 'Edit'}</span>
            <Path path={row().path} />
          </span>
        )}
      </Match>
      <Match when={props.row.kind === 'ask' && props.row}>{(row) => <Ask row={row()} />}</Match>
      <Match when={props.row.kind === 'message' && props.row}>
        {(row) => (
          <Message text={row().text} state={row().state} at={row().at} isMine={props.isMine} />
        )}
      </Match>
      <Match when={headline()}>{(known) => <HeadlineView headline={known()} />}</Match>
    </Switch>
  )
}

const saidLines = 30

/** Prose in full, up to a screenful. */
function Said(props: { text: string; isOpen: boolean; onToggle: () => void }): JSX.Element {
  const lines = (): string[] => props.text.split('\n')
  const more = (): number => lines().length - saidLines
  return (
    <div class="min-w-0 flex-1 col items-start">
      <Prose
        text={more() > 4 && !props.isOpen ? lines().slice(0, saidLines).join('\n') : props.text}
      />
      <Show when={more() > 4}>
        <button
          type="button"
          class="t3 hover:underline min-h-11 md:min-h-6"
          aria-expanded={props.isOpen}
          onClick={() => props.onToggle()}
        >
          {props.isOpen ? 'Show less' : `${plural(more(), 'line')} more`}
        </button>
      </Show>
    </div>
  )
}

/** What a person is asked, whole while it is open; afterwards one line that says how it went. */
function Ask(props: { row: RowOf<'ask'> }): JSX.Element {
  return (
    <Show
      when={props.row.state === 'open'}
      fallback={
        <span class="flex gap-1.5 min-w-0 flex-1 items-baseline">
          <span class="t2 whitespace-nowrap">{describeAsk(props.row)}</span>
          <span class="t3 clip">{props.row.answer || firstLine(props.row.input)}</span>
        </span>
      }
    >
      <div class="flex-1 min-w-0 my-1 p-3 col gap-2 bg-need-tint rounded-node border border-solid border-need-edge">
        <span class="font-600">{describeAsk(props.row)}</span>
        <For
          each={props.row.questions}
          fallback={
            <pre class="bg-bg1 rounded-chip px-2.5 py-1.5 mono wrap-any max-h-[240px] overflow-auto">
              {props.row.input}
            </pre>
          }
        >
          {(each) => (
            <p class="wrap-any">
              {each.question} <span class="t2">{each.options.join(' / ')}</span>
            </p>
          )}
        </For>
        <Show when={props.row.reason}>
          <p class="t2 text-small wrap-any">Asked because: {props.row.reason}</p>
        </Show>
      </div>
    </Show>
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
