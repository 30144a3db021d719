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
              <RequestNames form={form()} onChange={change} />
            </Show>
          </div>
          <div class="flex flex-wrap gap-x-5 gap-y-1">
            <Check
              label="As one commit that says what was done"
              isOn={!form().keepsCommits}
              onChange={(isOn) => change({ keepsCommits: !isOn })}
            />
            <Show when={form().to === 'pull-request'}>
              <RequestFlags form={form()} onChange={change} />
            </Show>
          </div>
        </Show>
      </div>
    </Show>
  )
}

type Part = { form: DeliveryForm; onChange: (part: Partial<DeliveryForm>) => void }

/** Whom a pull request asks, and how it is marked. */
export const RequestNames = (props: Part): JSX.Element => (
  <>
    <TextField
      label="Reviewers"
      placeholder="ann, bob"
      hint="Names at the forge, with commas"
      value={props.form.reviewers}
      onInput={(reviewers) => props.onChange({ reviewers })}
    />
    <TextField
      label="Labels"
      placeholder="bot"
      hint="With commas; Bitbucket has none"
      value={props.form.labels}
      onInput={(labels) => props.onChange({ labels })}
    />
  </>
)

export const RequestFlags = (props: Part): JSX.Element => (
  <>
    <Check
      label="As a draft"
      isOn={props.form.isDraft}
      onChange={(isDraft) => props.onChange({ isDraft })}
    />
    <Check
      label="Agents fix failed checks"
      isOn={props.form.fixesChecks}
      onChange={(fixesChecks) => props.onChange({ fixesChecks })}
    />
    <Check
      label="Agents answer comments"
      isOn={props.form.answersComments}
      onChange={(answersComments) => props.onChange({ answersComments })}
    />
  </>
)

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
