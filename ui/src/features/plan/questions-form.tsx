import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { Question } from '#contract/plan.ts'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextArea } from '../../components/field.tsx'
import { HeldLine } from '../../components/held-line.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { type Held, keyOf as heldKey } from '../../data/outbox.ts'
import { outbox } from '../../data/sending.ts'
import { store } from '../../data/store.ts'
import { formatKeys } from '../../lib/keystrokes.ts'
import { load, save } from '../../lib/storage.ts'
import { plural } from '../../lib/text.ts'
import { formatClock } from '../../lib/time.ts'

const keyOf = (id: string): string => `answer.${id}`

/** All open questions of the planner at once. What is left empty may be left to the planner. Unsent answers stay. */
export function QuestionsForm(props: {
  taskId: string
  questions: readonly Question[]
}): JSX.Element {
  const open = createMemo(() => props.questions.filter(({ status }) => status === 'pending'))
  const [answers, setAnswers] = createStore<Record<string, string>>(
    Object.fromEntries(props.questions.map(({ id }) => [id, load(keyOf(id))])),
  )
  const [isLeaving, setLeaving] = createSignal(false)
  const act = createAct()
  const missing = (): number => open().filter(({ id }) => (answers[id] ?? '').trim() === '').length
  const isReady = (): boolean => missing() < open().length || isLeaving()
  const put = (id: string, answer: string): void => {
    setAnswers(id, answer)
    save(keyOf(id), answer)
  }
  const keyOfAnswer = (questionId: string): string =>
    heldKey({ kind: 'answer', taskId: props.taskId, questionId, text: '' })
  const heldOf = (questionId: string): Held | undefined => outbox.find(keyOfAnswer(questionId))
  const send = (): void => {
    if (!isReady()) return
    void act.run(async () => {
      try {
        for (const { id } of open()) {
          const answer = (answers[id] ?? '').trim()
          if (answer === '') continue
          await outbox.send({ kind: 'answer', taskId: props.taskId, questionId: id, text: answer })
          save(keyOf(id), '')
        }
        if (isLeaving()) await api.skipQuestions(props.taskId)
      } finally {
        await Promise.all([store.questions.refresh(props.taskId), store.task.refresh(props.taskId)])
      }
    })
  }
  useActions(() => [
    {
      id: 'plan.answers',
      label: 'Send the answers',
      group: 'Plan',
      keys: 'Mod+Enter',
      run: send,
      disabled: !isReady() && 'Answer a question first, or let the planner decide.',
    },
  ])
  const word = (): string =>
    missing() > 0 && missing() < open().length && !isLeaving()
      ? `Send ${plural(open().length - missing(), 'answer')}`
      : 'Send answers'
  return (
    <form
      class="col gap-5 max-w-[760px]"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <h2 class="h-part">{plural(open().length, 'question')} before it plans</h2>
      <For each={open()}>
        {(question, index) => (
          <OpenQuestion
            question={question}
            number={open().length > 1 ? index() + 1 : undefined}
            answer={answers[question.id] ?? ''}
            onAnswer={(answer) => put(question.id, answer)}
            held={heldOf(question.id)}
            onWithdraw={() => outbox.withdraw(keyOfAnswer(question.id))}
          />
        )}
      </For>
      <Show when={missing() > 0}>
        <label class="row items-start min-h-11 md:min-h-6">
          <input
            type="checkbox"
            class="mt-0.5"
            checked={isLeaving()}
            onChange={(event) => setLeaving(event.currentTarget.checked)}
          />
          <span class="t2">Let the planner decide what I leave empty</span>
        </label>
      </Show>
      <ErrorLine text={act.error()} />
      <div class="row flex-wrap">
        <Button
          look="primary"
          type="submit"
          shortcut={formatKeys('Mod+Enter')}
          busy={act.busy()}
          disabled={!isReady()}
        >
          {word()}
        </Button>
        <span class="t3 text-small">
          The planner goes on when every question is answered. What you typed is kept here until
          then.
        </span>
      </div>
      <History questions={props.questions} />
    </form>
  )
}

const wordsOf = ({ deed }: Held): string => (deed.kind === 'answer' ? deed.text : '')

function OpenQuestion(props: {
  question: Question
  number: number | undefined
  answer: string
  onAnswer: (answer: string) => void
  held: Held | undefined
  onWithdraw: () => void
}): JSX.Element {
  const choices = (): string[] => [...props.question.options, ...props.question.suggestions]
  return (
    <fieldset class="border-0 p-0 m-0 col gap-2">
      {/* A legend takes no part in the gaps of its fieldset. */}
      <legend
        class="p-0 font-500 wrap-any text-[14px] leading-[21px]"
        classList={{ 'pb-2': !props.question.context, 'pb-0.5': !!props.question.context }}
      >
        <Show when={props.number}>
          <span class="t3">{props.number}. </span>
        </Show>
        {props.question.text}
      </legend>
      <Show when={props.question.context}>
        <p class="t2 wrap-any">{props.question.context}</p>
      </Show>
      <Show when={choices().length > 0}>
        <div class="flex flex-wrap gap-1.5">
          <For each={choices()}>
            {(choice) => (
              <button
                type="button"
                aria-pressed={props.answer === choice}
                class="button h-auto! min-h-11 md:min-h-7 py-1 whitespace-normal! text-start"
                classList={{
                  'border-tx1! shadow-[inset_0_0_0_1px_var(--tx1)]': props.answer === choice,
                }}
                onClick={() => props.onAnswer(props.answer === choice ? '' : choice)}
              >
                {choice}
              </button>
            )}
          </For>
        </div>
      </Show>
      <TextArea
        rows={choices().length > 0 ? 1 : 3}
        label={`Answer to: ${props.question.text}`}
        placeholder={choices().length > 0 ? 'Or in your own words' : 'Your answer'}
        value={props.answer}
        onInput={props.onAnswer}
      />
      <Show when={props.held}>
        {(held) => (
          <HeldLine
            words={wordsOf(held())}
            error={held().error}
            onWithdraw={() => props.onWithdraw()}
          />
        )}
      </Show>
    </fieldset>
  )
}

/** Earlier rounds, and what is answered of this one. */
function History(props: { questions: readonly Question[] }): JSX.Element {
  const rounds = createMemo(() => {
    const settled = props.questions.filter(({ status }) => status !== 'pending')
    return [...Map.groupBy(settled, ({ round }) => round)].sort(([a], [b]) => b - a)
  })
  return (
    <For each={rounds()}>
      {([round, questions]) => (
        <details class="rule-top pt-2">
          <summary class="t2 font-500">
            Round {round}, {plural(questions.length, 'question')} settled
          </summary>
          <dl class="col gap-2.5 pt-2">
            <For each={questions}>
              {(question) => (
                <div class="col gap-0.5">
                  <dt class="t2 wrap-any">{question.text}</dt>
                  <dd class="wrap-any">
                    {question.answer ?? <span class="t3">Left to the planner</span>}{' '}
                    <span class="t3 text-small">
                      {question.answered_at ? formatClock(Date.parse(question.answered_at)) : ''}
                    </span>
                  </dd>
                </div>
              )}
            </For>
          </dl>
        </details>
      )}
    </For>
  )
}
