import { createSignal, For, type JSX, Show } from 'solid-js'
import type { TeamSnapshot } from '#contract/team.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { useActions } from '../../data/actions.ts'
import { describeTeam } from '../../lib/team-words.ts'

/** The team of a task by its name; a press tells its roles as they were when the task was made. */
export function TaskTeam(props: { team: TeamSnapshot }): JSX.Element {
  const [isOpen, setOpen] = createSignal(false)
  useActions([
    { id: 'task.team', label: 'Team of this task', group: 'Task', run: () => setOpen(true) },
  ])
  return (
    <>
      <Button
        look="quiet"
        small
        icon="agents"
        label={`Team of this task ${props.team.name}`}
        class="max-w-[220px]"
        onClick={() => setOpen(true)}
      >
        <span class="clip">{props.team.name}</span>
      </Button>
      <Show when={isOpen()}>
        <Dialog title={props.team.name} wide onClose={() => setOpen(false)} actions={null}>
          <p>{describeTeam(props.team)}</p>
          <Show when={props.team.roles.length > 0} fallback={<p>Any role.</p>}>
            <ul class="col gap-2" aria-label="Roles">
              <For each={props.team.roles}>
                {(role) => (
                  <li class="col">
                    <span class="tx1 font-500">{role.name}</span>
                    <span class="text-small wrap-any">{role.description}</span>
                    <span class="t3 text-small">
                      {[
                        role.max_instances > 0
                          ? `${role.max_instances} at once`
                          : 'as many as the team',
                        ...(role.run_last ? ['runs last'] : []),
                        ...(role.model ? [role.model] : []),
                        ...(role.disallowed_tools.length > 0
                          ? [`without ${role.disallowed_tools.join(', ')}`]
                          : []),
                      ].join(' · ')}
                    </span>
                  </li>
                )}
              </For>
            </ul>
          </Show>
        </Dialog>
      </Show>
    </>
  )
}
