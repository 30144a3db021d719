import type { ServerWebSocket } from 'bun'
import type { Access, Identity } from '#auth/access.ts'
import { signedOutCode } from '#contract/access.ts'
import { goodbyes, stoppingCode } from '#contract/socket.ts'
import type { Session, Wire } from '#streams/pump.ts'

/** Carried by each connection from its upgrade on. */
export type SocketData = {
  path: string
  identity: Identity
  open: (wire: Wire) => Session
  session?: Session
  /** Makes room for another connection. */
  leave: () => void
}

/** The open sockets. Each is closed when what its client showed has ended: at once when it is ended here, else within a second. */
export type Connections = {
  add(socket: Socket): void
  delete(socket: Socket): void
  has(socket: Socket): boolean
  /** Says goodbye (1001) to everyone, for good, and what becomes of the agents. */
  close(agents?: keyof typeof goodbyes): void
}

type Socket = Pick<ServerWebSocket<SocketData>, 'data' | 'close'>

export function createConnections({
  access,
  recheckMs = 1000,
}: {
  access: Pick<Access, 'isValid' | 'subscribe'>
  /** How often to look for what has ended without a word: a session that expired, a token that another process revoked. */
  recheckMs?: number
}): Connections {
  const sockets = new Set<Socket>()
  let timer: ReturnType<typeof setInterval> | undefined

  /** Asks once for each identity, however many sockets it has. */
  const recheck = (): void => {
    const verdicts = new Map<string, boolean>()
    for (const socket of [...sockets]) {
      const { identity } = socket.data
      const key = JSON.stringify(identity)
      const verdict = verdicts.get(key) ?? access.isValid(identity)
      verdicts.set(key, verdict)
      if (!verdict) socket.close(signedOutCode, 'signed out')
    }
  }
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  const unsubscribe = access.subscribe(recheck)

  return {
    add(socket) {
      sockets.add(socket)
      if (socket.data.identity.kind !== 'open') timer ??= setInterval(recheck, recheckMs)
    },
    delete(socket) {
      sockets.delete(socket)
      if (![...sockets].some(({ data }) => data.identity.kind !== 'open')) stop()
    },
    has: (socket) => sockets.has(socket),
    close(agents = 'leave') {
      unsubscribe()
      stop()
      for (const socket of [...sockets]) socket.close(stoppingCode, goodbyes[agents])
    },
  }
}
