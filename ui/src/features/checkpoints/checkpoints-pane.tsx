import { useSearchParams } from '@solidjs/router'
import { createMemo, createSignal, For, type JSX, onCleanup, Show } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { Strip } from '../../components/strip.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { store } from '../../data/store.ts'
import { formatBytes, plural } from '../../lib/text.ts'
import { formatClock, formatExact } from '../../lib/time.ts'
import { CheckpointDetail } from './checkpoint-detail.tsx'
import { causeWords, checkpointGlyphs, progressWords, segmentsOf } from './words.ts'

/** Moments of the task that are kept: when, why, how far the plan was. The chosen one is in the address: `?checkpoint=`. */
export function CheckpointsPane(props: { task: Task }): JSX.Element {
  const [query, setQuery] = useSearchParams<{ checkpoint?: string }>()
  const [isRemoving, setRemoving] = createSignal<Checkpoint>()
  const act = createAct()
  const take = (): void =>
    void act.run(async () => {
      await api.takeCheckpoint(props.task.id)
      await store.checkpoints.refresh(props.task.id)
    })
  useActions(() => [
    { id: 'task.checkpoint', label: 'Take a checkpoint', group: 'Task', run: take },
  ])
  const choose = (id: string | undefined): void =>
    setQuery({ checkpoint: id }, { replace: true, scroll: false })
  return (
    <div class="flex-1 min-h-0 scroll-y">
      <div class="flex flex-wrap items-center gap-2 px-4 py-3 rule">
        <p class="t2 flex-1 min-w-[220px]">
          Files, conversations and plan as they were. Taken when the task stops, after every
          subtask, and while agents work.
        </p>
        <Button busy={act.busy()} disabled={props.task.base_commit === null} onClick={take}>
          Take one now
        </Button>
      </div>
      <Show when={act.error()}>
        <p role="alert" class="row px-4 py-2">
          <Glyph name="fail" />
          {act.error()}
        </p>
      </Show>
      <Loaded
        entry={store.checkpoints.get(props.task.id)}
        onRetry={() => void store.checkpoints.refresh(props.task.id)}
        skeleton={<Skeleton rows={4} height={64} />}
      >
        {(checkpoints) => (
          <>
            <FollowTaking taskId={props.task.id} checkpoints={checkpoints()} />
            <Show
              when={checkpoints().length > 0}
              fallback={<Empty>First checkpoint comes after the first subtask.</Empty>}
            >
              <ol class="list-none m-0 p-0">
                <For each={checkpoints()}>
                  {(checkpoint) => (
                    <CheckpointRow
                      checkpoint={checkpoint}
                      isOpen={query.checkpoint === checkpoint.id}
                      onToggle={(isOpen) => choose(isOpen ? checkpoint.id : undefined)}
                      onRemove={() => setRemoving(checkpoint)}
                    />
                  )}
                </For>
              </ol>
            </Show>
          </>
        )}
      </Loaded>
      <Show when={isRemoving()}>
        {(checkpoint) => (
          <RemoveDialog
            task={props.task}
            checkpoint={checkpoint()}
            onClose={() => setRemoving(undefined)}
          />
        )}
      </Show>
    </div>
  )
}

const lookMs = 1000

/** Its end is told by an event; one that began on another page is looked at until then. */
function FollowTaking(props: { taskId: string; checkpoints: readonly Checkpoint[] }): JSX.Element {
  const isTaking = createMemo(() => props.checkpoints.some(({ status }) => status === 'taking'))
  const timer = setInterval(() => {
    if (isTaking()) void store.checkpoints.refresh(props.taskId)
  }, lookMs)
  onCleanup(() => clearInterval(timer))
  return null
}

function CheckpointRow(props: {
  checkpoint: Checkpoint
  isOpen: boolean
  onToggle: (isOpen: boolean) => void
  onRemove: () => void
}): JSX.Element {
  const at = (): number => Date.parse(props.checkpoint.created_at)
  const place = `checkpoint-${props.checkpoint.id}`
  const facts = (): string => {
    if (props.checkpoint.status === 'taking') return 'Being taken'
    if (props.checkpoint.status === 'failed') return props.checkpoint.error ?? 'Could not be taken'
    const { files_changed: changed, size_bytes: size } = props.checkpoint
    return `${plural(changed, 'file')} changed · ${formatBytes(size)} added`
  }
  return (
    <li class="rule">
      <button
        type="button"
        class="w-full text-left bg-transparent border-0 text-inherit font-inherit cursor-pointer px-4 py-2.5 min-h-11 grid gap-x-4 gap-y-1 grid-cols-1 md:grid-cols-[minmax(180px,1fr)_minmax(160px,1fr)_minmax(180px,1fr)] items-center hover:bg-bg2"
        aria-expanded={props.isOpen}
        aria-controls={place}
        onClick={() => props.onToggle(!props.isOpen)}
      >
        <span class="row min-w-0">
          <Glyph name={checkpointGlyphs[props.checkpoint.status]} />
          <time datetime={props.checkpoint.created_at} title={formatExact(at())} class="font-500">
            {formatClock(at(), { seconds: true })}
          </time>
          <span class="t2 cut">{props.checkpoint.label ?? causeWords[props.checkpoint.cause]}</span>
        </span>
        <span class="col gap-1 min-w-0">
          <span class="t2">{progressWords(props.checkpoint)}</span>
          <Show when={segmentsOf(props.checkpoint).length > 0}>
            <Strip
              segments={segmentsOf(props.checkpoint)}
              label={progressWords(props.checkpoint)}
            />
          </Show>
        </span>
        <span class="t2 wrap-any">{facts()}</span>
      </button>
      <div id={place}>
        <Show when={props.isOpen}>
          <CheckpointDetail checkpoint={props.checkpoint} onRemove={() => props.onRemove()} />
        </Show>
      </div>
    </li>
  )
}

function RemoveDialog(props: {
  task: Task
  checkpoint: Checkpoint
  onClose: () => void
}): JSX.Element {
  const act = createAct()
  const remove = (): void =>
    void act.run(async () => {
      await api.removeCheckpoint(props.task.id, props.checkpoint.id)
      await store.checkpoints.refresh(props.task.id)
      props.onClose()
    })
  return (
    <Dialog
      title="Remove this checkpoint?"
      onClose={props.onClose}
      actions={
        <Button look="danger" busy={act.busy()} onClick={remove}>
          Remove
        </Button>
      }
    >
      <p>What only it needed is removed from the disk. The task itself stays as it is.</p>
      <Show when={act.error()}>
        <p role="alert">{act.error()}</p>
      </Show>
    </Dialog>
  )
}
