import { For, type JSX } from 'solid-js'
import type { PublicConfig } from '#contract/config.ts'
import { type PermissionMode, permissionModes } from '#contract/permission.ts'
import { Field, TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { all, store } from '../../data/store.ts'
import { permissionHints, permissionNames } from '../../lib/permission-words.ts'
import {
  fieldId,
  fieldNames,
  type LimitName,
  limitProblem,
  type NewTask,
  type Problems,
} from './new-task-form.ts'

const limits: { name: LimitName; unit: string; hint: string }[] = [
  { name: 'max_agents', unit: 'agents', hint: 'Of this task; the rest waits for a slot' },
  { name: 'max_attempts', unit: 'attempts', hint: 'The first included' },
  { name: 'subtask_timeout_minutes', unit: 'min', hint: 'Then the attempt has failed' },
  { name: 'max_turns', unit: 'turns', hint: 'Of the model, for each agent' },
  { name: 'max_cost_usd', unit: 'USD', hint: 'Each agent stops there' },
]

/** Names that every account knows; a full id is as good. */
const models = ['opus', 'sonnet', 'haiku']

type Defaults = Record<LimitName, string>

const toDefaults = ({ docker, agents }: PublicConfig): Defaults => ({
  max_agents: String(docker.max_agents_per_task),
  subtask_timeout_minutes: agents.subtask_timeout,
  max_attempts: String(agents.max_attempts),
  max_cost_usd: agents.max_cost_usd > 0 ? String(agents.max_cost_usd) : 'no limit',
  max_turns: agents.max_turns > 0 ? String(agents.max_turns) : 'no limit',
})

/** "opus · 3 agents at once · 2 attempts · 1h each · no cost limit": what will be in force. */
function summarise(task: NewTask, model: string, defaults: Defaults): string {
  const given = (name: LimitName): string =>
    limitProblem(name, task.limits[name]) ? '' : task.limits[name].trim()
  const of = (name: LimitName): string => given(name) || defaults[name]
  const minutes = given('subtask_timeout_minutes')
  const cost = of('max_cost_usd')
  return [
    task.model.trim() || model,
    `${of('max_agents')} at once`,
    `${of('max_attempts')} attempts`,
    `${minutes ? `${minutes} min` : defaults.subtask_timeout_minutes} each`,
    cost === 'no limit' ? 'no cost limit' : `$${cost} an agent`,
  ].join(' · ')
}

/** Everything that has a default: folded, with what is in force on its line. */
export function LimitFields(props: {
  task: NewTask
  problems: Problems
  onChange: (change: Partial<NewTask>) => void
}): JSX.Element {
  const config = () => store.config.get(all).value
  const defaults = (): Defaults | undefined => {
    const known = config()
    return known && toDefaults(known)
  }
  const asks = (): PermissionMode =>
    props.task.permissionMode || (config()?.agents.permission_mode ?? 'bypassPermissions')
  const hasProblem = (): boolean =>
    [props.problems.model, props.problems.test_command].some((problem) => problem !== undefined) ||
    limits.some(({ name }) => props.problems[name])
  return (
    <details class="card group" open={hasProblem()}>
      <summary class="list-none flex items-center gap-2 px-3 py-2.5! min-h-11 md:min-h-10">
        <Icon name="right" class="t3 group-open:rotate-90 transition-transform duration-open" />
        <span class="font-500 whitespace-nowrap">Model and limits</span>
        <span class="t3 text-small clip flex-1">
          {(() => {
            const known = defaults()
            return known ? summarise(props.task, config()?.claude.model ?? '', known) : ''
          })()}
        </span>
      </summary>
      <div class="grid grid-cols-1 md:grid-cols-3 gap-x-3 gap-y-3.5 p-3 rule-top">
        <TextField
          id={fieldId('model')}
          label="Model"
          mono
          placeholder={config()?.claude.model ?? ''}
          suggestions={models}
          hint="A short name or a full id"
          error={props.problems.model}
          value={props.task.model}
          onInput={(model) => props.onChange({ model })}
        />
        <Field label="Agents ask for permission" hint={permissionHints[asks()]}>
          {({ id, describedBy }) => (
            <select
              id={id}
              aria-describedby={describedBy}
              class="input"
              value={props.task.permissionMode}
              onChange={({ currentTarget: { value } }) =>
                props.onChange({
                  permissionMode: permissionModes.find((mode) => mode === value) ?? '',
                })
              }
            >
              <option value="">As the settings say</option>
              <For each={permissionModes}>
                {(mode) => <option value={mode}>{permissionNames[mode]}</option>}
              </For>
            </select>
          )}
        </Field>
        <For each={limits}>
          {({ name, unit, hint }) => (
            <TextField
              id={fieldId(name)}
              label={fieldNames[name]}
              hint={hint}
              unit={unit}
              inputMode={name === 'max_cost_usd' ? 'decimal' : 'numeric'}
              placeholder={defaults()?.[name] ?? ''}
              error={props.problems[name]}
              value={props.task.limits[name]}
              onInput={(value) =>
                props.onChange({ limits: { ...props.task.limits, [name]: value } })
              }
            />
          )}
        </For>
        <TextField
          id={fieldId('test_command')}
          label={fieldNames.test_command}
          mono
          placeholder="npm test"
          hint="On the merged work; found in its files when left out"
          error={props.problems.test_command}
          value={props.task.testCommand}
          onInput={(testCommand) => props.onChange({ testCommand })}
        />
      </div>
    </details>
  )
}
