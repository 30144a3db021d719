import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import { createStore, unwrap } from 'solid-js/store'
import { type TeamMode, type TeamTemplate, teamModes } from '#contract/team.ts'
import { Button } from '../../components/button.tsx'
import { type Choice, ChoiceCards } from '../../components/choice-cards.tsx'
import { TextField } from '../../components/field.tsx'
import { ModeArt } from '../../components/mode-art.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { saveTeam } from '../../data/templates.ts'
import { load, save } from '../../lib/storage.ts'
import { modeHints, modeNames } from '../../lib/team-words.ts'
import { Check } from './check.tsx'
import { EditorForm } from './editor-form.tsx'
import { RoleEditor } from './role-editor.tsx'
import {
  emptyRole,
  emptyTeam,
  readTeamDraft,
  type TeamForm,
  teamProblems,
  toSaveTeam,
  toTeamForm,
} from './team-form.ts'

const modes: Choice<TeamMode>[] = teamModes.map((mode) => ({
  value: mode,
  label: modeNames[mode],
  detail: modeHints[mode],
  art: <ModeArt mode={mode} />,
}))

/** What is wrong is said while it is typed, but for a name that nobody has had the time to give. */
function createForm(team: TeamTemplate | undefined) {
  const draftKey = `team.${team?.id ?? 'new'}`
  const start = team ? toTeamForm(team) : emptyTeam()
  const [form, setForm] = createStore<TeamForm>(readTeamDraft(load(draftKey)) ?? start)
  const [isTried, setTried] = createSignal(false)
  const isFresh = (): boolean => JSON.stringify(unwrap(form)) === JSON.stringify(start)
  createEffect(
    on(
      () => JSON.stringify(form),
      (text) => save(draftKey, isFresh() ? '' : text),
      { defer: true },
    ),
  )
  const problems = (): Record<string, string> => {
    const found = teamProblems(form)
    if (isTried()) return found
    const isEarly = (path: string): boolean =>
      (path === 'name' && form.name === '') ||
      form.roles.some(({ name }, at) => name === '' && path === `roles.${at}.name`)
    return Object.fromEntries(Object.entries(found).filter(([path]) => !isEarly(path)))
  }
  return { form, setForm, problems, setTried, forget: () => save(draftKey, '') }
}

export function TeamEditor(props: {
  team: TeamTemplate | undefined
  onClose: () => void
}): JSX.Element {
  const { form, setForm, problems, setTried, forget } = createForm(props.team)
  const act = createAct()
  const close = (): void => {
    forget()
    props.onClose()
  }
  const keep = async (): Promise<void> => {
    setTried(true)
    if (Object.keys(problems()).length > 0) {
      queueMicrotask(() => document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
      return
    }
    if (await act.run(() => saveTeam(toSaveTeam(form), props.team?.id))) close()
  }
  const addRole = (): void => setForm('roles', form.roles.length, emptyRole())
  useActions([{ id: 'team.add-role', label: 'Add role', group: 'Settings', run: addRole }])
  return (
    <EditorForm noun="team" act={act} onSave={() => void keep()} onDiscard={close}>
      <TextField
        label="Name"
        value={form.name}
        error={problems().name}
        onInput={(name) => setForm({ name })}
      />
      <TextField
        label="Description"
        hint="What the team is good for"
        value={form.description}
        error={problems().description}
        onInput={(description) => setForm({ description })}
      />
      <ChoiceCards
        label="Its agents work"
        value={form.mode}
        choices={modes}
        class="grid-cols-1"
        onChange={(mode) => setForm({ mode })}
      />
      <div class="grid gap-4 md:grid-cols-[200px_200px]">
        <TextField
          label="Agents at once"
          hint="Of one task, whatever their roles"
          inputMode="numeric"
          unit="agents"
          value={form.max_agents}
          error={problems().max_agents}
          onInput={(max_agents) => setForm({ max_agents })}
        />
        <TextField
          label="Rounds of changes"
          hint="Then a person is asked; empty: as in the settings"
          inputMode="numeric"
          unit="rounds"
          value={form.max_fix_rounds}
          error={problems().max_fix_rounds}
          onInput={(max_fix_rounds) => setForm({ max_fix_rounds })}
        />
      </div>
      <div class="col gap-1">
        <Check
          label="The result is reviewed"
          hint="Every plan has a subtask of the role reviewer; what it finds goes back to those concerned"
          checked={form.review}
          onChange={(review) => setForm({ review })}
        />
        <Check
          label="No two work on the same files"
          hint="Subtasks that name the same files run one after the other"
          checked={form.serialize_conflicts}
          onChange={(serialize_conflicts) => setForm({ serialize_conflicts })}
        />
        <Check
          label="Default team"
          hint="Chosen for new tasks that are made in the browser, in place of the one that is now"
          checked={form.is_default}
          onChange={(is_default) => setForm({ is_default })}
        />
      </div>
      <Roles form={form} problems={problems()} onAdd={addRole} setForm={setForm} />
    </EditorForm>
  )
}

function Roles(props: {
  form: TeamForm
  problems: Record<string, string>
  onAdd: () => void
  setForm: ReturnType<typeof createForm>['setForm']
}): JSX.Element {
  return (
    <section aria-label="Roles" class="col gap-2">
      <h2 class="m-0 text-body font-500">Roles</h2>
      <p class="t3 text-small">
        A plan gives every subtask one of these. Without any, the planner names roles as it likes.
      </p>
      <Show when={props.problems.roles}>
        <p class="text-fail text-small">{props.problems.roles}</p>
      </Show>
      <For each={props.form.roles}>
        {(role, at) => (
          <RoleEditor
            role={role}
            number={at() + 1}
            problem={(key) => props.problems[`roles.${at()}.${key}`]}
            onChange={(change) => props.setForm('roles', at(), change)}
            onRemove={() =>
              props.setForm(
                'roles',
                props.form.roles.filter((_, other) => other !== at()),
              )
            }
          />
        )}
      </For>
      <div>
        <Button icon="plus" onClick={() => props.onAdd()}>
          Add role
        </Button>
      </div>
    </section>
  )
}
