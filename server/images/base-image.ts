import { AppError, toMessage } from '#contract/errors.ts'
import type { BuildProgress, Engine } from '#docker/engine.ts'
import type { RunCommand } from '#lib/run-command.ts'
import { debootstrapObstacle, importDebootstrap } from './debootstrap.ts'
import type { Host } from './host.ts'

/** Node.js on Debian: most projects' tools, and the CLI needs glibc. */
export const preferredBase = 'node:22-bookworm-slim'
/** Made on this machine where no registry answers. */
export const localBase = 'klaudio-base:bookworm'

export type BaseImage = {
  /** The reference to build on, present on the engine. Throws `image.failed` with what to do. */
  resolve(job: Resolve): Promise<string>
}

type Resolve = {
  engineArch: string
  onProgress: (text: string) => void
  signal?: AbortSignal
}

export type BaseImageOptions = {
  engine: Pick<Engine, 'findImage' | 'pullImage' | 'importImage'>
  /** `docker.base_image`; empty leaves the choice to us. */
  configured: string
  host: () => Pick<Host, 'isDebian' | 'arch' | 'isRoot' | 'which'>
  run: RunCommand
  environment: Record<string, string | undefined>
  workDir: string
  /** Names of the two choices; other ones in tests. */
  preferred?: string
  local?: string
  /** How long a pull may be silent before it counts as failed: until the first sign of life, and after it. */
  patience?: { firstMs: number; nextMs: number }
}

/** A pull that failed once is not tried again by this process: each try can hold up a start for many seconds. */
export function createBaseImage(options: BaseImageOptions): BaseImage {
  const { engine, configured, preferred = preferredBase, local = localBase } = options
  const patience = options.patience ?? { firstMs: 20_000, nextMs: 60_000 }
  let pullFailure: string | undefined

  /** Only for the preferred one: a person who named an image wants every start to try. */
  const pullPreferred = async (job: Resolve): Promise<string | undefined> => {
    pullFailure ??= await pull({ ...job, engine, ref: preferred, patience })
    return pullFailure
  }

  const makeLocal = async (job: Resolve, pullReason: string): Promise<void> => {
    const obstacle = debootstrapObstacle(options.host(), job.engineArch)
    if (obstacle) throw noBase(preferred, pullReason, obstacle)
    try {
      await importDebootstrap({ ...options, ...job, tag: local })
    } catch (error) {
      if (job.signal?.aborted) throw error
      throw noBase(preferred, pullReason, toMessage(error))
    }
  }

  return {
    async resolve(job) {
      const limits = job.signal ? { signal: job.signal } : {}
      const wanted = configured || preferred
      if (await engine.findImage(wanted, limits)) return wanted
      if (configured !== '') {
        const failure = await pull({ ...job, engine, ref: configured, patience })
        if (failure !== undefined) throw configuredFailed(configured, failure)
        return configured
      }
      const failure = await pullPreferred(job)
      if (failure === undefined) return preferred
      if (!(await engine.findImage(local, limits))) await makeLocal(job, failure)
      return local
    },
  }
}

type Pull = {
  engine: Pick<Engine, 'pullImage'>
  ref: string
  patience: { firstMs: number; nextMs: number }
  onProgress: (text: string) => void
  signal?: AbortSignal
}

/** Why it failed, or undefined when the image is there. An engine without a way out may take minutes to say so. */
export async function pull({
  engine,
  ref,
  patience,
  onProgress,
  signal,
}: Pull): Promise<string | undefined> {
  const watchdog = new AbortController()
  const giveUp = (): void => watchdog.abort(new Error('the registry did not answer in time'))
  let timer = setTimeout(giveUp, patience.firstMs)
  onProgress(`Pulling ${ref}`)
  try {
    await engine.pullImage(ref, {
      signal: signal ? AbortSignal.any([signal, watchdog.signal]) : watchdog.signal,
      onProgress: ({ text }: BuildProgress) => {
        clearTimeout(timer)
        timer = setTimeout(giveUp, patience.nextMs)
        onProgress(text)
      },
    })
    return undefined
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof AppError && error.code === 'engine.unreachable') throw error
    return toMessage(error)
  } finally {
    clearTimeout(timer)
  }
}

function configuredFailed(ref: string, reason: string): AppError {
  return new AppError(
    'image.failed',
    `docker.base_image ${ref} is not on the engine and cannot be pulled: ${reason}. Pull or load it by hand, or name another image`,
  )
}

function noBase(ref: string, pullFailure: string, obstacle: string): AppError {
  return new AppError(
    'image.failed',
    `There is no base image for agents: ${ref} could not be pulled (${pullFailure}), and none can be made here: ${obstacle}. Let the engine reach an image registry, or set docker.base_image to a Debian or Ubuntu image it already has; on Debian or Ubuntu, as root, "klaudio doctor --fix" makes one without a registry`,
  )
}
