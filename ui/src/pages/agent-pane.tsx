import { useSearchParams } from '@solidjs/router'
import { type JSX, Match, Show, Switch } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import type { Task } from '#contract/task.ts'
import { Segmented } from '../components/segmented.tsx'
import { isEditing, isLive } from '../data/status.ts'
import { AgentInfo } from '../features/agents/agent-info.tsx'
import { agentName } from '../features/agents/agent-name.ts'
import { AgentShell } from '../features/agents/agent-shell.tsx'
import type { AgentOutput } from '../features/agents/output.ts'
import { ChangesPane } from '../features/files/changes-pane.tsx'
import { FilesPane } from '../features/files/files-pane.tsx'
import type { RowOf } from '../lib/activity/rows.ts'

export const panes = ['changes', 'files', 'info', 'shell'] as const
export type Pane = (typeof panes)[number]
export const paneNames: Record<Pane, string> = {
  changes: 'Changes',
  files: 'Files',
  info: 'Info',
  shell: 'Shell',
}

/** What stands beside an agent's output, or in its place where there is no room. */
export function PaneContent(props: {
  pane: Pane
  task: Task
  agent: Agent
  output: AgentOutput | undefined
}): JSX.Element {
  const todo = (): RowOf<'todo'> | undefined =>
    props.output
      ?.rows()
      .findLast((row): row is RowOf<'todo'> => row.kind === 'todo' && row.isLatest)
  const [query, setQuery] = useSearchParams<{ scope?: string }>()
  /** An agent that works has its files to itself until its turn ends; its changes can be looked at before. */
  const pending = (): { note?: string; empty?: string } => {
    if (!isLive(props.agent)) return {}
    const name = agentName(props.agent)
    return {
      note: `As ${name} handed it in.`,
      empty: `Shown when ${name} hands in its work.`,
    }
  }
  const isSoFar = (): boolean => isEditing(props.agent) && query.scope !== 'handed-in'
  const choice = (): JSX.Element => (
    <Show when={isEditing(props.agent)}>
      <Segmented
        label="Which changes"
        value={isSoFar() ? 'so-far' : 'handed-in'}
        options={[
          { value: 'so-far', label: 'So far' },
          { value: 'handed-in', label: 'Handed in' },
        ]}
        onChange={(value) =>
          setQuery({ scope: value === 'handed-in' ? value : null, file: null, line: null })
        }
      />
    </Show>
  )
  return (
    <Switch>
      <Match when={props.pane === 'changes'}>
        <ChangesPane
          taskId={props.task.id}
          scope={{ kind: isSoFar() ? 'live' : 'agent', id: props.agent.id }}
          look="pane"
          choice={choice()}
          {...(isSoFar() ? {} : pending())}
        />
      </Match>
      <Match when={props.pane === 'files'}>
        <FilesPane taskId={props.task.id} agentId={props.agent.id} look="pane" {...pending()} />
      </Match>
      <Match when={props.pane === 'shell'}>
        <AgentShell agent={props.agent} />
      </Match>
      <Match when={props.pane === 'info'}>
        <AgentInfo agent={props.agent} todo={todo()} />
      </Match>
    </Switch>
  )
}
