import { For, type JSX, Show } from 'solid-js'
import type { DiffLine } from '../lib/diff.ts'
import { maxLineLength, type Segment, type Token, toSegments } from '../lib/segments.ts'

/** Reactive: the colours of a line, once they are known. */
export type TokensOf = (line: DiffLine) => readonly Token[] | undefined

/** Text of one line with its colours and the words that changed. Text nodes only. */
export function CodeText(props: { line: DiffLine; tokens?: TokensOf | undefined }): JSX.Element {
  const marks = () => ('marks' in props.line ? props.line.marks : undefined)
  const segments = (): Segment[] => toSegments(props.line.text, props.tokens?.(props.line), marks())
  return (
    <>
      <Show when={props.tokens?.(props.line) ?? marks()} fallback={segments()[0]?.text ?? ''}>
        <For each={segments()}>
          {(segment) => (
            <Show
              when={segment.marked}
              fallback={
                <Show when={segment.kind} fallback={segment.text}>
                  <span class={segment.kind}>{segment.text}</span>
                </Show>
              }
            >
              <mark>{segment.text}</mark>
            </Show>
          )}
        </For>
      </Show>
      <Show when={props.line.text.length > maxLineLength}>
        <span class="t3"> … {props.line.text.length - maxLineLength} characters more</span>
      </Show>
    </>
  )
}
