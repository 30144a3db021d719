import { createEffect, createMemo, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { Virtualizer, type VirtualizerHandle } from 'virtua/solid'
import type { FileChange } from '#contract/file.ts'
import { Button } from '../../components/button.tsx'
import { useActions } from '../../data/actions.ts'
import { isPhone } from '../../data/screen.ts'
import type { Viewed } from '../../data/viewed.ts'
import type { Scope } from '../../data/work.ts'
import { foldReason } from '../../lib/fold-reason.ts'
import type { LinePlace } from '../../lib/review.ts'
import { buildTree, inTreeOrder, matchesFilter } from '../../lib/tree.ts'
import { ChangedFile, type DiffLook, type FileState } from './changed-file.tsx'
import { ChangesTree } from './changes-tree.tsx'
import { useReview } from './review.ts'
import { useReviewKeys } from './review-keys.ts'

type ViewProps = {
  taskId: string
  scope: Scope
  files: readonly FileChange[]
  viewed: Viewed
  look: DiffLook
  hasTree: boolean
  selected: string | undefined
  target: LinePlace | undefined
  onGoTo: (file: string | undefined, place?: LinePlace) => void
}

/** Tree and diffs beside each other; on a phone the tree, then one file at a time. */
export function ChangesView(props: ViewProps): JSX.Element {
  const [filter, setFilter] = createSignal('')
  const [states, setStates] = createStore<Record<string, FileState>>({})
  let list: VirtualizerHandle | undefined
  let filterField: HTMLInputElement | undefined
  const [top, setTop] = createSignal(0)
  const tree = createMemo(() =>
    buildTree(
      props.files.filter(({ path }) => matchesFilter(path, filter())),
      ({ path }) => path,
    ),
  )
  const ordered = createMemo(() => inTreeOrder(tree()))
  const indexOf = (path: string | undefined): number =>
    ordered().findIndex((file) => file.path === path)
  const isOneFile = (): boolean => isPhone() && props.hasTree && props.selected !== undefined
  const current = (): FileChange | undefined =>
    isOneFile() ? ordered()[indexOf(props.selected)] : ordered()[top()]
  const goTo = (index: number): void => {
    const file = ordered()[index]
    if (file) props.onGoTo(file.path)
  }
  const step = (by: number): void => {
    const at = current() ? indexOf(current()?.path) : -1
    goTo(Math.max(0, Math.min(ordered().length - 1, at + by)))
  }
  const setState = (path: string, change: FileState): void =>
    setStates(path, (known) => ({ ...known, ...change }))
  const setViewed = (file: FileChange, isViewed: boolean): void => {
    props.viewed.set(file, isViewed)
    if (!isOneFile()) setState(file.path, { isOpen: !isViewed })
  }
  const isOpen = (file: FileChange): boolean =>
    states[file.path]?.isOpen ??
    (file.path === props.selected || (!props.viewed.has(file) && !foldReason(file)))

  createEffect(
    on(
      () => [props.selected, isPhone()] as const,
      ([selected]) => {
        const index = indexOf(selected)
        if (index < 0 || isOneFile()) return
        list?.scrollToIndex(index, { align: 'start' })
        setTop(index)
      },
    ),
  )
  useActions(() => {
    const file = current()
    // Beside something else the single keys are that one's.
    const keys = (key: string) => (props.hasTree ? { keys: key } : {})
    const none = !file && 'There is no file in sight.'
    const about = { group: 'Changes', disabled: none }
    const isSeen = file !== undefined && props.viewed.has(file)
    return [
      {
        id: 'changes.next',
        label: 'Next changed file',
        ...about,
        ...keys('j'),
        run: () => step(1),
      },
      {
        id: 'changes.previous',
        label: 'Previous changed file',
        ...about,
        ...keys('k'),
        run: () => step(-1),
      },
      {
        id: 'changes.viewed',
        label: isSeen ? 'Mark this file as not viewed' : 'Mark this file as viewed',
        ...about,
        ...keys('v'),
        run: () => file && setViewed(file, !isSeen),
      },
      {
        id: 'changes.filter',
        label: 'Filter changed files',
        group: 'Changes',
        ...keys('/'),
        disabled: (!props.hasTree || isOneFile()) && 'The list of files is not shown here.',
        run: () => filterField?.focus(),
      },
    ]
  })

  const review = useReview()
  useReviewKeys({
    taskId: () => props.taskId,
    scope: () => props.scope,
    review,
    // The line that is pointed to counts, wherever the reader has scrolled.
    file: () => (props.target && ordered()[indexOf(props.selected)]) ?? current(),
    target: () => props.target,
    hasKeys: () => props.hasTree,
    onGoTo: (path, place) => props.onGoTo(path, place),
    onBeyond: step,
  })

  const first = createFirstSight()
  const settle = first.wait()
  createEffect(() => review?.isKnown() !== false && settle())
  const fileView = (file: FileChange): JSX.Element => (
    <ChangedFile
      taskId={props.taskId}
      scope={props.scope}
      file={file}
      look={props.look}
      isOpen={isOpen(file)}
      isViewed={props.viewed.has(file)}
      state={states[file.path] ?? {}}
      target={file.path === props.selected ? props.target : undefined}
      onState={(change) => setState(file.path, change)}
      onViewed={(isViewed) => setViewed(file, isViewed)}
      onLine={(place) => props.onGoTo(file.path, place)}
      onWait={first.wait}
    />
  )
  return (
    <div
      class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)]"
      classList={{
        'lg:grid-cols-[280px_minmax(0,1fr)] md:grid-cols-[220px_minmax(0,1fr)]': props.hasTree,
      }}
    >
      <Show when={props.hasTree && !isOneFile()}>
        <ChangesTree
          tree={tree()}
          total={props.files.length}
          filter={filter()}
          onFilter={setFilter}
          fieldRef={(field) => (filterField = field)}
          selected={isPhone() ? undefined : current()?.path}
          viewed={props.viewed}
          onOpen={(file) => props.onGoTo(file.path)}
          onViewed={setViewed}
        />
      </Show>
      <Show when={!isPhone() || !props.hasTree}>
        <section
          class="min-h-0 min-w-0 overflow-auto bg-bg1"
          classList={{ '[&>*]:invisible': !first.isThere() }}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region is reached by keyboard
          tabIndex={0}
          aria-label="Changed lines"
        >
          <Virtualizer
            ref={(handle) => (list = handle)}
            data={ordered()}
            onScroll={(offset) => setTop(list?.findItemIndex(offset + 1) ?? 0)}
          >
            {(file) => fileView(file)}
          </Virtualizer>
        </section>
      </Show>
      <Show when={isOneFile() && current()} keyed>
        {(file) => (
          <div class="min-h-0 flex flex-col">
            <div class="flex-1 min-h-0 overflow-auto bg-bg1">{fileView(file)}</div>
            <nav
              aria-label="Files"
              class="flex-none flex items-center gap-2 px-3 py-1.5 rule-top bg-bg0 safe-bottom"
            >
              <Button icon="back" onClick={() => props.onGoTo(undefined)}>
                Files
              </Button>
              <span class="flex-1 text-center t2 text-small">
                {indexOf(file.path) + 1} of {ordered().length}
              </span>
              <Button disabled={indexOf(file.path) === 0} onClick={() => step(-1)}>
                Previous
              </Button>
              <Button
                disabled={indexOf(file.path) === ordered().length - 1}
                onClick={() => step(1)}
              >
                Next
              </Button>
            </nav>
          </div>
        )}
      </Show>
    </div>
  )
}

/** The first diffs are shown when all of them are there: how high one is, nobody knows before, and those below would move. */
function createFirstSight(): { isThere: () => boolean; wait: () => () => void } {
  const [isThere, setThere] = createSignal(false)
  const waiting = new Set<object>()
  // Two frames for the list to learn their heights.
  const look = (): void => {
    if (waiting.size === 0) requestAnimationFrame(() => requestAnimationFrame(() => setThere(true)))
  }
  const timer = setTimeout(look, 150)
  onCleanup(() => clearTimeout(timer))
  return {
    isThere,
    wait() {
      const one = {}
      waiting.add(one)
      return () => {
        if (waiting.delete(one)) look()
      }
    },
  }
}
