/**
 * What a client can do with tasks. Every verb checks the state first, changes it by compare-and-set in one transaction,
 * and only then acts in the background: when a call returns, what it promised is stored. Wrong state is
 * `task.wrong-state` (409) whose sentence names the present state and what is possible in it.
 */
import type { Shell } from '#agents/shell.ts'
import type {
  Agent,
  AgentInput,
  AgentKind,
  AgentStatus,
  RestartAgent,
  SendToAgent,
  TakeOut,
} from '#contract/agent.ts'
import type { AnsweredItem } from '#contract/answered.ts'
import type { AttentionItem } from '#contract/attention.ts'
import type { Deliver } from '#contract/delivery.ts'
import type { TaskDeleted } from '#contract/ending.ts'
import type { PostMessage, TeamMessage } from '#contract/event.ts'
import type { FollowUp, SendFollowUp } from '#contract/follow-up.ts'
import type { AnswerPermission, Permission } from '#contract/permission.ts'
import type { ApprovePlan, Plan, PlanVersion, Question, UpdatePlan } from '#contract/plan.ts'
import type { Relaunch } from '#contract/relaunch.ts'
import type { ResolveConflict } from '#contract/resolution.ts'
import type { ForkCheckpoint, RestorePreview } from '#contract/restore-preview.ts'
import type { DecideSetup, TaskSetupOutput } from '#contract/setup.ts'
import type { TerminalSize } from '#contract/socket.ts'
import type { CreateFromIssue, CreateTask, Task, TaskStatus, UpdateTask } from '#contract/task.ts'
import type { AgentPageQuery, AgentPosition } from '#db/agents.ts'
import type { AnsweredPlace, AnsweredQuery } from '#db/answered.ts'
import type { AttentionPlace } from '#db/attention.ts'
import type { MessageFilter } from '#db/messages.ts'

import type { WebhookVerbs } from './following/webhooks.ts'
import type { CommentVerbs } from './review/comments.ts'
import type { DiscardVerbs } from './review/discards.ts'

export type { MessageFilter } from '#db/messages.ts'

export type TaskFilter = {
  /** Any when empty. */
  status?: TaskStatus[]
  /** Part of name or prompt, whatever its case; of the name only when it has less than three characters. */
  search?: string
  limit: number
  offset?: number
  /** Only tasks made before the one with this number. */
  before?: number
  /** With the beginning of their prompts only. */
  isBrief?: boolean
}

export type TaskListPage = {
  tasks: Task[]
  /** All that match; of a search at most a thousand, with `isMore` when there are more. */
  total: number
  isMore: boolean
  counts: Partial<Record<TaskStatus, number>>
  /** `before` of the next page. */
  next?: number
}

export type AgentFilter = Omit<AgentPageQuery, 'statuses' | 'kinds'> & {
  statuses?: AgentStatus[]
  kinds?: AgentKind[]
}

export type AgentListPage = { agents: Agent[]; next?: AgentPosition }

export type AttentionFilter = { limit: number; after?: AttentionPlace }

export type AnsweredPage = {
  items: AnsweredItem[]
  /** `before` of the next page. */
  next?: AnsweredPlace
}

export type AttentionPage = {
  items: AttentionItem[]
  /** All that are open, on whichever page. */
  total: number
  /** `after` of the next page. */
  next?: AttentionPlace
}

export type PermissionFilter = {
  /** Every task when absent, and then only what is pending. */
  taskId?: string
  agentId?: string
  /** `pending` oldest first, `all` newest first. */
  scope: 'pending' | 'all'
  /** Of `all`. */
  limit?: number
}

export type Tasks = Verbs & CommentVerbs & DiscardVerbs & WebhookVerbs

type Verbs = {
  create(input: CreateTask): Task
  /** What an issue asks for. `request.invalid` when nothing says which repository it is of, `forge.failed` when it cannot be read. */
  createFromIssue(input: CreateFromIssue): Promise<Task>
  list(filter: TaskFilter): TaskListPage
  /** Those whose id begins with `prefix`, hexadecimal digits and dashes: the first few are enough to tell them apart. */
  withId(prefix: string): Task[]
  /** With its agents. `task.not-found`. */
  get(taskId: string): Task
  /** In every state. What is asked of a person already still waits for its answer. */
  change(taskId: string, input: UpdateTask): Task
  /** created | failed | cancelled -> planning (a fresh planning session). */
  start(taskId: string): Task
  /**
   * completed | failed | cancelled: makes another task that runs it again. Asked for twice at once, it is one. Nothing of
   * it is left when it fails. Throws at once when it is not possible.
   */
  relaunch(taskId: string, input: Relaunch): Promise<Task>
  /**
   * Takes it back to a checkpoint: stored here, done in the background; what is there now is kept first. `stop` lets a task at work be
   * stopped for it. Throws at once when it is not possible, and rejects when there is no such checkpoint or it is damaged.
   */
  restore(taskId: string, checkpointId: string, options: { stop: boolean }): Promise<Task>
  /** What that would change. Changes nothing. */
  previewRestore(taskId: string, checkpointId: string): Promise<RestorePreview>
  /** Makes another task of a checkpoint, whatever this one is doing. Nothing of it is left when it fails. */
  fork(taskId: string, checkpointId: string, input: ForkCheckpoint): Promise<Task>
  /** planned | failed | running (between subtasks) -> planning with the remark; the old plan stays as a version. */
  replan(taskId: string, remark: string): Task
  /** planned -> approved -> running. `plan.stale` when `version` is not the newest, `plan.invalid` with the problems. */
  approve(taskId: string, input: ApprovePlan): Task
  /** planning | approved | running -> paused. Agents are interrupted in the background; phase `stopping` until all are saved. */
  stop(taskId: string): Task
  /** paused -> what it was doing before. */
  resume(taskId: string): Task
  /** completed | failed with all work done -> running, in phase `delivering`. `request.invalid` for senseless settings. */
  deliver(taskId: string, input: Deliver): Task
  /** Throws `task.not-found`. */
  setup(taskId: string): TaskSetupOutput
  /** Throws `task.not-found`, `task.wrong-state`, `setup.wrong-state`. */
  decideSetup(taskId: string, input: DecideSetup): Task
  /** What the pull request has called for, oldest first. */
  followUps(taskId: string): FollowUp[]
  /** completed -> running: sends what waits for a person to the agent whose work it is about, or to another. Throws at once when it is not possible; `follow-up.over`. */
  sendFollowUp(taskId: string, id: string, input: SendFollowUp): Promise<Task>
  /** Nobody does anything about it. `follow-up.over`. */
  dismissFollowUp(taskId: string, id: string): Task
  /** Asks the forge now what has become of the pull request; what it did not answer is in the delivery. */
  lookAtPullRequest(taskId: string): Promise<Task>
  /** Any unfinished state -> cancelled; containers and volumes go, the repository and the record stay. */
  cancel(taskId: string): Task
  /**
   * Removes every trace, also while it runs. Resolves when rows, containers, volumes and files are gone, or at once, as
   * `deleting`, when that has to wait for the engine: it then happens by itself, after a restart as well.
   */
  delete(taskId: string): Promise<TaskDeleted>

  plan(taskId: string, version?: number): Plan & { questions?: Question[] }
  planVersions(taskId: string): PlanVersion[]
  /** Makes a new version. While the task runs only subtasks that have not started may differ. */
  updatePlan(taskId: string, input: UpdatePlan): Plan
  questions(taskId: string): Question[]
  /** The last open answer of a round continues the planner's session. `question.answered` when it was answered before. */
  answer(taskId: string, questionId: string, answer: string): Question
  /** Lets the planner decide everything still open. */
  skipQuestions(taskId: string): Question[]

  /** Sends work that is done back to its agent, as its manager or reviewer would. Throws `subtask.wrong-state`. */
  askForChanges(taskId: string, subtaskId: string, what: string): Plan
  /** Approves all work in the manager's place. Throws `subtask.wrong-state` while some of it is not done. */
  approveWork(taskId: string, summary: string): Task
  /** What a person makes of a conflict that no agent could bring together. A failed task runs again. */
  resolveConflict(taskId: string, subtaskId: string, input: ResolveConflict): Plan
  /** failed -> another attempt; skipped dependents become pending again. A failed task runs again. */
  retrySubtask(taskId: string, subtaskId: string, edit?: { prompt?: string; model?: string }): Plan
  /** pending | failed -> skipped, and dependents go on without it. */
  skipSubtask(taskId: string, subtaskId: string): Plan

  agents(taskId: string): Agent[]
  agent(taskId: string, agentId: string): Agent
  /** What a person is awaited for, over all tasks; by how much it holds up, then by age. */
  attention(filter: AttentionFilter): AttentionPage
  /** Questions and permissions that were answered or taken back, of one task or all, newest first. */
  answered(query: AnsweredQuery): AnsweredPage
  /** Of one task or all, newest first. */
  agentPage(filter: AgentFilter): AgentListPage
  /** Of every task, those with a container or in the queue. */
  liveAgents(): Agent[]
  send(taskId: string, input: SendToAgent): Promise<AgentInput>
  inputs(taskId: string, agentId: string): AgentInput[]
  withdraw(taskId: string, agentId: string, inputId: string): Promise<AgentInput>
  interrupt(taskId: string, agentId: string): Promise<boolean>
  /** Every part of it stops where it is, within moments, until it is unfrozen; no limit counts meanwhile. */
  freezeAgent(taskId: string, agentId: string): Promise<Agent>
  unfreezeAgent(taskId: string, agentId: string): Promise<Agent>
  /** All agents of the task, and those that come. */
  freeze(taskId: string): Promise<Task>
  unfreeze(taskId: string): Promise<Task>
  changeModel(taskId: string, agentId: string, model: string): Agent
  /** Ends its process; it goes on with these instructions in a new one. */
  restartAgent(taskId: string, agentId: string, input: RestartAgent): Promise<Agent>
  /** Its subtask ends with what it has made so far, or is skipped; whoever depends on it is told. */
  takeOut(taskId: string, agentId: string, input: TakeOut): Promise<Agent>
  /** A terminal in its container. */
  openShell(taskId: string, agentId: string, size: TerminalSize): Promise<Shell>
  /** What agents ask to be allowed. `task.not-found`, `agent.not-found`. */
  permissions(filter: PermissionFilter): Permission[]
  /** The first answer counts: `permission.answered` for every other, `permission.withdrawn` when nobody waits for it any more. */
  answerPermission(taskId: string, permissionId: string, answer: AnswerPermission): Permission
  /** Stops one agent; its subtask fails with "stopped by you" and can be retried. */
  stopAgent(taskId: string, agentId: string): Promise<Agent>

  messages(taskId: string, filter: MessageFilter): TeamMessage[]
  postMessage(taskId: string, input: PostMessage): TeamMessage

  /** Slots in use, waiting requests in the order they will be served. */
  queue(): {
    used: number
    total: number
    waiting: { agentId: string; taskId: string; position: number }[]
  }
}
