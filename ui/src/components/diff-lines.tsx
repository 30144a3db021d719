import { For, type JSX, Show } from 'solid-js'
import type { DiffLine } from '../lib/diff.ts'
import { CodeText, type TokensOf } from './code-text.tsx'

const classes: Record<DiffLine['kind'], string> = {
  hunk: 'diff-hunk',
  same: '',
  add: 'diff-add',
  del: 'diff-del',
  note: 'diff-hunk',
}
const signs: Record<DiffLine['kind'], string> = { hunk: '', same: '', add: '+', del: '−', note: '' }

export const numberOf = (line: DiffLine, side: 'old' | 'new'): string => {
  if (side === 'old') return line.kind === 'same' || line.kind === 'del' ? String(line.old) : ''
  return line.kind === 'same' || line.kind === 'add' ? String(line.new) : ''
}

/** Lines of a unified diff; more than `limit` are shown on demand. */
export function DiffLines(props: {
  lines: readonly DiffLine[]
  limit?: number
  onMore?: () => void
}): JSX.Element {
  const shown = (): readonly DiffLine[] => props.lines.slice(0, props.limit ?? 2000)
  return (
    <div class="bg-bg1">
      <For each={shown()}>{(line) => <UnifiedLine line={line} />}</For>
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

export function UnifiedLine(props: {
  line: DiffLine
  tokens?: TokensOf | undefined
  isTarget?: boolean
}): JSX.Element {
  return (
    <div
      class={`diff-line ${classes[props.line.kind]}`}
      classList={{ 'diff-target': props.isTarget ?? false }}
    >
      <span class="diff-number diff-old" data-side="old">
        {numberOf(props.line, 'old')}
      </span>
      <span class="diff-number" data-side="new">
        {numberOf(props.line, 'new')}
      </span>
      <span class="diff-sign">{signs[props.line.kind]}</span>
      <span>
        <CodeText line={props.line} tokens={props.tokens} />
      </span>
    </div>
  )
}

/** The same change with the old side left and the new one right; either may be absent. */
export function SplitLine(props: {
  left?: DiffLine | undefined
  right?: DiffLine | undefined
  tokens?: TokensOf | undefined
  target?: 'old' | 'new' | undefined
}): JSX.Element {
  return (
    <div class="diff-split">
      <Side line={props.left} side="old" tokens={props.tokens} isTarget={props.target === 'old'} />
      <Side line={props.right} side="new" tokens={props.tokens} isTarget={props.target === 'new'} />
    </div>
  )
}

function Side(props: {
  line: DiffLine | undefined
  side: 'old' | 'new'
  tokens: TokensOf | undefined
  isTarget: boolean
}): JSX.Element {
  return (
    <Show when={props.line} fallback={<div class="diff-side diff-none" />}>
      {(line) => (
        <div
          class={`diff-side ${classes[line().kind]}`}
          classList={{ 'diff-target': props.isTarget }}
        >
          <span class="diff-number" data-side={props.side}>
            {numberOf(line(), props.side)}
          </span>
          <span class="diff-sign">{signs[line().kind]}</span>
          <span>
            <CodeText line={line()} tokens={props.tokens} />
          </span>
        </div>
      )}
    </Show>
  )
}
