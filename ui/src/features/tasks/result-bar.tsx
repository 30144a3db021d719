import { createSignal, type JSX, Show } from 'solid-js'
import type { ResultCheck } from '#contract/result-check.ts'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import { store } from '../../data/store.ts'
import { describeResult, resultGlyph } from '../../lib/result-words.ts'

/** What the tests of the repository say of the merged work. Elsewhere than on the plan only while it matters. */
export function ResultBar(props: { task: Task; isBrief: boolean }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  const shown = (): ResultCheck | undefined => {
    const check = props.task.result_check
    if (!check || check.state === 'none') return undefined
    const isPressing = check.state === 'running' || check.question_id !== undefined
    return !props.isBrief || isPressing ? check : undefined
  }
  const names = () =>
    new Map(
      (store.plan.peek(props.task.id)?.value?.subtasks ?? []).map(({ id, name }) => [id, name]),
    )
  useActions(() =>
    shown()?.output
      ? [
          {
            id: 'task.test-output',
            label: isOpen() ? 'Hide the test’s output' : 'Show the test’s output',
            group: 'Task',
            run: () => void setOpen(!isOpen()),
          },
        ]
      : [],
  )
  return (
    <Show when={shown()}>
      {(check) => (
        <section aria-label="Test of the result" class="col gap-2 px-4 md:px-5 py-2 rule flex-none">
          <div class="flex flex-wrap items-center gap-x-2.5 gap-y-1">
            <Glyph name={resultGlyph(check())} />
            <span class="flex-1 min-w-0 wrap-any" role="status">
              <Show when={check().command}>
                {(command) => <span class="mono-small">{command()} </span>}
              </Show>
              {describeResult(check(), names())}
            </span>
            <Show when={check().output}>
              <Button
                look="quiet"
                small
                aria-expanded={isOpen()}
                onClick={() => setOpen(!isOpen())}
              >
                {isOpen() ? 'Hide the test’s output' : 'Show the test’s output'}
              </Button>
            </Show>
          </div>
          <Show when={isOpen() && check().output}>
            {(output) => (
              <section class="min-w-0" aria-label="What the test printed">
                <pre
                  class="card m-0 p-3 max-h-72 overflow-auto font-mono text-code whitespace-pre-wrap wrap-any"
                  tabindex="0"
                >
                  {output()}
                </pre>
              </section>
            )}
          </Show>
        </section>
      )}
    </Show>
  )
}
