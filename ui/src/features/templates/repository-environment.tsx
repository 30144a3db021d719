/** What the agents of a repository find: variables and secrets in their environment, and what setup commands left. */
import { Index, type JSX, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Field, TextArea, TextField } from '../../components/field.tsx'
import { useActions } from '../../data/actions.ts'
import { Check } from './check.tsx'
import { isKept, newVariable, type VariableForm, variableProblem } from './environment-form.ts'
import type { RepositoryForm } from './repository-form.ts'

type Props = { form: RepositoryForm; onChange: (change: Partial<RepositoryForm>) => void }

export function RepositoryEnvironment(props: Props): JSX.Element {
  const change = (at: number, change: Partial<VariableForm>): void =>
    props.onChange({
      environment: props.form.environment.map((each, index) =>
        index === at ? { ...each, ...change } : each,
      ),
    })
  const add = (): void =>
    props.onChange({ environment: [...props.form.environment, newVariable()] })
  const remove = (at: number): void =>
    props.onChange({ environment: props.form.environment.filter((_, index) => index !== at) })
  useActions([
    { id: 'repository.add-variable', label: 'Add a variable', group: 'Settings', run: add },
  ])
  return (
    <>
      <fieldset class="border-0 p-0 m-0 min-w-0 col gap-2">
        <legend class="label p-0 mb-1">Variables and secrets</legend>
        <p class="t3 text-small">
          In the environment of its agents. A secret is sealed: it is never shown again, kept out of
          checkpoints, and replaced by asterisks where an agent prints it.
        </p>
        <Index each={props.form.environment}>
          {(variable, at) => (
            <VariableRow
              variable={variable()}
              number={at + 1}
              problem={variableProblem(variable(), props.form.environment)}
              onChange={(next) => change(at, next)}
              onRemove={() => remove(at)}
            />
          )}
        </Index>
        <div>
          <Button icon="plus" onClick={add}>
            Add a variable
          </Button>
        </div>
      </fieldset>
      <Setup {...props} />
    </>
  )
}

function VariableRow(props: {
  variable: VariableForm
  /** Its place, for who cannot see it. */
  number: number
  problem: ReturnType<typeof variableProblem>
  onChange: (change: Partial<VariableForm>) => void
  onRemove: () => void
}): JSX.Element {
  const title = (): string => props.variable.name.trim() || `variable ${props.number}`
  const problemOf = (field: 'name' | 'value'): string | undefined =>
    props.problem?.field === field ? props.problem.text : undefined
  return (
    <fieldset
      class="card border-solid m-0 px-3 pt-2.5 pb-1 grid grid-cols-1 md:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] gap-x-3 min-w-0"
      aria-label={title()}
    >
      <TextField
        label="Name"
        mono
        placeholder="DATABASE_URL"
        value={props.variable.name}
        error={problemOf('name')}
        onInput={(name) => props.onChange({ name })}
      />
      <TextField
        label="Value"
        mono
        type={props.variable.is_secret ? 'password' : 'text'}
        autocomplete={props.variable.is_secret ? 'new-password' : 'off'}
        placeholder={isKept(props.variable) ? 'Kept. Type to replace it' : ''}
        value={props.variable.value}
        error={problemOf('value')}
        onInput={(value) => props.onChange({ value })}
      />
      <div class="md:col-span-2 flex flex-wrap items-center justify-between gap-2">
        <Check
          label="Secret"
          checked={props.variable.is_secret}
          onChange={(is_secret) => props.onChange({ is_secret })}
        />
        <Button
          look="quiet"
          icon="trash"
          label={`Remove ${title()}`}
          onClick={() => props.onRemove()}
        >
          Remove
        </Button>
      </div>
    </fieldset>
  )
}

function Setup(props: Props): JSX.Element {
  const hasSecret = (): boolean => props.form.environment.some(({ is_secret }) => is_secret)
  return (
    <fieldset class="border-0 p-0 m-0 min-w-0 col gap-1">
      <legend class="label p-0 mb-1">Before agents start</legend>
      <Field
        label="Setup commands"
        hint="One on each line, run in a container. What git ignores, such as node_modules, and the home directory are kept: agents begin with them, and nothing runs again until the commands, dependency files, variables or the agent image change."
      >
        {({ id, describedBy }) => (
          <TextArea
            id={id}
            describedBy={describedBy}
            rows={3}
            mono
            placeholder="npm ci"
            value={props.form.setup_commands}
            onInput={(setup_commands) => props.onChange({ setup_commands })}
          />
        )}
      </Field>
      <Show when={props.form.setup_secrets || (hasSecret() && props.form.setup_commands.trim())}>
        <Check
          label="The commands see the secrets"
          hint="For a private registry. What they leave must hold none: it is searched, and not kept if one is found"
          checked={props.form.setup_secrets}
          onChange={(setup_secrets) => props.onChange({ setup_secrets })}
        />
      </Show>
    </fieldset>
  )
}
