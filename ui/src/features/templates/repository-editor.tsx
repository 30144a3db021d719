import { createSignal, For, type JSX, Show } from 'solid-js'
import { createStore } from 'solid-js/store'
import { type ForgeKind, forgeKinds } from '#contract/delivery.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import { Button } from '../../components/button.tsx'
import { Field, TextField } from '../../components/field.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { credentials, saveRepository } from '../../data/templates.ts'
import { Check } from './check.tsx'
import { CredentialDialog } from './credential-dialog.tsx'
import { EditorForm } from './editor-form.tsx'
import { RepositoryEnvironment } from './repository-environment.tsx'
import {
  choose,
  type RepositoryForm,
  type RepositoryProblems,
  repositoryProblems,
  toRepositoryForm,
  toSaveRepository,
} from './repository-form.ts'
import { RepositoryMemory } from './repository-memory.tsx'
import { RepositoryRunsIn } from './repository-runs-in.tsx'
import { RepositoryWebhook } from './repository-webhook.tsx'

type Change = (change: Partial<RepositoryForm>) => void

export function RepositoryEditor(props: {
  template: RepoTemplate | undefined
  onClose: () => void
}): JSX.Element {
  const [form, setForm] = createStore(toRepositoryForm(props.template))
  const act = createAct()
  const problems = (): RepositoryProblems => repositoryProblems(form)
  const keep = async (): Promise<void> => {
    if (Object.keys(problems()).length > 0) return
    if (
      await act.run(() =>
        saveRepository(toSaveRepository(form, props.template), props.template?.id),
      )
    )
      props.onClose()
  }
  return (
    <EditorForm
      noun="repository"
      act={act}
      onSave={() => void keep()}
      onDiscard={() => props.onClose()}
    >
      <TextField label="Name" value={form.name} onInput={(name) => setForm({ name })} />
      <div class="grid grid-cols-1 md:grid-cols-[minmax(0,1fr)_160px] gap-3">
        <TextField
          label="URL"
          mono
          inputMode="url"
          placeholder="https://github.com/acme/api.git"
          value={form.url}
          error={problems().url}
          onInput={(url) => setForm({ url })}
        />
        <TextField
          label="Branch"
          mono
          placeholder="main"
          value={form.default_branch}
          error={problems().default_branch}
          onInput={(default_branch) => setForm({ default_branch })}
        />
      </div>
      <TextField
        label="Newest commits only"
        inputMode="numeric"
        placeholder="all"
        hint="How many are fetched, for a repository whose history is huge. Empty: its whole history"
        unit="commits"
        value={form.depth}
        error={problems().depth}
        onInput={(depth) => setForm({ depth })}
      />
      <CredentialChoice form={form} onChange={setForm} />
      <RepositoryRunsIn
        templateId={props.template?.id}
        runsIn={form.runsIn}
        onChange={(runsIn) => setForm({ runsIn })}
      />
      <RepositoryEnvironment form={form} onChange={setForm} />
      <Delivery form={form} problems={problems()} onChange={setForm} />
      <RepositoryWebhook
        template={props.template}
        form={form}
        problems={problems()}
        onChange={setForm}
      />
      <Show when={props.template} fallback={<MemoryCheck form={form} onChange={setForm} />}>
        {(template) => (
          <RepositoryMemory template={template()}>
            <MemoryCheck form={form} onChange={setForm} />
          </RepositoryMemory>
        )}
      </Show>
    </EditorForm>
  )
}

const MemoryCheck = (props: { form: RepositoryForm; onChange: Change }): JSX.Element => (
  <Check
    label="Tell planner and agents what is known of it"
    hint="Languages, layout, dependencies and commands, read from its files when a task begins"
    checked={props.form.enable_memory}
    onChange={(enable_memory) => props.onChange({ enable_memory })}
  />
)

function CredentialChoice(props: { form: RepositoryForm; onChange: Change }): JSX.Element {
  const [isNew, setNew] = createSignal(false)
  useActions([
    {
      id: 'repository.new-credential',
      label: 'New credential',
      group: 'Settings',
      run: () => setNew(true),
    },
  ])
  return (
    <div class="flex flex-wrap items-end gap-2">
      <div class="flex-1 min-w-[220px]">
        <Field label="Credential" hint="For a private repository, and to push to any">
          {({ id, describedBy }) => (
            <select
              id={id}
              aria-describedby={describedBy}
              class="input"
              onChange={({ currentTarget: { value } }) => props.onChange({ credential_id: value })}
            >
              <option value="">None</option>
              <For each={credentials.get('all').value ?? []}>
                {({ id: which, name }) => (
                  <option value={which} selected={which === props.form.credential_id}>
                    {name}
                  </option>
                )}
              </For>
            </select>
          )}
        </Field>
      </div>
      <Button icon="lock" class="md:h-8! mb-5" onClick={() => setNew(true)}>
        New credential
      </Button>
      <Show when={isNew()}>
        <CredentialDialog
          onClose={() => setNew(false)}
          onMade={({ id }) => props.onChange({ credential_id: id })}
        />
      </Show>
    </div>
  )
}

const forgeNames: Record<ForgeKind, string> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  bitbucket: 'Bitbucket Cloud',
  'bitbucket-server': 'Bitbucket Data Center',
  gitea: 'Gitea or Forgejo',
}

/** Only a server of one's own with an unusual address needs either. */
const Forge = (props: {
  form: RepositoryForm
  problems: RepositoryProblems
  onChange: Change
}): JSX.Element => (
  <>
    <Field label="Forge">
      {({ id, describedBy }) => (
        <select
          id={id}
          aria-describedby={describedBy}
          class="input"
          onChange={({ currentTarget: { value } }) =>
            props.onChange({ forge: forgeKinds.find((each) => each === value) ?? '' })
          }
        >
          <option value="">Found out by its address</option>
          <For each={forgeKinds}>
            {(each) => (
              <option value={each} selected={each === props.form.forge}>
                {forgeNames[each]}
              </option>
            )}
          </For>
        </select>
      )}
    </Field>
    <TextField
      label="Address of its API"
      mono
      inputMode="url"
      placeholder="only where it is unusual"
      value={props.form.forge_url}
      error={props.problems.forge_url}
      onInput={(forge_url) => props.onChange({ forge_url })}
    />
  </>
)

function Delivery(props: {
  form: RepositoryForm
  problems: RepositoryProblems
  onChange: Change
}): JSX.Element {
  const set = (flag: 'auto_branch' | 'auto_push' | 'auto_pr') => (on: boolean) =>
    props.onChange(choose(props.form, flag, on))
  return (
    <fieldset class="border-0 p-0 m-0 min-w-0 col gap-1">
      <legend class="label p-0 mb-1">When the work is done</legend>
      <Check
        label="A branch of its own"
        hint="klaudio/ and the id of the task"
        checked={props.form.auto_branch}
        onChange={set('auto_branch')}
      />
      <Check
        label="One commit"
        hint="That says what was done; otherwise the agents’ own commits"
        checked={props.form.auto_commit}
        onChange={(auto_commit) => props.onChange({ auto_commit })}
      />
      <Check
        label="Push"
        hint="To this repository; never to a shared branch"
        checked={props.form.auto_push}
        onChange={set('auto_push')}
      />
      <Check label="Open a pull request" checked={props.form.auto_pr} onChange={set('auto_pr')} />
      <Show when={props.problems.delivery}>
        <p class="text-fail text-small">{props.problems.delivery}</p>
      </Show>
      <Show when={props.form.auto_pr}>
        <div class="grid grid-cols-1 md:grid-cols-2 gap-3 pt-2">
          <TextField
            label="For the branch"
            mono
            placeholder={props.form.default_branch || 'main'}
            value={props.form.pr_target}
            error={props.problems.pr_target}
            onInput={(pr_target) => props.onChange({ pr_target })}
          />
          <TextField
            label="Reviewers"
            hint="Names at the forge, with commas"
            value={props.form.pr_reviewers}
            onInput={(pr_reviewers) => props.onChange({ pr_reviewers })}
          />
          <TextField
            label="Labels"
            hint="With commas"
            value={props.form.pr_labels}
            onInput={(pr_labels) => props.onChange({ pr_labels })}
          />
          <Check
            label="As a draft"
            checked={props.form.pr_draft}
            onChange={(pr_draft) => props.onChange({ pr_draft })}
          />
          <Check
            label="Agents fix failed checks"
            checked={props.form.auto_fix_checks}
            onChange={(auto_fix_checks) => props.onChange({ auto_fix_checks })}
          />
          <Check
            label="Agents answer comments"
            checked={props.form.auto_address_comments}
            onChange={(auto_address_comments) => props.onChange({ auto_address_comments })}
          />
          <Forge {...props} />
        </div>
      </Show>
    </fieldset>
  )
}
