import { createSignal, For, type JSX, Show } from 'solid-js'
import { Button } from './button.tsx'

/** Options answer at once; suggestions fill the text, which is sent with the form it stands in. */
export function AnswerButtons(props: {
  options: readonly string[]
  suggestions: readonly string[]
  busy: boolean
  onAnswer: (answer: string) => void
}): JSX.Element {
  const [isOther, setOther] = createSignal(false)
  const [text, setText] = createSignal('')
  const choices = (): readonly string[] =>
    props.options.length > 0 ? props.options : props.suggestions
  const needsText = (): boolean => isOther() || choices().length === 0
  const send = (event: Event): void => {
    event.preventDefault()
    if (text().trim() !== '') props.onAnswer(text().trim())
  }
  return (
    <div class="flex flex-wrap gap-1.5 items-center md:justify-end">
      <Show
        when={needsText()}
        fallback={
          <>
            <For each={choices()}>
              {(choice) => (
                <Button
                  class="lt-md:flex-1 max-w-full h-auto! min-h-11 md:min-h-7 whitespace-normal!"
                  busy={props.busy}
                  onClick={() => props.onAnswer(choice)}
                >
                  {choice}
                </Button>
              )}
            </For>
            <Button look="quiet" onClick={() => setOther(true)}>
              Other…
            </Button>
          </>
        }
      >
        <form class="flex flex-1 gap-1.5 min-w-[min(320px,100%)]" onSubmit={send}>
          <input
            class="input"
            aria-label="Your answer"
            placeholder="Your answer"
            value={text()}
            onInput={(event) => setText(event.currentTarget.value)}
            ref={(field) => isOther() && queueMicrotask(() => field.focus())}
          />
          <Button type="submit" busy={props.busy} disabled={text().trim() === ''}>
            Answer
          </Button>
        </form>
      </Show>
    </div>
  )
}
