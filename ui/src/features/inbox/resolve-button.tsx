import { createEffect, createSignal, type JSX, on, Show } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { Button } from '../../components/button.tsx'
import { ResolveDialog } from '../../components/resolve-dialog.tsx'
import type { Answering } from './answering.ts'

type ConflictItem = Extract<AttentionItem, { kind: 'conflict' }>

/** Asks how a conflict is decided, where it is listed. */
export function ResolveButton(props: {
  item: ConflictItem
  answering: Answering
  isFocused: boolean
  replyTo: string
}): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  const sending = () => props.answering.of(props.item.id)
  createEffect(
    on(
      () => props.replyTo,
      (id) => id === props.item.id && setOpen(true),
      { defer: true },
    ),
  )
  return (
    <>
      <Button
        look={props.isFocused ? 'primary' : 'plain'}
        class="lt-md:flex-1"
        {...(props.isFocused ? { shortcut: 'R' } : {})}
        busy={sending().isBusy}
        onClick={() => setOpen(true)}
      >
        Resolve the conflict…
      </Button>
      <Show when={isOpen()}>
        <ResolveDialog
          draft={`resolve.${props.item.task.id}.${props.item.subtask.id}`}
          subtask={props.item.subtask.name}
          branch={props.item.task.branch}
          paths={props.item.subtask.conflicts ?? []}
          resolution={props.item.subtask.resolution}
          busy={sending().isBusy}
          error={sending().error}
          onClose={() => setOpen(false)}
          onResolve={async (choice) => {
            await props.answering.resolve(props.item, choice)
            return sending().error === ''
          }}
        />
      </Show>
    </>
  )
}
