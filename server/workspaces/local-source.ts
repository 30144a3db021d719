import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { GitError } from '#git/process.ts'
import type { OnFetch } from './mirrors.ts'
import { chooseRef, fetchChoice, readRemoteRefs, WholeOnly } from './remote-refs.ts'
import type { Repository } from './repository.ts'
import { invalid, parseLocalPath, parseRef } from './source.ts'

/**
 * Takes a repository of this machine into ours; undefined when it has no commit yet. It is fetched through upload-pack,
 * which reads another repository without trusting its configuration, where copying would follow what its owner put there.
 */
export async function fetchLocal(
  repository: Repository,
  source: { path: string; ref?: string | undefined; depth?: number | undefined },
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnFetch },
): Promise<{ commit: string; branch: string; whole?: string } | undefined> {
  const path = await requireDirectory(source.path)
  const ref = source.ref === undefined ? undefined : parseRef(source.ref)
  const trust = await trustConfig(repository, path)
  const options = {
    env: { GIT_CONFIG_GLOBAL: trust },
    protocols: ['file'] as const,
    timeoutMs: 15 * 60_000,
    ...(signal ? { signal } : {}),
  }
  try {
    const choice = chooseRef(await readRemoteRefs(repository, path, options), { ref, where: path })
    if (choice.kind === 'empty') return undefined
    const target = 'refs/klaudio/fetched'
    const fetching = { ...options, from: path, target, ...(onProgress && { onProgress }) }
    const part = { ...fetching, depth: source.depth }
    try {
      return { commit: await fetchChoice(repository, choice, part), branch: choice.branch }
    } catch (error) {
      if (!(error instanceof WholeOnly)) throw error
      const commit = await fetchChoice(repository, choice, fetching)
      return { commit, branch: choice.branch, whole: error.message }
    }
  } catch (error) {
    throw explainLocalFailure(error, path)
  } finally {
    await rm(trust, { force: true })
  }
}

/** The path of a local source. Throws `source.invalid` when it is not a directory of this machine. */
export async function requireDirectory(given: string): Promise<string> {
  const path = parseLocalPath(given)
  const isDirectory = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isDirectory) throw invalid(`There is no directory ${path} on the server's machine.`)
  return path
}

/**
 * A configuration that says: this path may belong to somebody else. Settings of a call do not reach upload-pack.
 * With `allowFilter` it may also leave out what was not asked for.
 */
export async function trustConfig(
  repository: Repository,
  path: string,
  { allowFilter = false }: { allowFilter?: boolean } = {},
): Promise<string> {
  const file = join(repository.dir, 'source.config')
  const lines = [path, join(path, '.git')].map(
    (directory) => `\tdirectory = "${directory.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"\n`,
  )
  const filter = allowFilter ? '[uploadpack]\n\tallowFilter = true\n' : ''
  await writeFile(file, `[safe]\n${lines.join('')}${filter}`, { mode: 0o600 })
  return file
}

/** What a failed fetch from this machine means; anything but git's own failure stays what it is. */
export function explainLocalFailure(error: unknown, path: string): unknown {
  if (!(error instanceof GitError)) return error
  if (/not appear to be a git repository|not a git repository/.test(error.stderr))
    return invalid(
      `${path} is not a git repository. Run "git init" in it and commit, or give another path.`,
    )
  return new AppError('source.unreachable', `${path} could not be read: ${error.message}`, {
    cause: error,
  })
}
