import { createMemo, createSignal, For, type JSX, Match, Show, Switch } from 'solid-js'
import { Ansi } from '../../components/ansi.tsx'
import { DiffLines } from '../../components/diff-lines.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { type Excerpt, toExcerpt } from '../../lib/activity/excerpt.ts'
import { fileOfRead, type RowFile } from '../../lib/activity/row-file.ts'
import type {
  CallState,
  ModelUsage,
  ReadItem,
  Row,
  RowOf,
  TodoItem,
} from '../../lib/activity/rows.ts'
import { cutLongLines, sanitize } from '../../lib/ansi.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { parseObject, toPretty } from '../../lib/json.ts'
import { formatCount, formatMoney, plural, shortModel } from '../../lib/text.ts'

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
      return row.items.length > 1 || row.items.some(({ output }) => output !== '')
    case 'orphan':
    case 'hook':
      return row.output !== ''
    case 'team':
      return row.text.includes('\n') || row.text.length > 80 || row.output !== ''
    case 'notice':
      return row.detail !== ''
    case 'result':
      return row.models.length > 0
    case 'denied':
      return row.reason !== ''
    case 'todo':
      return row.items.length > 0 || row.error !== undefined
    case 'thinking':
      return row.text !== ''
    case 'message':
      return row.text.includes('\n') || row.text.length > 80
    default:
      return false
  }
}

/** `query`: what is searched for; a part that holds it is never left out. */
export function RowDetail(props: {
  row: Row
  query: string
  /** Shows a file beside the activity. */
  onFile?: ((file: RowFile) => void) | undefined
}): JSX.Element {
  const state = (): CallState | undefined =>
    'state' in props.row ? (props.row.state as CallState) : undefined
  return (
    <Switch>
      <Match when={'output' in props.row && plainOutput.has(props.row.kind) && props.row}>
        {(row) => (
          <>
            <Show when={row().kind === 'team'}>
              <p class="prose-plain t2 py-1">{(row() as RowOf<'team'>).text}</p>
            </Show>
            <Output
              text={(row() as RowOf<'orphan'>).output}
              isError={state() === 'failed'}
              query={props.query}
            />
          </>
        )}
      </Match>
      <Match when={props.row.kind === 'notice' && props.row}>
        {(row) => <p class="prose-plain t2 py-1">{row().detail}</p>}
      </Match>
      <Match when={props.row.kind === 'denied' && props.row}>
        {(row) => <p class="prose-plain t2 py-1">{row().reason}</p>}
      </Match>
      <Match when={props.row.kind === 'result' && props.row}>
        {(row) => <Usage models={row().models} />}
      </Match>
      <Match when={props.row.kind === 'bash' && props.row}>
        {(row) => (
          <>
            <Show when={row().command.includes('\n')}>
              <Output text={row().command} head={40} tail={0} query={props.query} />
            </Show>
            <Output text={row().output} isError={row().state === 'failed'} query={props.query} />
          </>
        )}
      </Match>
      <Match when={props.row.kind === 'edit' && props.row}>
        {(row) => (
          <Show when={row().error} fallback={<Edited lines={row().lines} />}>
            {(error) => <Output text={error()} isError query={props.query} />}
          </Show>
        )}
      </Match>
      <Match when={props.row.kind === 'reads' && props.row}>
        {(row) => <Reads items={row().items} query={props.query} onFile={props.onFile} />}
      </Match>
      <Match when={props.row.kind === 'todo' && props.row}>
        {(row) => (
          <>
            <Show when={row().error}>
              {(error) => <Output text={error()} isError query={props.query} />}
            </Show>
            <Todos items={row().items} />
          </>
        )}
      </Match>
      <Match when={props.row.kind === 'thinking' && props.row}>
        {(row) => <p class="prose-plain t2 py-1">{row().text}</p>}
      </Match>
      <Match when={props.row.kind === 'message' && props.row}>
        {(row) => <p class="prose-plain t2 py-1">{row().text}</p>}
      </Match>
      <Match when={props.row.kind === 'subagent' && props.row}>
        {(row) => (
          <>
            <Output text={row().prompt} head={3} tail={0} query={props.query} />
            <Output text={row().result} head={8} tail={4} query={props.query} />
          </>
        )}
      </Match>
      <Match when={props.row.kind === 'tool' && props.row}>
        {(row) => (
          <>
            <Output text={toPretty(row().input)} head={60} tail={20} query={props.query} />
            <Output text={row().output} isError={row().state === 'failed'} query={props.query} />
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
        {(row) => <Output text={pretty(row().raw)} head={40} query={props.query} />}
      </Match>
    </Switch>
  )
}

/** Kinds whose unfolding is just what came out. */
const plainOutput = new Set<Row['kind']>(['orphan', 'hook', 'team'])

const pretty = (raw: string): string => {
  const line = parseObject(raw)
  return line ? toPretty(line) : raw
}

function Reads(props: {
  items: readonly ReadItem[]
  query: string
  onFile: ((file: RowFile) => void) | undefined
}): JSX.Element {
  return (
    <ul class="py-1 pl-2.5 border-0 border-l-2 border-solid border-line my-1">
      <For each={props.items}>
        {(item) => (
          <li>
            <div class="flex gap-2 items-center mono-small">
              <span class="t3 w-9 flex-none">{item.tool}</span>
              <Show
                when={props.onFile && fileOfRead(item)}
                fallback={<span class="wrap-any flex-1">{item.target}</span>}
              >
                {(file) => (
                  <button
                    type="button"
                    class="wrap-any flex-1 text-start hover:underline min-h-11 md:min-h-6"
                    title={`Show ${item.target} in Files`}
                    onClick={() => props.onFile?.(file())}
                  >
                    {item.target}
                  </button>
                )}
              </Show>
              <span class={item.state === 'failed' ? 'text-fail' : 't3'}>{item.result}</span>
            </div>
            <Output
              text={item.output}
              isError={item.state === 'failed'}
              head={6}
              tail={0}
              query={props.query}
            />
          </li>
        )}
      </For>
    </ul>
  )
}

function Usage(props: { models: readonly ModelUsage[] }): JSX.Element {
  return (
    <div class="overflow-x-auto my-1">
      <table class="w-auto! text-small">
        <thead>
          <tr class="t3">
            <For
              each={[
                'Model, in the whole session',
                'Input',
                'Cache read',
                'Cache write',
                'Output',
                'Cost',
              ]}
            >
              {(name) => <th class="pr-4 whitespace-nowrap">{name}</th>}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={props.models}>
            {(each) => (
              <tr class="t2">
                <td class="pr-4">{shortModel(each.model)}</td>
                <td class="pr-4">{formatCount(each.inputTokens)}</td>
                <td class="pr-4">{formatCount(each.cacheReadTokens)}</td>
                <td class="pr-4">{formatCount(each.cacheWriteTokens)}</td>
                <td class="pr-4">{formatCount(each.outputTokens)}</td>
                <td class="pr-4">{formatMoney(each.costUsd)}</td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}

/** What a program printed: its beginning and its end, the middle on demand. */
function Output(props: {
  text: string
  isError?: boolean
  head?: number
  tail?: number
  query: string
}): JSX.Element {
  const [isOpened, setWhole] = createSignal(false)
  const lines = createMemo(() => cutLongLines(props.text).trimEnd().split('\n').map(sanitize))
  const isHit = (): boolean =>
    props.query !== '' && props.text.toLowerCase().includes(props.query.toLowerCase())
  const isWhole = (): boolean => isOpened() || isHit()
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
      <figure
        aria-label="Output"
        tabIndex={isWhole() ? 0 : undefined}
        class="border-0 border-l-2 border-solid my-1 py-0.5 pl-2.5 mono-small t2 wrap-any max-h-[420px] overflow-auto"
        classList={{ 'border-fail': props.isError ?? false, 'border-line': !props.isError }}
      >
        <For each={parts()}>
          {(part) => (
            <Show
              when={part.kind === 'gap' && part}
              fallback={
                <div>
                  <Ansi text={part.kind === 'lines' ? part.lines.join('\n') : ''} />
                </div>
              }
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
      </figure>
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

export function Todos(props: { items: readonly TodoItem[] }): JSX.Element {
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
