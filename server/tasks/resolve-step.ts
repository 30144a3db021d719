/** A conflict in the hands of an agent: it has both sides in one clone, and what it makes of them is looked at before it counts. */
import type { Resolution, ResolveConflict } from '#contract/resolution.ts'
import { type AgentRow, getAgent } from '#db/agents.ts'
import { changeSubtaskStatus, findSubtask, type SubtaskRow, updateSubtask } from '#db/subtasks.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'
import { readInstructions, resolverSpec } from './agent-spec.ts'
import { checkWork, failedCheck } from './check-work.ts'
import { type RunnerDeps, type StepContext, Superseded } from './deps.ts'
import { commitMessage, endInConflict } from './integrate-step.ts'
import { failTask, getTask } from './records.ts'
import { toRemarks } from './resolution-remarks.ts'
import { repairResolution, resolverPrompt } from './resolve-prompt.ts'
import { createSeat } from './seat.ts'
import { perTaskLimit } from './team.ts'
import { type Answer, createTurns, type Turns } from './turns.ts'

type Work = { subtaskId: string; agentId: string }
/** What is known of a result, whether it counts or not. */
type Findings = Pick<Resolution, 'remarks' | 'check'>
type Made =
  | { kind: 'resolved'; commit: string; findings: Findings }
  /** `made` is a result that a person may take all the same. */
  | { kind: 'open'; problem: string; made?: string; findings?: Findings }

/** How often it is told that what it made of it does not count. */
const maxRepairs = 2

export async function resolveStep(
  deps: RunnerDeps,
  context: StepContext,
  work: Work,
): Promise<void> {
  const task = getTask(deps.db, context.taskId)
  const row = getWanted(deps, task.id, work)
  const seat = createSeat(deps, context, {
    agentId: work.agentId,
    perTask: perTaskLimit(task, deps.config),
    // Others wait for what is merged.
    priority: Number.MAX_SAFE_INTEGER - 1,
  })
  try {
    await seat.take()
    const { marked = '', ours } = row.resolution
    const { subtaskTimeoutMs: timeoutMs, idleTimeoutMs } = deps.config
    const turns = createTurns(deps, context, {
      spec: resolverSpec(deps, task, getAgent(deps.db, work.agentId), marked),
      timeouts: { timeoutMs, idleTimeoutMs },
      seat,
      check: () => void getWanted(deps, task.id, work),
    })
    const instructions = await readInstructions(deps, task.id, ours)
    const prompt = resolverPrompt({ task, row, resolution: row.resolution, instructions })
    const { signal } = context
    const made = await takeTurns(deps, turns, { task, work, prompt, signal })
    context.pin()
    conclude(deps, task, work, made)
  } finally {
    seat.close()
  }
}

type Wanted = SubtaskRow & { resolution: NonNullable<SubtaskRow['resolution']> }

function getWanted({ db }: RunnerDeps, taskId: string, { subtaskId, agentId }: Work): Wanted {
  const task = findTask(db, taskId)
  const row = findSubtask(db, taskId, subtaskId)
  const { resolution } = row ?? {}
  const isWanted =
    task?.status === 'running' &&
    task.intent === null &&
    row?.status === 'integrating' &&
    resolution?.state === 'resolving' &&
    resolution.agent_id === agentId
  if (!isWanted || !resolution) throw new Superseded()
  return { ...row, resolution }
}

/** Goes over the turns that were begun before, then looks at what there is after each. */
async function takeTurns(
  deps: RunnerDeps,
  turns: Turns,
  { task, work, prompt, signal }: Looked & { prompt: string },
): Promise<Made> {
  let last = await turns.ask(prompt)
  for (let repairs = 0; ; repairs++) {
    let repair = ''
    if (!turns.wasAsked()) {
      const made = await look(deps, { task, work, signal, answer: last })
      if (made.kind === 'resolved' || !made.canRepair || repairs >= maxRepairs) return made
      repair = repairResolution(made.problem, made.findings?.check)
    }
    last = await turns.ask(repair)
  }
}

type Looked = { task: TaskRow; work: Work; signal: AbortSignal }

async function look(
  deps: RunnerDeps,
  { task, work, signal, answer }: Looked & { answer: Answer },
): Promise<Made & { canRepair: boolean }> {
  const row = getWanted(deps, task.id, work)
  const agent = getAgent(deps.db, work.agentId)
  if (answer.kind !== 'answered') {
    if (answer.kind === 'hopeless') failRun(deps, task.id, answer.reason)
    return { kind: 'open', problem: answer.reason, canRepair: false }
  }
  if (agent.report?.kind === 'failed')
    return { kind: 'open', problem: `The agent reports: ${agent.report.text}`, canRepair: false }
  const found = await handIn(deps, task, row, agent)
  if (found.kind === 'unresolved') return { kind: 'open', problem: found.problem, canRepair: true }
  const { remarks, unsaid } = toRemarks(found, agent.report?.text ?? answer.text)
  const { commit } = found
  const inQuestion = { kind: 'open', made: commit, canRepair: true } as const
  if (unsaid !== undefined) return { ...inQuestion, problem: unsaid, findings: { remarks } }
  const { ours: before, paths } = row.resolution
  const check = await checkWork(deps, { taskId: task.id, commit, before, paths, signal })
  const findings = { ...(remarks.length > 0 && { remarks }), ...(check && { check }) }
  if (check?.outcome === 'failed') return { ...inQuestion, problem: failedCheck(check), findings }
  return { kind: 'resolved', commit, findings, canRepair: false }
}

function failRun({ eventLog, clock }: RunnerDeps, taskId: string, reason: string): void {
  eventLog.transact((tx, record) => failTask({ tx, record, clock }, taskId, reason))
}

async function handIn(deps: RunnerDeps, task: TaskRow, row: Wanted, agent: AgentRow) {
  const { ours, theirs, marked = '', paths } = row.resolution
  const baseCommit = agent.baseCommit ?? marked
  const message = commitMessage(row)
  const { bundle } = await deps.agents.collect(agent.id, { message })
  const of = { taskId: task.id, agentId: agent.id }
  const received = await deps.workspaces.receive({ ...of, baseCommit, bundle })
  const { commit } = received
  return await deps.workspaces.resolve({ ...of, ours, theirs, marked, paths, commit, message })
}

function conclude(deps: RunnerDeps, task: TaskRow, work: Work, made: Made): void {
  deps.eventLog.transact((tx, record) => {
    const row = findSubtask(tx, task.id, work.subtaskId)
    const { resolution } = row ?? {}
    if (row?.status !== 'integrating' || resolution?.agent_id !== work.agentId) return
    if (made.kind === 'open') {
      endInConflict({ tx, record, clock: deps.clock }, row, made)
      return
    }
    const { problem: _, ...rest } = resolution
    const { commit, findings } = made
    updateSubtask(tx, task.id, row.id, {
      resolution: { ...rest, ...findings, state: 'resolved', commit },
    })
    const { check } = findings
    const data = {
      ...{ commit, changed_files: resolution.paths.length },
      ...(check && { check: check.outcome, command: check.command }),
    }
    record({
      taskId: task.id,
      subtaskId: row.id,
      agentId: work.agentId,
      type: 'subtask.integrating',
      data,
    })
  })
}

/** The step itself broke, three times: the conflict is a person's. */
export function abandonResolution(
  deps: RunnerDeps,
  taskId: string,
  work: Work,
  error: unknown,
): void {
  const problem = error instanceof Error ? error.message : String(error)
  conclude(deps, getTask(deps.db, taskId), work, { kind: 'open', problem })
}

/** Takes a conflict up again as a person decided: by one side, with what was made of it, or by another agent. */
export function takeUp(
  { tx }: Pick<Parameters<typeof endInConflict>[0], 'tx'>,
  row: SubtaskRow,
  input: ResolveConflict,
): boolean {
  const { taskId, id, conflicts } = row
  const before = row.resolution ?? {
    ours: '',
    theirs: row.workCommit ?? '',
    paths: conflicts ?? [],
  }
  const { ours, theirs, paths } = before
  const sides = { ours, theirs, paths, attempts: 0, ...kept(row.resolution) }
  const resolution = { ...sides, ...decided(input, row.resolution) }
  const set = { ...{ error: null, completedAt: null, conflicts: null }, resolution }
  return (
    changeSubtaskStatus(tx, { taskId, id, from: ['failed'], to: 'integrating', set }) !== undefined
  )
}

const kept = (before: Resolution | null) => ({
  ...(before?.marked && { marked: before.marked }),
  ...(before?.notes && { notes: before.notes }),
})

type Decided = Pick<Resolution, 'state' | 'by'> & Partial<Resolution>

function decided(input: ResolveConflict, before: Resolution | null): Decided {
  switch (input.choice) {
    case 'agent':
      return { state: 'resolving', by: 'agent', instructions: input.instructions }
    case 'made': {
      const { made, remarks, check } = before ?? {}
      const known = { ...(remarks && { remarks }), ...(check && { check }) }
      return { state: 'resolved', by: 'agent', ...(made && { commit: made }), ...known }
    }
    default:
      return { state: 'resolving', by: input.choice }
  }
}
