import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js'
import { Button, LinkButton } from '../../components/button.tsx'
import { type VirtualHandle, VirtualList } from '../../components/virtual-list.tsx'
import { api } from '../../data/api.ts'
import { isPhone } from '../../data/screen.ts'
import { parseObject } from '../../lib/json.ts'
import { type JsonToken, toJsonTokens } from '../../lib/json-tokens.ts'
import type { Line } from '../../lib/lines.ts'
import { formatBytes } from '../../lib/text.ts'
import type { AgentOutput } from './output.ts'
import type { StreamHandle } from './stream-handle.ts'

const shortChars = 300
const longChars = 20_000

/** The stream as it is: one line of JSON each, with its byte offset. */
export function RawView(props: {
  output: AgentOutput
  taskId: string
  agentId: string
  at: number | undefined
  ref: (handle: StreamHandle) => void
}): JSX.Element {
  const [filter, setFilter] = createSignal('')
  const [open, setOpen] = createSignal<ReadonlySet<string>>(new Set<string>())
  const [isFollowing, setFollowingSignal] = createSignal(props.at === undefined)
  let handle: VirtualHandle | undefined
  const setFollowing = (on: boolean): void => {
    setFollowingSignal(on)
    props.output.window.setFollowing(on)
  }
  const byId = createMemo(
    () => new Map(props.output.lines().map((line) => [String(line.offset), line])),
  )
  const ids = createMemo(() => {
    const wanted = filter().toLowerCase()
    const found = props.output
      .lines()
      .filter(({ text }) => wanted === '' || text.toLowerCase().includes(wanted))
    return found.map(({ offset }) => String(offset))
  })
  const goToOffset = (offset: number): boolean => {
    if (!props.output.window.holds(offset)) return false
    const line = props.output.lines().findLast((each) => each.offset <= offset)
    if (!line) return false
    setFilter('')
    setFollowing(false)
    setOpen(new Set(open()).add(String(line.offset)))
    handle?.reveal(String(line.offset), 'center')
    return true
  }
  props.ref({ goToOffset })
  createEffect(
    on([() => props.output.isOpening(), () => props.output.opened()], ([isOpening]) => {
      if (!isOpening && props.at !== undefined) queueMicrotask(() => goToOffset(props.at ?? 0))
    }),
  )
  const toggle = (id: string): void => {
    setFollowing(false)
    const next = new Set(open())
    if (!next.delete(id)) next.add(id)
    setOpen(next)
  }
  const range = props.output.range
  return (
    <div class="flex-1 min-h-0 col bg-bg1 relative">
      <div class="flex gap-2 px-3 md:px-4 py-1.5 rule items-center flex-none">
        <input
          type="search"
          class="input md:max-w-[320px]"
          placeholder="Filter loaded lines"
          aria-label="Filter loaded lines"
          value={filter()}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        <span class="t3 text-small flex-1 whitespace-nowrap lt-md:hidden!" role="status">
          {ids().length} of {byId().size} loaded lines, {formatBytes(range().to - range().from)} of{' '}
          {formatBytes(range().size)}
        </span>
        <Button
          look="quiet"
          icon="copy"
          label="Copy the lines that are shown"
          onClick={() =>
            void navigator.clipboard?.writeText(
              ids()
                .map((id) => byId().get(id)?.text ?? '')
                .join('\n'),
            )
          }
        />
        <LinkButton
          href={api.outputUrl(props.taskId, props.agentId)}
          icon="download"
          label="Download everything"
          download
        />
      </div>
      <VirtualList
        class="flex-1 min-h-0 py-1"
        label="Raw output"
        ids={ids()}
        estimate={isPhone() ? 44 : 24}
        isFollowing={isFollowing()}
        onFollow={setFollowing}
        onNearStart={() => !isFollowing() && filter() === '' && void props.output.window.older()}
        onNearEnd={() => void props.output.window.newer()}
        ref={(known) => {
          handle = known
        }}
      >
        {(id) => (
          <Show when={byId().get(id)}>
            {(line) => (
              <RawLine line={line()} isOpen={open().has(id)} onToggle={() => toggle(id)} />
            )}
          </Show>
        )}
      </VirtualList>
      <Show when={!isFollowing()}>
        <button
          type="button"
          class="button absolute right-4 bottom-3 z-sticky shadow-float"
          onClick={() => {
            setFollowing(true)
            void props.output.window.toEnd()
          }}
        >
          To the end ↓
        </button>
      </Show>
    </div>
  )
}

const colours: Record<JsonToken['kind'], string> = {
  key: 'text-[var(--syn-fn)]',
  string: 'text-[var(--syn-str)]',
  number: 'text-[var(--syn-kw)]',
  word: 'text-[var(--syn-kw)]',
  plain: '',
}

function RawLine(props: { line: Line; isOpen: boolean; onToggle: () => void }): JSX.Element {
  const parsed = createMemo(() => (props.isOpen ? parseObject(props.line.text) : undefined))
  const text = (): string => {
    const known = parsed()
    const whole = known ? JSON.stringify(known, null, 2) : props.line.text
    const most = props.isOpen ? longChars : shortChars
    return whole.length > most
      ? `${whole.slice(0, most)}… ${formatBytes(whole.length - most)} more`
      : whole
  }
  return (
    <div class="flex items-start hover:bg-bg2">
      <button
        type="button"
        aria-expanded={props.isOpen}
        aria-label={`Line at byte ${props.line.offset}`}
        class="t3 w-24 pr-3 text-end flex-none font-mono mono-small py-[13px] md:py-[3px] hover:underline"
        onClick={() => props.onToggle()}
      >
        {props.line.offset}
      </button>
      <code
        class="min-w-0 flex-1 mono-small py-[13px] md:py-[3px] pr-3"
        classList={{ 'wrap-any': props.isOpen, clip: !props.isOpen }}
      >
        <For each={toJsonTokens(text())}>
          {(token) => <span class={colours[token.kind]}>{token.text}</span>}
        </For>
      </code>
    </div>
  )
}
