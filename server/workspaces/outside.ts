/** What belongs to a commit and is not in it: submodules are other repositories, and of files in Git LFS it has only pointers. */
import { redact } from '#git/credentials.ts'
import { GitError, toText } from '#git/process.ts'
import { checkCommit, type Repository } from './repository.ts'
import { findEntry } from './tree.ts'

export type Outside = {
  /** Without what would log in somewhere. */
  submodules: { path: string; url: string }[]
  /** Patterns of the files that are pointers, as its `.gitattributes` has them. */
  lfs: string[]
}

const maxBytes = 256 * 1024
const maxNamed = 100

/** Reads `.gitmodules` and `.gitattributes` as data; nothing that stands in them is followed. */
export async function findOutside(repository: Repository, commit: string): Promise<Outside> {
  checkCommit(commit)
  const [submodules, lfs] = await Promise.all([
    findSubmodules(repository, commit),
    findLfs(repository, commit),
  ])
  return { submodules, lfs }
}

async function findSubmodules(
  repository: Repository,
  commit: string,
): Promise<Outside['submodules']> {
  if ((await findEntry(repository, commit, '.gitmodules'))?.type !== 'file') return []
  const pattern = '^submodule\\..*\\.(path|url)$'
  // Of a blob git would follow what includes another file, wherever on this machine that is.
  const blob = ['--no-includes', '--blob', `${commit}:.gitmodules`]
  const listing = ['config', ...blob, '-z', '--get-regexp', pattern]
  const known = new Map<string, { path?: string; url?: string }>()
  for (const entry of (await said(repository, listing)).split('\0')) {
    const [, name = '', key, value = ''] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? []
    if (key) known.set(name, { ...known.get(name), [key]: value })
  }
  const found: Outside['submodules'] = []
  for (const { path, url = '' } of [...known.values()].slice(0, maxNamed)) {
    const entry = path === undefined ? undefined : await findEntry(repository, commit, path)
    if (entry?.type === 'submodule') found.push({ path: entry.path, url: redact(url) })
  }
  return found
}

async function findLfs(repository: Repository, commit: string): Promise<string[]> {
  if ((await findEntry(repository, commit, '.gitattributes'))?.type !== 'file') return []
  const text = await said(repository, ['cat-file', 'blob', `${commit}:.gitattributes`])
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([name = '', ...words]) => !/^#|^$/.test(name) && words.includes('filter=lfs'))
    .map(([name = '']) => name)
    .slice(0, maxNamed)
}

/** A file that git cannot read, or that is too large, says nothing. */
async function said(repository: Repository, args: string[]): Promise<string> {
  try {
    return toText(await repository.git(args, { maxBytes, accept: [1] }))
  } catch (error) {
    if (!(error instanceof GitError)) throw error
    return ''
  }
}
