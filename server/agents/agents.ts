/**
 * Agents as the rest of the server sees them. Every call is idempotent by id: after a crash the caller makes the
 * same call again and gets on with the same container, the same session and the same turn.
 */
import type { Agent, AgentInput, MessagePriority } from '#contract/agent.ts'
import type { AnswerPermission } from '#contract/permission.ts'
import type { TerminalSize } from '#contract/socket.ts'
import type { TreeToRestore } from './restore.ts'
import type { SaveOptions } from './save.ts'
import type { SavedTree } from './save-run.ts'
import type { Shell } from './shell.ts'
import type { ToolHost } from './tools.ts'

/** How a turn of an agent ended. Stored with the turn, so asking again never runs it again. */
export type TurnOutcome =
  | { kind: 'completed'; text: string; structured?: unknown }
  /** The CLI or the model failed; `reason` is a sentence for a person, `retryable` says whether trying again can help. */
  | {
      kind: 'failed'
      reason: string
      code: TurnFailure
      retryable: boolean
      retryAtMs?: number
      unread?: true
    }
  /** `unread`, here and above: the CLI never read the prompt, so the next turn has to say it again. */
  | { kind: 'interrupted'; unread?: true }

/** What a comparison of rows and engine found. */
export type Reconciled = {
  /** Agents whose container still runs and is followed again. */
  adopted: string[]
  /** Agents whose container had ended; its output is stored to the last byte. */
  ended: string[]
  /** Names of containers and volumes that belonged to nobody. */
  removed: string[]
  /** What the engine refused; the agent's next turn, or the next start, tries again. */
  left: { what: string; reason: string }[]
}

export type TurnFailure =
  | 'api-error'
  | 'rate-limit'
  | 'usage-limit'
  | 'credentials'
  | 'model-not-found'
  | 'max-turns'
  | 'budget'
  | 'structured-output'
  | 'timeout'
  | 'cli-exited'
  | 'out-of-memory'
  | 'container-lost'
  | 'output-limit'

export type AgentSpec = {
  /** Row must exist in `agents`. */
  agentId: string
  taskId: string
  /** What the CLI may do and how it answers. What a worker may do, and when it asks, is read from the rows of its task. */
  profile: { kind: 'planner'; jsonSchema: unknown } | { kind: 'worker' } | { kind: 'manager' }
  model: string
  sessionId: string
  systemPrompt?: string
  limits: { maxTurns?: number; maxCostUsd?: number }
  workspace: /** A tree mounted read-only at /workspace. */
    | { kind: 'read-only'; archive: () => AsyncIterable<Uint8Array> }
    /** A clone of the bundle on `branch`; may be moved to a newer commit before the first turn. */
    | {
        kind: 'clone'
        commit: string
        branch: string
        bundle: (since?: string) => Promise<Uint8Array>
        /** Files of submodules as gzipped tar, laid beside the clone's own and no part of its history. */
        submodules?: () => Promise<Uint8Array | undefined>
      }
  /** Extra files under /workspace that never enter a commit: `.klaudio/...` and `input/...`. */
  files: () => Promise<{ path: string; content: Uint8Array }[]>
}

export type Look = {
  bundle: Uint8Array
  baseCommit: string
  /** False: the container has ended, and its volumes were read. */
  isLive: boolean
  /** Names of the first few that were left out, as the agent's container told them. */
  skipped: { path: string; sizeBytes: number; reason: 'large' | 'many' | 'repository' }[]
  leftOut: number
}

/** `left`: the clone is as it was, because of `changes` that are not committed, or because both changed the same lines of `paths`. */
export type BroughtIn =
  | { kind: 'done' }
  | { kind: 'left'; reason: 'changes' | 'conflict'; paths: string[] }

export type Agents = {
  /**
   * An id for an agent about to be added, best that of a container which stands by with this kind of workspace.
   * Throws nothing; an id that is not used after all is handed out again later.
   */
  reserve(kind: AgentSpec['workspace']['kind']): string
  /** Whether a container stands by under this id. */
  standsBy(agentId: string): boolean
  /** Makes the containers that stand by for agents to come. Resolves when they do, or cannot now (logged). */
  standBy(): Promise<void>
  /**
   * Creates volumes and container, seeds the workspace and starts the CLI, idle on its stdin. Costs no slot.
   * Calling it again with a newer `commit` moves the still unused workspace there. With `untilUp: false` it resolves when the
   * CLI was started, and not only when it has said that it is up.
   */
  prepare(spec: AgentSpec, options?: { signal?: AbortSignal; untilUp?: boolean }): Promise<void>
  /**
   * Runs one turn: prepares if need be, sends `prompt` as message `turnId`, waits for its end. Never throws for what
   * an agent can do wrong; throws `engine.unreachable` only when the engine stays away past the retry budget, and on abort.
   */
  run(
    spec: AgentSpec,
    turn: {
      turnId: string
      prompt: string
      timeoutMs?: number
      idleTimeoutMs?: number
      maxOutputBytes?: number
    },
    options?: { signal?: AbortSignal },
  ): Promise<TurnOutcome>
  /** A message from a person or a team mate; under an `id` that is known it is that message. The receipt is the truth at that moment; later states come as `agent.input` events. */
  message(
    agentId: string,
    input: { id?: string; content: string; priority: MessagePriority },
  ): Promise<AgentInput>
  /** Takes back a message that was not read yet. */
  withdraw(agentId: string, inputId: string): Promise<AgentInput>
  /**
   * What a person says to an agent that asks. It counts once it is stored, and is told to the agent as soon as that can be reached. Throws
   * `permission.not-found`, `permission.answered` when it was answered before, `permission.withdrawn` when nobody waits for it any more,
   * `request.invalid` when there is nothing to allow for the task.
   */
  answerPermission(permissionId: string, answer: AnswerPermission): void
  /** The permission mode of the task was stored: its agents are told as soon as they can be reached. */
  tellMode(taskId: string): void
  /** The model of the agent was stored: its CLI is told as soon as it can be reached. */
  tellModel(agentId: string): void
  /**
   * It was stored that the agent is frozen, or is not any more: the engine is made to agree, when the container is there. Throws
   * `engine.*`.
   */
  settle(agentId: string): Promise<void>
  /** Ends the agent's process, and its running turn `turnId` as interrupted. Files and conversation stay, and the next turn starts it anew. */
  restart(agentId: string, turnId: string): Promise<void>
  /** A terminal in the agent's container, as its user. Throws `agent.not-running`, `agent.frozen`, `rate.limited`, `engine.*`. */
  openShell(agentId: string, size: TerminalSize): Promise<Shell>
  /** Whose tools every agent started from now on has, and who does what agents call. To be called once, before anything runs. */
  offerTools(host: ToolHost): void
  /** Answers to this agent's calls were stored: they are sent as soon as it can be reached. */
  tellTools(agentId: string): void
  /** Stops the running turn, keeps the process. False when nothing was running. */
  interrupt(agentId: string): Promise<boolean>
  /** Commits what is left in the clone, with `message`, and returns it as a bundle since `baseCommit`; empty when nothing changed. */
  collect(agentId: string, options?: { message?: string }): Promise<{ bundle: Uint8Array }>
  /**
   * Brings `commit` with its history into the clone of an agent between two turns, by a bundle on what it handed in last. What it makes from
   * then on builds on it. Throws `git.failed`, `engine.*`; asked again it changes nothing.
   */
  bringIn(agentId: string, merged: { commit: string; bundle: Uint8Array }): Promise<BroughtIn>
  /**
   * What the agent has made so far, committed or not, as a bundle like that of `collect`; the agent goes on undisturbed.
   * Bounded in time and bytes. Throws `agent.not-running` when its files are gone, `file.not-found` when there is no work
   * tree, `task.busy` when it cannot be read now, `file.too-large`, `disk.full`.
   */
  look(agentId: string): Promise<Look>
  /**
   * Saves files and conversation as they are now, without disturbing an agent at work, and hands them to `take`: once more when the
   * agent's container ended meanwhile. `discard` waits for it. Undefined when the agent has no volumes. Throws `git.failed` with the
   * reason, and `engine.unreachable` at once.
   */
  save<T>(
    agentId: string,
    options: SaveOptions,
    take: (saved: SavedTree) => Promise<T>,
  ): Promise<T | undefined>
  /** Lays a save into fresh volumes of an agent that has none yet, and whose row is `preparing`. May be asked again. */
  restore(agentId: string, tree: TreeToRestore, signal?: AbortSignal): Promise<void>
  /** Ends the CLI (letting its output be stored to the last byte) and the container; volumes stay. */
  stop(agentId: string, options: { status: Agent['status']; error?: string }): Promise<void>
  /** Stops if need be and removes container and volumes. */
  discard(agentId: string): Promise<void>
  /**
   * Compares rows with the engine after a start: follows what still runs, stores the tail of what ended, removes what
   * nobody owns. Rejects only when the engine is away: what it refuses otherwise is in `left`. Which turn goes on is then decided by the caller, who calls `run` again.
   */
  reconcile(): Promise<Reconciled>
  /** Runs a command on a tree in a throw-away container that begins as an agent's does, with what setup commands left; for checks by the server itself. An abort ends it. */
  runInTree(input: {
    taskId: string
    archive: AsyncIterable<Uint8Array>
    cmd: string[]
    timeoutMs: number
    signal?: AbortSignal
  }): Promise<{ exitCode: number; output: string }>
  close(): Promise<void>
}
