import { A } from '@solidjs/router'
import { createMemo, createSignal, type JSX, Show } from 'solid-js'
import type { Question } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { AnswerButtons } from '../../components/question-answer.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { isPhone } from '../../data/screen.ts'
import { store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'

/** The planner waits: its first question, answered here; where the whole form is shown only that it waits. */
export function QuestionBanner(props: {
  task: Task
  isFormShown: boolean
  /** The page is about something else: on a phone only what is asked, until somebody wants to answer. */
  isBrief?: boolean
}): JSX.Element {
  const act = createAct()
  const open = createMemo((): Question[] =>
    (store.questions.get(props.task.id).value ?? []).filter(({ status }) => status === 'pending'),
  )
  const answer = (id: string, text: string): void =>
    void act.run(async () => {
      await api.answer(props.task.id, id, text)
      await Promise.all([store.questions.refresh(props.task.id), store.task.refresh(props.task.id)])
    })
  const [isReplying, setReplying] = createSignal(false, { equals: false })
  const [isOpen, setOpen] = createSignal(false)
  const isFolded = (): boolean => props.isBrief === true && isPhone() && !isOpen()
  let choices: HTMLDivElement | undefined
  const unfold = (): void => {
    setOpen(true)
    choices?.querySelector('button')?.focus()
  }
  useActions(() => {
    const first = props.isFormShown ? undefined : open()[0]
    if (!first) return []
    const choices = first.options.length > 0 ? first.options : first.suggestions
    return [
      ...choices.map((choice, index) => ({
        id: `question.choice-${index + 1}`,
        label: `Answer “${choice}”`,
        group: 'Needs you',
        disabled: act.busy() && 'An answer is being sent.',
        run: () => answer(first.id, choice),
      })),
      {
        id: 'question.reply',
        label: 'Answer in your words',
        group: 'Needs you',
        run: () => {
          setOpen(true)
          setReplying(true)
        },
      },
    ]
  })
  return (
    <section
      aria-label="Needs you"
      class="flex flex-wrap items-start md:items-center gap-x-2.5 gap-y-2 px-4 md:px-5 py-2 bg-need-tint rule flex-none"
    >
      <Glyph name="need" class="lt-md:mt-0.5" />
      <Show
        when={!props.isFormShown && open()[0]}
        fallback={
          <span class="text-need font-500 flex-1 min-w-0 wrap-any">
            The planner asks you before it goes on. Nothing runs until then.
          </span>
        }
      >
        {(question) => (
          <>
            <div class="flex-1 min-w-0 md:min-w-[240px]">
              <span class="text-need font-500 wrap-any">{question().text}</span>{' '}
              <Show when={open().length > 1}>
                <A
                  class="t2 link whitespace-nowrap inline-flex items-center min-h-11 md:min-h-0 -my-3 md:my-0"
                  href={`/tasks/${props.task.id}`}
                >
                  {plural(open().length - 1, 'more question')}
                </A>
              </Show>
              <Show when={!isFolded() && question().context}>
                <span class="t2 block wrap-any whitespace-pre-line max-h-[40vh] overflow-auto">
                  {question().context}
                </span>
              </Show>
              <Show when={act.error()}>
                <span role="alert" class="block text-fail wrap-any">
                  {act.error()}
                </span>
              </Show>
            </div>
            <Show when={isFolded()}>
              <Button aria-expanded={false} onClick={unfold}>
                Answer
              </Button>
            </Show>
            <div
              ref={choices}
              class="flex flex-wrap gap-1.5 lt-md:w-full"
              classList={{ 'hidden!': isFolded() }}
            >
              <AnswerButtons
                options={question().options}
                suggestions={question().suggestions}
                busy={act.busy()}
                opens={isReplying}
                onAnswer={(text) => answer(question().id, text)}
              />
            </div>
          </>
        )}
      </Show>
    </section>
  )
}
