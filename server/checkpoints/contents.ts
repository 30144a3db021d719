/** What is in a checkpoint, put together from its row and its manifest. */
import type { CheckpointContents, KeptAgent, KeptPlan } from '#contract/checkpoint-contents.ts'
import type { Subtask } from '#contract/plan.ts'
import { toIso } from '#lib/clock.ts'
import type { ReadyCheckpoint } from './find.ts'
import { type KeptManifest, type KeptSubtask, parseKeptManifest } from './kept-manifest.ts'
import type { ViewDeps } from './look-into.ts'
import { toSessions } from './sessions.ts'

const mostLeftOut = 50

export async function readContents(
  { checkpoints, workspaces }: Pick<ViewDeps, 'checkpoints' | 'workspaces'>,
  row: ReadyCheckpoint,
): Promise<CheckpointContents> {
  const { taskId, id, summary } = row
  const manifest = parseKeptManifest(await workspaces.keptManifest(taskId, id))
  const branch = summary.repo_state
  const agents: KeptAgent[] = []
  for (const agent of manifest.agents) {
    const save = await readSave({ workspaces }, row, agent)
    const kept = toAgent(manifest, agent)
    if (save || kept.work) agents.push({ ...kept, ...(save ? { save } : {}) })
  }
  return {
    checkpoint: checkpoints.get(taskId, id),
    branch: branch ? { name: branch.branch, commit: branch.commit } : null,
    agents,
    plan: toPlan(manifest),
    questions: manifest.questions.map(({ id: question, text, answer }) => ({
      ...{ id: question, text },
      ...(answer === null ? {} : { answer }),
    })),
  }
}

type AgentThen = KeptManifest['agents'][number]

function toAgent({ subtasks }: KeptManifest, agent: AgentThen): KeptAgent {
  const { id, kind, role, status, attempt, subtaskId, startedAt } = agent
  const subtask = subtasks.find((each) => each.id === subtaskId)
  const work = subtasks.find((each) => each.agentId === id)?.workCommit
  return {
    ...{ agent_id: id, kind, role, status, attempt },
    ...(subtaskId === null ? {} : { subtask_id: subtaskId }),
    name: subtask?.spec.name ?? kind,
    ...(startedAt === null ? {} : { started_at: toIso(startedAt) }),
    ...(work ? { work } : {}),
  }
}

async function readSave(
  { workspaces }: Pick<ViewDeps, 'workspaces'>,
  { taskId, summary }: ReadyCheckpoint,
  agent: AgentThen,
): Promise<KeptAgent['save']> {
  const saved = summary.agent_states.find((each) => each.agent_id === agent.id)
  if (!saved) return undefined
  const { commit, files, left_out: leftOutCount } = saved
  const facts = await workspaces.keptFacts(taskId, commit)
  const blobs = await workspaces.savedBlobs(taskId, commit, 'transcripts')
  const sessions = toSessions(blobs, agent.sessionId)
  return {
    ...{ commit, files },
    ...(facts.head === null ? {} : { head: facts.head }),
    ...(facts.branch === null ? {} : { branch: facts.branch }),
    sessions: sessions.map(({ name, size, main }) => ({ name, size, main })),
    left_out: facts.leftOut.slice(0, mostLeftOut),
    left_out_count: leftOutCount,
  }
}

function toPlan({ plan, subtasks }: KeptManifest): KeptPlan | null {
  if (!plan) return null
  const { version, origin, draft, status } = plan
  const { analysis, strategy, estimated_agents, notes } = draft
  return {
    ...{ version, origin, status, analysis, strategy, estimated_agents, notes },
    subtasks: draft.subtasks.map((spec): Subtask => {
      const then = subtasks.find(({ id }) => id === spec.id)
      return then ? toSubtask(then) : { ...spec, status: 'pending', attempt: 0, max_attempts: 1 }
    }),
  }
}

function toSubtask(then: KeptSubtask): Subtask {
  const { spec, status, attempt, maxAttempts, agentId, error, summary, conflicts } = then
  const { workCommit, mergedCommit, startedAt, completedAt } = then
  return {
    ...spec,
    ...{ status, attempt, max_attempts: maxAttempts },
    ...(agentId === null ? {} : { agent_id: agentId }),
    ...(error === null ? {} : { error }),
    ...(summary === null ? {} : { summary }),
    ...(conflicts === null ? {} : { conflicts }),
    ...(workCommit === null ? {} : { work_commit: workCommit }),
    ...(mergedCommit === null ? {} : { merged_commit: mergedCommit }),
    ...(startedAt === null ? {} : { started_at: toIso(startedAt) }),
    ...(completedAt === null ? {} : { completed_at: toIso(completedAt) }),
  }
}
