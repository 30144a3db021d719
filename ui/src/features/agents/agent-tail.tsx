import { createMemo, For, type JSX, Show, untrack } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Ansi } from '../../components/ansi.tsx'
import { isLive } from '../../data/status.ts'
import { isSuperseded } from '../../lib/activity/filter.ts'
import { toHeadline } from '../../lib/activity/headline.ts'
import { isError, type Row } from '../../lib/activity/rows.ts'
import type { WindowLimits } from '../../lib/activity/window.ts'
import { sanitize } from '../../lib/ansi.ts'
import { firstLine } from '../../lib/text.ts'
import { renderRow } from '../../terminal/render.ts'
import { createAgentOutput } from './output.ts'

/** A glance at the end: little is read and little is kept. */
const limits: WindowLimits = {
  openBytes: 24 * 1024,
  pageBytes: 24 * 1024,
  maxChars: 200_000,
  maxRows: 120,
}
const tailColumns = 52

function createTail(agent: Agent): () => readonly Row[] {
  const { task_id: taskId, id: agentId, output_bytes: size } = agent
  return createAgentOutput({ taskId, agentId, size, limits }).rows
}

/** The last things an agent did, one line each. */
export function LastEvents(props: { agent: Agent; count: number }): JSX.Element {
  const rows = createTail(untrack(() => props.agent))
  const last = createMemo(() =>
    rows()
      .filter((row) => !isSuperseded(row) && row.kind !== 'start')
      .slice(-props.count),
  )
  return (
    <ul
      class="col gap-0.5"
      aria-label="Last events"
      style={{ 'min-height': `${props.count * 24 - 2}px` }}
    >
      <For each={last()}>
        {(row) => (
          <li
            class="clip text-small leading-[22px]!"
            classList={{ 'text-fail': isError(row), t2: !isError(row) }}
          >
            {toLine(row)}
          </li>
        )}
      </For>
      <Show when={last().length === 0}>
        <li class="t3 text-small leading-[22px]!">Nothing yet</li>
      </Show>
    </ul>
  )
}

function toLine(row: Row): string {
  if (row.kind === 'text' || row.kind === 'message') return firstLine(row.text)
  if (row.kind === 'edit') return `${row.isNew ? 'Write' : 'Edit'} ${row.path}`
  const headline = toHeadline(row)
  if (!headline) return ''
  return headline.look === 'line' ? `${headline.name} ${headline.about}` : headline.text
}

/** The end of what its terminal would show, as text. */
export function TextTail(props: { agent: Agent; lines: number }): JSX.Element {
  const rows = createTail(untrack(() => props.agent))
  const last = createMemo(() => {
    const lines: string[] = []
    for (const row of rows().toReversed()) {
      if (lines.length >= props.lines) break
      lines.unshift(...renderRow(row, tailColumns).filter((line) => line !== ''))
    }
    return lines.slice(-props.lines).map(sanitize)
  })
  return (
    <pre
      class="bg-term px-3 py-2 font-mono text-[11px] leading-[16px] overflow-hidden"
      style={{ height: `${props.lines * 16 + 16}px` }}
    >
      <For each={last()}>
        {(line) => (
          <div class="overflow-hidden whitespace-pre min-h-4">
            <Ansi text={line} />
          </div>
        )}
      </For>
      <Show when={last().length === 0}>
        <span class="t3">
          {isLive(props.agent) ? 'Nothing printed yet' : 'Nothing was printed'}
        </span>
      </Show>
    </pre>
  )
}
