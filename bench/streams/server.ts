/** The product's own path from an agent's file to the live socket: follow, store, recorder, socket. Argument: container id. */
import { followOutput } from '#agents/follow.ts'
import { createRecorder } from '#agents/recorder.ts'
import { createRetry } from '#agents/retry.ts'
import { createAdmission } from '#auth/admission.ts'
import { createDockerodeEngine } from '#docker/dockerode-engine.ts'
import type { SocketData } from '#http/connections.ts'
import { createSockets } from '#http/websocket.ts'
import { createMask } from '#lib/byte-mask.ts'
import { systemClock } from '#lib/clock.ts'
import { createLog } from '#lib/log.ts'
import { openTestStreams } from '../../tests/support/streams.ts'
import { report } from './wire.ts'

const [containerId = ''] = process.argv.slice(2)
const agentId = 'bench-agent'
const engine = createDockerodeEngine({ host: process.env.DOCKER_HOST ?? '' })
const log = createLog((line) => console.error(line))
using streams = openTestStreams()
streams.addAgent(streams.addTask('bench-task'), agentId)

const sockets = createSockets({
  allow: () => ({ kind: 'open' }),
  access: { isValid: () => true, tokens: () => [], subscribe: () => () => {} },
  admission: createAdmission({ total: 1024, perAddress: 1024 }),
  taskExists: streams.hasTask,
  agentOf: streams.agentOf,
  agentsOf: streams.agentsOf,
  outputs: streams.outputs,
  eventLog: streams.eventLog,
  messages: streams.messages,
  deliver: () => Promise.reject(new Error('nobody listens')),
  openShell: () => Promise.reject(new Error('there is no shell here')),
  sampleStats: async () => [],
  system: { current: () => ({}), subscribe: () => () => {} },
  instance: 'bench',
  version: '0',
  clock: systemClock,
  log,
})
const server = Bun.serve<SocketData>({
  port: 0,
  hostname: '127.0.0.1',
  fetch: (request, self) => sockets.upgrade(request, self, '127.0.0.1'),
  websocket: sockets.handlers,
})
const recorder = createRecorder({
  agentId,
  db: streams.db,
  events: streams.eventLog,
  output: streams.outputs,
  clock: systemClock,
})
const stopped = new AbortController()
process.on('SIGTERM', () => stopped.abort())
report({ type: 'listening', port: server.port ?? 0 })
await followOutput({
  engine,
  output: streams.outputs,
  retry: createRetry({ clock: systemClock, budgetMs: 10_000 }),
  clock: systemClock,
  log,
  agentId,
  containerId,
  withHelper: async () => {},
  mask: createMask([]),
  onBytes: recorder.push,
  signal: stopped.signal,
}).catch(() => {})
await server.stop(true)
