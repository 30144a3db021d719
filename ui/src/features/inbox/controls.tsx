import { type JSX, Match, Show, Switch } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { Button, LinkButton } from '../../components/button.tsx'
import { HeldLine } from '../../components/held-line.tsx'
import { AnswerButtons } from '../../components/question-answer.tsx'
import type { Held } from '../../data/outbox.ts'
import { save } from '../../lib/storage.ts'
import { type Answering, canPlanAgain } from './answering.ts'
import { PermissionButtons } from './permission-buttons.tsx'
import { ResolveButton } from './resolve-button.tsx'

type Props = {
  item: AttentionItem
  answering: Answering
  /** It is what the page is about: its first answer is the one ink button, and its keys are shown. */
  isFocused: boolean
  /** Set by the reply key, also to the same id again: opens the free text of that item. */
  replyTo: string
}

/** The buttons that answer an item; equal on Home and in the inbox, 44 px high on a phone. */
export function Controls(props: Props): JSX.Element {
  const isBusy = (): boolean => props.answering.of(props.item.id).isBusy
  const key = (name: string): { shortcut?: string } => (props.isFocused ? { shortcut: name } : {})
  const look = (): 'primary' | 'plain' => (props.isFocused ? 'primary' : 'plain')
  return (
    <div class="flex flex-wrap gap-1.5 flex-1 md:justify-end">
      <Switch>
        <Match when={props.answering.held(props.item)}>
          {(held) => (
            <HeldLine
              words={heldWords(held())}
              error={held().error}
              onWithdraw={() => props.answering.withdraw(props.item)}
            />
          )}
        </Match>
        <Match when={props.item.kind === 'permission' && props.item}>
          {(item) => <PermissionButtons {...props} item={item()} />}
        </Match>
        <Match when={props.item.kind === 'question'}>
          <Choices {...props} />
        </Match>
        <Match when={props.item.kind === 'plan' && props.item}>
          {(item) => (
            <>
              <Button
                look={look()}
                class="lt-md:flex-1"
                {...key('A')}
                busy={isBusy()}
                onClick={() => void props.answering.approve(item())}
              >
                Approve
              </Button>
              <LinkButton class="lt-md:flex-1" href={`/tasks/${item().task.id}`} {...key('↵')}>
                Review plan
              </LinkButton>
            </>
          )}
        </Match>
        <Match when={props.item.kind === 'subtask' || props.item.kind === 'conflict'}>
          <Show when={props.item.kind === 'conflict' && props.item}>
            {(item) => <ResolveButton {...props} item={item()} />}
          </Show>
          <Button
            look={props.item.kind === 'conflict' ? 'plain' : look()}
            class="lt-md:flex-1"
            {...key('⇧R')}
            busy={isBusy()}
            onClick={() => void props.answering.retry(props.item)}
          >
            Retry
          </Button>
          <Button
            class="lt-md:flex-1"
            {...key('⇧S')}
            busy={isBusy()}
            onClick={() => void props.answering.skip(props.item)}
          >
            Skip
          </Button>
          <SeeTask item={props.item} {...key('↵')} />
        </Match>
        <Match when={props.item.kind === 'follow-up'}>
          <Button
            look={look()}
            class="lt-md:flex-1"
            {...key('⇧R')}
            busy={isBusy()}
            onClick={() => void props.answering.retry(props.item)}
          >
            Send to the agent
          </Button>
          <Button
            class="lt-md:flex-1"
            {...key('⇧S')}
            busy={isBusy()}
            onClick={() => void props.answering.skip(props.item)}
          >
            Dismiss
          </Button>
        </Match>
        <Match when={props.item.kind === 'failed'}>
          <Show when={canPlanAgain(props.item)}>
            <Button
              look={look()}
              class="lt-md:flex-1"
              {...key('⇧R')}
              busy={isBusy()}
              onClick={() => void props.answering.retry(props.item)}
            >
              Plan again
            </Button>
          </Show>
          <SeeTask item={props.item} {...key('↵')} />
        </Match>
      </Switch>
    </div>
  )
}

function heldWords({ deed }: Held): string {
  if (deed.kind === 'answer') return deed.text
  if (deed.kind !== 'permission') return 'Approve'
  const { answer } = deed
  if (answer.decision === 'allow')
    return answer.scope === 'task' ? 'Allow for this task' : 'Allow once'
  return answer.message === '' ? 'Deny' : `Deny: ${answer.message}`
}

function SeeTask(props: { item: AttentionItem; shortcut?: string }): JSX.Element {
  return (
    <LinkButton
      class="lt-md:flex-1"
      href={addressOf(props.item)}
      {...(props.shortcut ? { shortcut: props.shortcut } : {})}
    >
      See what failed
    </LinkButton>
  )
}

/** Where the whole matter is shown. */
export function addressOf(item: AttentionItem): string {
  const task = `/tasks/${item.task.id}`
  if (item.kind === 'permission') return `${task}/agents/${item.agent.id}`
  return item.kind === 'subtask' || item.kind === 'conflict'
    ? `${task}?subtask=${encodeURIComponent(item.subtask.id)}`
    : task
}

function Choices(props: Props): JSX.Element {
  const question = () => (props.item.kind === 'question' ? props.item.question : undefined)
  const draftKey = `answer.${props.item.id}`
  const send = async (answer: string): Promise<void> => {
    // The row goes with its answer: nothing of it can be asked afterwards.
    const { item, answering } = props
    await answering.answer(item, answer)
    if (answering.of(item.id).error === '') save(draftKey, '')
  }
  return (
    <AnswerButtons
      options={question()?.options ?? []}
      suggestions={question()?.suggestions ?? []}
      busy={props.answering.of(props.item.id).isBusy}
      onAnswer={(answer) => void send(answer)}
      draftKey={draftKey}
      isFocused={props.isFocused}
      opens={() => props.replyTo === props.item.id}
    />
  )
}
