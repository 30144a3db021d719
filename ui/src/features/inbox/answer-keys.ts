import { type Accessor, createSignal, onCleanup } from 'solid-js'
import type { AttentionItem } from '#contract/attention.ts'
import { type Action, useActions } from '../../data/actions.ts'
import { type Answering, choicesOf, type Verb, verbsOf } from './answering.ts'
import { isGuarded } from './inbox-rows.ts'

type Options = {
  /** What the keys act on; undefined when nothing has the focus. */
  item: Accessor<AttentionItem | undefined>
  /** When that became focused or changed, epoch milliseconds. */
  since: () => number
  answering: Answering
  reply: (item: AttentionItem) => void
  /** Shows the whole matter. */
  open: (item: AttentionItem) => void
}

const labels: Record<Verb, { label: string; keys: string }> = {
  allow: { label: 'Allow once', keys: 'a' },
  'allow-task': { label: 'Allow for this task', keys: 'A' },
  deny: { label: 'Deny, with a reason', keys: 'x' },
  approve: { label: 'Approve the plan', keys: 'a' },
  retry: { label: 'Retry', keys: 'R' },
  skip: { label: 'Skip the subtask', keys: 'S' },
  reply: { label: 'Answer in your words', keys: 'r' },
  resolve: { label: 'Resolve the conflict…', keys: 'r' },
}

/** Where the same key has another word. */
const followUpLabels: Partial<Record<Verb, { label: string; keys: string }>> = {
  retry: { label: 'Send to the agent', keys: 'R' },
  skip: { label: 'Dismiss', keys: 'S' },
}

/** Keys that answer the focused item, off in its first 400 ms. Only what the item can take is registered. */
export function useAnswerKeys({ item, since, answering, reply, open }: Options): void {
  const guarded = (work: (item: AttentionItem) => unknown) => (): boolean => {
    const focused = item()
    if (!focused || isGuarded(since(), Date.now())) return false
    work(focused)
    return true
  }
  const run: Record<Verb, (item: AttentionItem) => unknown> = {
    allow: (each) => answering.allow(each, 'once'),
    'allow-task': (each) => answering.allow(each, 'task'),
    deny: reply,
    approve: (each) => answering.approve(each),
    retry: (each) => answering.retry(each),
    skip: (each) => answering.skip(each),
    reply,
    resolve: reply,
  }
  useActions(() => {
    const focused = item()
    if (!focused) return []
    const verbs = verbsOf(focused).map(
      (verb): Action => ({
        id: `attention.${verb}`,
        group: 'Needs you',
        ...((focused.kind === 'follow-up' && followUpLabels[verb]) || labels[verb]),
        run: guarded(run[verb]),
      }),
    )
    const choices = choicesOf(focused)
      .slice(0, 9)
      .map(
        (choice, index): Action => ({
          id: `attention.choice-${index + 1}`,
          label: `Answer “${choice}”`,
          group: 'Needs you',
          keys: String(index + 1),
          run: guarded((each) => answering.answer(each, choice)),
        }),
      )
    const show: Action = {
      id: 'attention.open',
      label: 'Open what it is about',
      group: 'Needs you',
      keys: 'Enter',
      run: () => open(focused),
    }
    return [...verbs, ...choices, show]
  })
}

/** Which item has the focus in a list of `[data-attention]` rows, and since when. */
export function createFocusedItem(items: Accessor<readonly AttentionItem[]>): {
  item: Accessor<AttentionItem | undefined>
  since: () => number
  onFocusIn: (event: FocusEvent) => void
  onFocusOut: (event: FocusEvent) => void
} {
  const [id, setId] = createSignal('')
  let since = 0
  let list: EventTarget | null = null
  /** A dialog takes the focus, also from the keys, and gives it back. */
  const stays = (to: EventTarget | null): boolean =>
    to instanceof Element &&
    ((list instanceof Element && list.contains(to)) || to.closest('dialog') !== null)
  const lookAt = (to: EventTarget | null): void => {
    if (id() !== '' && !stays(to)) setId('')
  }
  const onAnyFocus = ({ target }: FocusEvent): void => lookAt(target)
  document.addEventListener('focusin', onAnyFocus)
  onCleanup(() => document.removeEventListener('focusin', onAnyFocus))
  return {
    item: () => items().find((each) => each.id === id()),
    since: () => since,
    onFocusIn(event) {
      list = event.currentTarget
      // A press focuses too. Marking the row then would move the button from under the pointer before it is let go.
      if (!(event.target instanceof Element && event.target.matches(':focus-visible'))) return
      const row = event.target.closest('[data-attention]')
      const next = row?.getAttribute('data-attention') ?? ''
      if (next !== id()) since = Date.now()
      setId(next)
    },
    onFocusOut({ relatedTarget }) {
      // What a dialog takes is known only when it has taken it.
      if (!stays(relatedTarget)) queueMicrotask(() => lookAt(document.activeElement))
    },
  }
}
