/** A live session with a fake viewer on the other side. */
import { systemClock } from '#lib/clock.ts'
import { createLiveSession, type LiveOptions, type SystemFeed } from '#streams/live.ts'
import type { Session } from '#streams/pump.ts'
import { createFakeViewer, type FakeViewer, until } from './fake-viewer.ts'
import type { TestStreams } from './streams.ts'

export type LiveClient = {
  viewer: FakeViewer
  session: Session
  ask: (request: unknown) => void
}

export const quietSystem: SystemFeed = {
  current: () => ({ engine: 'fine' }),
  subscribe: () => () => {},
}

export function connectLive(
  streams: TestStreams,
  { greedy = true, ...options }: Partial<LiveOptions> & { greedy?: boolean } = {},
): LiveClient {
  const viewer = createFakeViewer({ greedy })
  const session = createLiveSession({
    wire: viewer,
    eventLog: streams.eventLog,
    outputs: streams.outputs,
    agentOf: streams.agentOf,
    system: quietSystem,
    instance: 'test',
    version: '1.2.3',
    clock: systemClock,
    ...options,
  })
  return { viewer, session, ask: (request) => session.receive(JSON.stringify(request)) }
}

/** Takes everything, again and again, until `isDone`. */
export async function drainAll(
  { viewer, session }: Pick<LiveClient, 'viewer' | 'session'>,
  isDone: () => boolean,
): Promise<void> {
  await until(() => {
    if (viewer.take()) session.drain()
    return isDone()
  }, 'the viewer has everything')
}
