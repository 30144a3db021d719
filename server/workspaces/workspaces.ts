/**
 * Work travels by git: every task has one bare repository that only the server writes; every agent works in its
 * own clone and hands back a bundle. Nothing here ever runs git in a directory that an agent could write.
 */
import type { SourceCheck } from '#contract/source.ts'
import type { TaskSource } from '#contract/task.ts'
import type { GitLogin } from '#git/login.ts'
import type { Conflict } from './conflict.ts'
import type { DeliveryPlan, Destination, PlanInput } from './deliver.ts'
import type { CheckpointFork } from './fork.ts'
import type { Kept } from './kept.ts'
import type { OnFetch } from './mirrors.ts'
import type { Outside } from './outside.ts'
import type { Prepared } from './prepare.ts'
import type { Resolved } from './resolution.ts'
import type { Reviewing } from './review.ts'
import type { Snapshots } from './snapshots.ts'
import type { SubmodulesInput } from './submodules.ts'
import type { Survey } from './survey.ts'

export type Integration =
  /** The work is in the task branch; `mergedCommit` is its new head (or the old one when there was nothing new). */
  | {
      kind: 'merged'
      mergedCommit: string
      changedFiles: string[]
      /** Submodules in which the agent did something: that is another repository's and stays out. */
      heldBack?: string[]
    }
  /** The task branch is untouched; the work stays on its own ref. */
  | ({ kind: 'conflict' } & Conflict)
  /** The work cannot be merged at all, for example an unrelated history. */
  | { kind: 'refused'; reason: string }

export type FileChange = {
  path: string
  /** A added, M modified, D deleted, R renamed, T type changed. */
  status: string
  added: number
  deleted: number
  /** Object of its content: the new one, or the last one for a deleted file. */
  oid: string
  /** Where it was, for a rename. */
  from?: string
  /** Present when git cannot compare it as text; it counts no lines then. */
  binary?: true
  /** Git's modes before and after, when both exist and differ, such as `100644` and `100755`. */
  modes?: [before: string, after: string]
}

/** The newest work of one agent, whether or not it reached the task branch. */
/** `hasMerged`: something of this agent was merged before, whatever becomes of `commit`. */
export type HandedIn = { agentId: string; commit: string; isMerged: boolean; hasMerged: boolean }

/** A file that is about to be read in pieces. */
export type OpenFile = {
  sizeBytes: number
  /** Changes with the content and with nothing else. */
  oid: string
  /** Bytes `from` to `to` (exclusive), the whole file unless told. Leaving the loop ends the reading. */
  read(range?: { from: number; to: number }): AsyncIterable<Uint8Array>
}

export type TreeEntry = {
  path: string
  sizeBytes: number
  mode: string
  type: 'file' | 'symlink' | 'submodule'
}

export type PackOptions = {
  commit: string
  prefix: string
  /** Files and folders that exist; all of them unless told. */
  paths?: readonly string[]
  /** A top-level folder that is left out. */
  without?: string
}

export type DiffOptions = {
  path?: string
  /** Where `path` was before, so that a rename is shown as one. */
  oldPath?: string
  maxBytes?: number
  /** Unchanged lines round every change; three unless told. */
  contextLines?: number
}

type Inside = Snapshots & Kept & Reviewing

export type Workspaces = Inside & {
  /**
   * Makes the task's bare repository from its source; idempotent, a half-done clone is thrown away.
   * Throws `source.invalid` or `source.unreachable` with a sentence that says what to do.
   */
  prepare(input: {
    taskId: string
    source: TaskSource
    branch: string
    /** Opens the sealed token, for a private git source. */
    token?: GitLogin
    /** Absolute path of the uploaded files, for `files`. */
    filesDir?: string
    /** Ends git at once, whatever it is doing, and leaves nothing half-made. */
    signal?: AbortSignal
    /** Told often while a repository is fetched. */
    onProgress?: OnFetch
  }): Promise<Prepared>
  /**
   * Makes a task's repository from another's: it begins at the head of that one's branch. Idempotent like `prepare`; the old one is
   * only read.
   */
  fork(input: {
    from: { taskId: string; branch: string }
    to: { taskId: string; branch: string }
    signal?: AbortSignal
  }): Promise<Prepared>
  /** Runs `work` when no task reads or fetches through the mirror at `path`, and keeps them waiting meanwhile. */
  whileMirrorUnused<T>(path: string, work: () => Promise<T>): Promise<T>
  /**
   * Makes a task's repository from a checkpoint of another's: everything the checkpoint reaches, its branch at `head`. Idempotent like
   * `prepare`; the old one is only read. `dropOrigin` forgets what then nothing else names.
   */
  forkCheckpoint(input: CheckpointFork): Promise<void>
  dropOrigin(taskId: string): Promise<void>
  /** Sets the task branch to another commit. False when it was neither at `from` nor there already. */
  moveBranch(input: { taskId: string; branch: string; from: string; to: string }): Promise<boolean>
  /**
   * Looks at a repository without taking it: bounded in time and number. Throws `source.invalid`, `source.unreachable`
   * (git's own last line in `details.git`) or `rate.limited`.
   */
  checkSource(input: {
    source: Extract<TaskSource, { kind: 'git' | 'local' }>
    /** For a private git source, in the clear; kept nowhere. */
    token?: GitLogin
    signal?: AbortSignal
  }): Promise<SourceCheck>
  /** A commit of the task's repository, to be described. */
  survey(
    taskId: string,
    commit: string,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Survey>
  /** The same of a remote, through its mirror. Undefined when it has no commits; throws what `checkSource` throws. */
  surveyRemote<T>(
    input: {
      source: Extract<TaskSource, { kind: 'git' }>
      token?: GitLogin
      signal?: AbortSignal | undefined
    },
    work: (survey: Survey, found: { commit: string; branch: string }) => Promise<T>,
  ): Promise<T | undefined>
  /**
   * Fetches the contents of the submodules of the commit a task starts from. What cannot be had is told by `outside` with its reason; a task
   * never fails for it. Asked again it does nothing.
   */
  fetchSubmodules(
    input: SubmodulesInput & {
      taskId: string
    },
  ): Promise<void>
  /** Files of the commit's submodules as gzipped tar, at their paths. Undefined where there are none. */
  submoduleFiles(taskId: string, commit: string): Promise<Uint8Array | undefined>
  /** Id of a tree that holds exactly those files. */
  submoduleTree(taskId: string, commit: string): Promise<string | undefined>
  /** What belongs to the commit and is not in it: submodules, and the content of files in Git LFS. */
  outside(taskId: string, commit: string): Promise<Outside>
  /** Commit at the head of the task branch. */
  head(taskId: string, branch: string): Promise<string>
  /** A bundle of everything reachable from `commit`, or only what is new since `since`, with `branch` as its ref. */
  bundle(
    taskId: string,
    options: { commit: string; since?: string; branch: string },
  ): Promise<Uint8Array>
  /** The tree of a commit as tar, for a read-only workspace; with the files of its submodules. */
  archive(taskId: string, commit: string): AsyncIterable<Uint8Array>
  /** Files of a commit as gzipped tar below a folder `prefix`. Links stay links. */
  pack(taskId: string, options: PackOptions): AsyncIterable<Uint8Array>
  /**
   * Takes an agent's bundle into `refs/klaudio/agents/<agentId>` after checking every object.
   * An empty bundle means nothing changed and leaves the ref at `baseCommit`. Throws `git.failed` for a bad one.
   */
  receive(input: {
    taskId: string
    agentId: string
    baseCommit: string
    bundle: Uint8Array
  }): Promise<{ commit: string; changes: FileChange[] }>
  /**
   * Takes a bundle of what an agent has made so far, to be looked at and nothing else: no ref, and kept for a short time.
   * Checked like any other; throws `git.failed` for a bad one.
   */
  takeLook(input: {
    taskId: string
    agentId: string
    baseCommit: string
    bundle: Uint8Array
  }): Promise<{ from: string; to: string; changes: FileChange[] }>
  /** Unified diff of a look, by the `to` it was given. `file.not-found` when it is not kept any more. */
  diffLook(
    look: { taskId: string; agentId: string; to: string },
    options?: DiffOptions,
  ): Promise<string>
  /** Brings received work into the task branch. Calls for one task run one after the other. */
  integrate(input: {
    taskId: string
    branch: string
    agentId: string
    commit: string
    message: string
    /** Which side wins where both changed the same lines: `ours` is the task branch. Such a merge has no conflict. */
    prefer?: 'ours' | 'theirs'
  }): Promise<Integration>
  /**
   * What an agent made of a conflict: its `commit` stands on `marked`. Becomes a merge of both sides, which is in no branch yet, unless
   * it still has git's marks.
   */
  resolve(
    input: Pick<Conflict, 'ours' | 'theirs' | 'marked' | 'paths'> & {
      taskId: string
      agentId: string
      commit: string
      message: string
    },
  ): Promise<Resolved>
  /**
   * What has to be pushed so that the task's work is at its remote. Looks at the remote, changes nothing there. Throws `delivery.refused`,
   * `source.invalid`, `source.unreachable`.
   */
  planDelivery(input: PlanInput & { taskId: string }): Promise<DeliveryPlan>
  /** Pushes what was planned, and only that. False when the remote's branch has moved since: plan again. */
  pushDelivery(
    input: Destination & {
      taskId: string
      workBranch: string
      commit: string
      present: string | null
    },
  ): Promise<boolean>
  /** What agents handed in, whether it was merged or not. */
  handedIn(taskId: string, branch: string): Promise<HandedIn[]>
  /**
   * The commits between which all lies that an agent has contributed, over every round, without others' work. `baseCommit` is where its clone
   * begins now. Undefined when it has handed in nothing.
   */
  contributionOf(
    taskId: string,
    agent: { agentId: string; baseCommit: string },
  ): Promise<{ from: string; to: string } | undefined>
  /** The newest commit an agent handed in. */
  handedInBy(taskId: string, agentId: string): Promise<string | undefined>
  /** Head of the task branch before and after `commit` of this agent was merged into it. */
  mergeOf(
    taskId: string,
    work: { agentId: string; commit: string },
  ): Promise<{ from: string; to: string } | undefined>
  /** The same of everything of this agent that was merged, in no order. */
  mergesOf(taskId: string, agentId: string): Promise<{ from: string; to: string }[]>
  /** Commits of the history of `commit` whose parents were not fetched; none where all of it was. */
  historyEnds(taskId: string, commit: string): Promise<string[]>
  changes(taskId: string, from: string, to: string): Promise<FileChange[]>
  /** Unified diff; capped at `maxBytes` with a last line that says so. */
  diff(taskId: string, from: string, to: string, options?: DiffOptions): Promise<string>
  list(taskId: string, commit: string): Promise<TreeEntry[]>
  /** Every path of the commit with the object that is there. */
  objects(taskId: string, commit: string): Promise<{ path: string; oid: string }[]>
  /** `file.not-found` when the path is not a blob of the commit. */
  read(taskId: string, commit: string, path: string, maxBytes: number): Promise<Uint8Array>
  /** `file.not-found` when the path is not a blob of the commit. */
  open(taskId: string, commit: string, path: string): Promise<OpenFile>
  /**
   * Commits one file to the task branch, as a person's edit. `null` deletes it. With `oid` only while the file is that
   * object, else `file.changed`. `record` writes it down: what it throws is thrown on, and nothing was changed.
   */
  write(input: {
    taskId: string
    branch: string
    path: string
    content: Uint8Array | null
    message: string
    oid?: string
    record?: (commit: string) => void
  }): Promise<string>
  log(
    taskId: string,
    commit: string,
    limit: number,
  ): Promise<{ commit: string; author: string; subject: string; atMs: number }[]>
  remove(taskId: string): Promise<void>
}
