import { readFile } from 'node:fs/promises'
import { AppError, toMessage } from '#contract/errors.ts'
import type { SystemState } from '#contract/system.ts'
import type { Engine } from '#docker/engine.ts'
import type { Log } from '#lib/log.ts'
import { type RunCommand, runCommand } from '#lib/run-command.ts'
import { createSharedWork } from '#lib/shared-work.ts'
import { type BaseImage, createBaseImage } from './base-image.ts'
import { type ContextFile, packBuildContext } from './build-context.ts'
import { type ClaudeCli, type CliArch, cliVersion, createClaudeCli } from './claude-cli.ts'
import { currentHost } from './host.ts'
import { toImageTag } from './image-tag.ts'

export type ImageState = SystemState['image']

/** The part of `Config['docker']` that the image depends on; `ca_bundle` is a path or empty. */
export type AgentImageSettings = {
  image_name: string
  base_image: string
  ca_bundle: string
  packages: string[]
  http_proxy: string
  https_proxy: string
  no_proxy: string
}

export type AgentImage = {
  state(): ImageState
  /** Called after every change of the state, until the returned function is. */
  subscribe(listener: (state: ImageState) => void): () => void
  /** Looks whether the image is there, without building it. A build that failed stays `failed`. */
  check(options?: { signal?: AbortSignal }): Promise<ImageState>
  /**
   * The tag of an image that is on the engine, built now when it is missing. Callers at the same time share one build;
   * it stops when the last of them has aborted. Throws `image.failed` or `engine.unreachable`; the next call tries again.
   */
  ensure(options?: { signal?: AbortSignal }): Promise<string>
  readonly cli: ClaudeCli
}

export type AgentImageOptions = {
  engine: Pick<Engine, 'info' | 'findImage' | 'pullImage' | 'importImage' | 'buildImage'>
  config: AgentImageSettings
  /** `agent-image/`, the Dockerfile included. */
  files: ContextFile[]
  /** For downloads that outlive a build. */
  cacheDir: string
  /** See `ClaudeCliOptions`. */
  bunPath: string
  environment: Record<string, string | undefined>
  log: Log
  run?: RunCommand
  cli?: ClaudeCli
  base?: BaseImage
}

export function createAgentImage(options: AgentImageOptions): AgentImage {
  const { engine, config, files, cacheDir, log, run = runCommand } = options
  const cli = options.cli ?? createClaudeCli({ ...options, run })
  const base =
    options.base ??
    createBaseImage({
      ...options,
      configured: config.base_image,
      host: currentHost,
      run,
      workDir: cacheDir,
    })

  const { get, set, subscribe } = createState()

  /** An engine does not change its architecture, and every start of an agent asks for the image. */
  let arch: CliArch | undefined
  const look = async (signal?: AbortSignal): Promise<Wanted & { isThere: boolean }> => {
    const limits = signal ? { signal } : {}
    arch ??= toCliArch((await engine.info(limits)).arch)
    const caBundle = await readBundle(config.ca_bundle)
    const { image_name: imageName, base_image: baseImage, packages } = config
    const tag = toImageTag({ imageName, files, baseImage, packages, caBundle, cliVersion, arch })
    const found = await engine.findImage(tag, limits)
    if (found) set({ state: 'ready', tag, detail: `${Math.round(found.sizeBytes / 1e6)} MB` })
    return { tag, arch, caBundle, isThere: found !== undefined }
  }

  const build = async ({ tag, arch, caBundle }: Wanted, signal: AbortSignal): Promise<string> => {
    const startedAt = performance.now()
    const report = (detail: string, at: { step?: number; steps?: number } = {}): void =>
      set({ state: 'building', tag, detail, ...at })
    log.info('agent image build started', { tag })
    try {
      report('Looking for a base image')
      const baseRef = await base.resolve({ engineArch: arch, onProgress: report, signal })
      const cliPath = await cli.ensure(arch, { onProgress: report, signal })
      report(`Building on ${baseRef}`)
      await engine.buildImage({
        tag,
        context: packBuildContext({ files, caBundle, cliPath }),
        buildArgs: { BASE: baseRef, PACKAGES: config.packages.join(' '), ...proxyArgs(config) },
        labels: { 'klaudio.image': 'agent', 'klaudio.cli': cliVersion },
        onProgress: ({ text, ...at }) => report(text, at),
        signal,
      })
    } catch (error) {
      const failure = toImageFailure(error)
      set({ state: 'failed', tag, detail: toMessage(failure) })
      log.error('agent image build failed', { tag, error: toMessage(failure) })
      throw failure
    }
    const ms = Math.round(performance.now() - startedAt)
    set({ state: 'ready', tag, detail: `Built in ${Math.round(ms / 1000)} s` })
    log.info('agent image built', { tag, ms })
    return tag
  }

  const builds = createSharedWork<string>()
  return {
    cli,
    state: get,
    subscribe,
    async check({ signal } = {}) {
      const { tag, isThere } = await look(signal)
      if (!isThere && !knowsMore(get(), tag))
        set({ state: 'missing', tag, detail: 'Built when the first agent needs it' })
      return get()
    },
    async ensure({ signal } = {}) {
      const wanted = await look(signal)
      if (wanted.isThere) return wanted.tag
      return await builds.join(wanted.tag, (stop) => build(wanted, stop), signal)
    },
  }
}

/** A build that runs or failed says more than that the image is missing. */
function knowsMore({ state, tag }: ImageState, missing: string): boolean {
  return tag === missing && (state === 'building' || state === 'failed')
}

function createState(): {
  get: () => ImageState
  set: (next: ImageState) => void
  subscribe: AgentImage['subscribe']
} {
  const listeners = new Set<(state: ImageState) => void>()
  let state: ImageState = { state: 'unknown', tag: '', detail: 'Not looked at yet' }
  return {
    get: () => state,
    set(next) {
      state = next
      for (const listener of listeners) listener(next)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

type Wanted = { tag: string; arch: CliArch; caBundle: Uint8Array }

function toCliArch(arch: string): CliArch {
  if (arch === 'amd64' || arch === 'arm64') return arch
  throw new AppError(
    'image.failed',
    `The engine runs on ${arch}, for which there is no Claude Code CLI: use an engine on amd64 or arm64`,
  )
}

async function readBundle(path: string): Promise<Uint8Array> {
  if (path === '') return new Uint8Array()
  try {
    return await readFile(path)
  } catch (error) {
    throw new AppError(
      'image.failed',
      `The certificate bundle ${path} (docker.ca_bundle) cannot be read: ${toMessage(error)}`,
      { cause: error },
    )
  }
}

/** Both spellings: curl reads only the small one, many others only the large one. */
function proxyArgs(config: AgentImageSettings): Record<string, string> {
  const settings = [
    ['http_proxy', config.http_proxy],
    ['https_proxy', config.https_proxy],
    ['no_proxy', config.no_proxy],
  ] as const
  return Object.fromEntries(
    settings
      .filter(([, value]) => value !== '')
      .flatMap(([name, value]) => [
        [name, value],
        [name.toUpperCase(), value],
      ]),
  )
}

/** A build that the engine refused is about the image; an engine that went away stays what it is. */
function toImageFailure(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'engine.failed') return error
  const log =
    typeof error.details.log === 'string' ? `. The last lines were:\n${error.details.log}` : ''
  return new AppError('image.failed', `${error.message}${log}`, {
    cause: error,
    details: error.details,
  })
}
