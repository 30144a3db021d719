import { createSignal, type JSX, Match, Show, Switch } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import type { MenuItem } from '../../components/menu.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { type Act, createAct } from '../../data/act.ts'
import { type Action, useActions } from '../../data/actions.ts'
import { isLive } from '../../data/status.ts'
import { steerApi } from '../../data/steer-api.ts'
import { showAgent } from '../../data/steered.ts'
import { load, save } from '../../lib/storage.ts'
import { agentName } from './agent-name.ts'

type Asked = 'model' | 'restart' | 'take-out'

/** What changes an agent at work without ending it. The page has them in its menu and the palette in its list. */
export function createSteering(agent: () => Agent): {
  items: () => MenuItem[]
  dialog: () => JSX.Element
} {
  const [asked, setAsked] = createSignal<Asked>()
  const act = createAct()
  const isFrozen = (): boolean => agent().frozen_since !== undefined
  const ended = (): string | false => !isLive(agent()) && 'It has ended.'
  const isWorker = (): boolean => agent().kind === 'worker' && agent().subtask_id !== undefined
  const freeze = (): void =>
    void act.run(() => {
      const { id, task_id } = agent()
      return showAgent(
        isFrozen() ? steerApi.unfreezeAgent(task_id, id) : steerApi.freezeAgent(task_id, id),
      )
    })
  const verbs = (): (Pick<Action, 'id' | 'label' | 'disabled' | 'words'> & {
    icon: MenuItem['icon']
    run: () => void
  })[] => [
    {
      id: 'agent.freeze',
      label: isFrozen() ? 'Unfreeze' : 'Freeze',
      icon: isFrozen() ? 'play' : 'pause',
      words: 'pause hold continue',
      disabled: ended(),
      run: freeze,
    },
    {
      id: 'agent.model',
      label: 'Change model…',
      icon: 'gear',
      disabled: ended(),
      run: () => setAsked('model'),
    },
    {
      id: 'agent.restart',
      label: 'Restart with instructions…',
      icon: 'retry',
      disabled: ended() || (agent().status !== 'running' && 'It is not working on anything.'),
      run: () => setAsked('restart'),
    },
    ...(isWorker()
      ? [
          {
            id: 'agent.take-out',
            label: 'Take out of the team…',
            icon: 'minus' as const,
            disabled: ended(),
            run: () => setAsked('take-out'),
          },
        ]
      : []),
  ]
  useActions(() =>
    verbs().map(({ icon: _, label, ...verb }) => ({
      ...verb,
      label: label.includes('…') ? label : `${label} this agent`,
      group: 'Agent',
    })),
  )
  return {
    items: () =>
      verbs()
        .filter(({ disabled }) => !disabled)
        .map(({ label, icon, run }) => ({ label, ...(icon && { icon }), onSelect: run })),
    dialog: () => (
      <>
        <ErrorLine text={asked() ? '' : act.error()} />
        <Switch>
          <Match when={asked() === 'model'}>
            <ModelDialog agent={agent()} act={act} onClose={() => setAsked(undefined)} />
          </Match>
          <Match when={asked() === 'restart'}>
            <RestartDialog agent={agent()} act={act} onClose={() => setAsked(undefined)} />
          </Match>
          <Match when={asked() === 'take-out'}>
            <TakeOutDialog agent={agent()} act={act} onClose={() => setAsked(undefined)} />
          </Match>
        </Switch>
      </>
    ),
  }
}

type DialogProps = { agent: Agent; act: Act; onClose: () => void }

const attempt = (props: DialogProps, work: () => Promise<void>): void =>
  void props.act.run(async () => {
    await work()
    props.onClose()
  })

function ModelDialog(props: DialogProps): JSX.Element {
  const [model, setModel] = createSignal(props.agent.model)
  const submit = (): void =>
    attempt(props, () =>
      showAgent(steerApi.changeModel(props.agent.task_id, props.agent.id, model().trim())),
    )
  return (
    <Dialog
      title={`Change the model of ${agentName(props.agent)}?`}
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={props.act.busy()} disabled={!model().trim()} onClick={submit}>
          Change model
        </Button>
      }
    >
      <p>It uses it from its next request on. Another attempt has the model of the plan again.</p>
      <TextField
        label="Model"
        value={model()}
        onInput={setModel}
        suggestions={['opus', 'sonnet', 'haiku']}
        mono
        onKeyDown={(event) => event.key === 'Enter' && submit()}
      />
      <ErrorLine text={props.act.error()} />
    </Dialog>
  )
}

function RestartDialog(props: DialogProps): JSX.Element {
  const key = `restart.${props.agent.id}`
  const [words, setWords] = createSignal(load(key))
  const [conversation, setConversation] = createSignal<'same' | 'fresh'>('same')
  const submit = (): void =>
    attempt(props, async () => {
      const body = { instructions: words().trim(), conversation: conversation() }
      await showAgent(steerApi.restartAgent(props.agent.task_id, props.agent.id, body))
      save(key, '')
    })
  return (
    <Dialog
      title={`Restart ${agentName(props.agent)}?`}
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={props.act.busy()} disabled={!words().trim()} onClick={submit}>
          Restart
        </Button>
      }
    >
      <p>Its process ends and a new one begins on the same files with what you say here.</p>
      <TextArea
        label="Instructions"
        placeholder="What should it do now?"
        rows={4}
        value={words()}
        onInput={(text) => {
          setWords(text)
          save(key, text)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && words().trim()) submit()
        }}
      />
      <Segmented
        label="Conversation"
        value={conversation()}
        options={[
          { value: 'same', label: 'Same conversation' },
          { value: 'fresh', label: 'Fresh conversation' },
        ]}
        onChange={setConversation}
      />
      <p class="t3 text-small m-0">
        {conversation() === 'same'
          ? 'It remembers everything until now.'
          : 'It forgets what was said, and is told its subtask again.'}
      </p>
      <ErrorLine text={props.act.error()} />
    </Dialog>
  )
}

function TakeOutDialog(props: DialogProps): JSX.Element {
  const [work, setWork] = createSignal<'keep' | 'drop'>('keep')
  return (
    <Dialog
      title={`Take ${agentName(props.agent)} out of the team?`}
      onClose={props.onClose}
      actions={
        <Button
          look="danger"
          busy={props.act.busy()}
          onClick={() =>
            attempt(props, () =>
              showAgent(steerApi.takeOut(props.agent.task_id, props.agent.id, { work: work() })),
            )
          }
        >
          Take out
        </Button>
      }
    >
      <Segmented
        label="What it has made so far"
        value={work()}
        options={[
          { value: 'keep', label: 'Keep its work' },
          { value: 'drop', label: 'Drop its work' },
        ]}
        onChange={setWork}
      />
      <p class="m-0">
        <Show
          when={work() === 'keep'}
          fallback="Its subtask counts as skipped, and nothing of it is merged."
        >
          What it has made so far is merged as it is, and its subtask is done with that.
        </Show>{' '}
        Whoever depends on it, and the manager, are told and go on.
      </p>
      <ErrorLine text={props.act.error()} />
    </Dialog>
  )
}
