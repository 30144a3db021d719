import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import type { Agent, AgentInput, MessagePriority } from '#contract/agent.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { HeldLine } from '../../components/held-line.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { keyOf } from '../../data/outbox.ts'
import { outbox } from '../../data/sending.ts'
import { isLive } from '../../data/status.ts'
import { store } from '../../data/store.ts'
import { whenAgentReads } from '../../lib/messages/when-read.ts'
import { unfence } from '../../lib/messages/words.ts'
import { load, save } from '../../lib/storage.ts'
import { formatClock } from '../../lib/time.ts'
import { newUuid } from '../../lib/uuid.ts'

const words: Record<AgentInput['state'], string> = {
  pending: 'Sending',
  queued: 'Queued, not read yet',
  read: 'Read',
  done: 'Read',
  withdrawn: 'Withdrawn',
  refused: 'Refused',
}

type ComposerProps = {
  agent: Agent
  name: string
  /** It waits for a person to allow or answer something. */
  isAsked?: boolean
}

/** Messages into a running agent. What was typed for one is never sent to the next one that the page shows. */
export function Composer(props: ComposerProps): JSX.Element {
  return (
    <Show when={props.agent.id} keyed>
      <OneComposer {...props} />
    </Show>
  )
}

/** What became of a message is what the CLI said, never a guess. */
function OneComposer(props: ComposerProps): JSX.Element {
  const key = (): string => `${props.agent.task_id}/${props.agent.id}`
  const draft = (): string => `message.${props.agent.id}`
  const [text, setText] = createSignal(load(draft()))
  const act = createAct()
  const waiting = (): AgentInput[] =>
    (store.inputs.get(key()).value ?? []).filter(
      ({ state }) => state === 'pending' || state === 'queued',
    )
  const reading = () => whenAgentReads(props.agent, { isAsked: props.isAsked ?? false })
  /** What is written stays. */
  const isHeldBack = (): boolean => text().trim() === '' || !reading().isTaken
  const held = () =>
    outbox
      .held()
      .flatMap(({ deed, error }) =>
        deed.kind === 'message' && deed.agentId === props.agent.id ? [{ deed, error }] : [],
      )
  const refused = (): AgentInput | undefined =>
    (store.inputs.get(key()).value ?? []).findLast(({ state }) => state === 'refused')

  createEffect(on(text, (value) => save(draft(), value), { defer: true }))

  const send = async (priority: MessagePriority): Promise<void> => {
    const content = text().trim()
    if (isHeldBack()) return
    const sent = await act.run(() =>
      outbox.send({
        kind: 'message',
        taskId: props.agent.task_id,
        agentId: props.agent.id,
        id: newUuid(),
        content,
        priority,
      }),
    )
    if (sent) setText('')
    void store.inputs.refresh(key())
  }
  /** What waits for the server is newer than what the server has. */
  const withdrawLast = (): void => {
    const unsent = held().at(-1)
    const last = waiting().at(-1)
    if (unsent) outbox.withdraw(keyOf(unsent.deed))
    else if (last)
      void act.run(async () => {
        await api.withdraw(props.agent.task_id, props.agent.id, last.id)
        await store.inputs.refresh(key())
      })
  }
  /** Takes the last message that was not read yet back into the field. */
  const editLast = async (): Promise<void> => {
    const last = waiting().at(-1)
    if (!last) return
    await act.run(async () => {
      await api.withdraw(props.agent.task_id, props.agent.id, last.id)
      setText(last.content)
    })
    void store.inputs.refresh(key())
  }
  let field: HTMLTextAreaElement | undefined
  useActions(() => {
    const group = 'Agent'
    const empty = !reading().isTaken
      ? `${reading().words}.`
      : text().trim() === '' && 'Nothing is written yet.'
    const write = {
      id: 'message.write',
      label: `Message ${props.name}`,
      group,
      keys: 'm',
      run: () => field?.focus(),
    }
    const toSend = {
      id: 'message.send',
      label: 'Send the message',
      group,
      disabled: empty,
      run: () => void send('next'),
    }
    const toQueue = {
      id: 'message.later',
      label: 'Queue for later what is written',
      group,
      disabled: empty,
      run: () => void send('later'),
    }
    const withdraw = {
      id: 'message.withdraw',
      label: 'Withdraw the last message',
      group,
      disabled: waiting().length + held().length === 0 && 'No message waits to be read.',
      run: withdrawLast,
    }
    return isLive(props.agent) ? [write, toSend, toQueue, withdraw] : []
  })
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowUp' && text() === '' && waiting().length > 0) {
      event.preventDefault()
      void editLast()
      return
    }
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    void send(event.altKey ? 'later' : 'next')
  }
  return (
    <div class="flex-none rule-top bg-bg1 px-3 py-2.5 col gap-2">
      <For each={waiting()}>
        {(input) => <Waiting input={input} agent={props.agent} cacheKey={key()} />}
      </For>
      <For each={held()}>
        {({ deed, error }) => (
          <HeldLine
            words={deed.content}
            error={error}
            onWithdraw={() => outbox.withdraw(keyOf(deed))}
          />
        )}
      </For>
      <Show when={isLive(props.agent) && refused()}>
        {(input) => (
          <p class="row items-start text-small text-fail">
            <Glyph name="fail" />
            <span class="wrap-any">
              Refused at {formatClock(Date.parse(input().created_at))}:{' '}
              {input().reason ?? 'no reason given'}
            </span>
          </p>
        )}
      </Show>
      <Show
        when={isLive(props.agent)}
        fallback={
          <p class="t3 text-small">
            {props.name} has ended. Messages can only be sent to agents that run.
          </p>
        }
      >
        <div class="border border-solid border-ctl rounded-node px-3 pt-2 pb-1.5 col gap-1.5 focus-within:border-tx1">
          <textarea
            ref={field}
            class="w-full bg-transparent border-0 p-0 resize-none outline-none! text-[16px] md:text-body field-sizing-content min-h-11 md:min-h-6 max-h-[30vh] placeholder:text-tx3"
            rows={1}
            placeholder={`Message ${props.name}`}
            aria-label={`Message ${props.name}`}
            value={text()}
            onInput={(event) => setText(event.currentTarget.value)}
            onKeyDown={onKeyDown}
          />
          <div class="row flex-wrap">
            <span class="text-small flex-1 min-w-0" role="status">
              <Show when={act.error()} fallback={<span class="t3">{reading().words}</span>}>
                <span class="text-fail wrap-any">{act.error()}</span>
              </Show>
            </span>
            <Button
              look="quiet"
              small
              class="lt-md:hidden!"
              shortcut="⌥↵"
              disabled={isHeldBack()}
              busy={act.busy()}
              onClick={() => void send('later')}
            >
              Queue for later
            </Button>
            <Button
              small
              look="next"
              shortcut="↵"
              disabled={isHeldBack()}
              busy={act.busy()}
              onClick={() => void send('next')}
            >
              Send
            </Button>
          </div>
        </div>
      </Show>
    </div>
  )
}

function Waiting(props: { input: AgentInput; agent: Agent; cacheKey: string }): JSX.Element {
  const act = createAct()
  const told = () => unfence(props.input.content)
  return (
    <div class="border border-dashed border-ctl rounded-node px-2.5 py-1 row">
      <span class="col flex-1">
        <span class="t3 text-small">
          {told().from}, {formatClock(Date.parse(props.input.created_at))} ·{' '}
          {words[props.input.state]}
          {props.input.priority === 'later' ? ' · after this turn' : ''}
        </span>
        <span class="wrap-any line-clamp-3">{told().text}</span>
        <Show when={act.error()}>
          <span class="text-fail text-small">{act.error()}</span>
        </Show>
      </span>
      <Button
        look="quiet"
        small
        busy={act.busy()}
        onClick={() =>
          void act.run(async () => {
            await api.withdraw(props.agent.task_id, props.agent.id, props.input.id)
            await store.inputs.refresh(props.cacheKey)
          })
        }
      >
        Withdraw
      </Button>
    </div>
  )
}
