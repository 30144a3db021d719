import { createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import { DiffLines } from '../../components/diff-lines.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { type Excerpt, toExcerpt } from '../../lib/activity/excerpt.ts'
import type { Row, TodoItem } from '../../lib/activity/rows.ts'
import { cutLongLines, toPlain } from '../../lib/ansi.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { toPretty } from '../../lib/json.ts'
import { plural } from '../../lib/text.ts'

/** Whether there is more than the line says. */
export function canUnfold(row: Row): boolean {
  switch (row.kind) {
    case 'start':
    case 'unknown':
    case 'tool':
    case 'subagent':
      return true
    case 'bash':
      return row.output !== '' || row.command.includes('\n')
    case 'edit':
      return row.lines.length > 0 || row.error !== undefined
    case 'reads':
      return row.items.length > 1
    case 'todo':
      return row.items.length > 0
    case 'thinking':
      return row.text !== ''
    case 'message':
      return row.text.includes('\n') || row.text.length > 80
    default:
      return false
  }
}

export function RowDetail(props: { row: Row }): JSX.Element {
  return (
    <Switch>
      <Match when={props.row.kind === 'bash' && props.row}>
        {(row) => (
          <>
            <Show when={row().command.includes('\n')}>
              <Output text={row().command} head={40} tail={0} />
            </Show>
            <Output text={row().output} isError={row().state === 'failed'} />
          </>
        )}
      </Match>
      <Match when={props.row.kind === 'edit' && props.row}>
        {(row) => (
          <Show when={row().error} fallback={<Edited lines={row().lines} />}>
            {(error) => <Output text={error()} isError />}
          </Show>
        )}
      </Match>
      <Match when={props.row.kind === 'reads' && props.row}>
        {(row) => (
          <ul class="py-1 pl-2.5 border-0 border-l-2 border-solid border-line my-1">
            <For each={row().items}>
              {(item) => (
                <li class="flex gap-2 mono-small">
                  <span class="t3 w-9 flex-none">{item.tool}</span>
                  <span class="wrap-any flex-1">{item.target}</span>
                  <span class="t3">{item.result}</span>
                </li>
              )}
            </For>
          </ul>
        )}
      </Match>
      <Match when={props.row.kind === 'todo' && props.row}>
        {(row) => <Todos items={row().items} />}
      </Match>
      <Match when={props.row.kind === 'thinking' && props.row}>
        {(row) => <p class="prose-plain t2 py-1">{row().text}</p>}
      </Match>
      <Match when={props.row.kind === 'message' && props.row}>
        {(row) => <p class="prose-plain t2 py-1">{row().text}</p>}
      </Match>
      <Match when={props.row.kind === 'subagent' && props.row}>
        {(row) => <Output text={row().result} head={8} tail={4} />}
      </Match>
      <Match when={props.row.kind === 'tool' && props.row}>
        {(row) => (
          <>
            <Output text={toPretty(row().input)} head={60} tail={20} />
            <Output text={row().output} isError={row().state === 'failed'} />
          </>
        )}
      </Match>
      <Match when={props.row.kind === 'start' && props.row}>
        {(row) => (
          <p class="t2 text-small py-1">
            Claude Code {row().version}. Tools: {row().tools.join(', ')}.
            <Show when={row().failedServers.length > 0}>
              <span class="text-fail"> Not connected: {row().failedServers.join(', ')}.</span>
            </Show>
          </p>
        )}
      </Match>
      <Match when={props.row.kind === 'unknown' && props.row}>
        {(row) => <Output text={row().raw} />}
      </Match>
    </Switch>
  )
}

/** What a program printed: its beginning and its end, the middle on demand. */
function Output(props: {
  text: string
  isError?: boolean
  head?: number
  tail?: number
}): JSX.Element {
  const [isWhole, setWhole] = createSignal(false)
  const lines = (): string[] => cutLongLines(toPlain(props.text)).trimEnd().split('\n')
  const parts = (): Excerpt =>
    isWhole()
      ? [{ kind: 'lines', lines: lines() }]
      : toExcerpt(lines(), {
          head: props.head ?? 4,
          tail: props.tail ?? 12,
          isError: props.isError ?? false,
        })
  return (
    <Show when={props.text.trim() !== ''}>
      <div
        class="border-0 border-l-2 border-solid my-1 py-0.5 pl-2.5 mono-small t2 wrap-any max-h-[420px] overflow-auto"
        classList={{ 'border-fail': props.isError ?? false, 'border-line': !props.isError }}
      >
        <For each={parts()}>
          {(part) => (
            <Show
              when={part.kind === 'gap' && part}
              fallback={<div>{part.kind === 'lines' ? part.lines.join('\n') : ''}</div>}
            >
              {(gap) => (
                <button
                  type="button"
                  class="block t3 hover:underline min-h-11 md:min-h-6"
                  onClick={() => setWhole(true)}
                >
                  {plural(gap().count, 'line')} more
                </button>
              )}
            </Show>
          )}
        </For>
      </div>
    </Show>
  )
}

function Edited(props: { lines: Extract<Row, { kind: 'edit' }>['lines'] }): JSX.Element {
  const [isWhole, setWhole] = createSignal(false)
  return (
    <div class="my-1 border border-solid border-line rounded-chip overflow-hidden">
      <DiffLines lines={props.lines} limit={isWhole() ? 5000 : 40} onMore={() => setWhole(true)} />
    </div>
  )
}

const todoGlyphs: Record<TodoItem['state'], GlyphName> = {
  done: 'done',
  active: 'run',
  pending: 'wait',
}

function Todos(props: { items: readonly TodoItem[] }): JSX.Element {
  return (
    <ul class="col gap-0.5 py-1">
      <For each={props.items}>
        {(item) => (
          <li class={`row ${item.state === 'active' ? '' : 't3'}`}>
            <Glyph name={todoGlyphs[item.state]} label={item.state} />
            <span class="wrap-any">{item.text}</span>
          </li>
        )}
      </For>
    </ul>
  )
}
