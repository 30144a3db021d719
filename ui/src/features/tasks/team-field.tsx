import { type JSX, Show } from 'solid-js'
import { type Choice, ChoiceCards } from '../../components/choice-cards.tsx'
import { ModeArt } from '../../components/mode-art.tsx'
import { teams } from '../../data/templates.ts'
import { describeRoles, describeTeam } from '../../lib/team-words.ts'

/** Who works on the task: nobody in particular, or one of the teams. Nothing while there are no teams. */
export function TeamField(props: {
  value: string
  /** What there is without a team. */
  children: JSX.Element
  onChange: (team: string) => void
}): JSX.Element {
  const list = () => teams.get('all').value ?? []
  const choices = (): Choice<string>[] => [
    { value: '', label: 'No team', detail: 'The planner names roles as the task needs them' },
    ...list().map((team) => ({
      value: team.id,
      label: team.name,
      detail: `${describeTeam(team)} · ${describeRoles(team.roles)}`,
      art: <ModeArt mode={team.mode} />,
    })),
  ]
  const isKnown = (): boolean => list().some(({ id }) => id === props.value)
  return (
    <>
      <Show when={list().length > 0}>
        <ChoiceCards
          label="Team"
          value={isKnown() ? props.value : ''}
          choices={choices()}
          class="grid-cols-1 md:grid-cols-2"
          onChange={props.onChange}
        />
      </Show>
      <Show when={!isKnown()}>{props.children}</Show>
    </>
  )
}
