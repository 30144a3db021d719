import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Icon } from '../components/icon.tsx'
import { Menu, type MenuItem } from '../components/menu.tsx'
import { StatusChip } from '../components/status-chip.tsx'
import { listActions, useActions } from '../data/actions.ts'
import { api } from '../data/api.ts'
import { now } from '../data/clock.ts'
import { isPhone, isWide } from '../data/screen.ts'
import { agentDuration } from '../data/status.ts'
import { AgentActions } from '../features/agents/agent-actions.tsx'
import { agentName } from '../features/agents/agent-name.ts'
import { AgentState } from '../features/agents/agent-state.tsx'
import type { AgentOutput } from '../features/agents/output.ts'
import { createSteering } from '../features/agents/steering.tsx'
import { download } from '../lib/download.ts'
import { formatMoney } from '../lib/text.ts'
import { formatDuration } from '../lib/time.ts'

/** Who the agent is, how it stands, and what can be done with it now. */
export function AgentHeader(props: {
  task: Task
  agent: Agent
  output: AgentOutput | undefined
  position: number
  count: number
  onGo: (by: number) => void
  isPaneShown: boolean
  onPane: () => void
}): JSX.Element {
  const context = (): number | undefined => props.output?.context()
  const phoneItems = (): MenuItem[] =>
    isPhone()
      ? ['agent.interrupt', 'agent.previous', 'agent.next'].flatMap((id) => {
          const action = listActions().find((each) => each.id === id)
          return action && !action.disabled
            ? [{ label: action.label, onSelect: () => void action.run() }]
            : []
        })
      : []
  const copyLink = (): void => void navigator.clipboard?.writeText(location.href)
  const copySession = (): void => void navigator.clipboard?.writeText(props.agent.session_id ?? '')
  const downloadLog = (): void => download(api.outputUrl(props.agent.task_id, props.agent.id))
  useActions(() => [
    { id: 'agent.copy-link', label: 'Copy link to this agent', group: 'Agent', run: copyLink },
    {
      id: 'agent.copy-session',
      label: 'Copy session id',
      group: 'Agent',
      disabled: !props.agent.session_id && 'It has none yet.',
      run: copySession,
    },
    { id: 'agent.download-log', label: 'Download log', group: 'Agent', run: downloadLog },
  ])
  const steering = createSteering(() => props.agent)
  const items = (): MenuItem[] => [
    ...phoneItems(),
    ...steering.items(),
    {
      label: 'Copy link',
      icon: 'link',
      onSelect: copyLink,
    },
    ...(props.agent.session_id
      ? [
          {
            label: 'Copy session id',
            icon: 'copy' as const,
            onSelect: copySession,
          },
        ]
      : []),
    ...listActions()
      .filter(({ id }) => id === 'activity.aloud')
      .map(({ label, run }) => ({ label, onSelect: () => void run() })),
    {
      label: 'Download log',
      icon: 'download',
      onSelect: downloadLog,
    },
    ...(isWide()
      ? [
          {
            label: props.isPaneShown ? 'Close right pane' : 'Open right pane',
            icon: 'panel' as const,
            onSelect: () => props.onPane(),
          },
        ]
      : []),
  ]
  const verbs = (): JSX.Element => (
    <>
      <AgentActions
        agent={props.agent}
        position={props.position}
        count={props.count}
        onGo={props.onGo}
      />
      <Menu label="More" items={items()} />
    </>
  )
  return (
    <header class="flex-none col gap-1.5 px-4 md:px-5 pt-3 pb-2.5 rule">
      <div class="row gap-1.5 text-small t3">
        <A
          href={`/tasks/${props.task.id}/agents`}
          class="flex items-center gap-1 min-w-0 min-h-11 -my-2.5 md:min-h-6 md:my-0"
        >
          <Icon name="back" class="md:hidden" />
          <span class="clip">{props.task.name}</span>
        </A>
        <span class="desk">/</span>
        <span class="desk">Agents</span>
        <span class="flex-1" />
        <Show when={isPhone()}>{verbs()}</Show>
      </div>
      <div class="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 tabIndex={-1} class="m-0 font-mono text-[16px] leading-6 font-600 wrap-any">
          {agentName(props.agent)}
        </h1>
        <StatusChip {...agentStatus(props.agent, props.task)} />
        <span class="t2 whitespace-nowrap desk">
          {props.agent.role}, attempt {props.agent.attempt}
        </span>
        <span class="t3 whitespace-nowrap">
          {formatDuration(agentDuration(props.agent, now()) ?? 0)}
        </span>
        <span class="t3">{formatMoney(props.agent.cost_usd)}</span>
        <Show when={context()}>
          {(share) => (
            <span class="t3 desk" title="How much of the model’s context the conversation fills">
              context {Math.max(1, Math.round(share() * 100))}%
            </span>
          )}
        </Show>
        <span class="flex-1" />
        <Show when={!isPhone()}>{verbs()}</Show>
      </div>
      <AgentState task={props.task} agent={props.agent} />
      {steering.dialog()}
    </header>
  )
}
