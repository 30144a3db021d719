/** Puts the verbs together. The verbs are thin: check, change rows, wake the runner; the runner does the work. */
import type { Shell } from '#agents/shell.ts'
import type { Agent, AgentInput, RestartAgent, SendToAgent, TakeOut } from '#contract/agent.ts'
import type { Deliver } from '#contract/delivery.ts'
import type { TaskDeleted } from '#contract/ending.ts'
import type { PostMessage, TeamMessage } from '#contract/event.ts'
import type { AnswerPermission, Permission } from '#contract/permission.ts'
import type { ApprovePlan, Plan, PlanVersion, Question, UpdatePlan } from '#contract/plan.ts'
import type { RecoveryReport } from '#contract/recovery.ts'
import type { Relaunch } from '#contract/relaunch.ts'
import type { ResolveConflict } from '#contract/resolution.ts'
import type { ForkCheckpoint, RestorePreview } from '#contract/restore-preview.ts'
import type { DecideSetup, TaskSetupOutput } from '#contract/setup.ts'
import type { TerminalSize } from '#contract/socket.ts'
import type { CreateFromIssue, CreateTask, Task, UpdateTask } from '#contract/task.ts'
import { listInputs, toAgentInput } from '#db/agent-inputs.ts'
import { type AgentRow, listAgents, toAgent } from '#db/agents.ts'
import { findDelivery } from '#db/deliveries.ts'
import { listFollowUps, toFollowUp } from '#db/follow-ups.ts'
import { listDeliveries } from '#db/message-deliveries.ts'
import { listMessages, type MessageFilter } from '#db/messages.ts'
import { countPending } from '#db/permissions.ts'
import { listPlans } from '#db/plans.ts'
import { countAskedByAgents, isAskingPerson, listQuestions } from '#db/questions.ts'
import { findSetup } from '#db/setups.ts'
import { listStatuses, listSubtasks } from '#db/subtasks.ts'
import { costByTask, listTaskIdsWith } from '#db/tasks.ts'
import { getAgentOf, postMessage, sendToAgent, stopAgent } from './agent-verbs.ts'
import { createAnswered } from './answered.ts'
import { createAttention } from './attention.ts'
import { createTeamHost } from './comms/host.ts'
import { deliverTask } from './delivery-settings.ts'
import type { TaskDeps } from './deps.ts'
import { type Desk, requirePossible } from './desk.ts'
import { dismissFollowUp, sendFollowUp } from './following/follow-up.ts'
import { createFollower } from './following/follower.ts'
import { createWebhooks } from './following/webhooks.ts'
import { forkTask } from './fork.ts'
import { freezeAgent, freezeTask, unfreezeAgent, unfreezeTask } from './freeze.ts'
import { readIssue } from './from-issue.ts'
import {
  cancelTask,
  changeTask,
  createTask,
  deleteTask,
  replanTask,
  resumeTask,
  startTask,
  stopTask,
} from './lifecycle.ts'
import { createLists } from './lists.ts'
import { pauseForShutdown } from './pauses.ts'
import { answerPermission, listPermissions } from './permission-verbs.ts'
import { answer, approve, getPlan, skipQuestions, updatePlan } from './planning.ts'
import { getTask } from './records.ts'
import { createRelaunch } from './relaunch.ts'
import { restoreTask } from './restore.ts'
import { previewRestore } from './restore-preview.ts'
import { createComments } from './review/comments.ts'
import { createDiscards } from './review/discards.ts'
import { createRunner, type Runner } from './runner.ts'
import { decideSetup, showSetup } from './setup-verbs.ts'
import { openShell } from './shells.ts'
import { approveWork, askForChanges } from './stand-in.ts'
import { changeModel, interruptAgent, restartAgent, takeOut } from './steering.ts'
import { resolveConflict, retrySubtask, type SubtaskEdit, skipSubtask } from './subtask-verbs.ts'
import type { PermissionFilter, Tasks } from './tasks.ts'
import { toHalt, toPlan, toPlanVersion, toQuestion, toTask, toTeamMessage } from './to-wire.ts'

export type TasksService = Tasks & {
  /** Goes on with everything unfinished, after the agents have been compared with the engine. */
  recover(): Promise<void>
  /** From now on forges are asked what has become of pull requests. */
  follow(): void
  /** What that has found so far. */
  recovery(): RecoveryReport
  /** Called whenever the report of `recovery` has changed. Returns the way to stop. */
  onRecovery(listener: () => void): () => void
  /** Why no engine answers, as a sentence; undefined when one does. Tasks that need it say so while they wait. */
  engineAway(sentence: string | undefined): void
  /** Why no new work may begin, as a sentence; undefined when it may. What runs goes on. */
  holdBack(sentence: string | undefined): void
  /** The limits of the configuration are others by now. */
  limitsChanged(): void
  /** Stops everything that plans or runs until the next start goes on with it. Resolves when all of it is at rest. */
  pauseAll(): Promise<void>
  /** Stops deciding; containers go on. Resolves when nothing more will be written. */
  close(): Promise<void>
  /** Resolves when no step is under way: everything waits for a person or is over. */
  settled(): Promise<void>
}

export function createTasks(deps: TaskDeps): TasksService {
  const runner: Runner = createRunner({ ...deps, followed: () => follower.wake() })
  const follower = createFollower({ ...deps, wakeTask: runner.wake })
  const desk: Desk = { ...deps, runner }
  deps.agents.offerTools(createTeamHost({ db: deps.db, config: deps.config, wake: runner.wake }))
  const views = createViews(desk)
  const verbs = createTaskVerbs(desk, views)
  return {
    ...views,
    ...verbs,
    ...createWebhooks(desk, follower),
    ...createPlanVerbs(desk, views),
    ...createAgentVerbs(desk, views),
    ...createComments(desk),
    ...createDiscards(desk),
    recover: runner.recover,
    recovery: runner.recovery.report,
    onRecovery: runner.recovery.subscribe,
    engineAway: runner.engineAway,
    holdBack: runner.holdBack,
    limitsChanged: runner.scheduler.serve,
    async pauseAll() {
      pauseForShutdown(desk)
      await runner.settled()
    },
    follow: follower.start,
    followUps(taskId) {
      getTask(deps.db, taskId)
      return listFollowUps(deps.db, taskId).map(toFollowUp)
    },
    sendFollowUp(taskId, id, input) {
      requirePossible(deps.db, taskId, 'answer a pull request')
      return sendFollowUp(desk, { taskId, id }, input).then(() => views.get(taskId))
    },
    dismissFollowUp(taskId, id) {
      dismissFollowUp(desk, taskId, id)
      return views.get(taskId)
    },
    async lookAtPullRequest(taskId) {
      getTask(deps.db, taskId)
      await follower.look(taskId)
      return views.get(taskId)
    },
    async close() {
      await Promise.all([follower.close(), runner.close()])
    },
    settled: runner.settled,
  }
}

type Views = ReturnType<typeof createViews>

/** More than anyone wants to choose from. */
const maxWithId = 20

function viewAgent(
  { db, outputs, runner }: Pick<Desk, 'db' | 'outputs' | 'runner'>,
  row: AgentRow,
): Agent {
  const entry = runner.scheduler.state().waiting.find(({ agentId }) => agentId === row.id)
  const queued = row.status === 'queued' && entry ? { queuePosition: entry.position } : {}
  const isAsking = row.status === 'running' && isAskingPerson(db, row)
  return toAgent(row, { outputBytes: outputs.size(row.id), isAsking, ...queued })
}

function createViews({ db, clock, outputs, runner }: Desk) {
  const agentOf = (row: AgentRow): Agent => viewAgent({ db, outputs, runner }, row)
  const agents = (taskId: string): Agent[] => {
    getTask(db, taskId)
    return listAgents(db, { taskId }).map(agentOf)
  }
  const questions = (taskId: string): Question[] => {
    getTask(db, taskId)
    return listQuestions(db, taskId).map(toQuestion)
  }
  const get = (taskId: string): Task => {
    const row = getTask(db, taskId)
    const rows = listAgents(db, { taskId })
    const delivery = findDelivery(db, taskId)
    const fetching = runner.fetchingOf(taskId)
    const task = toTask(row, {
      statuses: listStatuses(db, [taskId]).map(({ status }) => status),
      costUsd: costByTask(db, [taskId]).get(taskId) ?? 0,
      pendingPermissions: countPending(db, [taskId]).get(taskId) ?? 0,
      pendingQuestions: countAskedByAgents(db, [taskId]).get(taskId) ?? 0,
      prUrl: delivery?.pullRequest?.url,
      ...{ delivery, setup: findSetup(db, taskId) },
      followUps: delivery?.pullRequest ? listFollowUps(db, taskId) : [],
      halt: toHalt(row, rows),
      agents: rows.map(agentOf),
    })
    return fetching ? { ...task, source_progress: fetching } : task
  }
  return {
    ...createLists(db, agentOf),
    ...createAttention({ db, clock }),
    ...createAnswered(db),
    agents,
    questions,
    queue: runner.scheduler.state,
    get,
    withId: (prefix: string): Task[] => listTaskIdsWith(db, prefix, maxWithId).map(get),
    plan(taskId: string, version?: number): Plan & { questions?: Question[] } {
      const task = getTask(db, taskId)
      const row = getPlan(db, taskId, version)
      const isNewest = row.version === getPlan(db, taskId).version
      const live = isNewest ? listSubtasks(db, taskId) : []
      return { ...toPlan(row, live, task), questions: questions(taskId) }
    },
    planVersions(taskId: string): PlanVersion[] {
      getTask(db, taskId)
      return listPlans(db, taskId).map(toPlanVersion)
    },
    permissions: (filter: PermissionFilter): Permission[] => listPermissions(db, filter),
    agent: (taskId: string, agentId: string): Agent => agentOf(getAgentOf(db, taskId, agentId)),
    inputs(taskId: string, agentId: string): AgentInput[] {
      getAgentOf(db, taskId, agentId)
      return listInputs(db, agentId, { kind: 'message' }).map(toAgentInput)
    },
    messages(taskId: string, filter: MessageFilter): TeamMessage[] {
      getTask(db, taskId)
      const rows = listMessages(db, { taskId, ...filter })
      const byMessage = Map.groupBy(
        listDeliveries(
          db,
          rows.map(({ id }) => id),
        ),
        ({ messageId }) => messageId,
      )
      return rows.map((row) => toTeamMessage(row, byMessage.get(row.id)))
    },
  }
}

function createTaskVerbs(desk: Desk, { get }: Views) {
  const relaunch = createRelaunch(desk)
  const create = (input: CreateTask): Task => get(createTask(desk, input))
  return {
    create,
    createFromIssue: (input: CreateFromIssue): Promise<Task> =>
      readIssue(desk, input).then(({ task }) => create(task)),
    relaunch: (taskId: string, input: Relaunch): Promise<Task> => relaunch(taskId, input).then(get),
    restore: (taskId: string, checkpointId: string, { stop }: { stop: boolean }): Promise<Task> =>
      restoreTask(desk, { taskId, checkpointId, stop }).then(() => get(taskId)),
    previewRestore: (taskId: string, checkpointId: string): Promise<RestorePreview> =>
      previewRestore(desk, taskId, checkpointId),
    fork: (taskId: string, checkpointId: string, input: ForkCheckpoint): Promise<Task> =>
      forkTask(desk, { taskId, checkpointId }, input).then(get),
    change(taskId: string, input: UpdateTask): Task {
      changeTask(desk, taskId, input)
      return get(taskId)
    },
    start(taskId: string): Task {
      startTask(desk, taskId)
      return get(taskId)
    },
    replan(taskId: string, remark: string): Task {
      replanTask(desk, taskId, remark)
      return get(taskId)
    },
    stop(taskId: string): Task {
      stopTask(desk, taskId)
      return get(taskId)
    },
    resume(taskId: string): Task {
      resumeTask(desk, taskId)
      return get(taskId)
    },
    cancel(taskId: string): Task {
      cancelTask(desk, taskId)
      return get(taskId)
    },
    deliver(taskId: string, input: Deliver): Task {
      deliverTask(desk, taskId, input)
      return get(taskId)
    },
    setup: (taskId: string): TaskSetupOutput => showSetup(desk.db, taskId),
    decideSetup(taskId: string, input: DecideSetup): Task {
      decideSetup(desk, taskId, input)
      return get(taskId)
    },
    delete: (taskId: string): Promise<TaskDeleted> => deleteTask(desk, taskId),
  }
}

function createPlanVerbs(desk: Desk, { get, plan, questions }: Views) {
  return {
    approve(taskId: string, input: ApprovePlan): Task {
      approve(desk, taskId, input)
      return get(taskId)
    },
    updatePlan(taskId: string, input: UpdatePlan): Plan {
      updatePlan(desk, taskId, input)
      return plan(taskId)
    },
    answer(taskId: string, questionId: string, text: string): Question {
      return toQuestion(answer(desk, taskId, { id: questionId, answer: text }))
    },
    skipQuestions(taskId: string): Question[] {
      skipQuestions(desk, taskId)
      return questions(taskId)
    },
    askForChanges(taskId: string, subtaskId: string, what: string): Plan {
      askForChanges(desk, { taskId, subtaskId, what })
      return plan(taskId)
    },
    approveWork(taskId: string, summary: string): Task {
      approveWork(desk, taskId, summary)
      return get(taskId)
    },
    resolveConflict(taskId: string, subtaskId: string, input: ResolveConflict): Plan {
      resolveConflict(desk, { taskId, subtaskId, input })
      return plan(taskId)
    },
    retrySubtask(taskId: string, subtaskId: string, edit?: SubtaskEdit): Plan {
      retrySubtask(desk, { taskId, subtaskId, edit })
      return plan(taskId)
    },
    skipSubtask(taskId: string, subtaskId: string): Plan {
      skipSubtask(desk, taskId, subtaskId)
      return plan(taskId)
    },
  }
}

function createSteeringVerbs(desk: Desk, { agent, get }: Pick<Views, 'agent' | 'get'>) {
  return {
    freezeAgent: (taskId: string, agentId: string): Promise<Agent> =>
      freezeAgent(desk, taskId, agentId).then(() => agent(taskId, agentId)),
    unfreezeAgent: (taskId: string, agentId: string): Promise<Agent> =>
      unfreezeAgent(desk, taskId, agentId).then(() => agent(taskId, agentId)),
    freeze: (taskId: string): Promise<Task> => freezeTask(desk, taskId).then(() => get(taskId)),
    unfreeze: (taskId: string): Promise<Task> => unfreezeTask(desk, taskId).then(() => get(taskId)),
    changeModel(taskId: string, agentId: string, model: string): Agent {
      changeModel(desk, taskId, agentId, model)
      return agent(taskId, agentId)
    },
    restartAgent: (taskId: string, agentId: string, input: RestartAgent): Promise<Agent> =>
      restartAgent(desk, taskId, agentId, input).then(() => agent(taskId, agentId)),
    takeOut: (taskId: string, agentId: string, input: TakeOut): Promise<Agent> =>
      takeOut(desk, taskId, agentId, input).then(() => agent(taskId, agentId)),
    openShell: (taskId: string, agentId: string, size: TerminalSize): Promise<Shell> =>
      openShell(desk, taskId, agentId, size),
  }
}

function createAgentVerbs(desk: Desk, { agent, get }: Views) {
  return {
    send: (taskId: string, input: SendToAgent): Promise<AgentInput> =>
      sendToAgent(desk, taskId, input),
    async withdraw(taskId: string, agentId: string, inputId: string): Promise<AgentInput> {
      return await desk.agents.withdraw(getAgentOf(desk.db, taskId, agentId).id, inputId)
    },
    interrupt: (taskId: string, agentId: string): Promise<boolean> =>
      interruptAgent(desk, taskId, agentId),
    ...createSteeringVerbs(desk, { agent, get }),
    answerPermission: (taskId: string, id: string, answer: AnswerPermission): Permission =>
      answerPermission(desk, { taskId, id, answer }),
    async stopAgent(taskId: string, agentId: string): Promise<Agent> {
      await stopAgent(desk, taskId, agentId)
      return agent(taskId, agentId)
    },
    postMessage: (taskId: string, input: PostMessage): TeamMessage =>
      toTeamMessage(postMessage(desk, taskId, input)),
  }
}
