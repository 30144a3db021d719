import { useSearchParams } from '@solidjs/router'
import { createSignal, Index, type JSX, Show } from 'solid-js'
import type { Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { Button, LinkButton } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { Prose } from '../../components/prose.tsx'
import { ResolutionFindings } from '../../components/resolution.tsx'
import { ConflictPaths } from '../../components/resolve-dialog.tsx'
import { StatusChip } from '../../components/status-chip.tsx'
import { VerdictView } from '../../components/verdict.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { now } from '../../data/clock.ts'
import { agentDuration } from '../../data/status.ts'
import { store } from '../../data/store.ts'
import { formatMoney, joinWords, shortModel } from '../../lib/text.ts'
import { formatDuration } from '../../lib/time.ts'
import { Decisions, hasDecisions } from './decisions.tsx'
import type { PlanNode } from './nodes.ts'

/** Everything about one subtask, and what can be done with it. */
export function Inspector(props: {
  task: Task
  subtask: Subtask
  node: PlanNode
  names: ReadonlyMap<string, string>
  onClose: () => void
  /** Why it cannot be edited although the plan can; empty when there is nothing to say. */
  lockReason: string
  onEdit: (() => void) | undefined
}): JSX.Element {
  return (
    <div class="col min-h-0 h-full">
      <div class="flex-1 min-h-0 overflow-auto p-4 col gap-3">
        <div class="col gap-1">
          <div class="row items-center md:items-start">
            <h2 class="h-part flex-1 wrap-any">{props.subtask.name}</h2>
            <StatusChip {...props.node.status} />
            <Button
              look="quiet"
              icon="close"
              label="Close"
              class="md:hidden!"
              onClick={() => props.onClose()}
            />
          </div>
          <span class="t3 font-mono text-[11.5px]">{props.subtask.id}</span>
        </div>
        <Show when={props.subtask.error}>
          {(error) => (
            <p class="text-fail wrap-any flex-none max-h-[200px] overflow-auto">{error()}</p>
          )}
        </Show>
        <Show when={props.subtask.conflicts?.length}>
          <Conflict subtask={props.subtask} branch={props.task.branch} />
        </Show>
        <Show when={props.subtask.conflicts?.length ? undefined : props.subtask.resolution}>
          {(resolution) => (
            <section class="col gap-1" aria-label="Conflict">
              <span class="font-500">Brought together with what was merged</span>
              <ConflictPaths paths={resolution().paths} />
              <ResolutionFindings resolution={resolution()} />
            </section>
          )}
        </Show>
        <Show when={props.subtask.verdict}>
          {(verdict) => (
            <VerdictView taskId={props.task.id} verdict={verdict()} names={props.names} />
          )}
        </Show>
        <Show when={props.subtask.summary}>
          {(summary) => (
            <div class="col gap-1">
              <span class="font-500">Result</span>
              <div class="t2">
                <Prose text={summary()} />
              </div>
            </div>
          )}
        </Show>
        <Show when={props.subtask.description}>
          {(description) => <p class="t2 wrap-any">{description()}</p>}
        </Show>
        <Facts {...props} />
        <Show when={props.lockReason && props.subtask.status !== 'completed'}>
          <p class="row items-start t3 text-small">
            <Icon name="lock" /> {props.lockReason}
          </p>
        </Show>
        <details class="col" open={props.subtask.status === 'pending'}>
          <summary class="font-500">Prompt</summary>
          <p class="t2 wrap-any pt-1">{props.subtask.prompt}</p>
        </details>
      </div>
      <Verbs {...props} />
    </div>
  )
}

function Conflict(props: { subtask: Subtask; branch: string }): JSX.Element {
  return (
    <section class="col gap-1" aria-label="Conflict">
      <span class="font-500">Both changed</span>
      <ConflictPaths paths={props.subtask.conflicts ?? []} />
      <Show when={props.subtask.resolution}>
        {(resolution) => <ResolutionFindings resolution={resolution()} />}
      </Show>
      <p class="t2 text-small wrap-any">
        Nothing is lost: <span class="mono-small">{props.branch}</span> is as before, and this work
        is kept on its own branch.
      </p>
    </section>
  )
}

function Facts(props: {
  subtask: Subtask
  node: PlanNode
  names: ReadonlyMap<string, string>
}): JSX.Element {
  const took = (): string => {
    const ms = props.node.agent && agentDuration(props.node.agent, now())
    return ms === undefined ? '' : formatDuration(ms)
  }
  /** Without the ones that have nothing to say. */
  const rows = (): { name: string; value: string; isCode?: boolean }[] => {
    const { subtask, node } = props
    return [
      { name: 'Role', value: subtask.agent_role },
      {
        name: 'After',
        value:
          joinWords(subtask.depends_on.map((id) => props.names.get(id) ?? id)) ||
          'nothing, starts at once',
      },
      { name: 'Model', value: shortModel(node.agent?.model ?? subtask.model ?? '') },
      {
        name: 'Attempt',
        value: subtask.attempt > 0 ? `${subtask.attempt} of ${subtask.max_attempts}` : '',
      },
      { name: 'Rounds', value: subtask.rounds ? String(subtask.rounds) : '' },
      { name: 'Time', value: took() },
      { name: 'Cost', value: node.agent ? formatMoney(node.agent.cost_usd) : '' },
      { name: 'Files', value: subtask.files_involved.join('\n'), isCode: true },
      { name: 'Merged as', value: subtask.merged_commit?.slice(0, 10) ?? '', isCode: true },
      {
        name: 'Now',
        value: subtask.status === 'running' ? (node.agent?.activity ?? '') : '',
        isCode: true,
      },
    ].filter(({ value }) => value !== '')
  }
  return (
    <dl class="grid grid-cols-[84px_minmax(0,1fr)] gap-x-2 gap-y-1">
      {/* By place: what ticks is a new text in the same line. */}
      <Index each={rows()}>
        {(row) => (
          <>
            <dt class="t3">{row().name}</dt>
            <dd class={`min-w-0 wrap-any ${row().isCode ? 'mono' : ''}`}>{row().value}</dd>
          </>
        )}
      </Index>
    </dl>
  )
}

function Verbs(props: {
  task: Task
  subtask: Subtask
  lockReason: string
  onEdit: (() => void) | undefined
}): JSX.Element {
  const act = createAct()
  const [query, setQuery] = useSearchParams<{ ask?: string }>()
  const isFailed = (): boolean => props.subtask.status === 'failed'
  const canAct = (): boolean => ['running', 'failed', 'paused'].includes(props.task.status)
  const canSkip = (): boolean => canAct() && (props.subtask.status === 'pending' || isFailed())
  const canEdit = (): boolean => props.onEdit !== undefined && props.lockReason === ''
  const ask = (what: 'retry' | 'skip' | null): void => setQuery({ ask: what }, { replace: true })
  const after = async (): Promise<void> => {
    await Promise.all([store.plan.refresh(props.task.id), store.task.refresh(props.task.id)])
  }
  const run = (verb: 'retrySubtask' | 'skipSubtask'): Promise<boolean> =>
    act.run(async () => {
      await api[verb](props.task.id, props.subtask.id)
      await after()
    })
  useActions(() => {
    const { id, name } = props.subtask
    const group = 'Subtask'
    const whenFailed = [
      {
        id: `subtask.retry-${id}`,
        label: `Retry ${name}`,
        group,
        run: () => void run('retrySubtask'),
      },
      {
        id: `subtask.edit-and-retry-${id}`,
        label: `Edit and retry ${name}…`,
        group,
        run: () => ask('retry'),
      },
    ]
    const skip = {
      id: `subtask.skip-${id}`,
      label: `Skip ${name}…`,
      group,
      run: () => ask('skip'),
    }
    return [...(isFailed() && canAct() ? whenFailed : []), ...(canSkip() ? [skip] : [])]
  })
  return (
    <Show
      when={props.subtask.agent_id || canSkip() || canEdit() || isFailed() || hasDecisions(props)}
    >
      <div class="flex-none rule-top bg-bg1 px-4 py-3 col gap-2">
        <ErrorLine text={act.error()} small />
        <div
          class="gap-2"
          classList={{
            // Four of them do not fit beside each other.
            'grid grid-cols-2': isFailed() && canAct(),
            'flex flex-wrap': !(isFailed() && canAct()),
          }}
        >
          <Decisions task={props.task} subtask={props.subtask} />
          <Show when={isFailed() && canAct()}>
            <Button
              look={hasDecisions(props) ? 'plain' : 'primary'}
              busy={act.busy()}
              onClick={() => void run('retrySubtask')}
            >
              Retry
            </Button>
            <Button onClick={() => ask('retry')}>Edit and retry…</Button>
          </Show>
          <Show when={props.subtask.agent_id}>
            {(id) => (
              <LinkButton
                look={props.task.status === 'running' && !isFailed() ? 'next' : 'plain'}
                href={`/tasks/${props.task.id}/agents/${id()}`}
              >
                Open agent
              </LinkButton>
            )}
          </Show>
          <Show when={canEdit() && props.onEdit}>
            {(edit) => (
              <Button icon="edit" onClick={() => edit()()}>
                Edit
              </Button>
            )}
          </Show>
          <Show when={canSkip()}>
            <Button look="quiet" onClick={() => ask('skip')}>
              Skip…
            </Button>
          </Show>
        </div>
        <Show when={query.ask === 'retry' && isFailed()}>
          <EditAndRetry {...props} onClose={() => ask(null)} onDone={after} />
        </Show>
        <Show when={query.ask === 'skip' && canSkip()}>
          <Dialog
            title={`Skip ${props.subtask.name}?`}
            onClose={() => ask(null)}
            actions={
              <Button
                look="primary"
                busy={act.busy()}
                onClick={() => void run('skipSubtask').then((isDone) => isDone && ask(null))}
              >
                Skip
              </Button>
            }
          >
            <p>
              What waits for it goes on without it. What it wrote, if it ran, stays on its own
              branch and is not merged.
            </p>
            <ErrorLine text={act.error()} />
          </Dialog>
        </Show>
      </div>
    </Show>
  )
}

function EditAndRetry(props: {
  task: Task
  subtask: Subtask
  onClose: () => void
  onDone: () => Promise<void>
}): JSX.Element {
  const act = createAct()
  const [prompt, setPrompt] = createSignal(props.subtask.prompt)
  const [model, setModel] = createSignal(props.subtask.model ?? '')
  const submit = (): void =>
    void act.run(async () => {
      const edit = { prompt: prompt().trim(), ...(model().trim() ? { model: model().trim() } : {}) }
      await api.retrySubtask(props.task.id, props.subtask.id, edit)
      await props.onDone()
      props.onClose()
    })
  return (
    <Dialog
      title={`Retry ${props.subtask.name}`}
      onClose={props.onClose}
      actions={
        <Button look="primary" busy={act.busy()} disabled={prompt().trim() === ''} onClick={submit}>
          Retry
        </Button>
      }
    >
      <p>
        A new agent starts from the task branch, with the reason of the failure. What the last one
        wrote is kept on its own branch.
      </p>
      <TextArea label="Prompt" rows={8} value={prompt()} onInput={setPrompt} />
      <TextField
        label="Model"
        mono
        placeholder={props.task.model}
        value={model()}
        onInput={setModel}
      />
      <ErrorLine text={act.error()} />
    </Dialog>
  )
}
