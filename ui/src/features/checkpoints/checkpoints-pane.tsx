import { createEffect, createMemo, createSignal, For, type JSX, onCleanup, Show } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { Strip } from '../../components/strip.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { type ApiError, api } from '../../data/api.ts'
import { kept, keptContentsKey } from '../../data/kept.ts'
import { isWide } from '../../data/screen.ts'
import { store } from '../../data/store.ts'
import { formatClock, formatExact } from '../../lib/time.ts'
import { type Address, useAddress } from './address.ts'
import { CheckpointDetail, type Inside } from './checkpoint-detail.tsx'
import { ForkDialog } from './fork-dialog.tsx'
import { RestoreDialog } from './restore-dialog.tsx'
import { RestoreNotice } from './restore-notice.tsx'
import { causeWords, checkpointGlyphs, progressWords, segmentsOf, sizeWords } from './words.ts'

/**
 * Moments of the task that are kept: when, why, how far the plan was; beside them one of them and what is in it. Where there is
 * no room for both, one or the other.
 */
export function CheckpointsPane(props: { task: Task; inside: Inside }): JSX.Element {
  const address = useAddress(() => props.task.id)
  const [asked, setAsked] = createSignal<Asked>()
  const isChosen = (): boolean => address.checkpoint() !== undefined
  const entry = () => store.checkpoints.get(props.task.id)
  const chosen = createMemo(() => entry().value?.find(({ id }) => id === address.checkpoint()))
  const close = (): void =>
    address.set({ checkpoint: null, view: null, of: null, against: null, file: null, line: null })
  return (
    <div class="flex-1 min-h-0 grid grid-cols-[minmax(0,1fr)] grid-rows-[minmax(0,1fr)] lg:grid-cols-[320px_minmax(0,1fr)]">
      <div
        class="min-h-0 min-w-0 scroll-y lg:border-0 lg:border-r lg:border-solid lg:border-line"
        classList={{ 'lt-lg:hidden!': isChosen() }}
      >
        <TakeOne task={props.task} />
        <Loaded
          entry={entry()}
          onRetry={() => void store.checkpoints.refresh(props.task.id)}
          skeleton={<Skeleton rows={4} height={76} />}
        >
          {(checkpoints) => (
            <>
              <RestoreNotice
                task={props.task}
                checkpoints={checkpoints()}
                onUndo={(checkpoint) => setAsked({ what: 'restore', checkpoint })}
              />
              <FollowTaking taskId={props.task.id} checkpoints={checkpoints()} />
              <OpenNewest address={address} checkpoints={checkpoints()} />
              <Show
                when={checkpoints().length > 0}
                fallback={<Empty>First checkpoint comes after the first subtask.</Empty>}
              >
                <ol class="list-none m-0 p-0" aria-label="Checkpoints">
                  <For each={checkpoints()}>
                    {(checkpoint) => (
                      <Row
                        checkpoint={checkpoint}
                        href={address.href({ checkpoint: checkpoint.id })}
                        isChosen={address.checkpoint() === checkpoint.id}
                      />
                    )}
                  </For>
                </ol>
              </Show>
            </>
          )}
        </Loaded>
      </div>
      <Show when={isChosen()} fallback={<p class="p-4 t2 bg-bg1 lt-lg:hidden!">{noneWords}</p>}>
        <Show
          when={chosen()}
          fallback={
            <Show when={entry().value} fallback={<Skeleton rows={6} height={52} />}>
              <Gone taskId={props.task.id} address={address} onClose={close} />
            </Show>
          }
        >
          {(checkpoint) => (
            <CheckpointDetail
              taskId={props.task.id}
              checkpoint={checkpoint()}
              address={address}
              inside={props.inside}
              onRestore={() => setAsked({ what: 'restore', checkpoint: checkpoint() })}
              onFork={() => setAsked({ what: 'fork', checkpoint: checkpoint() })}
              onRemove={() => setAsked({ what: 'remove', checkpoint: checkpoint() })}
              onClose={close}
            />
          )}
        </Show>
      </Show>
      <Show when={asked()} keyed>
        {({ what, checkpoint }) => {
          const Question = questions[what]
          return (
            <Question
              task={props.task}
              checkpoint={checkpoint}
              onClose={() => setAsked(undefined)}
            />
          )
        }}
      </Show>
    </div>
  )
}

type Question = (props: { task: Task; checkpoint: Checkpoint; onClose: () => void }) => JSX.Element
type Asked = { what: 'restore' | 'fork' | 'remove'; checkpoint: Checkpoint }

const noneWords = 'Choose a checkpoint to look into it.'

/** With room for both there is no empty half: the newest that holds something is looked at, until another is chosen. */
function OpenNewest(props: { address: Address; checkpoints: readonly Checkpoint[] }): JSX.Element {
  createEffect(() => {
    const newest = props.checkpoints.find(({ status }) => status === 'ready')
    if (isWide() && newest && props.address.checkpoint() === undefined)
      props.address.replace({ checkpoint: newest.id })
  })
  return null
}

/** Begins one, at the head of the list. */
function TakeOne(props: { task: Task }): JSX.Element {
  const act = createAct()
  const take = (): void =>
    void act.run(async () => {
      await api.takeCheckpoint(props.task.id)
      await store.checkpoints.refresh(props.task.id)
    })
  useActions(() => [
    { id: 'task.checkpoint', label: 'Take a checkpoint', group: 'Task', run: take },
  ])
  return (
    <>
      <div class="flex flex-wrap items-center gap-2 px-4 py-3 rule">
        <p class="t2 flex-1 min-w-[160px]">
          Taken when the task stops, after every subtask, and while agents work.
        </p>
        <Button busy={act.busy()} disabled={props.task.base_commit === null} onClick={take}>
          Take one now
        </Button>
      </div>
      <Show when={act.error()}>
        <p role="alert" class="row px-4 py-2 rule">
          <Glyph name="fail" />
          {act.error()}
        </p>
      </Show>
    </>
  )
}

/** It is in no list: the server knows whether it was ever there. */
function Gone(props: { taskId: string; address: Address; onClose: () => void }): JSX.Element {
  const key = (): string => keptContentsKey(props.taskId, props.address.checkpoint() ?? '')
  createEffect(() => void kept.contents.refresh(key()))
  return (
    <Show when={kept.contents.peek(key())?.error} fallback={<Skeleton rows={6} height={52} />}>
      {(error) => (
        <div role="alert" class="col gap-3 items-start p-4 bg-bg1">
          <p class="row items-start">
            <Glyph name="skip" class="mt-0.5" />
            <span class="wrap-any min-w-0">{goneWords(error())}</span>
          </p>
          <LinkButton href={`/tasks/${props.taskId}/checkpoints`}>All checkpoints</LinkButton>
        </div>
      )}
    </Show>
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

function goneWords({ message, details }: ApiError): string {
  const at = typeof details.removed_at === 'string' ? Date.parse(details.removed_at) : Number.NaN
  if (Number.isNaN(at)) return message
  return `This checkpoint was removed at ${formatExact(at)}. The task itself and its other checkpoints are as they were.`
}

function Row(props: { checkpoint: Checkpoint; href: string; isChosen: boolean }): JSX.Element {
  const at = (): number => Date.parse(props.checkpoint.created_at)
  const facts = (): string => {
    if (props.checkpoint.status === 'taking') return 'Being taken'
    if (props.checkpoint.status === 'failed') return props.checkpoint.error ?? 'Could not be taken'
    const { files_changed: changed, size_bytes: size } = props.checkpoint
    return sizeWords(changed, size)
  }
  return (
    <li class="rule">
      {/* No <A>: it says of every link to this page, whatever comes after "?", that it is the current one. */}
      <a
        href={props.href}
        noScroll
        aria-current={props.isChosen ? 'true' : undefined}
        class="col gap-1 px-4 py-2.5 min-h-11 hover:bg-bg2"
        classList={{ 'bg-bg3!': props.isChosen }}
      >
        <span class="row min-w-0">
          <Glyph name={checkpointGlyphs[props.checkpoint.status]} />
          <time datetime={props.checkpoint.created_at} title={formatExact(at())} class="font-500">
            {formatClock(at(), { seconds: true })}
          </time>
          <span class="t2 clip">
            {props.checkpoint.label ?? causeWords[props.checkpoint.cause]}
          </span>
        </span>
        <Show when={segmentsOf(props.checkpoint).length > 0}>
          <Strip segments={segmentsOf(props.checkpoint)} label={progressWords(props.checkpoint)} />
        </Show>
        <span class="t2 text-small wrap-any line-clamp-2">{facts()}</span>
      </a>
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

const questions: Record<Asked['what'], Question> = {
  restore: RestoreDialog,
  fork: ForkDialog,
  remove: RemoveDialog,
}
