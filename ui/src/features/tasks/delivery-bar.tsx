import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Delivery } from '#contract/delivery.ts'
import type { FollowUp } from '#contract/follow-up.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { pullRequestApi } from '../../data/pull-request-api.ts'
import { store } from '../../data/store.ts'
import { deliveryStatus, describeBranch } from '../../lib/delivery.ts'
import { DeliverDialog } from './deliver-dialog.tsx'
import { PullRequestFacts } from './pull-request.tsx'

/** Work that is done and has, or could have, somewhere to go. */
const isDeliverable = ({ status, source, progress }: Task): boolean =>
  (status === 'completed' || status === 'failed') &&
  (source.kind === 'git' || source.kind === 'local') &&
  progress.total > 0 &&
  progress.completed + progress.skipped === progress.total &&
  progress.completed > 0

/** Where the work is outside of Klaudio: its branch, its pull request, and what stands in the way. */
export function DeliveryBar(props: {
  task: Task
  /** Only where it is: the page below is about something else. */
  isBrief: boolean
}): JSX.Element {
  const act = createAct()
  const [isOpen, setOpen] = createSignal(false)
  const shown = (): Delivery | undefined => {
    const { delivery, phase } = props.task
    if (!delivery || delivery.state === 'off') return undefined
    // Before the work is done there is nothing to say of it.
    const isToCome = delivery.state === 'pending' && phase !== 'delivering'
    // While an agent goes on with what a pull request says, that is still what there is.
    return isToCome && !delivery.pull_request ? undefined : delivery
  }
  const isRunning = (): boolean => props.task.phase === 'delivering'
  const again = (): void =>
    void act.run(async () => {
      store.task.put(props.task.id, await api.deliver(props.task.id, {}))
    })
  const look = (): void =>
    void act.run(async () => {
      store.task.put(props.task.id, await pullRequestApi.look(props.task.id))
    })
  useActions(() =>
    shown()?.pull_request
      ? [{ id: 'task.look', label: 'Look at the pull request now', group: 'Task', run: look }]
      : [],
  )
  useActions(() =>
    isDeliverable(props.task)
      ? [
          ...(shown()
            ? [{ id: 'task.deliver-again', label: 'Deliver again', group: 'Task', run: again }]
            : []),
          {
            id: 'task.deliver',
            label: shown() ? 'Change the delivery…' : 'Deliver…',
            group: 'Task',
            run: () => setOpen(true),
          },
        ]
      : [],
  )
  return (
    <>
      <Show when={shown() || isDeliverable(props.task)}>
        <section
          aria-label="Delivery"
          class="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 md:px-5 py-2.5 rule flex-none"
        >
          <div class="flex-1 min-w-0 basis-80 col gap-1">
            <Show
              when={shown()}
              fallback={<p class="t2">The work is kept here. It has not been delivered.</p>}
            >
              {(delivery) => (
                <Facts
                  delivery={delivery()}
                  isRunning={isRunning()}
                  isBrief={props.isBrief}
                  followUps={props.task.follow_ups ?? []}
                />
              )}
            </Show>
            <ErrorLine text={act.error()} />
          </div>
          <Show when={isDeliverable(props.task)}>
            <div class="flex flex-wrap gap-2 lt-md:w-full">
              <Show when={shown()}>
                {(delivery) => (
                  <Button
                    look={delivery().state === 'failed' ? 'next' : 'plain'}
                    busy={act.busy()}
                    onClick={again}
                  >
                    Deliver again
                  </Button>
                )}
              </Show>
              <Show when={shown()?.pull_request}>
                <Button look="quiet" busy={act.busy()} onClick={look}>
                  Check now
                </Button>
              </Show>
              <Button look={shown() ? 'quiet' : 'plain'} onClick={() => setOpen(true)}>
                {shown() ? 'Change…' : 'Deliver…'}
              </Button>
            </div>
          </Show>
        </section>
      </Show>
      <Show when={isOpen()}>
        <DeliverDialog task={props.task} onClose={() => setOpen(false)} />
      </Show>
    </>
  )
}

function Facts(props: {
  delivery: Delivery
  isRunning: boolean
  isBrief: boolean
  followUps: readonly FollowUp[]
}): JSX.Element {
  const status = () => deliveryStatus(props.delivery, props.isRunning)
  return (
    <>
      <div class="flex flex-wrap items-center gap-x-2 gap-y-1" role="status">
        <Glyph name={status().glyph} />
        <span class="font-500">{status().word}</span>
        <span class="row gap-1 max-w-full">
          <span class="font-mono text-code wrap-any min-w-0">{describeBranch(props.delivery)}</span>
          <Show when={props.delivery.state === 'delivered'}>
            <CopyButton text={props.delivery.branch} label="Copy the branch" />
          </Show>
        </span>
      </div>
      <Show when={!props.isBrief && props.delivery.pull_request}>
        {(pull) => (
          <PullRequestFacts
            pull={pull()}
            reviewers={props.delivery.settings.pr_reviewers}
            followUps={props.followUps}
          />
        )}
      </Show>
      <Show when={props.delivery.error}>
        {(error) => <p class="text-fail wrap-any">{error()}</p>}
      </Show>
      <Show when={props.delivery.conflicts}>
        {(paths) => (
          <p class="t2 wrap-any">
            Changed in the same lines by others: <span class="font-mono">{paths().join(', ')}</span>
          </p>
        )}
      </Show>
      <Show when={props.delivery.look_error}>
        {(error) => <p class="t2 wrap-any">The forge could not be asked: {error()}</p>}
      </Show>
      <For each={props.isBrief ? [] : props.delivery.notes}>
        {(note) => <p class="t2 wrap-any">{note}</p>}
      </For>
    </>
  )
}
