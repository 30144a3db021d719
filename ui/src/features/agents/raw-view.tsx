import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import { Button, LinkButton } from '../../components/button.tsx'
import { api } from '../../data/api.ts'
import { parseObject } from '../../lib/json.ts'
import type { Line } from '../../lib/lines.ts'

const pageLines = 300
const maxShown = 20_000

/** The stream as it is: one line of JSON each, with its byte offset. */
export function RawView(props: {
  lines: readonly Line[]
  taskId: string
  agentId: string
}): JSX.Element {
  const [filter, setFilter] = createSignal('')
  const [limit, setLimit] = createSignal(pageLines)
  const found = createMemo(() => {
    const wanted = filter().toLowerCase()
    return wanted === ''
      ? props.lines
      : props.lines.filter(({ text }) => text.toLowerCase().includes(wanted))
  })
  return (
    <div class="flex-1 min-h-0 col bg-bg1">
      <div class="flex gap-2 px-4 py-2 rule items-center flex-none">
        <input
          type="search"
          class="input md:max-w-[320px]"
          placeholder="Filter lines"
          aria-label="Filter lines"
          value={filter()}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        <span class="t3 text-small flex-1 whitespace-nowrap lt-md:hidden!" role="status">
          {found().length} of {props.lines.length} lines
        </span>
        <LinkButton
          href={api.outputUrl(props.taskId, props.agentId)}
          icon="download"
          label="Download"
          download
        />
      </div>
      <div class="flex-1 min-h-0 overflow-auto py-2">
        <Show when={found().length > limit()}>
          <div class="px-4 pb-2">
            <Button look="quiet" onClick={() => setLimit(limit() + pageLines * 3)}>
              Show {Math.min(pageLines * 3, found().length - limit())} earlier lines
            </Button>
          </div>
        </Show>
        <For each={found().slice(-limit())}>{(line) => <RawLine line={line} />}</For>
      </div>
    </div>
  )
}

function RawLine(props: { line: Line }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  const parsed = createMemo(() => parseObject(props.line.text))
  const name = (): string => {
    const line = parsed()
    return line
      ? [line.type, line.subtype].filter((each) => typeof each === 'string').join(' ')
      : 'not JSON'
  }
  const text = (): string => {
    const line = parsed()
    const whole = isOpen() && line ? JSON.stringify(line, null, 2) : props.line.text
    return whole.length > maxShown ? `${whole.slice(0, maxShown)}…` : whole
  }
  return (
    <button
      type="button"
      aria-expanded={isOpen()}
      onClick={() => setOpen(!isOpen())}
      class="lazy-row w-full text-start flex gap-2 px-4 py-[13px] md:py-[3px] font-mono mono-small hover:bg-bg2"
    >
      <span class="t3 w-16 text-end flex-none select-none">{props.line.offset}</span>
      <span class="t2 w-44 clip flex-none lt-md:hidden!">{name()}</span>
      <span class={isOpen() ? 'wrap-any min-w-0' : 'clip'}>{text()}</span>
    </button>
  )
}
