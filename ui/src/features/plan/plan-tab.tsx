import { type JSX, Match, Switch } from 'solid-js'
import type { Agent } from '#contract/agent.ts'
import { LinkButton } from '../../components/button.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { store } from '../../data/store.ts'
import { QuestionsForm } from './questions-form.tsx'
import { ReadyPlan, type ReadyPlanProps } from './ready-plan.tsx'

/** The plan of a task, or what is on the way to one. */
export function PlanTab(
  props: Omit<ReadyPlanProps, 'plan'> & {
    /** The planner's live stream, shown while there is no plan yet. */
    planner: JSX.Element
  },
): JSX.Element {
  const questions = () => store.questions.get(props.task.id)
  return (
    <Switch>
      <Match when={props.task.phase === 'awaiting_answers'}>
        <div class="flex-1 min-h-0 overflow-auto p-4 md:px-5">
          <Loaded entry={questions()} onRetry={() => void store.questions.refresh(props.task.id)}>
            {(list) => <QuestionsForm taskId={props.task.id} questions={list()} />}
          </Loaded>
        </div>
      </Match>
      <Match when={props.task.status === 'planning'}>
        <div class="flex-1 min-h-0 flex flex-col">{props.planner}</div>
      </Match>
      <Match when={props.task.plan_version === null}>
        <NoPlan {...props} />
      </Match>
      <Match when={true}>
        <Loaded
          entry={store.plan.get(props.task.id)}
          onRetry={() => void store.plan.refresh(props.task.id)}
          skeleton={<Skeleton rows={6} height={68} />}
        >
          {(plan) => (
            <ReadyPlan
              task={props.task}
              agents={props.agents}
              plan={plan()}
              lanes={props.lanes}
              stream={props.stream}
            />
          )}
        </Loaded>
      </Match>
    </Switch>
  )
}

function NoPlan(props: Pick<ReadyPlanProps, 'task' | 'agents'>): JSX.Element {
  const planner = (): Agent | undefined => props.agents.findLast(({ kind }) => kind === 'planner')
  const raw = (): JSX.Element => (
    <LinkButton href={`/tasks/${props.task.id}/agents/${planner()?.id}?view=raw`}>
      See what the planner said
    </LinkButton>
  )
  return (
    <Empty action={planner() && raw()}>
      {props.task.status === 'created'
        ? 'Not started. The planner reads the repository, asks what is unclear, and the plan appears here.'
        : 'There is no plan. Plan again when the reason above is gone; nothing has been changed.'}
    </Empty>
  )
}
