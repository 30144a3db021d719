import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { BuildSpec } from '#docker/engine.ts'
import { readTar } from '#docker/tar.ts'
import { type AgentImage, createAgentImage, type ImageState } from '#images/agent-image.ts'
import { silentLog } from '#lib/log.ts'

type World = {
  arch?: string
  caBundle?: string
  packages?: string[]
  proxy?: string
  build?: (spec: BuildSpec) => Promise<void>
}

function agentImage(world: World = {}) {
  const images = new Set<string>()
  const builds: BuildSpec[] = []
  const image: AgentImage = createAgentImage({
    engine: {
      info: async () => ({
        version: '1',
        apiVersion: '1',
        arch: world.arch ?? 'amd64',
        os: 'linux',
        rootless: false,
        isDesktop: false,
        cpus: 1,
        memoryBytes: 1,
      }),
      findImage: async (ref) =>
        images.has(ref) ? { id: ref, sizeBytes: 9e8, labels: {} } : undefined,
      pullImage: async () => {},
      importImage: async () => {},
      async buildImage(spec) {
        builds.push(spec)
        await (world.build ?? (async () => {}))(spec)
        images.add(spec.tag)
      },
    },
    config: {
      image_name: 'klaudio-agent',
      base_image: '',
      ca_bundle: world.caBundle ?? '',
      packages: world.packages ?? [],
      http_proxy: world.proxy ?? '',
      https_proxy: '',
      no_proxy: '',
    },
    files: [
      { path: 'Dockerfile', content: Buffer.from('FROM x'), mode: 0o644 },
      { path: 'gate', content: Buffer.from('#!'), mode: 0o755 },
    ],
    cacheDir: '/nowhere',
    bunPath: 'bun',
    environment: {},
    log: silentLog,
    cli: { isCached: async () => true, ensure: async () => import.meta.path },
    base: { resolve: async () => 'base:1' },
  })
  const states: ImageState[] = []
  image.subscribe((state) => states.push(state))
  return { image, images, builds, states }
}

describe('the agent image', () => {
  test('is built when it is missing, and only then', async () => {
    const { image, builds } = agentImage()
    expect(await image.check()).toMatchObject({ state: 'missing' })
    const tag = await image.ensure()
    expect(await image.ensure()).toBe(tag)
    expect(builds).toHaveLength(1)
    expect(image.state()).toMatchObject({ state: 'ready', tag })
  })

  test('is built again when somebody removed it', async () => {
    const { image, images, builds } = agentImage()
    images.delete(await image.ensure())
    await image.ensure()
    expect(builds).toHaveLength(2)
  })

  test('is built once for everybody who asks meanwhile', async () => {
    const { image, builds } = agentImage()
    const tags = await Promise.all([image.ensure(), image.ensure(), image.ensure()])
    expect(new Set(tags).size).toBe(1)
    expect(builds).toHaveLength(1)
  })

  test('tells its steps while it is built', async () => {
    const { image, states } = agentImage({
      build: async ({ onProgress }) => onProgress({ step: 2, steps: 9, text: 'Unpacking git' }),
    })
    await image.ensure()
    expect(states).toContainEqual({
      state: 'building',
      tag: image.state().tag,
      detail: 'Unpacking git',
      step: 2,
      steps: 9,
    })
    expect(states.at(-1)?.state).toBe('ready')
  })

  test('gets everything it is made of in its context, with modes, and its settings as build arguments', async () => {
    const entries: string[] = []
    const { image, builds } = agentImage({
      packages: ['vim', 'zsh'],
      proxy: 'http://proxy:3128',
      build: async ({ context }) => {
        for await (const { path, mode } of readTar(context))
          entries.push(`${mode.toString(8)} ${path}`)
      },
    })
    await image.ensure()
    expect(entries).toEqual([
      '644 Dockerfile',
      '755 klaudio/gate',
      '644 ca/bundle.crt',
      '755 bin/claude',
    ])
    expect(builds[0]?.buildArgs).toEqual({
      BASE: 'base:1',
      PACKAGES: 'vim zsh',
      http_proxy: 'http://proxy:3128',
      HTTP_PROXY: 'http://proxy:3128',
    })
  })

  test('that cannot be built says why, and is tried again by the next who asks', async () => {
    let failing = true
    const { image } = agentImage({
      build: async () => {
        if (failing)
          throw new AppError('engine.failed', 'could not build', { details: { log: 'E: no git' } })
      },
    })
    await expect(image.ensure()).rejects.toMatchObject({ code: 'image.failed' })
    expect(image.state()).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('E: no git'),
    })
    expect((await image.check()).state).toBe('failed')
    failing = false
    await image.ensure()
    expect(image.state().state).toBe('ready')
  })

  test('stops being built when the last who waits for it leaves, and not before', async () => {
    const started = Promise.withResolvers<AbortSignal>()
    const { image } = agentImage({
      build: ({ signal }) =>
        new Promise((_resolve, reject) => {
          if (!signal) return
          started.resolve(signal)
          signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        }),
    })
    const [one, two] = [new AbortController(), new AbortController()]
    const first = image.ensure({ signal: one.signal })
    const second = image.ensure({ signal: two.signal })
    const building = await started.promise
    one.abort(new Error('first leaves'))
    await expect(first).rejects.toThrow('first leaves')
    expect(building.aborted).toBe(false)
    two.abort(new Error('second leaves'))
    await expect(second).rejects.toThrow('second leaves')
    expect(building.aborted).toBe(true)
  })

  test('needs an engine for which there is a CLI', async () => {
    await expect(agentImage({ arch: 'riscv64' }).image.ensure()).rejects.toThrow('riscv64')
  })

  test('with a certificate bundle that cannot be read is not built', async () => {
    const caBundle = join(import.meta.dir, 'no-such-bundle.crt')
    await expect(agentImage({ caBundle }).image.ensure()).rejects.toThrow(caBundle)
  })
})
