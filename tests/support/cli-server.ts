/** The test server behind a real listener, its live socket included. It can go away and come back, as at a restart. */

import { createAdmission } from '#auth/admission.ts'
import { AppError } from '#contract/errors.ts'
import type { EventType } from '#contract/event.ts'
import type { TaskPhase, TaskStatus } from '#contract/task.ts'
import { findAgent, listAgents } from '#db/agents.ts'
import { changeTaskStatus, findTask, updateTask } from '#db/tasks.ts'
import type { SocketData } from '#http/connections.ts'
import { createSockets } from '#http/websocket.ts'
import { systemClock } from '#lib/clock.ts'
import { silentLog } from '#lib/log.ts'
import { quietSystem } from './live.ts'
import { openTestApp, type TestApp } from './test-app.ts'

export type CliServer = TestApp & {
  url: string
  /** Every connection breaks, and there is nothing to connect to. */
  goAway(): Promise<void>
  /** At the same address. */
  comeBack(): void
  /** Resolves at the next live socket that is opened. */
  nextSocket(): Promise<void>
  /** Puts a task into a state as the server does: the row and its event together. */
  move(
    taskId: string,
    to: TaskStatus,
    more?: { phase?: TaskPhase; error?: string; event?: EventType },
  ): void
}

/** With a `token`, whoever does not show it is refused. */
export async function openCliServer({ token }: { token?: string } = {}): Promise<CliServer> {
  const app = await openTestApp()
  let opened = Promise.withResolvers<void>()
  const isAllowed = (request: Request): boolean =>
    token === undefined || request.headers.get('authorization') === `Bearer ${token}`
  const createListener = (port: number) => {
    const sockets = createSockets({
      allow(request) {
        opened.resolve()
        opened = Promise.withResolvers()
        if (isAllowed(request)) return { kind: 'open' }
        throw new AppError('auth.required', 'A token is needed.')
      },
      access: { isValid: () => true, tokens: () => [], subscribe: () => () => {} },
      admission: createAdmission({ total: 1024, perAddress: 1024 }),
      taskExists: (taskId) => findTask(app.db, taskId) !== undefined,
      agentOf(agentId) {
        const row = findAgent(app.db, agentId)
        const isOver = row !== undefined && row.status !== 'running'
        return row ? { taskId: row.taskId, ended: isOver } : undefined
      },
      agentsOf: (taskId) => listAgents(app.db, { taskId }).map(({ id }) => id),
      outputs: app.outputs,
      eventLog: app.eventLog,
      messages: { newest: () => [], after: () => [] },
      deliver: () => Promise.reject(new Error('nothing is delivered here')),
      openShell: () => Promise.reject(new Error('there is no shell here')),
      sampleStats: async () => [],
      system: quietSystem,
      instance: 'test',
      version: '0.0.0',
      clock: systemClock,
      log: silentLog,
    })
    const server = Bun.serve<SocketData>({
      hostname: '127.0.0.1',
      port,
      websocket: sockets.handlers,
      async fetch(request, self) {
        if (new URL(request.url).pathname.startsWith('/ws/'))
          return sockets.upgrade(request, self, '127.0.0.1')
        if (isAllowed(request)) return await app.fetch(request)
        return Response.json(
          { error: 'A token is needed.', code: 'auth.required' },
          { status: 401 },
        )
      },
    })
    return { server, sockets }
  }
  let listener = createListener(0)
  const port = listener.server.port ?? 0
  const goAway = async (): Promise<void> => {
    listener.sockets.close()
    await listener.server.stop(true)
  }
  return {
    ...app,
    url: `http://127.0.0.1:${port}`,
    goAway,
    comeBack() {
      listener = createListener(port)
    },
    nextSocket: () => opened.promise,
    move(taskId, to, { phase, error, event } = {}) {
      app.eventLog.transact((tx, record) => {
        const from = findTask(tx, taskId)?.status ?? 'created'
        const now = Date.now()
        changeTaskStatus(tx, { taskId, from: [from], to, now })
        updateTask(tx, taskId, { phase: phase ?? null, error: error ?? null }, now)
        record({ taskId, type: 'task.status', data: { from, to, phase: phase ?? null } })
        if (event) record({ taskId, type: event, data: error ? { error } : {} })
      })
    },
    async [Symbol.asyncDispose]() {
      await goAway()
      await app[Symbol.asyncDispose]()
    },
  }
}
