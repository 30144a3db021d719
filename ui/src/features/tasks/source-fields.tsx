import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { type Choice, ChoiceCards } from '../../components/choice-cards.tsx'
import { TextField } from '../../components/field.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { useActions } from '../../data/actions.ts'
import { now } from '../../data/clock.ts'
import { describeFound } from '../../lib/repository-words.ts'
import {
  fieldId,
  type NewTask,
  type Problems,
  type SourceKind,
  takeRepository,
} from './new-task-form.ts'
import type { CheckState } from './source-check.ts'
import { CredentialField, repositoryList, TemplateFields } from './template-fields.tsx'

const ofSettings: Choice<SourceKind> = {
  value: 'template',
  label: 'Saved',
  detail: 'Kept under Settings',
}

const kinds: Choice<SourceKind>[] = [
  { value: 'empty', label: 'Empty', detail: 'Starts with nothing' },
  { value: 'files', label: 'Files', detail: 'Yours, as first commit' },
  { value: 'git', label: 'Git URL', detail: 'Cloned, with a branch' },
  { value: 'local', label: 'Local path', detail: 'On Klaudio’s machine' },
]

type Change = (change: Partial<NewTask>) => void

/** Where the task's repository starts. */
export function SourceFields(props: {
  task: NewTask
  problems: Problems
  check: CheckState
  onChange: Change
  onCheckAgain: () => void
}): JSX.Element {
  return (
    <div class="col gap-3">
      <ChoiceCards
        label="Repository"
        value={props.task.sourceKind}
        choices={repositoryList().length > 0 ? [ofSettings, ...kinds] : kinds}
        class={`grid-cols-2 ${repositoryList().length > 0 ? 'md:grid-cols-5' : 'md:grid-cols-4'}`}
        onChange={(sourceKind) => {
          const [first] = repositoryList()
          if (sourceKind === 'template' && first) props.onChange(takeRepository(first))
          else props.onChange({ sourceKind })
        }}
      />
      <Switch>
        <Match when={props.task.sourceKind === 'empty'}>
          <p class="t3 text-small">
            Files you add above reach the agents in <code>input/</code>, outside of the repository.
          </p>
        </Match>
        <Match when={props.task.sourceKind === 'files'}>
          <p class="t3 text-small">The files you add above become the first commit.</p>
        </Match>
        <Match when={props.task.sourceKind === 'template'}>
          <TemplateFields task={props.task} onChange={props.onChange}>
            <div class="md:w-[240px]">
              <Ref task={props.task} check={props.check} onChange={props.onChange} />
            </div>
            <CheckLine check={props.check} onAgain={props.onCheckAgain} />
          </TemplateFields>
        </Match>
        <Match when={props.task.sourceKind === 'git'}>
          <GitFields {...props} />
        </Match>
        <Match when={props.task.sourceKind === 'local'}>
          <div class="grid gap-3 md:grid-cols-[minmax(0,1fr)_200px]">
            <TextField
              id={fieldId('path')}
              label="Path"
              mono
              placeholder="/home/me/project"
              hint="It is copied, never changed."
              value={props.task.path}
              error={props.problems.path}
              onInput={(path) => props.onChange({ path })}
            />
            <Ref task={props.task} check={props.check} onChange={props.onChange} />
          </div>
          <CheckLine check={props.check} onAgain={props.onCheckAgain} />
        </Match>
      </Switch>
    </div>
  )
}

function GitFields(props: {
  task: NewTask
  problems: Problems
  check: CheckState
  onChange: Change
  onCheckAgain: () => void
}): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  const hasToken = (): boolean => isOpen() || props.task.token !== ''
  const openToken = (): void => {
    setOpen(true)
    queueMicrotask(() => document.getElementById(fieldId('token'))?.focus())
  }
  useActions([
    {
      id: 'new-task.token',
      label: 'Add an access token',
      group: 'New task',
      run: openToken,
    },
  ])
  return (
    <>
      <div class="grid gap-3 md:grid-cols-[minmax(0,1fr)_200px]">
        <TextField
          id={fieldId('url')}
          label="URL"
          mono
          inputMode="url"
          placeholder="https://github.com/acme/api.git"
          value={props.task.url}
          error={props.problems.url}
          onInput={(url) => props.onChange({ url })}
        />
        <Ref task={props.task} check={props.check} onChange={props.onChange} />
      </div>
      <CheckLine
        check={props.check}
        onAgain={props.onCheckAgain}
        onToken={hasToken() ? undefined : openToken}
      />
      <CredentialField value={props.task.credential} onChange={props.onChange} />
      <Show
        when={hasToken()}
        fallback={
          <div>
            <Button look="quiet" icon="lock" class="-ml-2.5" onClick={openToken}>
              Add an access token
            </Button>
          </div>
        }
      >
        <TextField
          id={fieldId('token')}
          label="Access token"
          type="password"
          mono
          autocomplete="off"
          hint="Only for a private repository. Stored encrypted, never shown again, not kept in the draft."
          value={props.task.token}
          onInput={(token) => props.onChange({ token })}
        />
      </Show>
    </>
  )
}

function Ref(props: { task: NewTask; check: CheckState; onChange: Change }): JSX.Element {
  const branches = (): readonly string[] =>
    props.check.kind === 'found' ? props.check.found.branches : []
  return (
    <TextField
      id={fieldId('ref')}
      label="Branch, tag or commit"
      mono
      placeholder={props.check.kind === 'found' ? (props.check.found.branch ?? '') : 'default'}
      suggestions={branches()}
      value={props.task.ref}
      onInput={(ref) => props.onChange({ ref })}
    />
  )
}

/** What was found there, or why nothing was. Keeps its place while it looks. */
function CheckLine(props: {
  check: CheckState
  onAgain: () => void
  onToken?: (() => void) | undefined
}): JSX.Element {
  const refused = () => (props.check.kind === 'refused' ? props.check : undefined)
  const found = () => (props.check.kind === 'found' ? props.check.found : undefined)
  useActions(() =>
    refused()
      ? [
          {
            id: 'new-task.look-again',
            label: 'Look again at the repository',
            group: 'New task',
            run: () => props.onAgain(),
          },
        ]
      : [],
  )
  const wantsToken = (): boolean => /access token|asks for a login/i.test(refused()?.message ?? '')
  return (
    <div role="status" class="min-h-5 text-small -mt-1.5 empty:hidden">
      <Switch>
        <Match when={props.check.kind === 'checking'}>
          <span class="row t3">
            <Glyph name="run" /> Looking at the repository
          </span>
        </Match>
        <Match when={found()}>
          {(what) => (
            <span class="row">
              <Glyph name="done" />
              <span class="wrap-any min-w-0">{describeFound(what(), now())}</span>
            </span>
          )}
        </Match>
        <Match when={refused()}>
          {(why) => (
            <div class="col gap-1.5">
              <span class="row items-start">
                <Glyph name="fail" />
                <span class="wrap-any min-w-0">{why().message}</span>
              </span>
              <Show when={why().git}>
                {(line) => <code class="well px-2 py-1 mono-small wrap-any">{line()}</code>}
              </Show>
              <span class="flex gap-2">
                <Show when={wantsToken() && props.onToken}>
                  {(open) => (
                    <Button small onClick={() => open()()}>
                      Add token
                    </Button>
                  )}
                </Show>
                <Button small onClick={() => props.onAgain()}>
                  Look again
                </Button>
              </span>
            </div>
          )}
        </Match>
      </Switch>
    </div>
  )
}
