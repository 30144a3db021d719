import { createEffect, createMemo, For, type JSX, Match, on, Show, Switch } from 'solid-js'
import { Button } from '../../components/button.tsx'
import type { TokensOf } from '../../components/code-text.tsx'
import { SplitLine, UnifiedLine } from '../../components/diff-lines.tsx'
import type { DiffLine, FileDiff } from '../../lib/diff.ts'
import {
  expand,
  expandStep,
  foldContext,
  type SplitRow,
  type Stretch,
  toSplit,
} from '../../lib/diff-rows.ts'
import { describeHunk, type Hunk, hunksOf } from '../../lib/hunks.ts'
import type { LinePlace } from '../../lib/review.ts'
import { plural } from '../../lib/text.ts'
import type { DiffLook, FileState } from './changed-file.tsx'
import { type Review, useReview } from './review.ts'
import { Talk } from './talk.tsx'

/** Rows in one piece that the browser draws only when it comes in sight. */
const chunkRows = 200
const firstRows = 3000

/** The lines of one file's diff, folded where nothing changed. */
export function DiffBody(props: {
  diff: FileDiff
  look: DiffLook
  tokens: TokensOf
  state: FileState
  target?: LinePlace | undefined
  onState: (change: FileState) => void
  onLine: (place: LinePlace) => void
}): JSX.Element {
  const rows = createMemo(() => {
    const shown = withTarget(props.diff.lines, props.state.revealed ?? [], props.target)
    const folded = foldContext(props.diff.lines, shown)
    return props.look === 'split' ? toSplit(folded) : folded.map(toUnified)
  })
  const review = useReview()
  const hunks = createMemo(
    () => new Map(hunksOf(props.diff.lines).map((hunk) => [props.diff.lines[hunk.first], hunk])),
  )
  const aside: Aside = {
    review,
    path: () => props.diff.path,
    hunkAt: (line) => hunks().get(line),
  }
  const limit = (): number => props.state.rows ?? firstRows
  const chunks = createMemo(() => inChunks(rows().slice(0, limit())))
  const reveal = (stretch: Stretch): void =>
    props.onState({ revealed: [...(props.state.revealed ?? []), stretch] })
  let body: HTMLDivElement | undefined
  createEffect(
    on(
      () => props.target,
      (target) => {
        if (target) afterFrames(3, () => showTarget(body))
      },
    ),
  )
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a press on a line number is a short way to a link; the address takes it too
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      ref={body}
      class="diff-rows bg-bg1"
      onClick={(event) => {
        const place = pressedLine(event.target)
        if (!place) return
        if (event.shiftKey && review?.extend(props.diff.path, place)) return
        props.onLine(place)
      }}
    >
      <For each={chunks()}>
        {(chunk) => (
          <div
            class="diff-chunk"
            style={{ 'contain-intrinsic-size': `auto ${chunk.length * 20}px` }}
          >
            <For each={chunk}>
              {(row) => (
                <Row
                  row={row}
                  aside={aside}
                  tokens={props.tokens}
                  target={props.target}
                  onExpand={reveal}
                />
              )}
            </For>
          </div>
        )}
      </For>
      <Show when={rows().length > limit()}>
        <div class="p-2">
          <Button onClick={() => props.onState({ rows: limit() + firstRows })}>
            Show {Math.min(firstRows, rows().length - limit())} more of{' '}
            {plural(rows().length - limit(), 'line')}
          </Button>
        </div>
      </Show>
      <Show when={props.diff.isCut}>
        <p class="px-4 py-2 t2">
          Only the first 2 MB of this diff are shown. Files has the whole file.
        </p>
      </Show>
    </div>
  )
}

type Row = SplitRow | { kind: 'line'; line: DiffLine }
const toUnified = (row: ReturnType<typeof foldContext>[number]): Row => row

/** What stands between the lines. */
type Aside = {
  review: Review | undefined
  path: () => string
  /** The piece that begins at this line. */
  hunkAt: (line: DiffLine) => Hunk | undefined
}

const linesOf = (row: Row): DiffLine[] => {
  if (row.kind === 'gap') return []
  if (row.kind !== 'pair') return [row.line]
  const both = row.left === row.right ? [row.left] : [row.left, row.right]
  return both.filter((line) => line !== undefined)
}

/** Where a line can be spoken to: an unchanged one as it is now. */
function placesOf(line: DiffLine): LinePlace[] {
  const places: LinePlace[] = []
  if ('new' in line) places.push({ side: 'new', line: line.new })
  if ('old' in line) places.push({ side: 'old', line: line.old })
  return places
}

function Row(props: {
  row: Row
  aside: Aside
  tokens: TokensOf
  target: LinePlace | undefined
  onExpand: (stretch: Stretch) => void
}): JSX.Element {
  const { review } = props.aside
  if (!review) return <Lines {...props} />
  const lines = linesOf(props.row)
  const hunk = (): Hunk | undefined => {
    const line = lines.find((each) => props.aside.hunkAt(each))
    return line && props.aside.hunkAt(line)
  }
  return (
    <>
      <Show when={review.hasDiscards() && hunk()}>
        {(known) => <HunkHead review={review} path={props.aside.path()} hunk={known()} />}
      </Show>
      <Lines {...props} />
      <Show when={review.canComment()}>
        <For each={lines.flatMap(placesOf)}>
          {(place) => (
            <Talk
              review={review}
              path={props.aside.path()}
              place={place}
              isTarget={place.side === props.target?.side && place.line === props.target.line}
            />
          )}
        </For>
      </Show>
    </>
  )
}

function HunkHead(props: { review: Review; path: string; hunk: Hunk }): JSX.Element {
  return (
    <div class="diff-piece text-small">
      <span class="flex-1">{describeHunk(props.hunk)}</span>
      <Button
        small
        look="quiet"
        label={`Discard the changes in ${describeHunk(props.hunk).toLowerCase()} of ${props.path}`}
        title={props.review.held.discards()}
        disabled={props.review.held.discards() !== undefined}
        busy={props.review.act.busy()}
        onClick={() => void props.review.discardHunk(props.path, props.hunk.range)}
      >
        Discard
      </Button>
    </div>
  )
}

function Lines(props: {
  row: Row
  tokens: TokensOf
  target: LinePlace | undefined
  onExpand: (stretch: Stretch) => void
}): JSX.Element {
  const isTarget = (line: DiffLine | undefined): boolean =>
    line !== undefined && isAt(line, props.target)
  return (
    <Switch>
      <Match when={props.row.kind === 'line' && props.row}>
        {(row) => (
          <UnifiedLine line={row().line} tokens={props.tokens} isTarget={isTarget(row().line)} />
        )}
      </Match>
      <Match when={props.row.kind === 'whole' && props.row}>
        {(row) => <UnifiedLine line={row().line} tokens={props.tokens} />}
      </Match>
      <Match when={props.row.kind === 'pair' && props.row}>
        {(row) => (
          <SplitLine
            left={row().left}
            right={row().right}
            tokens={props.tokens}
            target={
              isTarget(props.target?.side === 'old' ? row().left : row().right)
                ? props.target?.side
                : undefined
            }
          />
        )}
      </Match>
      <Match when={props.row.kind === 'gap' && props.row}>
        {(row) => <Gap gap={row()} onExpand={props.onExpand} />}
      </Match>
    </Switch>
  )
}

/** What is folded, and ways to see more of it. */
function Gap(props: {
  gap: Extract<SplitRow, { kind: 'gap' }>
  onExpand: (stretch: Stretch) => void
}): JSX.Element {
  const count = (): number => props.gap.to - props.gap.from
  const isShort = (): boolean => count() <= expandStep
  const where = { start: 'above', end: 'below' }
  return (
    <div class="diff-gap text-small">
      <span class="pr-2">
        {plural(count(), 'unchanged line')} {props.gap.edge ? where[props.gap.edge] : ''}
      </span>
      <Show when={!isShort() && props.gap.edge !== 'start'}>
        <More
          label={`Next ${expandStep}`}
          onPress={() => props.onExpand(expand(props.gap, 'down'))}
        />
      </Show>
      <Show when={!isShort() && props.gap.edge !== 'end'}>
        <More
          label={`Last ${expandStep}`}
          onPress={() => props.onExpand(expand(props.gap, 'up'))}
        />
      </Show>
      <More
        label={isShort() ? 'Show' : 'Show all'}
        onPress={() => props.onExpand(expand(props.gap, 'all'))}
      />
    </div>
  )
}

function More(props: { label: string; onPress: () => void }): JSX.Element {
  return (
    <button
      type="button"
      class="h-11 md:h-6 px-2 rounded-chip font-500 t2 hover:bg-bg3"
      onClick={() => props.onPress()}
    >
      {props.label}
    </button>
  )
}

const isAt = (line: DiffLine, target: LinePlace | undefined): boolean =>
  target !== undefined && target.side in line && Reflect.get(line, target.side) === target.line

/** A line that an address points to is never folded away. */
function withTarget(
  lines: readonly DiffLine[],
  revealed: readonly Stretch[],
  target: LinePlace | undefined,
): readonly Stretch[] {
  const at = target ? lines.findIndex((line) => isAt(line, target)) : -1
  return at < 0 ? revealed : [...revealed, { from: Math.max(0, at - 3), to: at + 4 }]
}

/** The list around it needs a few to learn how high everything is. */
function afterFrames(count: number, work: () => void): void {
  if (count === 0) work()
  else requestAnimationFrame(() => afterFrames(count - 1, work))
}

function showTarget(body: HTMLElement | undefined): void {
  body?.querySelector('.diff-target')?.scrollIntoView({ block: 'center' })
}

function pressedLine(target: EventTarget | null): LinePlace | undefined {
  const number = target instanceof Element ? target.closest<HTMLElement>('.diff-number') : null
  const line = Number(number?.textContent?.trim())
  if (!number || !line) return undefined
  return { side: number.dataset.side === 'old' ? 'old' : 'new', line }
}

function inChunks<T>(rows: readonly T[]): T[][] {
  const chunks: T[][] = []
  for (let at = 0; at < rows.length; at += chunkRows) chunks.push(rows.slice(at, at + chunkRows))
  return chunks
}
