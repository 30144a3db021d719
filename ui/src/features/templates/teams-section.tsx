import { createSignal, For, type JSX, Show } from 'solid-js'
import type { TeamTemplate } from '#contract/team.ts'
import { Button } from '../../components/button.tsx'
import { Menu } from '../../components/menu.tsx'
import { ModeArt } from '../../components/mode-art.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { ApiError } from '../../data/api.ts'
import { importTeam, removeTeam, saveTeam, teamFileUrl, teams } from '../../data/templates.ts'
import { download } from '../../lib/download.ts'
import { describeRoles, describeTeam } from '../../lib/team-words.ts'
import { EditedList } from './edited-list.tsx'
import { RemovalDialog } from './removal-dialog.tsx'
import { TeamEditor } from './team-editor.tsx'

/** The teams, or the one that `?team=` names. */
export const TeamsSection = (): JSX.Element => (
  <EditedList
    name="team"
    all={teams}
    rows={5}
    list={(list, open) => <TeamRows list={list()} onOpen={open} />}
    editor={(edited, close) => <TeamEditor team={edited()} onClose={close} />}
  />
)

function TeamRows(props: { list: TeamTemplate[]; onOpen: (id: string) => void }): JSX.Element {
  useActions([
    {
      id: 'teams.new',
      label: 'New team',
      group: 'Settings',
      run: () => props.onOpen('new'),
    },
  ])
  return (
    <div class="col gap-3">
      <p class="t2">
        A team says which roles work on a task, how many at once, and who comes last. A task keeps
        its team as it was when the task was made.
      </p>
      <Show when={props.list.length > 0} fallback={<p class="t3">There is no team.</p>}>
        <ul class="card" aria-label="Teams">
          <For each={props.list}>
            {(team) => <TeamRow team={team} onOpen={() => props.onOpen(team.id)} />}
          </For>
        </ul>
      </Show>
      <div class="flex flex-wrap gap-2">
        <Button look="next" icon="plus" onClick={() => props.onOpen('new')}>
          New team
        </Button>
        <ImportTeam />
      </div>
    </div>
  )
}

function TeamRow(props: { team: TeamTemplate; onOpen: () => void }): JSX.Element {
  const act = createAct()
  const [isAsking, setAsking] = createSignal(false)
  const name = (): string => props.team.name
  const duplicate = (): void => {
    const { id: _, created_at: __, updated_at: ___, ...team } = props.team
    const copy = {
      ...team,
      ...{ name: `${team.name} copy`, is_default: false },
      serialize_conflicts: team.serialize_conflicts ?? false,
    }
    void act.run(() => saveTeam(copy))
  }
  const fetchFile = (): void => download(teamFileUrl(props.team.id))
  useActions(() => [
    {
      id: `teams.edit-${props.team.id}`,
      label: `Edit ${name()}`,
      group: 'Settings',
      run: props.onOpen,
    },
    {
      id: `teams.copy-${props.team.id}`,
      label: `Duplicate ${name()}`,
      group: 'Settings',
      run: duplicate,
    },
    {
      id: `teams.export-${props.team.id}`,
      label: `Export ${name()}`,
      group: 'Settings',
      run: fetchFile,
    },
    {
      id: `teams.delete-${props.team.id}`,
      label: `Delete ${name()}…`,
      group: 'Settings',
      run: () => setAsking(true),
    },
  ])
  return (
    <li class="rule-top first:border-t-0 flex lt-md:flex-wrap items-start gap-3 px-3 py-2.5">
      <span class="lt-md:hidden">
        <ModeArt mode={props.team.mode} />
      </span>
      <div class="col gap-0.5 flex-1 min-w-0 lt-md:basis-full">
        <span class="row flex-wrap gap-x-2">
          <span class="font-500 wrap-any">{name()}</span>
          <Show when={props.team.is_default}>
            <span class="t3 text-small">default</span>
          </Show>
        </span>
        <span class="t2 text-small wrap-any">{props.team.description}</span>
        <span class="t3 text-small wrap-any">
          {describeTeam(props.team)} · {describeRoles(props.team.roles)}
        </span>
        <Show when={act.error()}>
          <span role="alert" class="text-fail text-small">
            {act.error()}
          </span>
        </Show>
      </div>
      <div class="flex flex-none gap-2">
        <Button label={`Edit ${name()}`} onClick={() => props.onOpen()}>
          Edit
        </Button>
        <Menu
          label={`More for ${name()}`}
          items={[
            { label: 'Duplicate', icon: 'copy', onSelect: duplicate },
            { label: 'Export', icon: 'download', onSelect: fetchFile },
            { label: 'Delete…', icon: 'trash', isDanger: true, onSelect: () => setAsking(true) },
          ]}
        />
      </div>
      <Show when={isAsking()}>
        <RemovalDialog
          title={`Delete the team "${name()}"?`}
          verb="Delete"
          remove={() => removeTeam(props.team.id)}
          onClose={() => setAsking(false)}
        >
          <p>
            Tasks that were made with it keep it as it was. Export it first if you may want it back.
          </p>
        </RemovalDialog>
      </Show>
    </li>
  )
}

/** A file that is refused says why; one with a name that is taken asks. */
function ImportTeam(): JSX.Element {
  const act = createAct()
  const [said, setSaid] = createSignal('')
  const [taken, setTaken] = createSignal<string>()
  let picker: HTMLInputElement | undefined
  const take = async (yaml: string, replace: boolean): Promise<void> => {
    setTaken(undefined)
    setSaid('')
    await act.run(async () => {
      try {
        const { name } = await importTeam(yaml, replace)
        setSaid(`${name} is there.`)
      } catch (error) {
        if (error instanceof ApiError && error.code === 'template.name-taken') setTaken(yaml)
        throw error
      }
    })
  }
  const choose = (): void => picker?.click()
  const replace = (): void => void take(taken() ?? '', true)
  useActions(() =>
    taken() === undefined
      ? []
      : [{ id: 'teams.replace', label: 'Replace it', group: 'Settings', run: replace }],
  )
  useActions([
    {
      id: 'teams.import',
      label: 'Import a file…',
      group: 'Settings',
      words: 'yaml team',
      run: choose,
    },
  ])
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept=".yaml,.yml"
        class="hidden"
        aria-label="Team as a YAML file"
        onChange={async ({ currentTarget }) => {
          const text = await currentTarget.files?.[0]?.text()
          currentTarget.value = ''
          if (text !== undefined) await take(text, false)
        }}
      />
      <Button icon="upload" busy={act.busy()} onClick={choose}>
        Import a file…
      </Button>
      <span role="status" class="t2 self-center">
        {said()}
      </span>
      <Show when={act.error()}>
        <div role="alert" class="w-full col gap-2 items-start">
          <p class="text-fail wrap-any">{act.error()}</p>
          <Show when={taken()}>
            <Button small onClick={replace}>
              Replace it
            </Button>
          </Show>
        </div>
      </Show>
    </>
  )
}
