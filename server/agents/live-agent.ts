/** One running container of an agent: its gate, and what its output says. */
import type { MessagePriority } from '#contract/agent.ts'
import type { PermissionMode } from '#contract/permission.ts'
import { findRequest } from '#db/permissions.ts'
import { newId } from '#lib/ids.ts'
import {
  type ControlSubtype,
  toControlError,
  toControlRequest,
  toPermissionAnswer,
  toUserMessage,
} from './claude/frames.ts'
import { toPermissionRequest } from './claude/permission.ts'
import type { PendingRequest, SessionEffect } from './claude/session.ts'
import type { AgentsContext } from './context.ts'
import { type ContainerEnd, followOutput } from './follow.ts'
import { inputFrame } from './frames.ts'
import type { GateClient } from './gate-client.ts'
import { withHelper } from './helper.ts'
import { maskOf } from './output-mask.ts'
import { createModelTeller, createModeTeller, tellAnswers, withdrawAfter } from './permissions.ts'
import type { Recorder } from './recorder.ts'
import { serveTools, tellTools } from './tools.ts'

export type LiveAgent = {
  readonly agentId: string
  readonly taskId: string
  readonly containerId: string
  readonly gate: GateClient
  readonly recorder: Recorder
  /** The CLI was running when we came: what its output names, it has. */
  readonly isAdopted: boolean
  /** Sends a message to the CLI, once per connection. Resolves when the gate has taken it; false when it did not. */
  say(message: { id: string; content: string; priority?: MessagePriority }): Promise<boolean>
  hasSaid(messageId: string): boolean
  /** The container has ended and its last byte is stored. Rejects when the engine stays away, or on `detach`. */
  readonly ended: Promise<ContainerEnd>
  isEnded(): boolean
  /** Epoch milliseconds of the last byte, or of the start. */
  lastOutputAt(): number
  /** Called with the size of all that the agent printed, after more of it was stored. Returns the way to stop. */
  onOutput(listener: (bytes: number) => void): () => void
  /** Sends a control request; undefined when no answer comes in time, or the CLI refuses. */
  control(request: ControlSubtype, timeoutMs: number): Promise<Record<string, unknown> | undefined>
  /** Resolves with the first effect that matches; undefined when the container ended, time ran out or `signal` aborted. */
  waitFor(
    matches: (effect: SessionEffect) => boolean,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<SessionEffect | undefined>
  /** Says when to ask, if that has changed since it was said last. */
  tellMode(): void
  /** Says which model to use, if that has changed since. */
  tellModel(): void
  /** Sends answers to calls of our tools that the CLI does not have. */
  tellTools(): void
  /** Stops following; the container goes on. */
  detach(): void
}

type Parts = Pick<
  LiveAgent,
  'agentId' | 'taskId' | 'containerId' | 'gate' | 'recorder' | 'isAdopted'
> & {
  /** What its CLI was started with, when it is known. */
  mode?: PermissionMode | undefined
}

/** How long a CLI may take to say that it has heard of another model; it is told again when it is taken over. */
const modelMs = 60_000

/** Starts to follow the output at once. `recorder` must have caught up. */
export function createLiveAgent(context: AgentsContext, parts: Parts): LiveAgent {
  const { clock } = context
  const { agentId, gate, recorder } = parts
  const abort = new AbortController()
  let lastOutputAt = clock.now()
  let isEnded = false
  const listeners = new Set<(bytes: number) => void>()

  const { unsubscribe, tellMode } = attend(context, parts)

  const ended = followOutput({
    ...context,
    ...parts,
    withHelper: (read) => withHelper(context, parts, read),
    mask: maskOf(context, parts.taskId),
    onBytes(offset, bytes) {
      lastOutputAt = clock.now()
      recorder.push(offset, bytes)
      for (const listener of listeners) listener(offset + bytes.length)
    },
    signal: abort.signal,
  }).finally(() => {
    isEnded = true
    unsubscribe()
    gate.close()
  })
  void withdrawAfter(context, agentId, ended)

  const waitFor: LiveAgent['waitFor'] = async (matches, timeoutMs, signal) => {
    const found = Promise.withResolvers<SessionEffect | undefined>()
    const stop = recorder.subscribe((effect) => {
      if (matches(effect)) found.resolve(effect)
    })
    const timer = new AbortController()
    const either = signal ? AbortSignal.any([timer.signal, signal]) : timer.signal
    const tooLate = clock.sleep(timeoutMs, either).catch(noop)
    try {
      const none = Promise.race([tooLate, ended.catch(noop)]).then(() => undefined)
      return await Promise.race([found.promise, none])
    } finally {
      timer.abort()
      stop()
    }
  }

  const control = createControl(gate, waitFor)
  const tellModel = createModelTeller(context, {
    agentId,
    control: (model) => control({ subtype: 'set_model', model }, modelMs),
  })
  if (parts.isAdopted) tellModel()

  return {
    ...parts,
    ...sayer(gate),
    ended,
    isEnded: () => isEnded,
    lastOutputAt: () => lastOutputAt,
    onOutput(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    waitFor,
    tellMode,
    tellTools: () => tellTools(context, parts),
    control,
    tellModel,
    detach() {
      abort.abort(new Error(`no longer following agent ${agentId}`))
      gate.close()
    },
  }
}

function createControl(gate: GateClient, waitFor: LiveAgent['waitFor']): LiveAgent['control'] {
  return async (request, timeoutMs) => {
    const id = newId()
    const answer = waitFor(
      (effect) =>
        (effect.type === 'response' || effect.type === 'response-failed') &&
        effect.requestId === id,
      timeoutMs,
    )
    const [sent] = await gate.send([inputFrame(toControlRequest(id, request))]).catch(() => [])
    if (!sent?.ok) return undefined
    const effect = await answer
    return effect?.type === 'response' ? effect.response : undefined
  }
}

/** Deals with what the CLI asks, with what it had asked when we came, and with what it was not told meanwhile. */
function attend(
  context: AgentsContext,
  parts: Parts,
): { unsubscribe: () => void; tellMode: () => void } {
  const { recorder } = parts
  const serve = (request: PendingRequest): void => {
    if (!serveTools(context, parts, request)) refuseUnasked(context, parts, request)
  }
  const unsubscribe = recorder.subscribe((effect) => {
    if (effect.type === 'request') serve(effect.request)
  })
  for (const request of recorder.state().pending.values()) serve(request)
  const tellMode = createModeTeller(context, parts)
  if (parts.isAdopted) tellMode()
  tellAnswers(context, parts)
  return { unsubscribe, tellMode }
}

/** A person answers what was put to them; nobody else answers anything. */
function refuseUnasked(
  { db }: AgentsContext,
  { agentId, gate }: Pick<LiveAgent, 'agentId' | 'gate'>,
  request: PendingRequest,
): void {
  const { requestId, subtype } = request
  if (findRequest(db, agentId, requestId)) return
  const message = toPermissionRequest(request) ? tooDangerous : unreadable
  const line =
    subtype === 'can_use_tool'
      ? toPermissionAnswer(requestId, { behavior: 'deny', message })
      : toControlError(requestId, 'Nobody answers this here.')
  void gate.send([inputFrame(line)]).catch(noop)
}

const tooDangerous =
  'This could destroy more than your work, so it is refused without asking anybody. Do it in another way.'
const unreadable = 'A person has to allow this, and it is too long to read. Do it in smaller steps.'

function sayer(gate: GateClient): Pick<LiveAgent, 'say' | 'hasSaid'> {
  const said = new Set<string>()
  return {
    hasSaid: (messageId) => said.has(messageId),
    async say({ id, content, priority }) {
      if (said.has(id)) return true
      said.add(id)
      const line = toUserMessage({ uuid: id, text: content, ...(priority && { priority }) })
      const [sent] = await gate.send([inputFrame(line)])
      return sent?.ok ?? false
    },
  }
}

function noop(): undefined {
  return undefined
}
