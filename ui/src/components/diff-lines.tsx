import { For, type JSX, Show } from 'solid-js'
import type { DiffLine } from '../lib/diff.ts'

const classes: Record<DiffLine['kind'], string> = {
  hunk: 'diff-hunk',
  same: '',
  add: 'diff-add',
  del: 'diff-del',
  note: 'diff-hunk',
}
const signs: Record<DiffLine['kind'], string> = { hunk: '', same: '', add: '+', del: '−', note: '' }

/** Lines of a unified diff; more than `limit` are shown on demand. */
export function DiffLines(props: {
  lines: readonly DiffLine[]
  limit?: number
  onMore?: () => void
}): JSX.Element {
  const shown = (): readonly DiffLine[] => props.lines.slice(0, props.limit ?? 2000)
  return (
    <div class="bg-bg1">
      <For each={shown()}>{(line) => <Line line={line} />}</For>
      <Show when={shown().length < props.lines.length}>
        <button
          type="button"
          class="diff-line diff-hunk w-full text-start"
          onClick={() => props.onMore?.()}
        >
          <span class="diff-old" />
          <span />
          <span />
          <span>{props.lines.length - shown().length} lines more</span>
        </button>
      </Show>
    </div>
  )
}

function Line(props: { line: DiffLine }): JSX.Element {
  const number = (side: 'old' | 'new'): string =>
    side in props.line ? String((props.line as Record<string, unknown>)[side]) : ''
  return (
    <div class={`diff-line ${classes[props.line.kind]}`}>
      <span class="diff-number diff-old">{number('old')}</span>
      <span class="diff-number">{number('new')}</span>
      <span class="diff-sign">{signs[props.line.kind]}</span>
      <span>
        <Marked line={props.line} />
      </span>
    </div>
  )
}

function Marked(props: { line: DiffLine }): JSX.Element {
  const mark = (): [number, number] | undefined =>
    'mark' in props.line && props.line.mark && props.line.mark[1] > props.line.mark[0]
      ? props.line.mark
      : undefined
  return (
    <Show when={mark()} fallback={props.line.text}>
      {(range) => (
        <>
          {props.line.text.slice(0, range()[0])}
          <mark>{props.line.text.slice(range()[0], range()[1])}</mark>
          {props.line.text.slice(range()[1])}
        </>
      )}
    </Show>
  )
}
