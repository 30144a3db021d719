import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import { load, save } from '../lib/storage.ts'
import { Button } from './button.tsx'

/**
 * Answers a question: options, or suggestions where there are none, answer at once; anything else is written, and what
 * is written survives a reload when `draftKey` names it.
 */
export function AnswerButtons(props: {
  options: readonly string[]
  suggestions: readonly string[]
  busy: boolean
  onAnswer: (answer: string) => void
  draftKey?: string
  /** The question is what the page is about: its keys are shown. No answer looks better than another. */
  isFocused?: boolean
  /** A signal that opens the free text each time it is set to `true`. */
  opens?: () => boolean
}): JSX.Element {
  const draft = props.draftKey ?? ''
  const [text, setText] = createSignal(draft ? load(draft) : '')
  const [isOther, setOther] = createSignal(text() !== '')
  let field: HTMLInputElement | undefined
  const choices = (): readonly string[] =>
    props.options.length > 0 ? props.options : props.suggestions
  const write = (value: string): void => {
    setText(value)
    if (draft) save(draft, value)
  }
  const open = (): void => {
    setOther(true)
    queueMicrotask(() => field?.focus())
  }
  createEffect(
    on(
      () => props.opens?.(),
      (isWanted) => {
        if (isWanted) open()
      },
      { defer: true },
    ),
  )
  const key = (name: string): { shortcut?: string } => (props.isFocused ? { shortcut: name } : {})
  return (
    <>
      <For each={choices()}>
        {(choice, index) => (
          <Button
            class="lt-md:flex-auto max-w-full h-auto! min-h-11 md:min-h-7 shrink! whitespace-normal!"
            {...(index() < 9 ? key(String(index() + 1)) : {})}
            busy={props.busy}
            onClick={() => props.onAnswer(choice)}
          >
            {choice}
          </Button>
        )}
      </For>
      <Show
        when={isOther() || choices().length === 0}
        fallback={
          <Button look="quiet" onClick={open} {...key('R')}>
            Other…
          </Button>
        }
      >
        <form
          class="flex flex-1 gap-1.5 min-w-[min(280px,100%)]"
          onSubmit={(event) => {
            event.preventDefault()
            if (text().trim() !== '') props.onAnswer(text().trim())
          }}
        >
          <input
            ref={field}
            class="input"
            aria-label="Your answer"
            placeholder="Your answer"
            value={text()}
            onInput={(event) => write(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return
              event.preventDefault()
              const row = event.currentTarget.closest<HTMLElement>('[data-attention]')
              setOther(false)
              row?.focus()
            }}
          />
          <Button
            type="submit"
            look={props.isFocused ? 'primary' : 'plain'}
            busy={props.busy}
            disabled={text().trim() === ''}
          >
            Answer
          </Button>
        </form>
      </Show>
    </>
  )
}
