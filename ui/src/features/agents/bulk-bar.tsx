import { createSignal, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { type Act, createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api, toApiError } from '../../data/api.ts'
import { isLive } from '../../data/status.ts'
import { plural } from '../../lib/text.ts'
import { agentName } from './agent-name.ts'

/** Verbs for the agents that are picked. Those that have ended are left out, and said. */
export function BulkBar(props: { agents: readonly Agent[]; onDone: () => void }): JSX.Element {
  const [dialog, setDialog] = createSignal<'message' | 'stop'>()
  const live = (): Agent[] => props.agents.filter(isLive)
  const none = (): string | undefined =>
    live().length === 0 ? 'None of them is running.' : undefined
  useActions(() => [
    {
      id: 'agents.message',
      label: 'Message the picked agents…',
      group: 'Agents',
      disabled: none(),
      run: () => setDialog('message'),
    },
    {
      id: 'agents.stop',
      label: 'Stop the picked agents…',
      group: 'Agents',
      disabled: none(),
      run: () => setDialog('stop'),
    },
    {
      id: 'agents.pick-none',
      label: 'Pick none',
      group: 'Agents',
      run: () => props.onDone(),
    },
  ])
  return (
    <div class="flex-none flex flex-wrap items-center gap-2 px-4 md:px-5 py-2 rule-top bg-bg1">
      <span class="font-500" role="status">
        {props.agents.length} picked
      </span>
      <span class="t3 flex-1">
        {live().length < props.agents.length ? `${live().length} of them running` : ''}
      </span>
      <Button
        icon="message"
        disabled={none() !== undefined}
        title={none()}
        onClick={() => setDialog('message')}
      >
        Message
      </Button>
      <Button
        look="danger"
        icon="stop"
        disabled={none() !== undefined}
        title={none()}
        onClick={() => setDialog('stop')}
      >
        Stop
      </Button>
      <Button look="quiet" onClick={() => props.onDone()}>
        Pick none
      </Button>
      <Show when={dialog() === 'message'}>
        <MessageDialog agents={live()} onClose={() => setDialog()} onDone={props.onDone} />
      </Show>
      <Show when={dialog() === 'stop'}>
        <StopDialog agents={live()} onClose={() => setDialog()} onDone={props.onDone} />
      </Show>
    </div>
  )
}

type DialogProps = { agents: readonly Agent[]; onClose: () => void; onDone: () => void }

/** Does it for each; throws the sentences of those that failed. */
async function forEach(
  agents: readonly Agent[],
  deed: (agent: Agent) => Promise<unknown>,
): Promise<void> {
  const failed = await Promise.all(
    agents.map((agent) =>
      deed(agent).then(
        () => undefined,
        (cause) => `${agentName(agent)}: ${toApiError(cause).message}`,
      ),
    ),
  )
  const sentences = failed.filter((each) => each !== undefined)
  if (sentences.length > 0) throw new Error(sentences.join('\n'))
}

function run(act: Act, props: DialogProps, deed: (agent: Agent) => Promise<unknown>): void {
  void act
    .run(() => forEach(props.agents, deed))
    .then((isDone) => {
      if (!isDone) return
      props.onClose()
      props.onDone()
    })
}

function MessageDialog(props: DialogProps): JSX.Element {
  const act = createAct()
  const [text, setText] = createSignal('')
  const send = (): void =>
    run(act, props, (agent) =>
      api.send(agent.task_id, { agentId: agent.id, content: text().trim(), priority: 'next' }),
    )
  return (
    <Dialog
      title={`Message ${plural(props.agents.length, 'agent')}`}
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={act.busy()} disabled={text().trim() === ''} onClick={send}>
          Send
        </Button>
      }
    >
      <p>Goes to {props.agents.map(agentName).join(', ')}. Each reads it at its next tool call.</p>
      <textarea
        class="input"
        rows={4}
        aria-label="Message"
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <Failure act={act} />
    </Dialog>
  )
}

function StopDialog(props: DialogProps): JSX.Element {
  const act = createAct()
  return (
    <Dialog
      title={`Stop ${plural(props.agents.length, 'agent')}?`}
      onClose={props.onClose}
      actions={
        <Button
          look="danger"
          busy={act.busy()}
          onClick={() => run(act, props, (agent) => api.stopAgent(agent.task_id, agent.id))}
        >
          Stop
        </Button>
      }
    >
      <p>
        {props.agents.map(agentName).join(', ')}. Their subtasks fail with “stopped by you” and can
        be retried. What they wrote so far is kept.
      </p>
      <Failure act={act} />
    </Dialog>
  )
}

function Failure(props: { act: Act }): JSX.Element {
  return (
    <Show when={props.act.error()}>
      <p class="text-fail wrap-any" role="alert">
        {props.act.error()}
      </p>
    </Show>
  )
}
