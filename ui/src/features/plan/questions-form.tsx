import { createSignal, For, type JSX, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import type { Question } from '#contract/plan.ts'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'
import { formatClock } from '../../lib/time.ts'

/** All open questions of the planner at once. What is left empty may be left to the planner. */
export function QuestionsForm(props: {
  taskId: string
  questions: readonly Question[]
}): JSX.Element {
  const open = (): Question[] => props.questions.filter(({ status }) => status === 'pending')
  const answered = (): Question[] => props.questions.filter(({ status }) => status === 'answered')
  const [answers, setAnswers] = createStore<Record<string, string>>({})
  const [isLeaving, setLeaving] = createSignal(false)
  const act = createAct()
  const missing = (): number => open().filter(({ id }) => (answers[id] ?? '').trim() === '').length

  const send = (): void =>
    void act.run(async () => {
      for (const { id } of open()) {
        const answer = (answers[id] ?? '').trim()
        if (answer !== '') await api.answer(props.taskId, id, answer)
      }
      if (isLeaving()) await api.skipQuestions(props.taskId)
      await Promise.all([store.questions.refresh(props.taskId), store.task.refresh(props.taskId)])
    })
  return (
    <form
      class="col gap-4 max-w-[760px]"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) send()
      }}
    >
      <For each={open()}>
        {(question, index) => (
          <fieldset class="border-0 p-0 m-0 col gap-2">
            <legend class="p-0 font-500 wrap-any">
              <Show when={open().length > 1}>
                <span class="t3">{index() + 1}. </span>
              </Show>
              {question.text}
            </legend>
            <Show when={question.context}>
              <p class="t2 wrap-any">{question.context}</p>
            </Show>
            <div class="flex flex-wrap gap-1.5">
              <For each={[...question.options, ...question.suggestions]}>
                {(choice) => (
                  <button
                    type="button"
                    aria-pressed={answers[question.id] === choice}
                    class="button h-auto! min-h-11 md:min-h-7 whitespace-normal! text-start"
                    classList={{
                      'border-tx1! shadow-[inset_0_0_0_1px_var(--tx1)]':
                        answers[question.id] === choice,
                    }}
                    onClick={() =>
                      setAnswers(question.id, answers[question.id] === choice ? '' : choice)
                    }
                  >
                    {choice}
                  </button>
                )}
              </For>
            </div>
            <TextArea
              rows={2}
              label={`Answer to: ${question.text}`}
              placeholder={question.options.length > 0 ? 'Or in your own words' : 'Your answer'}
              value={answers[question.id] ?? ''}
              onInput={(value) => setAnswers(question.id, value)}
            />
          </fieldset>
        )}
      </For>
      <Show when={missing() > 0}>
        <label class="row items-start">
          <input
            type="checkbox"
            class="mt-0.5"
            checked={isLeaving()}
            onChange={(event) => setLeaving(event.currentTarget.checked)}
          />
          <span class="t2">Let the planner decide what I leave empty</span>
        </label>
      </Show>
      <Show when={act.error()}>
        <p role="alert" class="text-fail">
          {act.error()}
        </p>
      </Show>
      <div class="row flex-wrap">
        <Button
          look="primary"
          type="submit"
          shortcut="⌘↵"
          busy={act.busy()}
          disabled={missing() === open().length && !isLeaving()}
        >
          {missing() > 0 && missing() < open().length && !isLeaving()
            ? `Send ${plural(open().length - missing(), 'answer')}`
            : 'Send answers'}
        </Button>
        <span class="t3 text-small">The planner goes on when every question is answered.</span>
      </div>
      <Show when={answered().length > 0}>
        <details>
          <summary class="t2">{plural(answered().length, 'answered question')}</summary>
          <dl class="col gap-2 pt-2">
            <For each={answered()}>
              {(question) => (
                <div>
                  <dt class="t2 wrap-any">{question.text}</dt>
                  <dd class="wrap-any">
                    {question.answer}{' '}
                    <span class="t3 text-small">
                      {question.answered_at ? formatClock(Date.parse(question.answered_at)) : ''}
                    </span>
                  </dd>
                </div>
              )}
            </For>
          </dl>
        </details>
      </Show>
    </form>
  )
}
