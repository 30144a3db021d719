/**
 * `.klaudio/` is ours and `input/` holds a person's uploads: neither belongs in a project's history. Agents are told to
 * leave them out; this is what makes it so.
 */
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pathFromBytes, splitNul } from '#git/path-bytes.ts'
import { newId } from '#lib/ids.ts'
import { readEntries, writeTree } from './index-file.ts'
import { readFacts } from './prepare.ts'
import type { Repository } from './repository.ts'

export type IsPrivate = (path: string) => boolean

/** Says which paths may not enter the task branch. `uploadsDir` holds what was placed in `input/`. */
export async function privatePaths(
  repository: Repository,
  uploadsDir: string | undefined,
): Promise<IsPrivate> {
  const isControl: IsPrivate = (path) => path === '.klaudio' || path.startsWith('.klaudio/')
  // Uploaded files of such a task are its first commit and lie where they belong.
  if (!uploadsDir || (await readFacts(repository)).source === 'files') return isControl
  const uploads = await listUploads(uploadsDir)
  return (path) => isControl(path) || (path.startsWith('input/') && uploads.has(path.slice(6)))
}

async function listUploads(dir: string): Promise<Set<string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/')),
  )
}

/** Whether a commit of `commit`'s history that `since` has not in its own touches a private path. */
export async function touchesPrivate(
  repository: Repository,
  { since, commit, isPrivate }: { since: string; commit: string; isPrivate: IsPrivate },
): Promise<boolean> {
  const touched = await repository.git([
    ...['log', '-z', '--format=', '--name-only', '-m', '--full-history', `${since}..${commit}`],
    ...['--', '.klaudio', 'input'],
  ])
  return splitNul(touched.stdout).some((path) => isPrivate(pathFromBytes(path)))
}

/**
 * One commit on `base` with the files of `commit`, but the private ones as they were; `base` itself where nothing else
 * differs. The result depends on its arguments alone, so asking twice gives the same commit.
 */
export async function withoutPrivate(
  repository: Repository,
  {
    base,
    commit,
    message,
    isPrivate,
  }: { base: string; commit: string; message: string; isPrivate: IsPrivate },
): Promise<string> {
  const [now, before] = [await privateEntries(commit), await privateEntries(base)]
  const tree = await writeTree(repository, {
    from: commit,
    name: newId(),
    changes: [...now.map(({ path }) => ({ path, remove: true as const })), ...before],
  })
  if (tree === (await repository.line(['rev-parse', `${base}^{tree}`]))) return base
  const facts = await repository.line(['show', '-s', '--format=%an%n%ae%n%ct', commit, '--'])
  const [name = '', email = '', at = '0'] = facts.split('\n')
  const env = {
    GIT_AUTHOR_NAME: name || 'Klaudio Agent',
    GIT_AUTHOR_EMAIL: email || 'agent@klaudio.local',
    GIT_AUTHOR_DATE: `@${at} +0000`,
    GIT_COMMITTER_DATE: `@${at} +0000`,
  }
  return repository.line(['commit-tree', tree, '-p', base, '-F', '-'], {
    env,
    input: new TextEncoder().encode(message),
  })

  async function privateEntries(at: string) {
    const entries = await readEntries(repository, at, ['.klaudio', 'input'])
    return entries.filter(({ path }) => isPrivate(pathFromBytes(path)))
  }
}
