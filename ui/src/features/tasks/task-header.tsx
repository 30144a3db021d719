import { A, useNavigate } from '@solidjs/router'
import { createSignal, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { Menu, type MenuItem } from '../../components/menu.tsx'
import { createTitle } from '../../components/page-header.tsx'
import { StatusChip } from '../../components/status-chip.tsx'
import { type Act, createAct } from '../../data/act.ts'
import { api } from '../../data/api.ts'
import { now } from '../../data/clock.ts'
import { describeProgress, sourceName, taskDuration, taskStatus } from '../../data/status.ts'
import { store } from '../../data/store.ts'
import { formatMoney } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'

type Question = 'replan' | 'cancel' | 'delete'

export function TaskHeader(props: { task: Task }): JSX.Element {
  const act = createAct()
  const [question, setQuestion] = createSignal<Question>()
  createTitle(() => props.task.name)
  return (
    <header class="flex-none col gap-1.5 px-4 md:px-5 pt-3 pb-2.5">
      <div class="row gap-1.5 text-small t3">
        <A
          href="/tasks"
          class="flex items-center gap-1 min-h-11 -my-2.5 md:min-h-6 md:my-0 lt-md:min-w-11"
        >
          <Icon name="back" class="md:hidden" />
          Tasks
        </A>
        <span>/</span>
        <span class="font-mono text-[11.5px] clip">{sourceName(props.task)}</span>
        <Icon name="branch" />
        <span class="font-mono text-[11.5px] clip">{props.task.branch}</span>
      </div>
      <div class="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 tabIndex={-1} class="h-title wrap-any">
          {props.task.name}
        </h1>
        <StatusChip {...taskStatus(props.task)} />
        <span class="t2 whitespace-nowrap">{describeProgress(props.task)}</span>
        <Show when={taskDuration(props.task, now()) !== undefined}>
          <span class="t3 whitespace-nowrap">
            {formatDuration(taskDuration(props.task, now()) ?? 0)}
          </span>
        </Show>
        <span class="t3">{formatMoney(props.task.cost_usd)}</span>
        <span class="flex-1" />
        <Actions task={props.task} act={act} onAsk={setQuestion} />
      </div>
      <Show when={act.error()}>
        <p role="alert" class="text-fail wrap-any">
          {act.error()}
        </p>
      </Show>
      <Show when={question()}>
        {(kind) => (
          <TaskQuestion task={props.task} kind={kind()} onClose={() => setQuestion(undefined)} />
        )}
      </Show>
    </header>
  )
}

const stoppable = ['planning', 'approved', 'running']

function Actions(props: {
  task: Task
  act: Act
  onAsk: (question: Question) => void
}): JSX.Element {
  const run = (verb: 'start' | 'stop' | 'resume'): void =>
    void props.act.run(async () =>
      store.task.put(props.task.id, await withAgents(props.task, api[verb](props.task.id))),
    )
  const is = (...statuses: Task['status'][]): boolean => statuses.includes(props.task.status)
  const more = (): MenuItem[] => [
    ...(is('planned', 'failed') && props.task.plan_version !== null
      ? [{ label: 'Replan…', icon: 'retry' as const, onSelect: () => props.onAsk('replan') }]
      : []),
    ...(is('planning', 'planned', 'approved', 'running', 'paused')
      ? [{ label: 'Cancel task…', icon: 'close' as const, onSelect: () => props.onAsk('cancel') }]
      : []),
    { label: 'Delete task…', icon: 'trash', isDanger: true, onSelect: () => props.onAsk('delete') },
  ]
  return (
    <div class="flex flex-wrap items-center gap-2">
      <Show when={is('created')}>
        <Button look="primary" busy={props.act.busy()} onClick={() => run('start')}>
          Plan
        </Button>
      </Show>
      <Show when={is('failed', 'cancelled') && props.task.plan_version === null}>
        <Button look="primary" busy={props.act.busy()} onClick={() => run('start')}>
          Plan again
        </Button>
      </Show>
      <Show when={stoppable.includes(props.task.status)}>
        <Button
          icon="pause"
          busy={props.act.busy()}
          disabled={props.task.phase === 'stopping' || props.task.phase === 'cancelling'}
          onClick={() => run('stop')}
        >
          Stop
        </Button>
      </Show>
      <Show when={is('paused') && props.task.phase !== 'stopping'}>
        <Button look="primary" icon="play" busy={props.act.busy()} onClick={() => run('resume')}>
          Resume
        </Button>
      </Show>
      <Menu label="More" items={more()} />
    </div>
  )
}

/** A verb answers with the task alone; its agents are known already. */
async function withAgents(known: Task, answer: Promise<Task>): Promise<Task> {
  const task = await answer
  return task.agents || !known.agents ? task : { ...task, agents: known.agents }
}

function TaskQuestion(props: { task: Task; kind: Question; onClose: () => void }): JSX.Element {
  const navigate = useNavigate()
  const act = createAct()
  const [remark, setRemark] = createSignal('')
  const texts = (): { title: string; verb: string; body: string } => {
    switch (props.kind) {
      case 'replan':
        return {
          title: 'Plan again?',
          verb: 'Replan',
          body: 'The planner starts over with your remark. The present plan stays as a version, merged work stays merged.',
        }
      case 'cancel':
        return {
          title: 'Cancel this task?',
          verb: 'Cancel task',
          body: `Its agents end now and their unmerged work is removed. What is merged on ${props.task.branch} stays, and so does the record.`,
        }
      case 'delete':
        return {
          title: 'Delete this task?',
          verb: 'Delete',
          body: 'Its agents, repository, files and record are removed for good. Nothing stays.',
        }
    }
  }
  const submit = (): void =>
    void act.run(async () => {
      if (props.kind === 'delete') {
        await api.remove(props.task.id)
        for (const group of ['active', 'recent'])
          store.tasks.update(group, (tasks) => tasks.filter(({ id }) => id !== props.task.id))
        props.onClose()
        navigate('/tasks')
        return
      }
      const task =
        props.kind === 'replan'
          ? await api.replan(props.task.id, remark().trim())
          : await api.cancel(props.task.id)
      store.task.put(props.task.id, { ...task, agents: task.agents ?? props.task.agents ?? [] })
      props.onClose()
    })
  return (
    <Dialog
      title={texts().title}
      onClose={props.onClose}
      actions={
        <Button
          look={props.kind === 'replan' ? 'primary' : 'danger'}
          busy={act.busy()}
          onClick={submit}
        >
          {texts().verb}
        </Button>
      }
    >
      <p class="wrap-any">{texts().body}</p>
      <Show when={props.kind === 'replan'}>
        <TextArea
          label="What should be different?"
          placeholder="What should be different?"
          rows={4}
          value={remark()}
          onInput={setRemark}
        />
      </Show>
      <Show when={act.error()}>
        <p role="alert" class="text-fail wrap-any">
          {act.error()}
        </p>
      </Show>
    </Dialog>
  )
}
