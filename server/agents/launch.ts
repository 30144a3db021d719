/**
 * Brings up the container of an agent: made from nothing, or a new one on the volumes of one that ended, whose CLI goes
 * on with the session. What is half made after a crash is either thrown away (nothing of worth is in it) or made again.
 */
import { AppError, toMessage } from '#contract/errors.ts'
import type { PermissionMode } from '#contract/permission.ts'
import { listInputs } from '#db/agent-inputs.ts'
import { type AgentRow, getAgent, updateAgent } from '#db/agents.ts'
import { permissionModeOf, rulesOf } from '#db/permissions.ts'
import { adopt } from './adopt.ts'
import type { AgentSpec } from './agents.ts'
import { type ClaudeCommand, type ClaudeProfile, toClaudeCommand } from './claude/command.ts'
import {
  agentLabels,
  configDir,
  errorLogPath,
  instanceLabels,
  ownerLabels,
  volumeNames,
} from './container.ts'
import type { AgentsContext } from './context.ts'
import { envFrame, startFrame } from './frames.ts'
import type { GateClient } from './gate-client.ts'
import { readTextEnd } from './helper.ts'
import { createLiveAgent, type LiveAgent } from './live-agent.ts'
import { maskOf } from './output-mask.ts'
import { withdrawPermissions } from './permissions.ts'
import { createRecorder } from './recorder.ts'
import { removeResources } from './removal.ts'
import type { Standby } from './standby.ts'
import {
  closingOnFailure,
  initialize,
  type MadeContainer,
  recordContainer,
  startGate,
} from './start-container.ts'
import { changeStatus } from './status.ts'
import { hasTools } from './tools.ts'
import {
  emptyRepository,
  fillReadOnly,
  seedFrames,
  sendAll,
  submoduleFrames,
  transcriptProbe,
} from './workspace.ts'

export type LaunchContext = AgentsContext & { standby: Pick<Standby, 'take' | 'forget'> }

/** Idempotent: goes on from whatever a crash left. The agent's CLI runs or loads when it resolves. */
export async function launch(
  context: LaunchContext,
  spec: AgentSpec,
  signal: AbortSignal,
): Promise<LiveAgent> {
  const row = getAgent(context.db, spec.agentId)
  if (row.holdsResources && row.phase !== 'preparing') {
    const adopted = await adopt(context, row, signal)
    if (adopted) return adopted
    if (await hasVolumes(context, row, signal)) return await relaunch(context, spec, signal)
    if (row.restoredFrom !== null || hasWorked(context, row.id))
      throw new AppError('engine.failed', 'The volumes with the work of the agent are gone.', {
        details: { reason: volumesGone },
      })
  }
  if (row.restoredFrom !== null)
    throw new AppError('engine.failed', 'What was to be laid into its volumes never was.', {
      details: { reason: volumesGone },
    })
  if (row.holdsResources) {
    context.standby.forget(row.id)
    await removeResources(context, row, signal)
  }
  return await launchNew(context, spec, signal)
}

/** `details.reason` when an agent cannot go on because its work does not exist any more. */
export const volumesGone = 'volumes-gone'

async function hasVolumes(
  { engine, retry, settings }: AgentsContext,
  row: AgentRow,
  signal: AbortSignal,
): Promise<boolean> {
  const labels = ownerLabels(settings.instanceId, row.id)
  return (await retry(() => engine.listVolumes(labels), signal)).length === 2
}

/** Whether the CLI had taken the prompt of a turn that has not ended. */
function isInTurn({ db }: AgentsContext, agentId: string): boolean {
  return listInputs(db, agentId, { kind: 'turn', states: ['queued', 'read'] }).length > 0
}

function hasWorked({ db }: AgentsContext, agentId: string): boolean {
  return listInputs(db, agentId, { kind: 'turn', states: ['read', 'done'] }).length > 0
}

async function launchNew(
  context: LaunchContext,
  spec: AgentSpec,
  signal: AbortSignal,
): Promise<LiveAgent> {
  const row = beginRun(context, spec, 'preparing')
  // Everything that has to be fetched is on its way while the container is made.
  const credentials = started(context.credentials())
  const own = ownEnvironment(context, spec)
  const { workspace } = spec
  const bundle = workspace.kind === 'clone' ? started(workspace.bundle()) : undefined
  const made =
    (await takeStandby(context, { spec, row, signal })) ??
    (await makeContainer(context, { spec, row, signal }))
  return await closingOnFailure(made.gate, async () => {
    const { gate, containerId } = made
    const recorder = createRecorder({ ...context, agentId: spec.agentId })
    await recorder.catchUp()
    const command = toCommand(context, spec, false)
    const start = gate.send([
      envFrame({ ...own, ...command.env, ...(await credentials) }),
      ...(workspace.kind === 'clone' ? [emptyRepository] : []),
      startFrame(command.argv),
    ])
    await allDone([
      made.starting,
      start.then(assertDone),
      fillWorkspace(context, spec, { ...made, bundle }),
    ])
    initialize(context, spec.agentId, gate)
    markWarm(context, spec)
    return createLiveAgent(context, {
      agentId: spec.agentId,
      taskId: spec.taskId,
      containerId,
      gate,
      recorder,
      isAdopted: false,
      mode: command.mode,
    })
  })
}

type Making = { spec: AgentSpec; row: AgentRow; signal: AbortSignal }

/** Of an agent that has no volumes yet: they are filled from it. */
const firstImage = (
  { image, cloneImage = (_, signal) => image(signal) }: AgentsContext,
  { taskId, workspace }: AgentSpec,
  signal: AbortSignal,
): Promise<string> => (workspace.kind === 'clone' ? cloneImage(taskId, signal) : image(signal))

/** Of one whose volumes are filled. */
const laterImage = (
  { image, projectImage = (_, signal) => image(signal) }: AgentsContext,
  { taskId, workspace }: AgentSpec,
  signal: AbortSignal,
): Promise<string> => (workspace.kind === 'clone' ? projectImage(taskId, signal) : image(signal))

/** The container that was started under this agent's id before it was added, if there is one. */
async function takeStandby(
  context: LaunchContext,
  { spec, row, signal }: Making,
): Promise<MadeContainer | undefined> {
  const ready = await context.standby.take(spec.agentId, () => firstImage(context, spec, signal))
  if (!ready) return undefined
  recordContainer(context, row, ready.containerId)
  return { ...ready, starting: Promise.resolve() }
}

async function makeContainer(
  context: AgentsContext,
  { spec, row, signal }: Making,
): Promise<MadeContainer> {
  const { engine, settings, retry } = context
  const volumes = volumeNames(settings.instanceId, spec.agentId)
  const labels = agentLabels(settings.instanceId, spec)
  const image = firstImage(context, spec, signal)
  await allDone([
    image,
    retry(() => engine.createVolume(volumes.workspace, labels), signal),
    retry(() => engine.createVolume(volumes.state, labels), signal),
    retry(
      () => engine.ensureNetwork(settings.network, instanceLabels(settings.instanceId)),
      signal,
    ),
  ])
  return await startGate(context, spec, { row, image: await image, signal })
}

async function fillWorkspace(
  context: AgentsContext,
  { workspace, ...spec }: AgentSpec,
  made: { containerId: string; gate: GateClient; bundle: Promise<Uint8Array> | undefined },
): Promise<void> {
  if (workspace.kind === 'read-only') {
    await fillReadOnly(context, spec, workspace.archive())
  } else if (made.bundle) {
    const [bundle, submodules] = await Promise.all([made.bundle, workspace.submodules?.()])
    const frames = [...seedFrames(workspace, bundle), ...submoduleFrames(submodules)]
    const failure = await sendAll(made.gate, frames)
    if (failure) throw await seedError(context, { ...made, ...spec }, failure.code)
  }
}

/** Who only reads and plans needs none of it. */
const ownEnvironment = (
  { environmentOf }: Pick<AgentsContext, 'environmentOf'>,
  { taskId, workspace }: AgentSpec,
): Record<string, string> => (workspace.kind === 'clone' ? environmentOf(taskId).values : {})

/** A new container on the volumes of an ended one. */
async function relaunch(
  context: AgentsContext,
  spec: AgentSpec,
  signal: AbortSignal,
): Promise<LiveAgent> {
  const own = ownEnvironment(context, spec)
  const row = beginRun(context, spec)
  const [image, credentials] = await Promise.all([
    laterImage(context, spec, signal),
    context.credentials(),
  ])
  const made = await startGate(context, spec, { row, image, signal })
  return await closingOnFailure(made.gate, async () => {
    const { gate, containerId } = made
    await made.starting
    const recorder = createRecorder({ ...context, agentId: spec.agentId })
    await recorder.catchUp()
    recorder.restarted()
    const probe = await sendAll(gate, [transcriptProbe(spec.sessionId)])
    const command = toCommand(context, spec, probe === undefined)
    const env: Record<string, string> = { ...own, ...command.env, ...credentials }
    // What a new prompt is about must not begin with the turn before it, which ended here and is only open there.
    // And one that goes on by itself does not wait for our tools to connect, as one that a message asks for does (2.1.330).
    if (!isInTurn(context, spec.agentId) || hasTools(context, spec.agentId))
      delete env.CLAUDE_CODE_RESUME_INTERRUPTED_TURN
    assertDone(await gate.send([envFrame(env), startFrame(command.argv)]))
    initialize(context, spec.agentId, gate)
    return createLiveAgent(context, {
      agentId: spec.agentId,
      taskId: spec.taskId,
      containerId,
      gate,
      recorder,
      isAdopted: false,
      mode: command.mode,
    })
  })
}

/** Intent first: from here on the volumes and the container of this run may exist. */
function beginRun(context: AgentsContext, spec: AgentSpec, phase?: 'preparing'): AgentRow {
  withdrawPermissions(context, spec.agentId, 'The container of the agent was replaced.')
  return context.events.transact((tx, record) => {
    const { run } = getAgent(tx, spec.agentId)
    updateAgent(tx, spec.agentId, { run: run + 1, holdsResources: true, containerId: null })
    if (phase) changeStatus({ tx, record }, spec.agentId, { phase })
    return getAgent(tx, spec.agentId)
  })
}

function toCommand(
  context: AgentsContext,
  spec: AgentSpec,
  resume: boolean,
): ClaudeCommand & { mode: PermissionMode | undefined } {
  const profile = toProfile(context, spec)
  // A person may have changed it since the spec was made.
  const { model } = getAgent(context.db, spec.agentId)
  updateAgent(context.db, spec.agentId, { toldModel: model })
  const command = toClaudeCommand({
    profile,
    model,
    sessionId: spec.sessionId,
    resume,
    limits: spec.limits,
    baseUrl: context.baseUrl,
    configDir,
    ...(spec.systemPrompt !== undefined && { systemPrompt: spec.systemPrompt }),
  })
  return { ...command, mode: profile.kind === 'worker' ? profile.permissions?.mode : undefined }
}

/** Rules are read when the CLI starts: those it was told later went with the process before it. */
function toProfile({ db }: AgentsContext, { profile, agentId }: AgentSpec): ClaudeProfile {
  if (profile.kind !== 'worker') return profile
  const { allow, deny } = rulesOf(db, agentId)
  const permissions = { mode: permissionModeOf(db, agentId), allow }
  return { kind: 'worker', permissions, ...(deny.length > 0 && { deny }) }
}

function assertDone(results: { ok: boolean; code?: string }[]): void {
  const failed = results.find((result) => !result.ok)
  if (failed)
    throw new AppError('engine.failed', `The agent could not be started (${failed.code}).`)
}

async function seedError(
  context: AgentsContext,
  { taskId, containerId }: { taskId: string; containerId: string },
  code: string,
): Promise<AppError> {
  const printed = await readTextEnd(context, containerId, errorLogPath).catch(toMessage)
  const log = maskOf(context, taskId).text(printed)
  return new AppError('git.failed', `The agent's workspace could not be made (${code}): ${log}`)
}

function markWarm(context: AgentsContext, spec: AgentSpec): void {
  const { workspace } = spec
  context.events.transact((tx, record) => {
    if (workspace.kind === 'clone') updateAgent(tx, spec.agentId, { baseCommit: workspace.commit })
    changeStatus({ tx, record }, spec.agentId, { phase: 'warm' })
  })
}

/** Waits for all of them even when one fails, so that nothing is still being made when the caller cleans up. */
async function allDone(promises: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(promises)).find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
}

/** Awaited later: a failure before that must not count as unhandled. */
function started<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
