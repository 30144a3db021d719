import { A } from '@solidjs/router'
import { type JSX, Match, Show, Switch } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import { formatKeys } from '../../lib/keystrokes.ts'
import type { Starter } from './start-task.ts'

/** What keeps a task from running: `blocks` when it cannot even be started. */
export type Trouble = { words: string; blocks: boolean }

/** Says why it cannot start, how far it is, or what such a task usually costs; and starts it. */
export function NewTaskFooter(props: {
  starter: Starter
  trouble: Trouble | undefined
  estimate: string | undefined
  /** "Uploading 3 of 12, 14 of 30 MB". */
  upload: string
  onStart: (autoApprove: boolean) => void
}): JSX.Element {
  const isBusy = (): boolean => props.starter.phase() !== 'idle'
  const isBlocked = (): boolean => props.trouble?.blocks ?? false
  useActions(() =>
    props.starter.phase() === 'uploading'
      ? [
          {
            id: 'new-task.stop-uploading',
            label: 'Stop uploading',
            group: 'New task',
            run: () => props.starter.stop(),
          },
        ]
      : [],
  )
  return (
    <footer class="flex-none rule-top bg-bg0 px-4 md:px-5 py-2.5">
      <div class="max-w-[720px] flex flex-wrap items-center gap-2">
        <div class="flex-1 min-w-[220px] text-small t2" role="status" id="new-task-state">
          <Switch fallback={<span class="t3">{props.estimate}</span>}>
            <Match when={props.starter.phase() === 'uploading'}>{props.upload}</Match>
            <Match when={props.starter.phase() === 'creating'}>Creating the task</Match>
            <Match when={props.starter.phase() === 'starting'}>Starting</Match>
            <Match when={props.starter.error()}>
              <span class="row items-start">
                <Glyph name="fail" />
                <span class="wrap-any min-w-0">
                  {props.starter.error()}{' '}
                  <Show when={props.starter.draftId()}>
                    {(id) => (
                      <A class="link" href={`/tasks/${id()}`}>
                        The task is kept as a draft
                      </A>
                    )}
                  </Show>
                </span>
              </span>
            </Match>
            <Match when={props.trouble}>
              {(trouble) => (
                <span class="row items-start">
                  <Glyph name={trouble().blocks ? 'fail' : 'unknown'} />
                  <span class="wrap-any min-w-0">
                    {trouble().words}{' '}
                    <A class="link" href="/doctor">
                      Open the doctor
                    </A>
                  </span>
                </span>
              )}
            </Match>
          </Switch>
        </div>
        <Show
          when={props.starter.phase() !== 'uploading'}
          fallback={
            <Button class="lt-md:flex-1" onClick={() => props.starter.stop()}>
              Stop uploading
            </Button>
          }
        >
          <Button
            class="lt-md:flex-1"
            disabled={isBlocked()}
            busy={isBusy()}
            aria-describedby="new-task-state"
            onClick={() => props.onStart(true)}
          >
            Start without approval
          </Button>
          <Button
            class="lt-md:flex-1"
            look="primary"
            type="submit"
            disabled={isBlocked()}
            busy={isBusy()}
            aria-describedby="new-task-state"
            shortcut={formatKeys('Mod+Enter')}
          >
            Plan first
          </Button>
        </Show>
      </div>
    </footer>
  )
}
