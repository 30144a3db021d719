import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { HeldLine } from '../../components/held-line.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { keyOf } from '../../data/outbox.ts'
import { outbox } from '../../data/sending.ts'
import {
  createAddressing,
  type Receiver,
  type Roles,
  receiverWord,
  toChoice,
  toReceiver,
} from '../../lib/messages/receivers.ts'
import { whenRead } from '../../lib/messages/when-read.ts'
import type { WordOf } from '../../lib/messages/words.ts'
import { load, save } from '../../lib/storage.ts'
import { newUuid } from '../../lib/uuid.ts'

type Props = {
  task: Task
  /** Names that can be spoken to. */
  team: readonly string[]
  roles: Roles
  wordOf: WordOf
  /** Whose talk is shown: what is written is for them unless another one is chosen. */
  to: string | undefined
}

const hasEnded = ({ status }: Task): boolean => status === 'completed' || status === 'cancelled'

function whenTheyRead({ task, roles, wordOf }: Props, to: Receiver): string {
  if (to.kind !== 'role')
    return whenRead(task.agents ?? [], to.kind === 'one' ? to.name : undefined)
  return `One message for each: ${(roles.get(to.role) ?? []).map(wordOf).join(', ')}`
}

/** A person speaks to one of the team, to all of a role or to everybody. What the server cannot take now waits in the outbox. */
export function TeamComposer(props: Props): JSX.Element {
  const draft = `team-message.${props.task.id}`
  const [text, setText] = createSignal(load(draft))
  const [chosen, setChosen] = createSignal<string>()
  const act = createAct()
  let field: HTMLTextAreaElement | undefined
  const addressing = createAddressing(newUuid)
  const to = createMemo(() => toReceiver(chosen() ?? props.to, props))
  const held = () =>
    outbox
      .held()
      .flatMap(({ deed, error }) =>
        deed.kind === 'team-message' && deed.taskId === props.task.id ? [{ deed, error }] : [],
      )
  createEffect(on(text, (value) => save(draft, value), { defer: true }))
  createEffect(
    on(
      () => props.to,
      () => setChosen(undefined),
      { defer: true },
    ),
  )
  const send = async (): Promise<void> => {
    const content = text().trim()
    if (content === '') return
    const taskId = props.task.id
    const isSent = await act.run(async () => {
      for (const each of addressing.address(to(), content, props.roles))
        await outbox.send({ kind: 'team-message', taskId, content, ...each })
    })
    if (!isSent) return
    addressing.done()
    setText('')
  }
  useActions(() =>
    hasEnded(props.task)
      ? []
      : [
          {
            id: 'comms.write',
            label: 'Write to the team',
            group: 'Comms',
            keys: 'm',
            words: 'message',
            run: () => field?.focus(),
          },
          {
            id: 'comms.send',
            label: 'Send what is written',
            group: 'Comms',
            disabled: text().trim() === '' && 'Nothing is written yet.',
            run: () => void send(),
          },
        ],
  )
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void send()
  }
  return (
    <div class="flex-none rule-top bg-bg1 px-3 py-2.5 col gap-2">
      <For each={held()}>
        {({ deed, error }) => (
          <HeldLine
            words={`To ${props.wordOf(deed.to ?? 'everybody')}: ${deed.content}`}
            error={error}
            onWithdraw={() => outbox.withdraw(keyOf(deed))}
          />
        )}
      </For>
      <Show
        when={!hasEnded(props.task)}
        fallback={<p class="t3 text-small">The task has ended, so nobody would read a message.</p>}
      >
        <div class="border border-solid border-ctl rounded-node px-3 pt-2 pb-1.5 col gap-1.5 focus-within:border-tx1">
          <textarea
            ref={field}
            class="w-full bg-transparent border-0 p-0 resize-none outline-none! text-[16px] md:text-body field-sizing-content min-h-11 md:min-h-6 max-h-[30vh] placeholder:text-tx3"
            rows={1}
            placeholder={`Message ${receiverWord(to(), props.wordOf)}`}
            aria-label="Message to the team"
            value={text()}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          <div class="row flex-wrap">
            <select
              class="input lt-md:flex-1 md:w-auto! min-w-0 md:max-w-[220px] px-2! py-0! md:min-h-7! text-ellipsis"
              aria-label="To whom"
              onChange={(event) => setChosen(event.currentTarget.value)}
            >
              <option value="" selected={to().kind === 'all'}>
                To everybody
              </option>
              <For each={props.team}>
                {(name) => (
                  <option value={name} selected={toChoice(to()) === name}>
                    To {props.wordOf(name)}
                  </option>
                )}
              </For>
              <For each={[...props.roles]}>
                {([role, names]) => {
                  const receiver: Receiver = { kind: 'role', role }
                  return (
                    <option
                      value={toChoice(receiver)}
                      selected={toChoice(to()) === toChoice(receiver)}
                    >
                      To {receiverWord(receiver)} ({names.length})
                    </option>
                  )
                }}
              </For>
            </select>
            <span class="text-small flex-1 min-w-0 lt-md:order-last lt-md:basis-full" role="status">
              <Show
                when={act.error()}
                fallback={<span class="t3">{whenTheyRead(props, to())}</span>}
              >
                <span class="text-fail wrap-any">{act.error()}</span>
              </Show>
            </span>
            <Button
              small
              look="next"
              shortcut="↵"
              disabled={text().trim() === ''}
              busy={act.busy()}
              onClick={() => void send()}
            >
              Send
            </Button>
          </div>
        </div>
      </Show>
    </div>
  )
}
