/** A way to the engine that a test can cut and mend: a socket of its own that leads to the real one. */
import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'

export type EngineProxy = {
  /** For `DOCKER_HOST`. */
  host: string
  /** From here on there is an engine at the address. */
  open(): Promise<void>
  /** Breaks every connection; nothing answers any more. */
  cut(): void
}

export function createEngineProxy(path: string): EngineProxy {
  const target = (process.env.DOCKER_HOST ?? '').replace('unix://', '') || '/var/run/docker.sock'
  const sockets = new Set<Socket>()
  let server: Server | undefined

  const join = (client: Socket): void => {
    const engine = createConnection({ path: target, allowHalfOpen: true })
    for (const socket of [client, engine]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      // The other side is told by the pipe, or gone as well.
      socket.on('error', () => socket.destroy())
    }
    client.pipe(engine)
    engine.pipe(client)
  }

  return {
    host: `unix://${path}`,
    open: () =>
      new Promise((resolve, reject) => {
        server = createServer({ allowHalfOpen: true }, join)
        server.on('error', reject)
        server.listen(path, resolve)
      }),
    cut() {
      server?.close()
      for (const socket of sockets) socket.destroy()
      rmSync(path, { force: true })
    },
  }
}
