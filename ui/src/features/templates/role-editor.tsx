import { For, type JSX } from 'solid-js'
import { permissionModes } from '#contract/permission.ts'
import { Button } from '../../components/button.tsx'
import { Field, TextArea, TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { useActions } from '../../data/actions.ts'
import { permissionNames } from '../../lib/permission-words.ts'
import { Check } from './check.tsx'
import type { RoleForm } from './team-form.ts'

type Props = {
  role: RoleForm
  /** Its place, for who cannot see it. */
  number: number
  problem: (key: keyof RoleForm) => string | undefined
  onChange: (change: Partial<RoleForm>) => void
  onRemove: () => void
}

export function RoleEditor(props: Props): JSX.Element {
  const title = (): string => props.role.name || `role ${props.number}`
  useActions(() => [
    {
      id: `team.remove-role-${props.number}`,
      label: `Remove ${title()}`,
      group: 'Settings',
      run: props.onRemove,
    },
  ])
  return (
    <fieldset class="card border-solid m-0 p-3 col gap-3 min-w-0" aria-label={title()}>
      <div class="grid grid-cols-1 md:grid-cols-[minmax(0,1fr)_150px] gap-3">
        <TextField
          label="Role"
          placeholder="developer"
          value={props.role.name}
          error={props.problem('name')}
          onInput={(name) => props.onChange({ name })}
        />
        <TextField
          label="At once"
          inputMode="numeric"
          placeholder="no limit"
          unit="agents"
          value={props.role.max_instances}
          error={props.problem('max_instances')}
          onInput={(max_instances) => props.onChange({ max_instances })}
        />
      </div>
      <TextField
        label="What it is for"
        hint="The planner reads this"
        value={props.role.description}
        error={props.problem('description')}
        onInput={(description) => props.onChange({ description })}
      />
      <Field label="How it works" hint="Its agents read this" error={props.problem('prompt_hint')}>
        {({ id, describedBy }) => (
          <TextArea
            id={id}
            describedBy={describedBy}
            rows={2}
            value={props.role.prompt_hint}
            invalid={props.problem('prompt_hint') !== undefined}
            onInput={(prompt_hint) => props.onChange({ prompt_hint })}
          />
        )}
      </Field>
      <div class="flex flex-wrap items-start justify-between gap-2">
        <Check
          label="Runs last"
          hint="Begins when all subtasks of other roles have ended"
          checked={props.role.run_last}
          onChange={(run_last) => props.onChange({ run_last })}
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
      <More {...props} />
    </fieldset>
  )
}

/** What most roles leave as the task has it. */
function More(props: Props): JSX.Element {
  const summary = (): string =>
    [
      props.role.model || 'model of the task',
      ...(props.role.permission_mode
        ? [permissionNames[props.role.permission_mode].toLowerCase()]
        : []),
    ].join(' · ')
  return (
    <details class="group">
      <summary class="list-none flex items-center gap-2 min-h-11 md:min-h-8">
        <Icon name="right" class="t3 group-open:rotate-90 transition-transform duration-open" />
        <span class="font-500">Model and tools</span>
        <span class="t3 text-small clip">{summary()}</span>
      </summary>
      <div class="grid grid-cols-1 md:grid-cols-2 gap-3 pt-2">
        <TextField
          label="Model"
          mono
          placeholder="as the task"
          suggestions={['opus', 'sonnet', 'haiku']}
          value={props.role.model}
          error={props.problem('model')}
          onInput={(model) => props.onChange({ model })}
        />
        <Field label="Asks for permission" hint="Before it uses a tool">
          {({ id, describedBy }) => (
            <select
              id={id}
              aria-describedby={describedBy}
              class="input"
              value={props.role.permission_mode}
              onChange={({ currentTarget: { value } }) =>
                props.onChange({
                  permission_mode: permissionModes.find((mode) => mode === value) ?? '',
                })
              }
            >
              <option value="">As the task</option>
              <For each={permissionModes}>
                {(mode) => <option value={mode}>{permissionNames[mode]}</option>}
              </For>
            </select>
          )}
        </Field>
        <Tools
          label="Without asking"
          hint="Tools it need not ask for, one a line"
          placeholder="Bash(npm test *)"
          value={props.role.allowed_tools}
          error={props.problem('allowed_tools')}
          onInput={(allowed_tools) => props.onChange({ allowed_tools })}
        />
        <Tools
          label="Never"
          hint="Tools it does not have, one a line"
          placeholder="WebFetch"
          value={props.role.disallowed_tools}
          error={props.problem('disallowed_tools')}
          onInput={(disallowed_tools) => props.onChange({ disallowed_tools })}
        />
      </div>
    </details>
  )
}

function Tools(props: {
  label: string
  hint: string
  placeholder: string
  value: string
  error: string | undefined
  onInput: (value: string) => void
}): JSX.Element {
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      {({ id, describedBy }) => (
        <TextArea
          id={id}
          describedBy={describedBy}
          rows={2}
          mono
          placeholder={props.placeholder}
          value={props.value}
          invalid={props.error !== undefined}
          onInput={props.onInput}
        />
      )}
    </Field>
  )
}
