/** What the routes answer where it is more than one thing of the contract: the forms around tasks, plans, agents and files. */
import * as v from 'valibot'
import { AccessToken, Session } from './access.ts'
import { AgentInput } from './agent.ts'
import { errorCodes } from './errors.ts'
import { TeamMessage } from './event.ts'
import { FileChange, UploadedFile, Work } from './file.ts'
import { Permission } from './permission.ts'
import { Plan, PlanStatus, PlanVersion, Question } from './plan.ts'
import { RateState } from './stats.ts'
import { Check, EngineResource, SystemState } from './system.ts'
import { Task, TaskStatus } from './task.ts'

/** Of every refusal and every failure. */
export const ErrorAnswer = v.object({
  /** A sentence that says what to do. */
  error: v.string(),
  code: v.picklist(errorCodes),
  details: v.optional(v.record(v.string(), v.unknown())),
  /** Of an internal error: the id of the request, to find it in the log. */
  id: v.optional(v.string()),
})

export const Deleted = v.object({ status: v.literal('deleted') })

/** By the beginning of an id. */
export const TasksFound = v.object({ tasks: v.array(Task) })

/** The reference answers a verb with the new status and a sentence; the whole task comes along. */
export const TaskMoved = v.object({ status: TaskStatus, message: v.string(), task: Task })

/** The reference shows a plan's questions as rows whose lists are JSON texts; `GET questions` has them as lists. */
export const QuestionRow = v.object({
  ...Question.entries,
  suggestions: v.string(),
  options: v.string(),
})
export const PlanShown = v.object({ ...Plan.entries, questions: v.optional(v.array(QuestionRow)) })
export const PlanChanged = v.object({ status: PlanStatus, plan: Plan })
export const PlanVersions = v.object({ versions: v.array(PlanVersion) })
export const QuestionList = v.object({ questions: v.array(Question) })
export const QuestionAnswered = v.object({
  status: v.literal('answered'),
  question_id: v.string(),
  question: Question,
})

export const PermissionList = v.object({ permissions: v.array(Permission) })

export const InputList = v.object({ inputs: v.array(AgentInput) })
/** `delivered` is true once the agent's CLI has it; before that it is stored and on its way. */
export const MessageReceipt = v.object({ delivered: v.boolean(), ...AgentInput.entries })
export const Interrupted = v.object({ agent_id: v.string(), interrupted: v.boolean() })
export const RateLimits = v.object({ task_id: v.string(), agents: v.array(RateState) })

export const MessageList = v.object({ messages: v.array(TeamMessage) })
export const MessageSent = v.object({
  id: v.number(),
  status: v.literal('sent'),
  from: v.string(),
  content: v.string(),
})

export const FilesUploaded = v.object({ uploaded: v.array(UploadedFile) })
export const FileSaved = v.object({ name: v.string(), path: v.string(), size: v.number() })
export const WorkList = v.object({ work: v.array(Work) })
/** Null before there is a repository. */
export const ChangeList = v.object({
  from: v.nullable(v.string()),
  to: v.nullable(v.string()),
  files: v.array(FileChange),
})

export const DoctorReport = v.object({ healthy: v.boolean(), checks: v.array(Check) })
export const EngineResources = v.object({ resources: v.array(EngineResource) })
export const ImageState = SystemState.entries.image
/** 200 for as long as anything can be answered; what is not ready is said beside it, to those who may know. */
export const Health = v.object({
  status: v.literal('ok'),
  time: v.string(),
  version: v.optional(v.string()),
  ready: v.optional(v.boolean()),
  database: v.optional(v.picklist(['ok', 'failed'])),
  engine: v.optional(SystemState.entries.engine.entries.state),
  image: v.optional(SystemState.entries.image.entries.state),
  /** To one who asks with a challenge: shows those who share the data directory that this is its server. */
  proof: v.optional(v.string()),
})

export const SessionList = v.object({ sessions: v.array(Session) })
export const TokenList = v.object({ tokens: v.array(AccessToken) })
export const Revoked = v.object({ status: v.literal('revoked') })
