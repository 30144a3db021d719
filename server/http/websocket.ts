import type { ServerWebSocket, WebSocketHandler } from 'bun'
import * as v from 'valibot'
import type { Access, Identity } from '#auth/access.ts'
import type { Admission } from '#auth/admission.ts'
import type { AgentInput, SendToAgent } from '#contract/agent.ts'
import { AppError, toMessage } from '#contract/errors.ts'
import { TerminalSize } from '#contract/socket.ts'
import type { Clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import type { EventReader } from '#streams/event-source.ts'
import { createLiveSession, type SystemFeed } from '#streams/live.ts'
import type { OutputReader } from '#streams/output-source.ts'
import type { Wire } from '#streams/pump.ts'
import { createTaskMessages, type MessageReader } from '#streams/task-messages.ts'
import { createTaskShell, type Terminal } from '#streams/task-shell.ts'
import { createTaskStats, parseInterval } from '#streams/task-stats.ts'
import { createTaskStream } from '#streams/task-stream.ts'
import { type Connections, createConnections, type SocketData } from './connections.ts'
import { refuse, tooMany } from './errors.ts'

/**
 * The upgrade of every socket, with Bun's own handlers: Hono's adapter has no `drain`. What is said on a socket is in
 * `streams/`; here are the rules about who may connect, and the limits of a connection.
 */
export type SocketOptions = {
  /** Host, Origin and whatever else a client must show; throws the refusal. `address` is the client's. */
  allow: (request: Request, address: string) => Identity
  access: Pick<Access, 'isValid' | 'subscribe' | 'tokens'>
  taskExists: (taskId: string) => boolean
  /** `ended` means its output is complete in the store, or never existed. */
  agentOf: (agentId: string) => { taskId: string; ended: boolean } | undefined
  /** Agents of the task, oldest first. */
  agentsOf: (taskId: string) => string[]
  outputs: OutputReader
  eventLog: EventReader
  messages: MessageReader
  deliver: (input: SendToAgent) => Promise<AgentInput>
  /** A terminal in the container of an agent. */
  openShell: (taskId: string, agentId: string, size: TerminalSize) => Promise<Terminal>
  /** Resource use of a task's running agents, in the reference's shape. */
  sampleStats: (taskId: string, signal: AbortSignal) => Promise<Record<string, unknown>[]>
  system: SystemFeed
  instance: string
  version: string
  clock: Clock
  log: Log
  admission: Admission
  recheckMs?: number
}

type Upgrader = { upgrade(request: Request, options: { data: SocketData }): boolean }

export type Sockets = {
  /**
   * Call for every path below `/ws/`. Undefined when the connection was taken over, else the refusal to answer with.
   */
  upgrade(request: Request, server: Upgrader, address: string): Response | undefined
  /** For `Bun.serve({ websocket })`. */
  handlers: WebSocketHandler<SocketData>
  /** Says goodbye (1001) to every client and takes no new one. */
  close: Connections['close']
}

const limits = {
  // Above what a session accepts, so that a message a little too long is answered instead of cut off.
  maxPayloadLength: 256 * 1024,
  // Sessions stop sending long before; a client that reaches this is lost.
  backpressureLimit: 2 * 1024 * 1024,
  closeOnBackpressureLimit: true,
  perMessageDeflate: false,
  // Bun pings in time for a client that is alive to answer.
  idleTimeout: 60,
  sendPings: true,
} as const

export function createSockets(options: SocketOptions): Sockets {
  const { allow, log, admission } = options
  const connections = createConnections(options)
  let closing = false

  const accept = (request: Request, server: Upgrader, address: string): Response | undefined => {
    const identity = allow(request, address)
    const open = route(options, new URL(request.url), identity)
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket')
      throw new AppError('request.invalid', 'This address speaks WebSocket only.')
    const leave = closing ? undefined : admission.enter(address)
    if (!leave) throw tooMany('There are too many connections; close some or try again later.')
    const { pathname: path } = new URL(request.url)
    if (server.upgrade(request, { data: { path, identity, open, leave } })) return undefined
    leave()
    throw new AppError('request.invalid', 'The WebSocket handshake is not complete.')
  }
  return {
    upgrade(request, server, address) {
      try {
        return accept(request, server, address)
      } catch (error) {
        if (error instanceof AppError) return refuse(error)
        throw error
      }
    },
    handlers: { ...limits, ...createHandlers({ connections, log }) },
    close(agents) {
      closing = true
      connections.close(agents)
    },
  }
}

/** What to open for an address. Throws when there is nothing there. */
function route(options: SocketOptions, url: URL, identity: Identity): SocketData['open'] {
  const { pathname, searchParams } = url
  const shell = /^\/ws\/tasks\/([^/]+)\/agents\/([^/]+)\/shell$/.exec(pathname)
  if (shell) return shellRoute(options, { shell, searchParams, identity })
  if (pathname === '/ws/live') return (wire) => createLiveSession({ ...options, wire })
  const [, taskId = '', kind] =
    /^\/ws\/tasks\/([^/]+)\/(stream|messages|stats)$/.exec(pathname) ?? []
  if (kind === undefined) throw new AppError('route.not-found', `There is no socket ${pathname}.`)
  if (!options.taskExists(taskId))
    throw new AppError('task.not-found', `There is no task '${taskId}'.`)
  if (kind === 'messages') return (wire) => createTaskMessages({ ...options, wire, taskId })
  if (kind === 'stats') {
    const intervalMs = parseInterval(searchParams.get('interval'))
    const { sampleStats: sample, clock } = options
    return (wire) => createTaskStats({ wire, taskId, intervalMs, sample, clock })
  }
  const agentId = searchParams.get('agent') || undefined
  if (agentId !== undefined && options.agentOf(agentId)?.taskId !== taskId)
    throw new AppError('agent.not-found', `The task has no agent '${agentId}'.`)
  const onlyAgent = agentId === undefined ? {} : { agentId }
  return (wire) => createTaskStream({ ...options, ...onlyAgent, wire, taskId })
}

/** A terminal is a person's: a browser's session, or the owner's token. What a token was given to a program for is less than that. */
function shellRoute(
  { access, agentOf, openShell, log }: SocketOptions,
  asked: { shell: RegExpExecArray; searchParams: URLSearchParams; identity: Identity },
): SocketData['open'] {
  const { shell, searchParams, identity } = asked
  const [, taskId = '', agentId = ''] = shell
  if (identity.kind === 'token' && isProgram(access, identity.id))
    throw new AppError(
      'auth.forbidden',
      "A program's token opens no shell. Sign in with the owner's token.",
    )
  if (agentOf(agentId)?.taskId !== taskId)
    throw new AppError('agent.not-found', `The task has no agent '${agentId}'.`)
  const size = v.safeParse(TerminalSize, {
    cols: Number(searchParams.get('cols') ?? 80),
    rows: Number(searchParams.get('rows') ?? 24),
  })
  if (!size.success)
    throw new AppError('request.invalid', 'cols and rows are whole numbers from 2 to 500.')
  return (wire) =>
    createTaskShell({ wire, log, open: () => openShell(taskId, agentId, size.output) })
}

const isProgram = (access: Pick<Access, 'tokens'>, id: string): boolean =>
  access.tokens().find((token) => token.id === id)?.kind !== 'owner'

/** Connections and sessions: the one place where a failing session is caught, logged and hung up on. */
function createHandlers({
  connections,
  log,
}: {
  connections: Connections
  log: Log
}): Pick<WebSocketHandler<SocketData>, 'open' | 'message' | 'drain' | 'close'> {
  const attempt = (socket: ServerWebSocket<SocketData>, work: () => void): void => {
    try {
      work()
    } catch (error) {
      log.error('socket failed', { path: socket.data.path, error: toMessage(error) })
      socket.close(1011, 'internal error')
    }
  }
  return {
    open(socket) {
      connections.add(socket)
      attempt(socket, () => {
        const session = socket.data.open(toWire(socket))
        // Opening may already have ended in hanging up.
        if (connections.has(socket)) socket.data.session = session
        else session.close()
      })
    },
    message(socket, message) {
      attempt(socket, () => socket.data.session?.receive(message))
    },
    drain(socket) {
      attempt(socket, () => socket.data.session?.drain())
    },
    close(socket) {
      connections.delete(socket)
      socket.data.leave()
      socket.data.session?.close()
    },
  }
}

function toWire(socket: ServerWebSocket<SocketData>): Wire {
  return {
    send(frame) {
      // A socket that is closing drops what it is given; its session ends with the close that follows.
      if (socket.readyState === WebSocket.OPEN) socket.send(frame)
    },
    bufferedAmount: () => socket.getBufferedAmount(),
    close: (code, reason) => socket.close(code, reason),
  }
}
