import { constants, type Stats } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { toMessage } from '#contract/errors.ts'
import type { Check } from '#contract/system.ts'
import type { Host } from '#images/host.ts'
import type { RunCommand } from '#lib/run-command.ts'

/** The first version with `git merge-tree --write-tree`, by which results are merged without a working tree. */
const oldestGit = { major: 2, minor: 38 }

export async function checkGit(
  run: RunCommand,
  host: Pick<Host, 'isDebian' | 'platform'>,
  limits: { signal?: AbortSignal },
): Promise<Check> {
  const about = { id: 'git', title: 'git' }
  const { exitCode, output } = await run(['git', '--version'], limits)
  const found = /git version (\d+)\.(\d+)\S*/.exec(output)
  const fix = installGit(host)
  if (exitCode !== 0 || !found)
    return { ...about, state: 'fail', detail: 'git is not installed', fix }
  const [version, major, minor] = found
  const isNew =
    Number(major) > oldestGit.major ||
    (Number(major) === oldestGit.major && Number(minor) >= oldestGit.minor)
  if (isNew) return { ...about, state: 'ok', detail: version }
  const detail = `${version} is too old: ${oldestGit.major}.${oldestGit.minor} or newer is needed`
  return { ...about, state: 'fail', detail, fix }
}

function installGit({ isDebian, platform }: Pick<Host, 'isDebian' | 'platform'>): string {
  if (isDebian) return 'Run "klaudio doctor --fix" or "apt-get install git" as root'
  if (platform === 'darwin') return 'Run "xcode-select --install" or "brew install git"'
  return 'Install git with your package manager, or from git-scm.com'
}

export async function checkDataDir(dataDir: string, host: Pick<Host, 'platform'>): Promise<Check> {
  const about = { id: 'data-dir', title: 'Data directory' }
  const fix = `Make ${dataDir} writable for this user, or name another with storage.data_dir`
  try {
    const found = await findExisting(dataDir)
    if (!found.stats.isDirectory()) {
      const detail = `${found.path} is not a directory`
      return { ...about, state: 'fail', detail, fix }
    }
    await access(found.path, constants.W_OK | constants.X_OK)
    if (found.path !== dataDir)
      return { ...about, state: 'ok', detail: `${dataDir} will be made on the first start` }
    const mode = found.stats.mode & 0o777
    if (host.platform === 'win32' || (mode & 0o077) === 0)
      return { ...about, state: 'ok', detail: dataDir }
    return {
      ...about,
      state: 'warn',
      detail: `Other users of this machine may enter ${dataDir} (mode ${mode.toString(8)})`,
      fix: `Run "chmod 700 ${dataDir}"`,
    }
  } catch (error) {
    return { ...about, state: 'fail', detail: toMessage(error), fix }
  }
}

const disk = { failBytes: 1e9, warnBytes: 10e9 }

export type DiskOptions = {
  dataDir: string
  /** Where the engine keeps its volumes, when that is a disk of this machine. */
  engineDir?: string
  /** Below this much no new work begins. */
  reserveBytes?: number
}

export async function checkDisk({
  dataDir,
  engineDir,
  reserveBytes = 0,
}: DiskOptions): Promise<Check> {
  const about = { id: 'disk', title: 'Free disk' }
  const { path } = await findExisting(dataDir)
  const own = await readFree(path)
  const engine = engineDir === undefined ? undefined : await readFree(engineDir).catch(() => {})
  const places = [
    { path, freeBytes: own },
    ...(engineDir !== undefined && engine !== undefined
      ? [{ path: engineDir, freeBytes: engine }]
      : []),
  ]
  return { ...about, ...judgeDisk(places, reserveBytes) }
}

async function readFree(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

/** The fullest disk decides. */
export function judgeDisk(
  places: readonly { path: string; freeBytes: number }[],
  reserveBytes: number,
): Pick<Check, 'state' | 'detail' | 'fix'> {
  const detail = places
    .map(({ path, freeBytes }) => `${gigabytes(freeBytes)} at ${path}`)
    .join(', ')
  const least = Math.min(...places.map(({ freeBytes }) => freeBytes))
  if (least < reserveBytes) {
    const fix = `Free some space, or lower storage.min_free: below ${gigabytes(reserveBytes)} no new work begins`
    return { state: 'fail', detail: `${detail}: new work waits`, fix }
  }
  if (least >= disk.warnBytes) return { state: 'ok', detail }
  const fix = 'Free some space: the agent image takes 1 GB, each task its repository and output'
  return { state: least < disk.failBytes ? 'fail' : 'warn', detail, fix }
}

export async function checkPort(
  listen: { host: string; port: number } | undefined,
): Promise<Check> {
  const about = { id: 'port', title: 'Port' }
  if (!listen) return { ...about, state: 'skip', detail: 'The server listens already' }
  const address = `${listen.host}:${listen.port}`
  const problem = await tryListen(listen)
  if (problem === undefined) return { ...about, state: 'ok', detail: `${address} is free` }
  if (problem === 'EADDRINUSE') {
    return {
      ...about,
      state: 'warn',
      detail: `Something listens on ${address} already`,
      fix: 'If that is Klaudio, all is well; else stop it, or choose another port with --port or server.port',
    }
  }
  return {
    ...about,
    state: 'fail',
    detail: `Klaudio may not listen on ${address} (${problem})`,
    fix: 'Choose an address of this machine with server.host and a port above 1023 with server.port',
  }
}

/** Undefined when it worked, else the system's error code. */
function tryListen(listen: { host: string; port: number }): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(listen, () => server.close(() => resolve(undefined)))
  })
}

async function findExisting(path: string): Promise<{ path: string; stats: Stats }> {
  try {
    return { path, stats: await stat(path) }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (!isMissing || dirname(path) === path) throw error
    return await findExisting(dirname(path))
  }
}
