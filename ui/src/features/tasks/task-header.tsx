import { A, useNavigate } from '@solidjs/router'
import { createSignal, For, type JSX, Show } from 'solid-js'
import { taskStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Icon } from '../../components/icon.tsx'
import { Menu, type MenuItem } from '../../components/menu.tsx'
import { createTitle } from '../../components/page-header.tsx'
import { StatusChip } from '../../components/status-chip.tsx'
import { type Act, createAct } from '../../data/act.ts'
import { type Action, useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { now } from '../../data/clock.ts'
import { describeProgress, sourceName, taskDuration } from '../../data/status.ts'
import { steerApi } from '../../data/steer-api.ts'
import { showTask } from '../../data/steered.ts'
import { startingBlocked, store } from '../../data/store.ts'
import { goesWith, staysAfter } from '../../lib/halt-words.ts'
import { formatMoney } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'
import { ApproveWork } from './approve-work.tsx'
import { RelaunchDialog } from './relaunch-dialog.tsx'
import { AskingDialog, TaskAsking } from './task-asking.tsx'
import { TaskName } from './task-name.tsx'
import { TaskTeam } from './task-team.tsx'
import { canDo, type TaskVerb } from './task-verbs.ts'

type Ending = 'cancel' | 'delete'

/** What a task is, how it stands, and what can be done with it now. */
export function TaskHeader(props: { task: Task; onReplan: () => void }): JSX.Element {
  const act = createAct()
  const [ending, setEnding] = createSignal<Ending>()
  const [isRelaunching, setRelaunching] = createSignal(false)
  const [isAsking, setAsking] = createSignal(false)
  createTitle(() => props.task.name)
  return (
    <header class="flex-none grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1.5 px-4 md:px-5 pt-3 pb-2.5">
      <div class="row gap-1.5 text-small t3 min-w-0 md:col-span-2">
        <A
          href="/tasks"
          class="flex flex-none items-center gap-1 min-h-11 -my-2.5 md:min-h-6 md:my-0 lt-md:min-w-11"
        >
          <Icon name="back" class="md:hidden" />
          <span class="max-[340px]:sr-only">Tasks</span>
        </A>
        <span class="lt-md:hidden">/</span>
        <span class="font-mono text-[11.5px] clip lt-md:hidden">{sourceName(props.task)}</span>
        <Branch name={props.task.branch} />
      </div>
      <div class="flex flex-wrap items-center gap-x-3 gap-y-1.5 min-w-0 lt-md:row-start-2 lt-md:col-span-2 lt-md:text-small">
        <TaskName task={props.task} />
        <StatusChip {...taskStatus(props.task)} />
        <Show when={describeProgress(props.task)}>
          {(words) => <span class="t2 whitespace-nowrap">{words()}</span>}
        </Show>
        <Show when={taskDuration(props.task, now()) !== undefined}>
          <span class="t3 whitespace-nowrap">
            {formatDuration(taskDuration(props.task, now()) ?? 0)}
          </span>
        </Show>
        <span class="t3">{formatMoney(props.task.cost_usd)}</span>
        <Show when={props.task.team}>{(team) => <TaskTeam team={team()} />}</Show>
        <TaskAsking task={props.task} onChange={() => setAsking(true)} />
        <Show when={props.task.forked_from}>
          {(origin) => (
            <A
              class="link t3 whitespace-nowrap inline-flex items-center min-h-11 -my-2.5 md:min-h-6 md:my-0"
              href={`/tasks/${origin().task_id}/checkpoints?checkpoint=${origin().checkpoint_id}`}
            >
              Forked from a checkpoint
            </A>
          )}
        </Show>
        <Show when={props.task.relaunched_from}>
          {(id) => (
            <A
              class="link t3 whitespace-nowrap inline-flex items-center min-h-11 -my-2.5 md:min-h-6 md:my-0"
              href={`/tasks/${id()}`}
            >
              {props.task.keeps_context
                ? 'Goes on from an earlier run'
                : 'Run before, from the source'}
            </A>
          )}
        </Show>
      </div>
      <Actions
        task={props.task}
        act={act}
        onEnd={setEnding}
        onReplan={props.onReplan}
        onRelaunch={() => setRelaunching(true)}
        onAsking={() => setAsking(true)}
      />
      <Show when={isRelaunching()}>
        <RelaunchDialog task={props.task} onClose={() => setRelaunching(false)} />
      </Show>
      <Show when={isAsking()}>
        <AskingDialog task={props.task} onClose={() => setAsking(false)} />
      </Show>
      <ErrorLine text={act.error()} class="col-span-2" />
      <Show when={ending()}>
        {(kind) => (
          <EndDialog task={props.task} kind={kind()} onClose={() => setEnding(undefined)} />
        )}
      </Show>
    </header>
  )
}

/** A press copies the branch's name. */
function Branch(props: { name: string }): JSX.Element {
  const [isCopied, setCopied] = createSignal(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(props.name)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <button
      type="button"
      class="row gap-1.5 min-h-6 px-1 rounded-key hover:bg-bg2 lt-md:hidden!"
      aria-label={`Copy the branch ${props.name}`}
      title="Copy the branch"
      onClick={() => void copy()}
    >
      <Icon name="branch" />
      <span class="font-mono text-[11.5px] clip">{props.name}</span>
      <span role="status">{isCopied() ? 'Copied' : ''}</span>
    </button>
  )
}

function Actions(props: {
  task: Task
  act: Act
  onEnd: (kind: Ending) => void
  onReplan: () => void
  onRelaunch: () => void
  onAsking: () => void
}): JSX.Element {
  const can = (verb: TaskVerb): boolean => canDo(props.task, verb)
  const run = (verb: 'start' | 'stop' | 'resume'): void =>
    void props.act.run(async () =>
      store.task.put(props.task.id, await withAgents(props.task, api[verb](props.task.id))),
    )
  const startWord = (): string => (props.task.status === 'created' ? 'Plan' : 'Plan again')
  const toAction = (verb: TaskVerb, label: string, deed: () => void): Action => ({
    id: `task.${verb}`,
    label,
    group: 'Task',
    run: deed,
    disabled: can(verb)
      ? isBeginning(verb) && startingBlocked()
      : `Not possible while the task is ${props.task.status}.`,
  })
  const isFrozen = (): boolean => props.task.frozen_since !== undefined
  const freezable = (): boolean =>
    ['planning', 'planned', 'approved', 'running'].includes(props.task.status) &&
    props.task.phase !== 'stopping'
  const freezeWord = (): string => (isFrozen() ? 'Unfreeze all agents' : 'Freeze all agents')
  const freeze = (): void =>
    void props.act.run(() =>
      showTask(
        isFrozen() ? steerApi.unfreezeTask(props.task.id) : steerApi.freezeTask(props.task.id),
      ),
    )
  const freezeItems = (): MenuItem[] =>
    freezable()
      ? [{ label: freezeWord(), icon: isFrozen() ? 'play' : 'pause', onSelect: freeze }]
      : []
  useActions(() => [
    {
      id: 'task.freeze',
      label: freezeWord(),
      group: 'Task',
      words: 'pause hold continue',
      disabled: !freezable() && `Not possible while the task is ${props.task.status}.`,
      run: freeze,
    },
    toAction('start', startWord(), () => run('start')),
    toAction('stop', 'Stop this task', () => run('stop')),
    toAction('resume', 'Resume this task', () => run('resume')),
    toAction('relaunch', 'Relaunch this task…', props.onRelaunch),
    toAction('replan', 'Replan this task…', props.onReplan),
    {
      id: 'task.copy-branch',
      label: 'Copy the branch name',
      group: 'Task',
      run: () => void navigator.clipboard?.writeText(props.task.branch),
    },
    {
      id: 'task.asking',
      label: 'When agents ask you…',
      group: 'Task',
      words: 'permission mode allow never',
      run: props.onAsking,
    },
    toAction('cancel', 'Cancel this task…', () => props.onEnd('cancel')),
    toAction('delete', 'Delete this task…', () => props.onEnd('delete')),
  ])
  const more = (): MenuItem[] => [
    {
      label: 'Copy the branch name',
      icon: 'branch',
      onSelect: () => void navigator.clipboard?.writeText(props.task.branch),
    },
    { label: 'When agents ask you…', icon: 'lock', onSelect: props.onAsking },
    ...freezeItems(),
    // A phone has no room for the button.
    ...(can('relaunch')
      ? [{ label: 'Relaunch…', icon: 'retry' as const, onSelect: props.onRelaunch }]
      : []),
    ...(can('replan')
      ? [{ label: 'Replan…', icon: 'retry' as const, onSelect: props.onReplan }]
      : []),
    ...(can('cancel')
      ? [{ label: 'Cancel task…', icon: 'close' as const, onSelect: () => props.onEnd('cancel') }]
      : []),
    { label: 'Delete task…', icon: 'trash', isDanger: true, onSelect: () => props.onEnd('delete') },
  ]
  return (
    <div class="flex flex-none items-center gap-2">
      <Show when={can('start')}>
        <Button
          look="primary"
          busy={props.act.busy()}
          disabled={startingBlocked() !== false}
          title={startingBlocked() || undefined}
          onClick={() => run('start')}
        >
          {startWord()}
        </Button>
      </Show>
      <ApproveWork task={props.task} />
      <Show when={can('stop')}>
        <Button icon="pause" busy={props.act.busy()} onClick={() => run('stop')}>
          Stop
        </Button>
      </Show>
      <Show when={can('resume')}>
        <Button look="primary" icon="play" busy={props.act.busy()} onClick={() => run('resume')}>
          Resume
        </Button>
      </Show>
      <Show when={can('relaunch')}>
        <Button
          icon="retry"
          class="lt-md:hidden!"
          disabled={startingBlocked() !== false}
          title={startingBlocked() || undefined}
          onClick={props.onRelaunch}
        >
          Relaunch…
        </Button>
      </Show>
      <Show when={props.task.status === 'completed'}>
        <LinkButton look="primary" href={`/tasks/${props.task.id}/changes`}>
          Review changes
        </LinkButton>
      </Show>
      <Menu label="More" items={more()} />
    </div>
  )
}

const isBeginning = (verb: TaskVerb): boolean => verb === 'start' || verb === 'relaunch'

/** A verb answers with the task alone; its agents are known already. */
async function withAgents(known: Task, answer: Promise<Task>): Promise<Task> {
  const task = await answer
  return task.agents || !known.agents ? task : { ...task, agents: known.agents }
}

function EndDialog(props: { task: Task; kind: Ending; onClose: () => void }): JSX.Element {
  const navigate = useNavigate()
  const act = createAct()
  const [later, setLater] = createSignal<string>()
  const isDelete = (): boolean => props.kind === 'delete'
  const submit = (): void =>
    void act.run(async () => {
      if (isDelete()) {
        const answer = await api.remove(props.task.id)
        if (answer.status === 'deleting') {
          setLater(answer.waiting_for ?? '')
          await store.task.refresh(props.task.id)
          return
        }
        for (const group of ['active', 'recent'])
          store.tasks.update(group, (tasks) => tasks.filter(({ id }) => id !== props.task.id))
        props.onClose()
        navigate('/tasks')
        return
      }
      const task = await api.cancel(props.task.id)
      store.task.put(props.task.id, { ...task, agents: task.agents ?? props.task.agents ?? [] })
      props.onClose()
    })
  return (
    <Dialog
      title={isDelete() ? 'Delete this task?' : 'Cancel this task?'}
      onClose={props.onClose}
      actions={
        <Button look="danger" busy={act.busy()} onClick={submit}>
          {isDelete() ? 'Delete' : 'Cancel task'}
        </Button>
      }
    >
      <Show
        when={isDelete()}
        fallback={
          <p class="wrap-any">
            Its agents end now and their unmerged work is removed. What is merged on{' '}
            {props.task.branch} stays, and so does the record.
          </p>
        }
      >
        <p>This goes for good:</p>
        <ul class="m-0 pl-5 col gap-1 list-disc">
          <For each={goesWith(props.task)}>{(line) => <li class="wrap-any">{line}</li>}</For>
        </ul>
        <p class="wrap-any">{staysAfter(props.task)}</p>
      </Show>
      <Show when={later()}>
        <p role="status" class="wrap-any t1">
          It is marked and goes by itself as soon as that is possible. {later()}
        </p>
      </Show>
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
