/** What the agents of a repository run in. Nothing of the repository is built before somebody has chosen it here. */
import { For, type JSX, Match, Show, Switch } from 'solid-js'
import { describeRunsIn, type RunsIn } from '#contract/runs-in.ts'
import { Button } from '../../components/button.tsx'
import { Field, TextField } from '../../components/field.tsx'
import { useActions } from '../../data/actions.ts'
import { memories } from '../../data/templates.ts'
import {
  offeredRunsIn,
  type RunsInForm,
  runsInNames,
  runsInProblem,
  toRunsInForm,
} from './runs-in-form.ts'

const built =
  'The engine builds it: what the repository says there is run, with network access and without any secret. Its agents are confined as always.'
const hints: Record<RunsInForm['kind'], string> = {
  standard:
    'Debian with git, Node.js, Python and the usual tools. Nothing of the repository is built.',
  devcontainer: built,
  dockerfile: built,
  image: 'What agents need is put on top of it. They are confined as always.',
}
const kinds = Object.keys(runsInNames) as RunsInForm['kind'][]

export function RepositoryRunsIn(props: {
  /** Of a repository that is kept already. */
  templateId: string | undefined
  runsIn: RunsInForm
  onChange: (runsIn: RunsInForm) => void
}): JSX.Element {
  const change = (part: Partial<RunsInForm>): void => props.onChange({ ...props.runsIn, ...part })
  const problemOf = (field: 'path' | 'context' | 'image'): string | undefined => {
    const problem = runsInProblem(props.runsIn)
    return problem?.field === field && props.runsIn[field].trim() !== '' ? problem.text : undefined
  }
  const offer = (): RunsIn | undefined => {
    const known = props.templateId === undefined ? null : memories.peek(props.templateId)?.value
    return props.runsIn.kind === 'standard' && known ? offeredRunsIn(known.analysis) : undefined
  }
  useActions(() => {
    const offered = offer()
    return offered
      ? [
          {
            id: 'repository.use-own-image',
            label: `Use it: have agents run in ${describeRunsIn(offered)}`,
            group: 'Settings',
            run: () => props.onChange(toRunsInForm(offered)),
          },
        ]
      : []
  })
  return (
    <div class="col gap-2">
      <Field label="Agents run in" hint={hints[props.runsIn.kind]}>
        {({ id, describedBy }) => (
          <select
            id={id}
            aria-describedby={describedBy}
            class="input"
            onChange={({ currentTarget: { value } }) => {
              const kind = kinds.find((each) => each === value)
              // A path of the one is none of the other.
              if (kind) change({ kind, path: '' })
            }}
          >
            <For each={kinds}>
              {(kind) => (
                <option value={kind} selected={kind === props.runsIn.kind}>
                  {runsInNames[kind]}
                </option>
              )}
            </For>
          </select>
        )}
      </Field>
      <Show when={offer()}>
        {(offered) => (
          <div class="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span class="t2 text-small wrap-any">
              The repository has <span class="font-mono">{describeRunsIn(offered())}</span>.
            </span>
            <Button small onClick={() => props.onChange(toRunsInForm(offered()))}>
              Use it
            </Button>
          </div>
        )}
      </Show>
      <Switch>
        <Match when={props.runsIn.kind === 'devcontainer'}>
          <TextField
            label="Path"
            mono
            placeholder=".devcontainer/devcontainer.json"
            hint="Found by itself when empty. Image, Dockerfile, variables and commands of it count; features and Compose do not"
            value={props.runsIn.path}
            error={problemOf('path')}
            onInput={(path) => change({ path })}
          />
        </Match>
        <Match when={props.runsIn.kind === 'dockerfile'}>
          <div class="grid grid-cols-1 md:grid-cols-2 gap-3">
            <TextField
              label="Dockerfile"
              mono
              placeholder="Dockerfile"
              value={props.runsIn.path}
              error={problemOf('path')}
              onInput={(path) => change({ path })}
            />
            <TextField
              label="Build context"
              mono
              placeholder="the whole repository"
              hint="The folder that it copies from"
              value={props.runsIn.context}
              error={problemOf('context')}
              onInput={(context) => change({ context })}
            />
          </div>
        </Match>
        <Match when={props.runsIn.kind === 'image'}>
          <TextField
            label="Image"
            mono
            placeholder="python:3.12-slim"
            hint="Of the engine, or pulled by it without a login"
            value={props.runsIn.image}
            error={problemOf('image')}
            onInput={(image) => change({ image })}
          />
        </Match>
      </Switch>
    </div>
  )
}
