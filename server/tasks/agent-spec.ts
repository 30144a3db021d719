/** What the agents service needs to know to start an agent of ours. The same rows give the same spec at any time. */
import type { AgentSpec } from '#agents/agents.ts'
import { AppError } from '#contract/errors.ts'
import { type AgentRow, findAgent } from '#db/agents.ts'
import { listDirectives } from '#db/messages.ts'
import { listSubtasks, type SubtaskRow } from '#db/subtasks.ts'
import { listUploadPaths, type TaskRow } from '#db/tasks.ts'
import { toIgnoreFile } from '#files/ignore-file.ts'
import { changesBy } from './changes-by.ts'
import { readOutdated } from './comms/lead.ts'
import { dependenciesOf } from './dag.ts'
import type { TaskDeps } from './deps.ts'
import { plannerJsonSchema } from './planner-output.ts'
import { previousRunPath, previousRunText } from './previous-run.ts'
import { contextFile, type Dependency } from './prompts.ts'
import { comesAfter } from './team.ts'
import { toNodes } from './view.ts'

type SpecDeps = Pick<TaskDeps, 'db' | 'workspaces' | 'files' | 'config'>

export function plannerSpec(
  deps: SpecDeps,
  task: TaskRow,
  agent: AgentRow,
  commit: string,
): AgentSpec {
  return {
    ...common(deps, task, agent),
    profile: { kind: 'planner', jsonSchema: plannerJsonSchema() },
    workspace: toReadOnly(deps, task, commit),
  }
}

/** Its clone is both sides of a conflict in one commit. */
export function resolverSpec(
  deps: SpecDeps,
  task: TaskRow,
  agent: AgentRow,
  commit: string,
): AgentSpec {
  return {
    ...common(deps, task, agent),
    profile: { kind: 'worker' },
    workspace: toClone(deps, task, { commit, branch: `${task.branch}-${agent.subtaskId}-both` }),
  }
}

const toReadOnly = (
  { workspaces }: SpecDeps,
  { id }: TaskRow,
  commit: string,
): AgentSpec['workspace'] => ({
  kind: 'read-only',
  archive: () => workspaces.archive(id, commit),
})

const toClone = (
  { workspaces }: SpecDeps,
  { id }: TaskRow,
  { commit, branch }: { commit: string; branch: string },
): AgentSpec['workspace'] => ({
  kind: 'clone',
  commit,
  branch,
  bundle: (since) =>
    workspaces.bundle(id, { commit, branch, ...(since === undefined ? {} : { since }) }),
  submodules: () => workspaces.submoduleFiles(id, commit),
})

/** It reads the tree as it was when it began; what workers did since then it is shown. */
export function managerSpec(
  deps: SpecDeps,
  task: TaskRow,
  agent: AgentRow,
  commit: string,
): AgentSpec {
  return {
    ...common(deps, task, agent),
    profile: { kind: 'manager' },
    workspace: toReadOnly(deps, task, commit),
  }
}

export function workerSpec(
  deps: SpecDeps,
  task: TaskRow,
  agent: AgentRow,
  commit: string,
): AgentSpec {
  return {
    ...common(deps, task, agent),
    profile: { kind: 'worker' },
    workspace: toClone(deps, task, { commit, branch: `${task.branch}-${agent.subtaskId}` }),
    files: async () => [
      ...(await inputFiles(deps, task)),
      ...(await contextFiles(deps, task, agent)),
      ...directiveFiles(deps, task),
      ...previousRunFiles(task),
    ],
  }
}

function common(deps: SpecDeps, task: TaskRow, agent: AgentRow) {
  const { config } = deps
  const maxTurns = task.limits.max_turns ?? config.maxTurns
  const maxCostUsd = task.limits.max_cost_usd ?? config.maxCostUsd
  return {
    agentId: agent.id,
    taskId: task.id,
    model: agent.model,
    sessionId: agent.sessionId,
    files: () => inputFiles(deps, task),
    limits: { ...(maxTurns > 0 ? { maxTurns } : {}), ...(maxCostUsd > 0 ? { maxCostUsd } : {}) },
  }
}

/** A task that starts from its uploads has them in the repository already. */
async function inputFiles(
  { files }: SpecDeps,
  task: TaskRow,
): Promise<{ path: string; content: Uint8Array }[]> {
  const inputs = task.source.kind === 'files' ? [] : await files.inputs(task.id)
  const exclude = toIgnoreFile(inputs.map(({ path }) => path))
  return [
    { path: '.klaudio/exclude', content: new TextEncoder().encode(exclude) },
    ...inputs.map(({ path, content }) => ({ path: `input/${path}`, content })),
  ]
}

/** Paths an agent finds below `input/`. */
export const uploadsFor = ({ db }: Pick<TaskDeps, 'db'>, task: TaskRow): string[] =>
  task.source.kind === 'files' ? [] : listUploadPaths(db, task.id)

const previousRunFiles = ({ previousRun }: TaskRow): { path: string; content: Uint8Array }[] =>
  previousRun === null
    ? []
    : [{ path: previousRunPath, content: new TextEncoder().encode(previousRunText(previousRun)) }]

/** What the manager has said so far, for agents and people who like files. */
function directiveFiles({ db }: SpecDeps, task: TaskRow): { path: string; content: Uint8Array }[] {
  const isOutdated = readOutdated(db, task)
  const directives = listDirectives(db, task.id).filter((message) => !isOutdated(message))
  if (directives.length === 0) return []
  const encoder = new TextEncoder()
  const byWorker = Map.groupBy(directives, ({ toSubtaskId }) => toSubtaskId ?? '')
  const files = [...byWorker].map(([id, all]) => ({
    path: `.klaudio/directives/${id}.md`,
    content: encoder.encode(all.map(({ content }) => `${content}\n`).join('\n---\n\n')),
  }))
  const list = listSubtasks(db, task.id).map(
    ({ id, spec }) => `- ${id} (${spec.agent_role}): ${spec.name}`,
  )
  const coordination = `# The team\n\n${list.join('\n')}\n\nWhat the manager says to each is in directives/.\n`
  return [...files, { path: '.klaudio/coordination.md', content: encoder.encode(coordination) }]
}

async function contextFiles(deps: SpecDeps, task: TaskRow, agent: AgentRow) {
  const subtasks = listSubtasks(deps.db, task.id)
  const id = agent.subtaskId ?? ''
  const dependencies = await completedDependencies(deps, { task, subtasks, id })
  const encoder = new TextEncoder()
  return dependencies.map((dependency) => ({
    path: `.klaudio/context/${dependency.id}.md`,
    content: encoder.encode(contextFile(dependency)),
  }))
}

/** Direct and indirect, nearest first, with what each of them changed; for a role that runs last everything before it. */
export async function completedDependencies(
  { db, workspaces }: SpecDeps,
  { task, subtasks, id }: { task: TaskRow; subtasks: readonly SubtaskRow[]; id: string },
): Promise<Dependency[]> {
  const nodes = toNodes(subtasks)
  const known = new Set([...dependenciesOf(nodes, id), ...comesAfter(task.team, nodes, id)])
  const rows = [...known]
    .map((dependencyId) => subtasks.find((row) => row.id === dependencyId))
    .filter((row) => row?.status === 'completed')
  return await Promise.all(
    rows.flatMap((row) => (row ? [toDependency({ db, workspaces }, row)] : [])),
  )
}

async function toDependency(
  { db, workspaces }: Pick<SpecDeps, 'db' | 'workspaces'>,
  { taskId, id, spec, summary, workCommit, agentId }: SubtaskRow,
): Promise<Dependency> {
  const from = agentId ? findAgent(db, agentId)?.baseCommit : undefined
  const range =
    agentId && from && workCommit ? { taskId, agentId, from, to: workCommit } : undefined
  const changes = range ? await changesBy(workspaces, range) : []
  return { id, name: spec.name, summary: summary ?? '', changedFiles: changes.map((c) => c.path) }
}

/** The repository's CLAUDE.md, which the CLI does not read by itself because repository settings are not loaded. */
export async function readInstructions(
  { workspaces }: Pick<TaskDeps, 'workspaces'>,
  taskId: string,
  commit: string,
): Promise<string | undefined> {
  try {
    const bytes = await workspaces.read(taskId, commit, 'CLAUDE.md', maxInstructionsBytes)
    return new TextDecoder().decode(bytes)
  } catch (error) {
    const isAbsent =
      error instanceof AppError &&
      (error.code === 'file.not-found' || error.code === 'file.too-large')
    if (isAbsent) return undefined
    throw error
  }
}

const maxInstructionsBytes = 100_000

/** The planner decides by it, the others find their way: bytes of the prompt that it may take. */
const maxMemoryBytes = { planner: 8_000, worker: 3_000 } as const

/** What is known of the task's repository, as much as this kind of agent is told. */
export const recallFor = (
  { memories }: Pick<TaskDeps, 'memories'>,
  { source, baseCommit: commit, enableMemory }: TaskRow,
  kind: keyof typeof maxMemoryBytes,
): string | undefined =>
  enableMemory ? memories.recall(source, { commit, maxBytes: maxMemoryBytes[kind] }) : undefined
