/** Everything the runner decides from, read in one go: rows only, so that a restart decides the same. */
import { type AgentRow, listAgents } from '#db/agents.ts'
import { type DeliveryRow, findDelivery } from '#db/deliveries.ts'
import type { Tx } from '#db/open.ts'
import { findPlan, type PlanRow } from '#db/plans.ts'
import { findQuestion, listQuestions, type QuestionRow } from '#db/questions.ts'
import { findSetup, type TaskSetupRow } from '#db/setups.ts'
import { listSubtasks, type SubtaskRow } from '#db/subtasks.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'
import { type Held, listHeld } from './comms/held.ts'
import { isCollaborative, type Lead, readLead } from './comms/lead.ts'
import { listUnaware } from './comms/steer.ts'
import type { Node } from './dag.ts'
import { isDecided } from './reviewers.ts'
import { modelOf } from './team.ts'

export type View = {
  task: TaskRow
  /** The newest version. */
  plan: PlanRow | undefined
  subtasks: SubtaskRow[]
  /** Oldest first. */
  agents: AgentRow[]
  /** Of the present planning session. */
  questions: QuestionRow[]
  /** Calls of agents at work that nobody has answered. */
  held: Held[]
  /** Agents at work that can be told what they have not been given. */
  unaware: AgentRow[]
  /** Ids of reviews whose question to a person has its answer. */
  decided: string[]
  /** The question in which the tests of the result ended has its answer. */
  isResultDecided?: boolean
  delivery: DeliveryRow | undefined
  /** When its repository has setup commands. */
  setup: TaskSetupRow | undefined
  /** Of a collaborative run that has a manager. */
  lead: Lead | undefined
}

/** Undefined when the task is gone. */
export function readView(tx: Tx, taskId: string): View | undefined {
  const task = findTask(tx, taskId)
  if (!task) return undefined
  const subtasks = listSubtasks(tx, taskId)
  const view = {
    task,
    plan: findPlan(tx, taskId),
    subtasks,
    decided: subtasks.filter((row) => isDecided(tx, row)).map(({ id }) => id),
    isResultDecided: isAnswered(tx, task),
    agents: listAgents(tx, { taskId }),
    questions: listQuestions(tx, taskId, task.planningSession),
    delivery: findDelivery(tx, taskId),
    setup: findSetup(tx, taskId),
  }
  if (task.status !== 'running') return { ...view, held: [], unaware: [], lead: undefined }
  const held = listHeld(tx, view)
  return { ...view, held, unaware: listUnaware(tx, { ...view, held }), lead: readLead(tx, view) }
}

function isAnswered(tx: Tx, { id, resultCheck }: TaskRow): boolean {
  const question = resultCheck?.question_id
  return question !== undefined && findQuestion(tx, id, question)?.status !== 'pending'
}

export const isLive = (agent: Pick<AgentRow, 'status'>): boolean =>
  agent.status === 'queued' || agent.status === 'created' || agent.status === 'running'

export const toNodes = (subtasks: readonly SubtaskRow[]): Node[] =>
  subtasks.map(({ id, spec, status, error }) => ({
    id,
    dependsOn: spec.depends_on,
    status,
    error,
    role: spec.agent_role,
    files: spec.files_involved,
  }))

/** The planner of the present session: a session is one agent and one conversation. */
export const currentPlanner = ({ task, agents }: View): AgentRow | undefined =>
  agents.find((agent) => agent.kind === 'planner' && agent.attempt === task.planningSession)

/** An agent made ahead of time for the next attempt of a subtask that nobody works on yet. */
export const spareAgent = (
  { agents, task }: Pick<View, 'agents' | 'task'>,
  subtask: SubtaskRow,
): AgentRow | undefined =>
  agents.find(
    (agent) =>
      agent.subtaskId === subtask.id &&
      agent.attempt === subtask.attempt + 1 &&
      agent.status === 'created' &&
      agent.role === subtask.spec.agent_role &&
      agent.model === modelOf(task, subtask.spec),
  )

/** `sequential` when either the person or the planner wants one after the other. */
export const runMode = ({ task, plan }: View): 'sequential' | 'parallel' =>
  isCollaborative(task)
    ? 'parallel'
    : task.mode === 'sequential' || plan?.draft.strategy === 'sequential'
      ? 'sequential'
      : 'parallel'
