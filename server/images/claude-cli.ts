import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { type RunCommand, runCommand } from '#lib/run-command.ts'

/**
 * The Claude Code CLI that agents run, pinned to the byte. The native binary comes from the per-platform npm package;
 * `integrity` is that package's tarball, `sha256` the binary inside. A new version means new recordings
 * (tests/fixtures) and new values here: `npm view <package>@<version> dist.integrity`.
 */
export const cliVersion = '2.1.330'

export type CliArch = 'amd64' | 'arm64'

export type CliPackage = {
  name: string
  cpu: string
  integrity: string
  sha256: string
  sizeBytes: number
}

export const cliPackages: Record<CliArch, CliPackage> = {
  amd64: {
    name: '@anthropic-ai/claude-code-linux-x64',
    cpu: 'x64',
    integrity:
      'sha512-9Gn+V7DtJ8M1nztP9CeDVl9g3RtrepI7rOFTyPRRnZe8D6zebIHKmC7OvBauucuAP0X0k85SDN/LPVZyjsGezQ==',
    sha256: 'f390eaa0814e6a1bff74cbb47acb74cb9c89d30ced809fe0af5af00c7bfe8ebb',
    sizeBytes: 381_121_040,
  },
  arm64: {
    name: '@anthropic-ai/claude-code-linux-arm64',
    cpu: 'arm64',
    integrity:
      'sha512-V4yanAY5EA5UpwwRPtjSfqDbNqAlUJeVn3NYZw2AgmRHjdpSsLtHAzbxRXfkAnbjwTXzE0uedjQxUY02ARPcsA==',
    sha256: '6016f90cac783e367fb1aa97c768a2efb94a0128a5b46b70fb3d8fcbbd9dd444',
    sizeBytes: 379_971_000,
  },
}

export type ClaudeCli = {
  /** True when the binary lies in the cache with the right size; its content is checked by `ensure`. */
  isCached(arch: CliArch): Promise<boolean>
  /**
   * Path of the verified binary, downloaded when the cache has none or a damaged one.
   * Throws `image.failed` with what to do.
   */
  ensure(
    arch: CliArch,
    options: { onProgress: (text: string) => void; signal?: AbortSignal },
  ): Promise<string>
}

export type ClaudeCliOptions = {
  cacheDir: string
  /** Bun, or a binary compiled by it: both install packages when BUN_BE_BUN is set. */
  bunPath: string
  /** The server's own environment: registry, proxy and certificate settings apply to the download. */
  environment: Record<string, string | undefined>
  run?: RunCommand
  packages?: Record<CliArch, CliPackage>
}

export function createClaudeCli({
  cacheDir,
  bunPath,
  environment,
  run = runCommand,
  packages = cliPackages,
}: ClaudeCliOptions): ClaudeCli {
  const pathOf = (pkg: CliPackage): string =>
    join(cacheDir, 'claude-cli', `${cliVersion}-linux-${pkg.cpu}`, 'claude')

  return {
    isCached: (arch) => hasSize(pathOf(packages[arch]), packages[arch].sizeBytes),

    async ensure(arch, { onProgress, signal }) {
      const pkg = packages[arch]
      const path = pathOf(pkg)
      if (await isIntact(path, pkg)) return path
      onProgress(`Downloading Claude Code CLI ${cliVersion} (${pkg.name})`)
      await mkdir(join(cacheDir, 'claude-cli'), { recursive: true, mode: 0o700 })
      await removeStale(join(cacheDir, 'claude-cli'))
      const work = await mkdtemp(join(cacheDir, 'claude-cli', downloadPrefix))
      try {
        await download({ pkg, work, bunPath, environment, run, onProgress, signal })
        await verifyLock(pkg, work)
        const fetched = join(work, 'node_modules', pkg.name, 'claude')
        if (!(await isIntact(fetched, pkg))) {
          throw new AppError(
            'image.failed',
            `The Claude Code CLI that the registry sent as ${pkg.name}@${cliVersion} is not the one Klaudio was built for: its content differs. Check which registry this machine uses, and update Klaudio if the package was re-published`,
          )
        }
        await mkdir(join(path, '..'), { recursive: true })
        await rename(fetched, path)
        return path
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}

const downloadPrefix = 'download-'
const staleMs = 60 * 60 * 1000

/** Left by a server that was killed in the middle of a download. */
async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(downloadPrefix)) continue
    const path = join(folder, name)
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > staleMs) await rm(path, { recursive: true, force: true })
  }
}

type Download = {
  pkg: CliPackage
  work: string
  bunPath: string
  environment: Record<string, string | undefined>
  run: RunCommand
  onProgress: (text: string) => void
  signal: AbortSignal | undefined
}

async function download(job: Download): Promise<void> {
  const { pkg, work, signal } = job
  await Bun.write(join(work, 'package.json'), '{"name":"klaudio-cli","private":true}\n')
  const { exitCode, output } = await job.run(
    [
      job.bunPath,
      'add',
      '--exact',
      '--ignore-scripts',
      '--no-progress',
      '--os=linux',
      `--cpu=${pkg.cpu}`,
      `${pkg.name}@${cliVersion}`,
    ],
    {
      cwd: work,
      env: {
        ...job.environment,
        BUN_BE_BUN: '1',
        // Beside the target: the unpacked package is moved, not copied, and no second copy stays behind.
        BUN_INSTALL_CACHE_DIR: join(work, 'cache'),
      },
      onLine: job.onProgress,
      ...(signal ? { signal } : {}),
    },
  )
  if (exitCode === 0) return
  throw new AppError(
    'image.failed',
    `The Claude Code CLI could not be downloaded: ${errorLine(output)}. It comes as ${pkg.name}@${cliVersion} from the npm registry this machine is set up with (.npmrc, NPM_CONFIG_REGISTRY, HTTPS_PROXY): check that the registry answers, then try again`,
    { details: { output: output.slice(-2000) } },
  )
}

function errorLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const line = lines.find((text) => /error|fail/i.test(text)) ?? lines.at(-1) ?? 'no output'
  return line.replace(/^error:\s*/i, '').replace(/[.\s]+$/, '')
}

/** The lock file says which tarball was installed; the installer has checked the tarball against it. */
async function verifyLock(pkg: CliPackage, work: string): Promise<void> {
  const lock = await Bun.file(join(work, 'bun.lock')).text()
  if (lock.includes(`"${pkg.integrity}"`)) return
  const found = /"(sha512-[^"]+)"/.exec(lock)?.[1] ?? 'none'
  throw new AppError(
    'image.failed',
    `The registry sent another package as ${pkg.name}@${cliVersion} than Klaudio was built for (integrity ${found}, expected ${pkg.integrity}). Check which registry this machine uses`,
  )
}

async function hasSize(path: string, sizeBytes: number): Promise<boolean> {
  const file = Bun.file(path)
  return (await file.exists()) && file.size === sizeBytes
}

async function isIntact(path: string, pkg: CliPackage): Promise<boolean> {
  if (!(await hasSize(path, pkg.sizeBytes))) return false
  const hash = new Bun.CryptoHasher('sha256')
  for await (const chunk of Bun.file(path).stream()) hash.update(chunk)
  return hash.digest('hex') === pkg.sha256
}
