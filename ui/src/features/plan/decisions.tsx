/** What only a person decides of a subtask: its conflict, a review without approval, and that work which is done has to change. */
import { useSearchParams } from '@solidjs/router'
import { createSignal, type JSX, Show } from 'solid-js'
import type { Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { reviewChoices } from '#contract/verdict.ts'
import { Button } from '../../components/button.tsx'
import { ChoiceCards } from '../../components/choice-cards.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextArea } from '../../components/field.tsx'
import { ResolveDialog } from '../../components/resolve-dialog.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { steerApi } from '../../data/steer-api.ts'
import { showPlan } from '../../data/steered.ts'
import { store } from '../../data/store.ts'
import { load, save } from '../../lib/storage.ts'

type Props = { task: Task; subtask: Subtask }

/** Both sides are kept, and a person is to say what becomes of them. */
const hasOpenConflict = ({ task, subtask }: Props): boolean =>
  subtask.status === 'failed' &&
  (subtask.conflicts?.length ?? 0) > 0 &&
  ['running', 'failed', 'paused'].includes(task.status)

/** Of one that has a conflict or failed in another way, `Resolve` or `Retry` come first. */
const canAskForChanges = ({ task, subtask }: Props): boolean =>
  subtask.status === 'completed' &&
  subtask.verdict === undefined &&
  ['running', 'completed', 'failed'].includes(task.status) &&
  task.phase !== 'stopping'

export const hasDecisions = (props: Props): boolean =>
  hasOpenConflict(props) ||
  canAskForChanges(props) ||
  props.subtask.verdict?.question_id !== undefined

/** The buttons; which dialog is open is in the address. */
export function Decisions(props: Props): JSX.Element {
  const [query, setQuery] = useSearchParams<{ ask?: string }>()
  const ask = (what: string | null): void => setQuery({ ask: what }, { replace: true })
  const isReview = (): boolean => props.subtask.verdict?.question_id !== undefined
  useActions(() => {
    const { id, name } = props.subtask
    const group = 'Subtask'
    const resolve = {
      id: `subtask.resolve-${id}`,
      label: `Resolve the conflict of ${name}…`,
      group,
      run: () => ask('resolve'),
    }
    const decide = {
      id: `subtask.decide-${id}`,
      label: `Decide the review of ${name}…`,
      group,
      run: () => ask('decide'),
    }
    const changes = {
      id: `subtask.changes-${id}`,
      label: `Ask for changes of ${name}…`,
      group,
      run: () => ask('changes'),
    }
    return [
      ...(hasOpenConflict(props) ? [resolve] : []),
      ...(isReview() ? [decide] : []),
      ...(canAskForChanges(props) ? [changes] : []),
    ]
  })
  return (
    <>
      <Show when={hasOpenConflict(props)}>
        <Button look="primary" class="col-span-2" onClick={() => ask('resolve')}>
          Resolve the conflict…
        </Button>
        <Show when={query.ask === 'resolve'}>
          <Resolve {...props} onClose={() => ask(null)} />
        </Show>
      </Show>
      <Show when={isReview()}>
        <Button look="primary" onClick={() => ask('decide')}>
          Decide the review…
        </Button>
        <Show when={query.ask === 'decide'}>
          <Decide {...props} onClose={() => ask(null)} />
        </Show>
      </Show>
      <Show when={canAskForChanges(props)}>
        <Button onClick={() => ask('changes')}>Ask for changes…</Button>
        <Show when={query.ask === 'changes'}>
          <Changes {...props} onClose={() => ask(null)} />
        </Show>
      </Show>
    </>
  )
}

type DialogProps = Props & { onClose: () => void }

function Resolve(props: DialogProps): JSX.Element {
  const act = createAct()
  return (
    <ResolveDialog
      draft={`resolve.${props.task.id}.${props.subtask.id}`}
      subtask={props.subtask.name}
      branch={props.task.branch}
      paths={props.subtask.conflicts ?? []}
      resolution={props.subtask.resolution}
      busy={act.busy()}
      error={act.error()}
      onClose={props.onClose}
      onResolve={(choice) =>
        act.run(() =>
          showPlan(
            props.task.id,
            steerApi.resolveConflict(props.task.id, props.subtask.id, choice),
          ),
        )
      }
    />
  )
}

type Choice = keyof typeof reviewChoices

const decideWords: Record<Choice, string> = {
  accept: 'Accept',
  again: 'Ask for another round',
  fail: 'Let it fail',
}

function Decide(props: DialogProps): JSX.Element {
  const act = createAct()
  const key = `decide.${props.task.id}.${props.subtask.id}`
  const [choice, setChoice] = createSignal<Choice>('again')
  const [remark, setRemark] = createSignal(load(key))
  const submit = (): void =>
    void act.run(async () => {
      const question = props.subtask.verdict?.question_id
      if (question === undefined) return
      const said = choice() === 'again' ? remark().trim() : ''
      await api.answer(props.task.id, question, said || reviewChoices[choice()])
      save(key, '')
      store.questions.invalidate(props.task.id)
      await store.plan.refresh(props.task.id)
      props.onClose()
    })
  return (
    <Dialog
      title={`Decide the review of ${props.subtask.name}`}
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={act.busy()} onClick={submit}>
          {decideWords[choice()]}
        </Button>
      }
    >
      <p>The reviewer has not approved the work, and its rounds are used up.</p>
      <ChoiceCards
        label="What becomes of it"
        class="grid-cols-1"
        value={choice()}
        choices={[
          {
            value: 'again',
            label: reviewChoices.again,
            detail: 'The findings go to their agents, with what you say below.',
          },
          {
            value: 'accept',
            label: reviewChoices.accept,
            detail: 'The work counts as done, and the findings stay written here.',
          },
          {
            value: 'fail',
            label: reviewChoices.fail,
            detail: 'The review fails. What is merged stays on the task branch.',
          },
        ]}
        onChange={setChoice}
      />
      <Show when={choice() === 'again'}>
        <TextArea
          label="Remark for another round"
          placeholder="What should be different, if you want to say it"
          rows={3}
          value={remark()}
          onInput={(text) => {
            setRemark(text)
            save(key, text)
          }}
        />
      </Show>
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}

function Changes(props: DialogProps): JSX.Element {
  const act = createAct()
  const key = `changes.${props.task.id}.${props.subtask.id}`
  const [what, setWhat] = createSignal(load(key))
  const submit = (): void =>
    void act.run(async () => {
      const { task, subtask } = props
      await showPlan(task.id, steerApi.askForChanges(task.id, subtask.id, what().trim()))
      save(key, '')
      props.onClose()
    })
  return (
    <Dialog
      title={`Ask for changes of ${props.subtask.name}`}
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={act.busy()} disabled={what().trim() === ''} onClick={submit}>
          Ask for changes
        </Button>
      }
    >
      <p>
        The agent that did it goes on in its conversation, from what is merged.
        {props.task.status === 'running' ? '' : ' The task runs again.'}
      </p>
      <TextArea
        label="What has to change"
        placeholder="What has to change?"
        rows={4}
        value={what()}
        onInput={(text) => {
          setWhat(text)
          save(key, text)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && what().trim()) submit()
        }}
      />
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
