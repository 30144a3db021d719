import { type Clock, systemClock } from '#lib/clock.ts'
import { attachmentCalls } from './attachments.ts'
import { createClient } from './client.ts'
import { containerCalls } from './containers.ts'
import type { Engine } from './engine.ts'
import { execCalls } from './exec.ts'
import { imageCalls } from './images.ts'
import { networkCalls } from './networks.ts'
import { observingCalls } from './observing.ts'
import { storageCalls } from './storage.ts'

/**
 * A Docker engine at `host`: `unix:///var/run/docker.sock`, `tcp://host:port`, `https://host:port`, or empty for
 * DOCKER_HOST and the platform's socket. Connects on the first call, and again on every later one, so an engine that
 * comes back is simply used. Throws `config.invalid` for a host that is no endpoint.
 */
export function createDockerodeEngine({
  host,
  clock = systemClock,
}: {
  host: string
  clock?: Clock
}): Engine {
  const client = createClient(host)
  return {
    ...observingCalls(client),
    ...imageCalls(client),
    ...networkCalls(client),
    ...storageCalls(client),
    ...containerCalls(client, clock),
    ...attachmentCalls(client),
    ...execCalls(client, clock.sleep),
  }
}
