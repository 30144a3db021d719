import { type JSX, Show } from 'solid-js'
import { type Choice, ChoiceCards } from '../../components/choice-cards.tsx'
import { TextField } from '../../components/field.tsx'
import type { DeliveryForm } from '../../lib/delivery.ts'
import { fieldId, type NewTask, type Problems } from './new-task-form.ts'

const keep: Choice<DeliveryForm['to']> = {
  value: 'nowhere',
  label: 'Keep it here',
  detail: 'Look at it, then deliver it or not',
}
const push: Choice<DeliveryForm['to']> = {
  value: 'branch',
  label: 'Push a branch',
  detail: 'One of its own, never over another',
}
const request: Choice<DeliveryForm['to']> = {
  value: 'pull-request',
  label: 'Open a pull request',
  detail: 'GitHub, GitLab, Bitbucket, Gitea',
}

/** What becomes of the finished work. Only a repository that others have is a place to deliver to. */
export function DeliveryFields(props: {
  task: NewTask
  problems: Problems
  onChange: (change: Partial<NewTask>) => void
}): JSX.Element {
  const form = (): DeliveryForm => props.task.delivery
  const change = (part: Partial<DeliveryForm>): void =>
    props.onChange({ delivery: { ...form(), ...part } })
  const choices = (): Choice<DeliveryForm['to']>[] =>
    props.task.sourceKind === 'git' ? [keep, push, request] : [keep, push]
  return (
    <Show when={props.task.sourceKind === 'git' || props.task.sourceKind === 'local'}>
      <div class="col gap-3">
        <ChoiceCards
          label="When it is done"
          value={form().to}
          choices={choices()}
          class="grid-cols-1 md:grid-cols-3"
          onChange={(to) => change({ to })}
        />
        <Show when={form().to !== 'nowhere'}>
          <div class="grid grid-cols-1 md:grid-cols-2 gap-x-3 gap-y-3.5">
            <TextField
              label="For branch"
              mono
              placeholder={props.task.ref || 'the one it starts from'}
              value={form().target}
              onInput={(target) => change({ target })}
            />
            <TextField
              id={fieldId('delivery')}
              label="Its own branch"
              mono
              placeholder="klaudio/…"
              error={props.problems.delivery}
              value={form().workBranch}
              onInput={(workBranch) => change({ workBranch })}
            />
            <Show when={form().to === 'pull-request'}>
              <TextField
                label="Reviewers"
                placeholder="ann, bob"
                hint="Names at the forge, with commas"
                value={form().reviewers}
                onInput={(reviewers) => change({ reviewers })}
              />
              <TextField
                label="Labels"
                placeholder="bot"
                hint="With commas; Bitbucket has none"
                value={form().labels}
                onInput={(labels) => change({ labels })}
              />
            </Show>
          </div>
          <div class="flex flex-wrap gap-x-5 gap-y-1">
            <Check
              label="As one commit that says what was done"
              isOn={!form().keepsCommits}
              onChange={(isOn) => change({ keepsCommits: !isOn })}
            />
            <Show when={form().to === 'pull-request'}>
              <Check
                label="As a draft"
                isOn={form().isDraft}
                onChange={(isDraft) => change({ isDraft })}
              />
              <Check
                label="Agents fix failed checks"
                isOn={form().fixesChecks}
                onChange={(fixesChecks) => change({ fixesChecks })}
              />
              <Check
                label="Agents answer comments"
                isOn={form().answersComments}
                onChange={(answersComments) => change({ answersComments })}
              />
            </Show>
          </div>
        </Show>
      </div>
    </Show>
  )
}

const Check = (props: {
  label: string
  isOn: boolean
  onChange: (isOn: boolean) => void
}): JSX.Element => (
  <label class="flex items-center gap-2.5 min-h-11 md:min-h-8 cursor-pointer">
    <input
      type="checkbox"
      class="w-4 h-4 flex-none accent-tx1"
      checked={props.isOn}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
    />
    {props.label}
  </label>
)
