/** A person decides a conflict: which side counts where both changed the same lines, or an agent that gets both. */
import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Resolution, ResolveConflict } from '#contract/resolution.ts'
import { load, save } from '../lib/storage.ts'
import { Button } from './button.tsx'
import { ChoiceCards } from './choice-cards.tsx'
import { Dialog } from './dialog.tsx'
import { ErrorLine } from './error-line.tsx'
import { TextArea } from './field.tsx'
import { ResolutionFindings } from './resolution.tsx'

type Choice = ResolveConflict['choice']

const verbs: Record<Choice, string> = {
  agent: 'Send to an agent',
  ours: 'Keep what is merged',
  theirs: 'Take this work',
  made: 'Take what the agent made',
}

const made = {
  value: 'made',
  label: 'What the agent made counts',
  detail: 'It holds no conflict marks. What is said of it above is then for you to answer for.',
} as const

/** The paths that both sides changed, with nothing lost so far. */
export function ConflictPaths(props: { paths: readonly string[] }): JSX.Element {
  return (
    <ul class="well m-0 px-3 py-2 max-h-40 overflow-auto">
      <For each={props.paths}>{(path) => <li class="mono-small wrap-any">{path}</li>}</For>
    </ul>
  )
}

export function ResolveDialog(props: {
  /** Keeps what is written until it is sent. */
  draft: string
  subtask: string
  branch: string
  paths: readonly string[]
  /** What came of it so far. */
  resolution: Resolution | undefined
  busy: boolean
  error: string
  onClose: () => void
  /** Resolves to whether it was taken. */
  onResolve: (choice: ResolveConflict) => Promise<boolean>
}): JSX.Element {
  const [choice, setChoice] = createSignal<Choice>('agent')
  const [words, setWords] = createSignal(load(props.draft))
  const write = (text: string): void => {
    setWords(text)
    save(props.draft, text)
  }
  const submit = async (): Promise<void> => {
    const chosen = choice()
    const isTaken = await props.onResolve(
      chosen === 'agent' ? { choice: chosen, instructions: words().trim() } : { choice: chosen },
    )
    if (!isTaken) return
    save(props.draft, '')
    props.onClose()
  }
  return (
    <Dialog
      title={`Resolve the conflict of ${props.subtask}`}
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={props.busy} onClick={() => void submit()}>
          {verbs[choice()]}
        </Button>
      }
    >
      <p>
        Both sides changed the same lines: what is merged in{' '}
        <span class="mono wrap-any">{props.branch}</span>, and the work of {props.subtask}.
      </p>
      <ConflictPaths paths={props.paths} />
      <Show when={props.resolution}>
        {(resolution) => <ResolutionFindings resolution={resolution()} />}
      </Show>
      <ChoiceCards
        label="Where both changed the same lines"
        class="grid-cols-1"
        value={choice()}
        choices={[
          {
            value: 'agent',
            label: 'An agent brings both together',
            detail: 'It gets both sides, and what you say below.',
          },
          {
            value: 'ours',
            label: 'What is merged stays (ours)',
            detail: `The other lines of ${props.subtask} come in; all of its work stays on its own branch.`,
          },
          {
            value: 'theirs',
            label: `The work of ${props.subtask} counts (theirs)`,
            detail: 'It replaces the lines that are merged; everything else of both stays.',
          },
          ...(props.resolution?.made ? [made] : []),
        ]}
        onChange={setChoice}
      />
      <Show when={choice() === 'agent'}>
        <TextArea
          label="Instructions for the agent"
          placeholder="What should the result be, if you want to say it"
          rows={3}
          value={words()}
          onInput={write}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void submit()
          }}
        />
      </Show>
      <ErrorLine text={props.error} />
    </Dialog>
  )
}
