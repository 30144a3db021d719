import { For, type JSX } from 'solid-js'
import { TextField } from '../../components/field.tsx'
import { all, store } from '../../data/store.ts'
import type { LimitName, NewTask } from './new-task-form.ts'

const labels: { name: LimitName; label: string; hint: string }[] = [
  { name: 'max_agents', label: 'Agents at once', hint: 'Of this task' },
  {
    name: 'subtask_timeout_minutes',
    label: 'Minutes per subtask',
    hint: 'Then the attempt has failed',
  },
  { name: 'max_attempts', label: 'Attempts per subtask', hint: 'The first included' },
  { name: 'max_cost_usd', label: 'Dollars per agent', hint: 'The agent stops there' },
  { name: 'max_turns', label: 'Turns per agent', hint: 'Model turns' },
]

/** Everything that has a default. */
export function LimitFields(props: {
  task: NewTask
  problems: Record<string, string>
  onChange: (change: Partial<NewTask>) => void
}): JSX.Element {
  const config = () => store.config.get(all).value
  const defaults = (): Partial<Record<LimitName, string>> => ({
    max_agents: config() ? String(config()?.docker.max_agents_per_task) : '',
    subtask_timeout_minutes: config()?.agents.subtask_timeout ?? '',
    max_attempts: config() ? String(config()?.agents.max_attempts) : '',
    max_cost_usd: config()?.agents.max_cost_usd ? `$${config()?.agents.max_cost_usd}` : 'no limit',
    max_turns: config()?.agents.max_turns ? String(config()?.agents.max_turns) : 'no limit',
  })
  const isOpen = (): boolean => labels.some(({ name }) => props.problems[name])
  return (
    <details class="card" open={isOpen()}>
      <summary class="px-3 py-3 font-500">
        Model and limits{' '}
        <span class="t3 font-400">{props.task.model || config()?.claude.model}</span>
      </summary>
      <div class="grid grid-cols-1 md:grid-cols-3 gap-3 p-3 rule-top">
        <TextField
          label="Model"
          mono
          placeholder={config()?.claude.model ?? ''}
          hint="A name such as opus, or a full id"
          value={props.task.model}
          onInput={(model) => props.onChange({ model })}
        />
        <For each={labels}>
          {({ name, label, hint }) => (
            <TextField
              label={label}
              hint={hint}
              inputMode="decimal"
              placeholder={defaults()[name] ?? ''}
              error={props.problems[name]}
              value={props.task.limits[name]}
              onInput={(value) =>
                props.onChange({ limits: { ...props.task.limits, [name]: value } })
              }
            />
          )}
        </For>
      </div>
    </details>
  )
}
