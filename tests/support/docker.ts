import { afterAll, beforeAll } from 'bun:test'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createDockerodeEngine } from '#docker/dockerode-engine.ts'
import type { Engine, Labels } from '#docker/engine.ts'
import { type AgentImage, type AgentImageSettings, createAgentImage } from '#images/agent-image.ts'
import type { ContextFile } from '#images/build-context.ts'
import type { ClaudeCli } from '#images/claude-cli.ts'
import { silentLog } from '#lib/log.ts'

const root = join(import.meta.dir, '../..')

/** Where downloads stay between test runs; git-ignored. */
const cacheDir = join(root, '.cache')

/** The engine tests run on: DOCKER_HOST, else the platform's socket. */
export function testEngine(): Engine {
  return createDockerodeEngine({ host: process.env.DOCKER_HOST ?? '' })
}

/**
 * Why tests that need an engine are skipped, or undefined when they run. With REQUIRE_DOCKER=1 a missing engine fails.
 * Use as `const noEngine = await requireEngine()` and `describe.skipIf(noEngine !== undefined)(...)`.
 */
export async function requireEngine(): Promise<string | undefined> {
  try {
    await testEngine().info()
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (process.env.REQUIRE_DOCKER === '1') throw new Error(`REQUIRE_DOCKER=1, but: ${reason}`)
    console.warn(`skipped: ${reason}`)
    return reason
  }
}

/** `agent-image/` from disk, as the binary has it embedded. */
async function readContextFiles(): Promise<ContextFile[]> {
  const folder = join(root, 'agent-image')
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  )
  return await Promise.all(
    names.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      return {
        path: path.slice(folder.length + 1),
        content: await readFile(path),
        mode: (await stat(path)).mode & 0o777,
      }
    }),
  )
}

/** The agent image the way the server makes it, with this machine's extra certificate authorities. */
export async function testAgentImage(
  changes: { config?: Partial<AgentImageSettings>; cli?: ClaudeCli } = {},
): Promise<AgentImage> {
  return createAgentImage({
    engine: testEngine(),
    config: {
      image_name: 'klaudio-agent',
      base_image: '',
      ca_bundle: process.env.NODE_EXTRA_CA_CERTS ?? process.env.SSL_CERT_FILE ?? '',
      packages: [],
      http_proxy: process.env.http_proxy ?? '',
      https_proxy: process.env.https_proxy ?? '',
      no_proxy: process.env.no_proxy ?? '',
      ...changes.config,
    },
    files: await readContextFiles(),
    cacheDir,
    bunPath: process.execPath,
    environment: process.env,
    log: silentLog,
    ...(changes.cli ? { cli: changes.cli } : {}),
  })
}

let building: Promise<string> | undefined

/** Tag of the agent image, built when it is missing (a minute or two the first time). */
export function ensureAgentImage(): Promise<string> {
  building ??= testAgentImage().then((image) => image.ensure())
  return building
}

/**
 * Labels for everything a test file makes on the engine. Containers and volumes that carry them are removed when the
 * file ends, and before it starts when an earlier run was killed.
 */
export function ownLabels(name: string): Labels {
  const labels = { 'klaudio.test': name }
  beforeAll(() => removeLabelled(labels))
  afterAll(() => removeLabelled(labels))
  return labels
}

async function removeLabelled(labels: Labels): Promise<void> {
  const engine = testEngine()
  const containers = await engine.listContainers(labels)
  await Promise.all(containers.map(({ id }) => engine.removeContainer(id)))
  const volumes = await engine.listVolumes(labels)
  await Promise.all(volumes.map((volume) => engine.removeVolume(volume.name)))
}

/**
 * Asks the engine past the product, for what only tests do. Nothing happens for an engine that is not at a local socket.
 */
export async function askEngine(
  method: 'GET' | 'DELETE' | 'POST',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const unix = (process.env.DOCKER_HOST ?? '').replace('unix://', '') || '/var/run/docker.sock'
  if (!unix.startsWith('/')) return undefined
  const answer = await fetch(`http://engine${path}`, {
    unix,
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  })
  return answer.headers.get('content-type')?.includes('json') ? await answer.json() : undefined
}

type ListedImage = { Id: string; ParentId: string }

/** Removes the nameless layers that a failed build left on an image. */
export async function removeLeftovers(imageId: string): Promise<void> {
  // The Docker Engine API says that this is a list of such objects.
  const listed = (await askEngine('GET', '/images/json?all=1')) as ListedImage[] | undefined
  for (const { Id, ParentId } of listed ?? []) {
    if (ParentId !== imageId) continue
    await removeLeftovers(Id)
    await askEngine('DELETE', `/images/${Id}`)
  }
}
