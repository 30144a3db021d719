import { useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, type JSX, Show } from 'solid-js'
import type { FileChange } from '#contract/file.ts'
import { Button } from '../../components/button.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { LineCount } from '../../components/path.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { useActions } from '../../data/actions.ts'
import type { ApiError } from '../../data/api.ts'
import { kept, keptChangesKey } from '../../data/kept.ts'
import { isPhone } from '../../data/screen.ts'
import { createViewed } from '../../data/viewed.ts'
import { parseScope, type Scope, scopeName, work, workKey } from '../../data/work.ts'
import type { LinePlace } from '../../lib/review.ts'
import { load, save } from '../../lib/storage.ts'
import { plural } from '../../lib/text.ts'
import type { DiffLook } from './changed-file.tsx'
import { ChangesView } from './changes-view.tsx'
import { LiveLine } from './live-line.tsx'
import { createReview, ReviewProvider } from './review.ts'
import { ReviewBar } from './review-bar.tsx'
import { ReviewList } from './review-list.tsx'
import { ScopePicker } from './scope-picker.tsx'

/**
 * What was changed, file by file. With `scope` it is about that part alone, without it the reader chooses. Place and
 * choice are in the address: `?scope=agent:<id>&file=<path>&line=27` (`-27` for a line of the old side).
 * `look="pane"` leaves out the tree of files, for a place beside something else.
 */
export function ChangesPane(props: {
  taskId: string
  scope?: Scope
  /** In the head, beside the title: what else can be chosen here. */
  choice?: JSX.Element
  look?: 'page' | 'pane'
  /** Instead of the usual words where there is nothing. */
  empty?: string
  /** Above the changes: what may be missing from them. */
  note?: string
}): JSX.Element {
  const [query, setQuery] = useSearchParams<{ scope?: string; file?: string; line?: string }>()
  const scope = createMemo(() => props.scope ?? parseScope(query.scope))
  const key = (): string => workKey(props.taskId, scope())
  const entry = (): { state: string; value?: readonly FileChange[]; error?: ApiError } => {
    const known = scope()
    if (known.kind !== 'live' && known.kind !== 'kept') return work.changes.get(key())
    const { value, ...rest } =
      known.kind === 'live'
        ? work.live.get(key())
        : kept.changes.get(keptChangesKey(props.taskId, known))
    return { ...rest, ...(value && { value: value.files }) }
  }
  const refresh = (): Promise<void> => {
    const known = scope()
    if (known.kind === 'kept') return kept.changes.refresh(keptChangesKey(props.taskId, known))
    return known.kind === 'live' ? work.live.refresh(key()) : work.changes.refresh(key())
  }
  const review = createReview(() => props.taskId, scope)
  const [isListed, setListed] = createSignal(false)
  useActions(() =>
    review.canComment()
      ? [
          {
            id: 'changes.comments',
            label: 'Comments and what was discarded',
            group: 'Changes',
            run: () => setListed(!isListed()),
          },
        ]
      : [],
  )
  const said = (): number => review.comments().length + review.discards().length
  const viewed = createMemo(() => createViewed(key()))
  const [look, setLook] = createSignal<DiffLook>(
    load('diff-look') === 'split' ? 'split' : 'unified',
  )
  const files = createMemo((): readonly FileChange[] => entry().value ?? [])
  const sum = (of: 'added' | 'deleted'): number =>
    files().reduce((total, file) => total + file[of], 0)
  const goTo = (file: string | undefined, place?: LinePlace): void =>
    setQuery({ file: file ?? null, line: place ? toLine(place) : null }, { scroll: false })
  return (
    <div class="flex-1 min-h-0 min-w-0 flex flex-col">
      <div
        class="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5 min-h-11 rule flex-none [&:not(:has(>:not(.sr-only)))]:hidden"
        classList={{ 'lt-md:hidden!': query.file !== undefined && props.look !== 'pane' }}
      >
        <h2
          class="h-part lt-md:sr-only"
          classList={{ 'sr-only': scope().kind === 'kept' || props.look === 'pane' }}
        >
          Changes
        </h2>
        {props.choice}
        <Show when={!props.scope}>
          <div class="lt-md:basis-full min-w-0">
            <ScopePicker
              taskId={props.taskId}
              label="Whose changes"
              whole="All that is merged"
              kinds={['live', 'agent', 'subtask']}
              value={scopeName(scope())}
              onChange={(name) =>
                setQuery({ scope: name === 'all' ? null : name, file: null, line: null })
              }
            />
          </div>
        </Show>
        <Show when={files().length > 0}>
          <LineCount added={sum('added')} deleted={sum('deleted')} />
          <span class="t2 text-small whitespace-nowrap">
            {viewed().count(files())} of {files().length} viewed
          </span>
          <Show when={review.canComment()}>
            <span class="phone flex-1" />
            <Button
              small
              look="quiet"
              icon="message"
              aria-expanded={isListed()}
              onClick={() => setListed(!isListed())}
            >
              {said() > 0 ? `Comments ${said()}` : 'Comments'}
            </Button>
          </Show>
          <Show when={!isPhone()}>
            <span class="flex-1" />
            <Segmented
              label="How changes are shown"
              value={look()}
              options={[
                { value: 'unified', label: 'Unified' },
                { value: 'split', label: 'Split' },
              ]}
              onChange={(next) => {
                setLook(next)
                save('diff-look', next === 'split' ? next : '')
              }}
            />
          </Show>
        </Show>
      </div>
      <Show when={scope().kind === 'live'}>
        <LiveLine workKey={key()} />
      </Show>
      <Show when={props.note && files().length > 0 && props.note}>
        {(note) => <p class="px-4 py-1.5 rule t3 text-small flex-none">{note()}</p>}
      </Show>
      <Show when={isListed() && review.canComment()}>
        <ReviewList review={review} onGoTo={goTo} />
      </Show>
      <Loaded
        entry={entry()}
        onRetry={() => void refresh()}
        skeleton={<Skeleton rows={6} height={36} />}
      >
        {(known) => (
          <Show
            when={known().length > 0}
            fallback={<Empty>{props.empty ?? emptyWords(scope())}</Empty>}
          >
            <ReviewProvider value={review}>
              <ChangesView
                taskId={props.taskId}
                scope={scope()}
                files={known()}
                viewed={viewed()}
                look={isPhone() ? 'unified' : look()}
                hasTree={props.look !== 'pane'}
                selected={query.file}
                target={parseLine(query.line)}
                onGoTo={goTo}
              />
            </ReviewProvider>
          </Show>
        )}
      </Loaded>
      <Show when={props.look !== 'pane' || files().length > 0}>
        <ReviewBar review={review} />
      </Show>
      <p class="sr-only" role="status">
        {files().length > 0 ? `${plural(files().length, 'changed file')}` : ''}
      </p>
    </div>
  )
}

const toLine = ({ side, line }: LinePlace): string => `${side === 'old' ? '-' : ''}${line}`

function parseLine(text: string | undefined): LinePlace | undefined {
  const [, minus, digits] = /^(-?)(\d{1,7})$/.exec(text ?? '') ?? []
  return digits ? { side: minus ? 'old' : 'new', line: Number(digits) } : undefined
}

function emptyWords(scope: Scope): string {
  if (scope.kind === 'kept') return 'Nothing differs.'
  if (scope.kind === 'live') return 'No changes yet. Files appear here as the agent edits them.'
  if (scope.kind === 'agent')
    return 'Nothing handed in yet. The work of this agent appears here when its turn ends, before it is merged.'
  if (scope.kind === 'subtask')
    return 'This subtask changed nothing yet. What it brings into the task branch appears here.'
  return "No changes yet. Files appear here when an agent's work is merged."
}
