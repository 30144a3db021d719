import { createSignal, type JSX, Show } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { PartError } from '../../components/part.tsx'
import { type Act, createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { isLive } from '../../data/status.ts'
import { agentName } from './agent-name.ts'

/** The verbs of one agent, and the way to its neighbours. */
export function AgentActions(props: {
  agent: Agent
  position: number
  count: number
  onGo: (by: number) => void
}): JSX.Element {
  const act = createAct()
  const [isStopping, setStopping] = createSignal(false)
  const [note, setNote] = createSignal('')
  const interrupt = async (): Promise<void> => {
    setNote('')
    await act.run(async () => {
      const { interrupted } = await api.interrupt(props.agent.task_id, props.agent.id)
      setNote(interrupted ? '' : 'Nothing was running.')
    })
  }
  useActions(() => [
    {
      id: 'agent.interrupt',
      label: 'Interrupt this agent',
      group: 'Agent',
      keys: 'Shift+I',
      disabled: props.agent.status !== 'running' && 'It is not running.',
      run: () => void interrupt(),
    },
    {
      id: 'agent.stop',
      label: 'Stop this agent…',
      group: 'Agent',
      disabled: !isLive(props.agent) && 'It has ended.',
      run: () => setStopping(true),
    },
  ])
  return (
    <div class="row">
      <Show when={act.error() || note()}>
        <span class={`text-small ${act.error() ? 'text-fail' : 't3'}`} role="status">
          {act.error() || note()}
        </span>
      </Show>
      <Show when={props.count > 1}>
        <Button
          look="quiet"
          icon="back"
          label="Previous agent"
          class="lt-md:hidden!"
          disabled={props.position <= 0}
          onClick={() => props.onGo(-1)}
        />
        <span class="t3 text-small whitespace-nowrap desk">
          {props.position + 1} of {props.count}
        </span>
        <Button
          look="quiet"
          icon="right"
          label="Next agent"
          class="lt-md:hidden!"
          disabled={props.position >= props.count - 1}
          onClick={() => props.onGo(1)}
        />
      </Show>
      <Show when={isLive(props.agent)}>
        <Button
          class="lt-md:hidden!"
          shortcut="⇧I"
          busy={act.busy()}
          disabled={props.agent.status !== 'running'}
          onClick={() => void interrupt()}
        >
          Interrupt
        </Button>
        <Button look="danger" icon="stop" label="Stop" onClick={() => setStopping(true)}>
          <span class="lt-md:hidden!">Stop</span>
        </Button>
      </Show>
      <Show when={isStopping()}>
        <StopDialog agent={props.agent} act={act} onClose={() => setStopping(false)} />
      </Show>
    </div>
  )
}

function StopDialog(props: { agent: Agent; act: Act; onClose: () => void }): JSX.Element {
  const stop = (): Promise<boolean> =>
    props.act.run(async () => {
      await api.stopAgent(props.agent.task_id, props.agent.id)
      props.onClose()
    })
  return (
    <Dialog
      title={`Stop ${agentName(props.agent)}?`}
      onClose={props.onClose}
      actions={
        <Button look="danger" busy={props.act.busy()} onClick={() => void stop()}>
          Stop
        </Button>
      }
    >
      <p>
        Its subtask fails with “stopped by you” and can be retried. What it wrote so far is kept.
      </p>
      <Show when={props.act.error()}>{(message) => <PartError message={message()} />}</Show>
    </Dialog>
  )
}
