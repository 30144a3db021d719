/** Agents that wait for a person's word: answers into them, and the end of questions that nobody can answer any more. */
import { AppError, toMessage } from '#contract/errors.ts'
import type { AnswerPermission, PermissionMode } from '#contract/permission.ts'
import { getAgent, updateAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import {
  addRules,
  answerPermission,
  findPermission,
  listUnheard,
  type PermissionRow,
  permissionModeOf,
  rulesOf,
  withdrawPermission,
} from '#db/permissions.ts'
import { hasUnheardCalls, withdrawToolCalls } from '#db/tool-calls.ts'
import { newId } from '#lib/ids.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import { toControlRequest, toModeChange, toPermissionAnswer } from './claude/frames.ts'
import type { AgentsContext } from './context.ts'
import { inputFrame } from './frames.ts'
import type { GateClient } from './gate-client.ts'
import type { LiveAgent } from './live-agent.ts'
import type { Pool } from './pool.ts'
import { changeStatus } from './status.ts'

type Context = Pick<AgentsContext, 'db' | 'events' | 'clock'>

/** What an agent reads that was denied something without a word. */
const denied =
  'A person has denied this. Do not try it again; go on without it, or say why you cannot.'

export function answer(
  { context, pool }: { context: Context; pool: Pick<Pool, 'find' | 'all'> },
  id: string,
  said: AnswerPermission,
): void {
  const row = store(context, id, said)
  const isForTask = said.decision === 'allow' && said.scope === 'task'
  const asker = pool.find(row.agentId)
  if (isForTask)
    for (const { agentId, taskId, gate } of pool.all())
      if (taskId === row.taskId && agentId !== row.agentId)
        send(gate, rulesFrames(context, agentId))
  if (asker)
    send(asker.gate, [...(isForTask ? rulesFrames(context, row.agentId) : []), toFrame(row)])
}

/** Tells a CLI that was taken over what it was answered meanwhile. */
export function tellAnswers(
  context: Context,
  { agentId, gate, recorder }: Pick<LiveAgent, 'agentId' | 'gate' | 'recorder'>,
): void {
  const { pending } = recorder.state()
  const answers = listUnheard(context.db, agentId).filter(
    ({ status, requestId }) => status !== 'pending' && pending.has(requestId),
  )
  const rules = answers.some(({ scope }) => scope === 'task') ? rulesFrames(context, agentId) : []
  send(gate, [...rules, ...answers.map(toFrame)])
}

/** Tells the CLI which model to use from its next request on, unless it was started with it or told so. */
export function createModelTeller(
  { db }: Pick<Context, 'db'>,
  {
    agentId,
    control,
  }: Pick<LiveAgent, 'agentId'> & {
    control: (model: string) => Promise<Record<string, unknown> | undefined>
  },
): () => void {
  return () => {
    const { model, toldModel } = getAgent(db, agentId)
    if (toldModel === null || toldModel === model) return
    void control(model).then(
      (answer) => answer && updateAgent(db, agentId, { toldModel: model }),
      ignoreEnd,
    )
  }
}

export function tellModes(pool: Pick<Pool, 'all'>, taskId: string): void {
  for (const live of pool.all()) if (live.taskId === taskId) live.tellMode()
}

/** Tells the CLI of a worker when to ask, unless that is what it was told last. What it asks already still waits for its answer. */
export function createModeTeller(
  { db }: Pick<Context, 'db'>,
  {
    agentId,
    gate,
    mode,
  }: Pick<LiveAgent, 'agentId' | 'gate'> & { mode?: PermissionMode | undefined },
): () => void {
  let told = mode
  return () => {
    if (getAgent(db, agentId).kind !== 'worker') return
    const wanted = permissionModeOf(db, agentId)
    if (wanted === told) return
    told = wanted
    send(gate, [inputFrame(toControlRequest(newId(), toModeChange(wanted)))])
  }
}

/** Nobody waits for an answer any more, of a person or of the server: the CLI that asked is gone. */
export function withdrawPermissions(context: Context, agentId: string, note: string): void {
  if (listUnheard(context.db, agentId).length === 0 && !hasUnheardCalls(context.db, agentId)) return
  context.events.transact((tx, record) => {
    withdrawToolCalls(tx, agentId, { now: context.clock.now() })
    for (const { id } of listUnheard(tx, agentId))
      withdraw({ tx, record, now: context.clock.now() }, id, note)
    if (getAgent(tx, agentId).phase === 'awaiting_permission')
      changeStatus({ tx, record }, agentId, { phase: 'working' })
  })
}

/** Never rejects: what could not be written down now is withdrawn before the agent's next run. */
export async function withdrawAfter(
  context: AgentsContext,
  agentId: string,
  ended: Promise<unknown>,
): Promise<void> {
  const hasEnded = await ended.then(
    () => true,
    // Let go of, or out of reach: it may still wait.
    () => false,
  )
  if (!hasEnded) return
  const note = 'The container of the agent ended before an answer reached it.'
  try {
    withdrawPermissions(context, agentId, note)
  } catch (error) {
    context.log.warn('permissions not withdrawn', { agent: agentId, error: toMessage(error) })
  }
}

export function withdraw(
  { tx, record, now }: { tx: Tx; record: RecordEvent; now: number },
  id: string,
  note: string,
): void {
  const row = withdrawPermission(tx, id, { note, now })
  if (row)
    record({
      ...aboutPermission(row),
      type: 'permission.withdrawn',
      data: { ...nameOf(row), note },
    })
}

export function aboutPermission({ taskId, agentId, subtaskId }: PermissionRow): {
  taskId: string
  agentId: string
  subtaskId?: string
} {
  return { taskId, agentId, ...(subtaskId !== null && { subtaskId }) }
}

/** What events say of it; the whole of it is asked for by its id. */
export const nameOf = ({ id, tool }: PermissionRow): Record<string, unknown> => ({
  permission_id: id,
  tool,
})

function store(context: Context, id: string, said: AnswerPermission): PermissionRow {
  return context.events.transact((tx, record) => {
    const open = findPermission(tx, id)
    if (!open) throw new AppError('permission.not-found', 'Nobody asked for this permission.')
    refuseOver(open)
    const isForTask = said.decision === 'allow' && said.scope === 'task'
    if (isForTask && open.rules.length === 0)
      throw new AppError(
        'request.invalid',
        'The CLI knows no rule for this, so it can only be allowed once: use the scope "once".',
      )
    const row = answerPermission(tx, { id, now: context.clock.now(), ...toColumns(said) }) ?? open
    if (isForTask) addRules(tx, row.taskId, row.rules)
    const data = {
      ...nameOf(row),
      decision: said.decision,
      ...(row.scope !== null && { scope: row.scope }),
      ...(isForTask && { rules: row.rules }),
      ...(row.message !== null && { message: row.message }),
    }
    record({ ...aboutPermission(row), type: 'permission.answered', data })
    return row
  })
}

function refuseOver({ status, note, scope }: PermissionRow): void {
  if (status === 'pending') return
  if (status === 'withdrawn')
    throw new AppError('permission.withdrawn', `Nothing waits for this answer any more. ${note}`, {
      details: { status },
    })
  throw new AppError('permission.answered', `This was ${status} before.`, {
    details: { status, ...(scope !== null && { scope }) },
  })
}

function toColumns(said: AnswerPermission) {
  if (said.decision === 'deny')
    return { status: 'denied' as const, ...(said.message !== '' && { message: said.message }) }
  return {
    status: 'allowed' as const,
    scope: said.scope,
    ...(said.input !== undefined && { changedInput: said.input }),
  }
}

function toFrame({ requestId, status, input, changedInput, message }: PermissionRow) {
  return inputFrame(
    toPermissionAnswer(
      requestId,
      status === 'denied'
        ? { behavior: 'deny', message: message ?? denied }
        : { behavior: 'allow', updatedInput: changedInput ?? input },
    ),
  )
}

/** Everything an agent may and may not do, by its role and its task: the CLI forgets the rules that are not said again. */
function rulesFrames({ db }: Context, agentId: string) {
  if (getAgent(db, agentId).kind !== 'worker') return []
  const settings = { permissions: rulesOf(db, agentId) }
  const request = { subtype: 'apply_flag_settings', settings } as const
  return [inputFrame(toControlRequest(newId(), request))]
}

function send(gate: GateClient, frames: Parameters<GateClient['send']>[0]): void {
  if (frames.length > 0) void gate.send(frames).catch(ignoreEnd)
}

/** A container that ends takes its question along; what comes after it is told anew. */
function ignoreEnd(): undefined {
  return undefined
}
