/** Below an agent's output: what it asks, and what a person says to it. */
import { type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { isPhone } from '../data/screen.ts'
import { agentName } from '../features/agents/agent-name.ts'
import { Composer } from '../features/agents/composer.tsx'
import type { AgentOutput } from '../features/agents/output.ts'
import { AskingDock, askedOf } from '../features/inbox/asking-dock.tsx'

/** On a phone a question takes the place of the field for messages. */
export function AgentFoot(props: { agent: Agent; output: AgentOutput | undefined }): JSX.Element {
  const isAsking = (): boolean => askedOf(props.agent.task_id, props.agent.id).length > 0
  return (
    <>
      <AskingDock taskId={props.agent.task_id} agentId={props.agent.id} isAtBottom />
      <Show when={!(isPhone() && isAsking())}>
        <Composer
          agent={props.agent}
          name={agentName(props.agent)}
          isAsked={isAsking() || hasOpenAsk(props.output)}
        />
      </Show>
    </>
  )
}

const hasOpenAsk = (output: AgentOutput | undefined): boolean =>
  output?.rows().some((row) => row.kind === 'ask' && row.state === 'open') ?? false
