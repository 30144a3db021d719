import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '#docker/engine.ts'
import { type RunCommand, streamCommand } from '#lib/run-command.ts'
import { type Host, systemPath } from './host.ts'

const suite = 'bookworm'

/** Why a base image cannot be made here, or undefined when it can. */
export function debootstrapObstacle(
  host: Pick<Host, 'isDebian' | 'arch' | 'isRoot' | 'which'>,
  engineArch: string,
): string | undefined {
  if (!host.isDebian) return 'this machine is neither Debian nor Ubuntu'
  if (host.arch !== engineArch)
    return `the engine runs on ${engineArch}, this machine on ${host.arch}`
  if (!host.isRoot) return 'that needs root'
  if (!host.which('debootstrap')) return 'debootstrap is not installed'
  return undefined
}

export type Debootstrap = {
  engine: Pick<Engine, 'importImage'>
  run: RunCommand
  environment: Record<string, string | undefined>
  workDir: string
  tag: string
  onProgress: (text: string) => void
  signal?: AbortSignal
}

/** Builds a minimal Debian from its packages and imports it as `tag`, in about 40 s. See `debootstrapObstacle`. */
export async function importDebootstrap(job: Debootstrap): Promise<void> {
  await mkdir(job.workDir, { recursive: true, mode: 0o700 })
  const folder = await mkdtemp(join(job.workDir, 'debootstrap-'))
  const limits = job.signal ? { signal: job.signal } : {}
  try {
    job.onProgress(`Building a Debian ${suite} base image from packages (debootstrap)`)
    const { exitCode, output } = await job.run(
      ['debootstrap', '--variant=minbase', suite, folder],
      {
        env: { ...job.environment, PATH: `${job.environment.PATH ?? ''}:${systemPath}` },
        onLine: job.onProgress,
        ...limits,
      },
    )
    if (exitCode !== 0)
      throw new Error(`debootstrap ended with code ${exitCode}: ${lastLine(output)}`)
    job.onProgress(`Importing ${job.tag}`)
    await job.engine.importImage(job.tag, streamCommand(tarOf(folder), limits), limits)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function tarOf(folder: string): string[] {
  const left = ['./proc/*', './sys/*', './var/cache/apt/archives/*.deb', './var/lib/apt/lists/*']
  const excludes = left.map((pattern) => `--exclude=${pattern}`)
  return ['tar', '-C', folder, '--numeric-owner', '--one-file-system', ...excludes, '-c', '.']
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? ''
}
