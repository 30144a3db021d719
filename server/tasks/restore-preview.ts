/** What going back to a checkpoint would change, from rows and from what is kept of the files. Reads only. */
import type { Manifest, SavedAgent } from '#checkpoints/manifest.ts'
import { AppError } from '#contract/errors.ts'
import type { FilesBack, RestorePreview } from '#contract/restore-preview.ts'
import type { AgentRow } from '#db/agents.ts'
import { listCheckpoints } from '#db/checkpoints.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import { toIso } from '#lib/clock.ts'
import type { FileChange } from '#workspaces/workspaces.ts'
import type { Desk } from './desk.ts'
import { getTask } from './records.ts'
import { requireRestorable } from './restore.ts'
import { isOfLater, type SetBack, setBack } from './set-back.ts'
import { isPossible } from './states.ts'
import { readView, type View } from './view.ts'

type PreviewDeps = Pick<Desk, 'db' | 'checkpoints' | 'workspaces'>

const maxFiles = 200

/** Throws what `Checkpoints.read` throws. */
export async function previewRestore(
  deps: PreviewDeps,
  taskId: string,
  checkpointId: string,
): Promise<RestorePreview> {
  getTask(deps.db, taskId)
  const manifest = await deps.checkpoints.read(taskId, checkpointId)
  const back = setBack(manifest, 'same-task')
  const view = readView(deps.db, taskId)
  if (!view) throw new AppError('task.not-found', `There is no task ${taskId}.`)
  const { task, plan } = view
  return {
    ...{ checkpoint_id: checkpointId, taken_at: toIso(manifest.takenAt) },
    ...whether(deps, view),
    status: { from: task.status, to: back.status },
    plan: {
      from: plan?.version ?? null,
      to: manifest.plan?.version ?? null,
      is_planning: back.isPlanning,
    },
    branch: await branchBack(deps, view, manifest),
    subtasks: subtasksBack(view.subtasks, back.subtasks),
    agents: [...(await agentsBack(deps, view, { manifest, back })), ...agentsOver(view, manifest)],
    notes: notesOf(manifest, back),
  }
}

function whether({ db }: PreviewDeps, { task }: View): Pick<RestorePreview, 'possible' | 'reason'> {
  try {
    requireRestorable(db, { taskId: task.id, stop: true })
  } catch (error) {
    if (error instanceof AppError) return { possible: 'no', reason: error.message }
    throw error
  }
  if (isPossible('restore', task.status)) return { possible: 'now' }
  return { possible: 'stop', reason: `The task is ${task.status}: its agents are stopped first.` }
}

async function branchBack(
  { workspaces }: PreviewDeps,
  { task }: View,
  manifest: Manifest,
): Promise<RestorePreview['branch']> {
  const { branch: name, headCommit: from } = task
  const to = manifest.task.headCommit ?? manifest.task.baseCommit
  const changes = from && to ? await workspaces.changes(task.id, from, to) : []
  return { name, from, to, files: toFilesBack(changes) }
}

/** A rename is one file less and one more. */
function toFilesBack(changes: readonly FileChange[]): FilesBack {
  const files = changes.flatMap(({ path, status, from }): FilesBack['files'] => {
    if (from !== undefined)
      return [
        { path: from, change: 'removed' },
        { path, change: 'added' },
      ]
    return [{ path, change: status === 'A' ? 'added' : status === 'D' ? 'removed' : 'changed' }]
  })
  const count = (what: FilesBack['files'][number]['change']): number =>
    files.filter(({ change }) => change === what).length
  return {
    ...{ added: count('added'), changed: count('changed'), removed: count('removed') },
    files: files.slice(0, maxFiles),
  }
}

function subtasksBack(
  now: readonly SubtaskRow[],
  then: readonly SubtaskRow[],
): RestorePreview['subtasks'] {
  const ids = [...new Set([...then, ...now].map(({ id }) => id))]
  return ids.flatMap((id) => {
    const [before, after] = [now, then].map((rows) => rows.find((row) => row.id === id))
    const [from, to] = [before?.status ?? null, after?.status ?? null]
    const name = (after ?? before)?.spec.name ?? id
    return from === to ? [] : [{ id, name, from, to }]
  })
}

type Back = { manifest: Manifest; back: SetBack }

async function agentsBack(
  deps: PreviewDeps,
  view: View,
  { back }: Back,
): Promise<RestorePreview['agents']> {
  return await Promise.all(
    back.agents.map(async (saved) => ({
      ...{ agent_id: saved.agent_id, role: saved.role },
      ...(saved.subtask_id === undefined ? {} : { subtask_id: saved.subtask_id }),
      becomes: 'goes-back' as const,
      ...(await filesBack(deps, view, saved)),
      ...(saved.left_out > 0 ? { left_out: saved.left_out } : {}),
    })),
  )
}

/** Against the newest save of who is on its subtask now: a container is not looked into for this. */
async function filesBack(
  { db, workspaces }: PreviewDeps,
  { task, subtasks }: View,
  saved: SavedAgent,
): Promise<Pick<RestorePreview['agents'][number], 'files' | 'files_as_of'>> {
  const now = subtasks.find(({ id }) => id === saved.subtask_id)?.agentId ?? saved.agent_id
  const newest = listCheckpoints(db, task.id, ['ready']).flatMap(({ summary, createdAt }) => {
    const state = summary?.agent_states.find(({ agent_id: id }) => id === now)
    return state ? [{ commit: state.commit, createdAt }] : []
  })[0]
  if (!newest) return {}
  const [present, then] = [{ save: newest.commit }, { save: saved.commit }]
  const changes = await workspaces.savedChanges(task.id, present, then)
  return { files: toFilesBack(changes), files_as_of: toIso(newest.createdAt) }
}

/** Agents with files and a conversation of their own that the checkpoint knows nothing of. */
const agentsOver = ({ agents }: View, manifest: Manifest): RestorePreview['agents'] =>
  agents
    .filter((agent) => agent.holdsResources && isOfLater(manifest, agent))
    .map(({ id, role, subtaskId }: AgentRow) => ({
      ...{ agent_id: id, role, becomes: 'ends' as const },
      ...(subtaskId === null ? {} : { subtask_id: subtaskId }),
    }))

function notesOf(manifest: Manifest, back: SetBack): string[] {
  const anew = back.subtasks.filter(
    ({ id, status }) =>
      status === 'pending' &&
      manifest.subtasks.some((row) => row.id === id && row.status !== 'pending'),
  )
  const hasPlanner = back.agents.some(({ subtask_id: id }) => id === undefined)
  return [
    ...anew.map(({ id }) => `"${id}" begins again: nothing had been kept of its agent.`),
    ...(back.isPlanning && !hasPlanner ? ['Planning begins anew.'] : []),
    ...(back.isPlanning && hasPlanner ? ['Open questions are asked again.'] : []),
    ...(back.agents.length > 0
      ? ['Staged changes and stashes of agents do not come back: they are in no checkpoint.']
      : []),
    'Messages, costs and the timeline stay: they are a record of what happened.',
    'What is there now is kept as a checkpoint first; restoring that undoes this.',
  ]
}
