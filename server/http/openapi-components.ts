/** The forms that have a name in the API's description. */
import type * as v from 'valibot'
import { AccessState, AccessToken, CreatedToken, Session } from '#contract/access.ts'
import { Agent, AgentInput, AgentList } from '#contract/agent.ts'
import {
  ChangeList,
  DoctorReport,
  ErrorAnswer,
  Health,
  MessageReceipt,
  PlanShown,
  QuestionRow,
  TaskMoved,
} from '#contract/answers.ts'
import { AttentionItem, AttentionList } from '#contract/attention.ts'
import { PublicConfig } from '#contract/config.ts'
import { Credential, CredentialUse } from '#contract/credential.ts'
import { EventList, TaskEvent, TeamMessage } from '#contract/event.ts'
import { FileChange, FileEntry, FileList, FileView, UploadedFile, Work } from '#contract/file.ts'
import { OutputMatch, OutputSearch } from '#contract/output.ts'
import { Plan, PlanVersion, Question, Subtask } from '#contract/plan.ts'
import { RecoveryReport } from '#contract/recovery.ts'
import { RepoTemplate } from '#contract/repo-template.ts'
import { SourceCheck } from '#contract/source.ts'
import { AgentStats, RateState, TaskStats } from '#contract/stats.ts'
import { Check, SystemState } from '#contract/system.ts'
import { Task, TaskList, TaskSource } from '#contract/task.ts'
import { TeamSnapshot, TeamTemplate } from '#contract/team.ts'

export const components: Readonly<Record<string, v.GenericSchema>> = {
  AccessState,
  AccessToken,
  CreatedToken,
  Credential,
  CredentialUse,
  Session,
  Agent,
  AgentInput,
  AgentList,
  AgentStats,
  AttentionItem,
  AttentionList,
  ChangeList,
  Check,
  DoctorReport,
  ErrorAnswer,
  EventList,
  FileChange,
  FileEntry,
  FileList,
  FileView,
  Health,
  MessageReceipt,
  OutputMatch,
  OutputSearch,
  Plan,
  PlanShown,
  PlanVersion,
  PublicConfig,
  Question,
  QuestionRow,
  RateState,
  RecoveryReport,
  RepoTemplate,
  SourceCheck,
  Subtask,
  SystemState,
  Task,
  TaskEvent,
  TaskList,
  TaskMoved,
  TaskSource,
  TaskStats,
  TeamMessage,
  TeamSnapshot,
  TeamTemplate,
  UploadedFile,
  Work,
}
