import { createEffect, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import type { FileChange } from '#contract/file.ts'
import { Button } from '../../components/button.tsx'
import type { TokensOf } from '../../components/code-text.tsx'
import { Icon } from '../../components/icon.tsx'
import { PartError } from '../../components/part.tsx'
import { LineCount, Path } from '../../components/path.tsx'
import { toApiError } from '../../data/api.ts'
import { loadDiff, type Scope, scopeName } from '../../data/work.ts'
import type { DiffLine, FileDiff } from '../../lib/diff.ts'
import { type Stretch, sideOf } from '../../lib/diff-rows.ts'
import { describeModes, foldReason } from '../../lib/fold-reason.ts'
import type { LinePlace } from '../../lib/review.ts'
import type { Token } from '../../lib/segments.ts'
import { colourLines } from '../../lib/syntax.ts'
import { DiffBody } from './diff-body.tsx'
import { useReview } from './review.ts'

export type DiffLook = 'unified' | 'split'

/** What the reader did to one file; kept while the pane is open, also when the file is scrolled out of the page. */
export type FileState = { isOpen?: boolean; revealed?: readonly Stretch[]; rows?: number }

const statusWords: Record<string, string> = { A: 'new', D: 'deleted', R: 'moved', T: 'other type' }

/** One changed file: its head, and below it the diff when it is open. */
export function ChangedFile(props: {
  taskId: string
  scope: Scope
  file: FileChange
  look: DiffLook
  isOpen: boolean
  isViewed: boolean
  state: FileState
  target?: LinePlace | undefined
  onState: (change: FileState) => void
  onViewed: (isViewed: boolean) => void
  onLine: (place: LinePlace) => void
  /** Told that a diff is on its way; what it answers is called when it is there, or will not come. */
  onWait: () => () => void
}): JSX.Element {
  const review = useReview()
  const reason = (): string | undefined => foldReason(props.file)
  const id = (): string => `changed-${props.file.path}`
  return (
    <section aria-label={props.file.path} class="rule">
      <div
        class="sticky top-0 z-sticky flex items-center pr-3 bg-bg0 min-w-0"
        classList={{ rule: props.isOpen }}
      >
        <button
          type="button"
          data-file-head
          aria-expanded={props.isOpen}
          aria-controls={props.isOpen ? id() : undefined}
          onClick={() => props.onState({ isOpen: !props.isOpen })}
          class="flex-1 flex items-center gap-2 h-11 md:h-row px-3 text-start min-w-0 hover:bg-bg2"
        >
          <Icon name={props.isOpen ? 'down' : 'right'} />
          <Path path={props.file.path} class={props.isViewed ? 't3' : ''} />
          <FileFacts file={props.file} />
          <Show when={!props.isOpen && !props.isViewed && reason()}>
            {(why) => <span class="t3 text-small whitespace-nowrap">{why()}, folded</span>}
          </Show>
        </button>
        <Show when={review?.hasDiscards() && review}>
          {(known) => (
            <Button
              small
              look="quiet"
              icon="undo"
              label={`Discard all changes of ${props.file.path}`}
              title={known().held.discards()}
              disabled={known().held.discards() !== undefined}
              busy={known().act.busy()}
              onClick={() => void known().discardFile(props.file.path)}
            >
              <span class="desk">Discard</span>
            </Button>
          )}
        </Show>
        <label class="flex items-center justify-end gap-1.5 h-11 md:h-7 min-w-11 pl-2 text-small t2 cursor-pointer whitespace-nowrap">
          <input
            type="checkbox"
            checked={props.isViewed}
            onChange={(event) => props.onViewed(event.currentTarget.checked)}
            aria-label={`Viewed ${props.file.path}`}
          />
          <span class="desk">Viewed</span>
        </label>
      </div>
      <Show when={props.isOpen}>
        <div id={id()}>
          <LoadedDiff {...props} />
        </div>
      </Show>
    </section>
  )
}

function FileFacts(props: { file: FileChange }): JSX.Element {
  return (
    <>
      <Show when={props.file.added + props.file.deleted > 0}>
        <LineCount added={props.file.added} deleted={props.file.deleted} />
      </Show>
      <Show when={statusWords[props.file.status]}>
        {(word) => <span class="t3 text-small whitespace-nowrap">{word()}</span>}
      </Show>
      <Show when={props.file.modes}>
        {(modes) => <span class="t3 text-small clip desk">{describeModes(modes())}</span>}
      </Show>
    </>
  )
}

type DiffProps = {
  taskId: string
  scope: Scope
  file: FileChange
  look: DiffLook
  state: FileState
  target?: LinePlace | undefined
  onState: (change: FileState) => void
  onLine: (place: LinePlace) => void
  onWait: () => () => void
}

function LoadedDiff(props: DiffProps): JSX.Element {
  const { diff, error, tokens, load } = createDiff(props)
  return (
    <>
      <Show when={error()}>{(message) => <PartError message={message()} onRetry={load} />}</Show>
      <Show when={diff()} fallback={<Show when={!error()}>{<Waiting file={props.file} />}</Show>}>
        {(known) => (
          <Show
            when={known().lines.length > 0}
            fallback={<p class="px-4 py-2.5 t2 bg-bg1">{withoutLines(props.file)}</p>}
          >
            <Show when={props.file.from}>
              {(from) => (
                <p class="px-4 py-1.5 t3 text-small bg-bg1">
                  Moved from <span class="font-mono">{from()}</span>
                </p>
              )}
            </Show>
            <DiffBody {...props} diff={known()} tokens={tokens} />
          </Show>
        )}
      </Show>
    </>
  )
}

/** The diff of a file, anew when its content changes; the last one stays until the new one is there. */
function createDiff(props: Pick<DiffProps, 'taskId' | 'scope' | 'file' | 'onWait'>) {
  const [diff, setDiff] = createSignal<FileDiff>()
  const [error, setError] = createSignal('')
  const [colours, setColours] = createSignal<ReadonlyMap<DiffLine, Token[]>>(new Map())
  let turn = 0
  const settle = props.onWait()
  onCleanup(() => {
    turn++
    settle()
  })
  const load = (): void => {
    const mine = ++turn
    setError('')
    loadDiff(props.taskId, props.scope, props.file).then(
      async (found) => {
        if (mine !== turn) return
        const empty: FileDiff = { ...noDiff, path: props.file.path }
        setDiff(found ?? empty)
        settle()
        const coloured = await colourDiff(found ?? empty)
        if (mine === turn) setColours(coloured)
      },
      (cause: unknown) => {
        if (mine !== turn) return
        setError(toApiError(cause).message)
        settle()
      },
    )
  }
  createEffect(
    on(
      () => [props.taskId, scopeName(props.scope), props.file.path, props.file.oid].join('\n'),
      load,
    ),
  )
  const tokens: TokensOf = (line) => colours().get(line)
  return { diff, error, tokens, load }
}

const noDiff: Omit<FileDiff, 'path'> = {
  status: 'modified',
  binary: false,
  isCut: false,
  added: 0,
  deleted: 0,
  lines: [],
}

async function colourDiff({ path, from, lines }: FileDiff): Promise<Map<DiffLine, Token[]>> {
  const colours = new Map<DiffLine, Token[]>()
  for (const side of ['old', 'new'] as const) {
    const { text, lines: taken } = sideOf(lines, side)
    const tokens = await colourLines((side === 'old' && from) || path, text)
    for (const [index, line] of taken.entries()) {
      const own = tokens?.[index]
      if (own) colours.set(line, own)
    }
  }
  return colours
}

function withoutLines(file: FileChange): string {
  if (file.binary)
    return 'A binary file: there are no lines to compare. Files has it to look at or download.'
  if (file.status === 'R') return `Moved from ${file.from ?? 'elsewhere'} with the same content.`
  if (file.modes) return `The content is the same; it is ${describeModes(file.modes)}.`
  return file.status === 'D' ? 'It was empty.' : 'It is empty.'
}

/** As high as the diff will be, more or less. */
function Waiting(props: { file: FileChange }): JSX.Element {
  const context = (): number => (props.file.status === 'A' || props.file.status === 'D' ? 0 : 6)
  const rows = (): number =>
    Math.min(400, Math.max(1, props.file.added + props.file.deleted + context()))
  return (
    <div
      role="status"
      aria-busy="true"
      aria-label={`Loading ${props.file.path}`}
      class="bg-bg1"
      style={{ height: `${rows() * 20}px` }}
    />
  )
}
