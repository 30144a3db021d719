import { For, type JSX, Show } from 'solid-js'
import type { RepoTemplate } from '#contract/repo-template.ts'
import { type Choice, ChoiceCards } from '../../components/choice-cards.tsx'
import { Field } from '../../components/field.tsx'
import { credentials, repositories } from '../../data/templates.ts'
import { describeDelivery } from '../../lib/repository-words.ts'
import { type NewTask, takeRepository } from './new-task-form.ts'

type Change = (change: Partial<NewTask>) => void

export const repositoryList = (): RepoTemplate[] => repositories.get('all').value ?? []

const flags = [
  { name: 'auto_push', label: 'Push' },
  { name: 'auto_pr', label: 'Pull request' },
] as const

/** One of the repositories of the settings, with what this task wants otherwise. */
export function TemplateFields(props: {
  task: NewTask
  onChange: Change
  children: JSX.Element
}): JSX.Element {
  const chosen = () => repositoryList().find(({ id }) => id === props.task.repository)
  const choices = (): Choice<string>[] =>
    repositoryList().map((template) => ({
      value: template.id,
      label: template.name,
      detail: `${template.default_branch} · ${describeDelivery(template)}`,
    }))
  return (
    <>
      <ChoiceCards
        label="Which one"
        value={props.task.repository}
        choices={choices()}
        class="grid-cols-1 md:grid-cols-2"
        onChange={(id) => {
          const template = repositoryList().find((each) => each.id === id)
          if (template) props.onChange(takeRepository(template))
        }}
      />
      {props.children}
      <Show when={chosen()}>
        {(template) => (
          <fieldset class="border-0 p-0 m-0 flex flex-wrap items-center gap-x-4">
            <legend class="sr-only">When the work is done</legend>
            <span class="t2 text-small">When the work is done:</span>
            <For each={flags}>
              {({ name, label }) => (
                <label class="row min-h-11 md:min-h-8 cursor-pointer">
                  <input
                    type="checkbox"
                    class="w-4 h-4 accent-tx1"
                    checked={props.task.overrides[name] ?? template()[name]}
                    onChange={({ currentTarget: { checked } }) =>
                      props.onChange({ overrides: override(props.task.overrides, name, checked) })
                    }
                  />
                  {label}
                </label>
              )}
            </For>
          </fieldset>
        )}
      </Show>
    </>
  )
}

/** A pull request needs a push, and a push a branch. */
function override(
  known: NewTask['overrides'],
  name: 'auto_push' | 'auto_pr',
  on: boolean,
): NewTask['overrides'] {
  const next = { ...known, [name]: on }
  if (name === 'auto_pr' && on) return { ...next, auto_push: true, auto_branch: true }
  if (name === 'auto_push') return { ...next, ...(on ? { auto_branch: true } : { auto_pr: false }) }
  return next
}

/** Nothing while the vault is empty. */
export function CredentialField(props: { value: string; onChange: Change }): JSX.Element {
  const list = () => credentials.get('all').value ?? []
  return (
    <Show when={list().length > 0}>
      <Field label="Credential" hint="For a private repository; kept under Settings">
        {({ id, describedBy }) => (
          <select
            id={id}
            aria-describedby={describedBy}
            class="input"
            onChange={({ currentTarget: { value } }) =>
              props.onChange({ credential: value, ...(value ? { token: '' } : {}) })
            }
          >
            <option value="">None</option>
            <For each={list()}>
              {(each) => (
                <option value={each.id} selected={each.id === props.value}>
                  {each.name}
                </option>
              )}
            </For>
          </select>
        )}
      </Field>
    </Show>
  )
}
