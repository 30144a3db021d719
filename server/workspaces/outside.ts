/** What belongs to a commit and is not in it: submodules are other repositories, and of files in Git LFS it has only pointers. */
import { redact } from '#git/credentials.ts'
import { GitError, toText } from '#git/process.ts'
import { checkCommit, listTree, type Repository } from './repository.ts'
import { readSubmodules } from './submodule-record.ts'
import { findEntry } from './tree.ts'

export type Outside = {
  /** Submodules whose contents are not in a workspace either. Addresses are without what would log in somewhere. */
  submodules: { path: string; url: string; reason?: string | undefined }[]
  /** Paths of submodules whose contents are laid out in the agents' workspaces. */
  here: string[]
  /** Patterns of the files that are pointers, as its `.gitattributes` has them. */
  lfs: string[]
}

const maxBytes = 256 * 1024
const maxNamed = 100

/** Reads `.gitmodules` and `.gitattributes` as data; nothing that stands in them is followed. */
export async function findOutside(repository: Repository, commit: string): Promise<Outside> {
  checkCommit(commit)
  const [files, fetched] = await Promise.all([
    listTree(repository, commit, '.gitmodules', '.gitattributes'),
    readSubmodules(repository),
  ])
  const has = (name: string): boolean =>
    files.some(({ path, type }) => path === name && type === 'file')
  const [named, lfs] = await Promise.all([
    has('.gitmodules') ? readNamed(repository, commit) : [],
    has('.gitattributes') ? readLfs(repository, commit) : [],
  ])
  const isHere = ({ path, oid }: Named): boolean =>
    fetched.some((one) => one.path === path && one.commit === oid && one.reason === undefined)
  const here = named.filter(isHere).map(({ path }) => path)
  const inside = fetched.filter(
    ({ path, depth }) => depth > 0 && here.some((outer) => path.startsWith(`${outer}/`)),
  )
  const missing = named
    .filter((one) => !isHere(one))
    .map(({ path, url, oid }) => {
      const reason = fetched.find((one) => one.path === path && one.commit === oid)?.reason
      return { path, url: redact(url), ...(reason !== undefined && { reason }) }
    })
  const missingInside = inside.flatMap(({ path, url, reason }) =>
    reason === undefined ? [] : [{ path, url, reason }],
  )
  const hereInside = inside.filter(({ reason }) => reason === undefined).map(({ path }) => path)
  return { submodules: [...missing, ...missingInside], here: [...here, ...hereInside], lfs }
}

/** A submodule of a commit, as its `.gitmodules` has it; `oid` is the commit of the other repository. */
export type Named = { path: string; url: string; oid: string }

export async function namedSubmodules(repository: Repository, commit: string): Promise<Named[]> {
  if ((await findEntry(repository, commit, '.gitmodules'))?.type !== 'file') return []
  return await readNamed(repository, commit)
}

async function readNamed(repository: Repository, commit: string): Promise<Named[]> {
  const pattern = '^submodule\\..*\\.(path|url)$'
  // Of a blob git would follow what includes another file, wherever on this machine that is.
  const blob = ['--no-includes', '--blob', `${commit}:.gitmodules`]
  const listing = ['config', ...blob, '-z', '--get-regexp', pattern]
  const known = new Map<string, { path?: string; url?: string }>()
  for (const entry of (await said(repository, listing)).split('\0')) {
    const [, name = '', key, value = ''] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? []
    if (key) known.set(name, { ...known.get(name), [key]: value })
  }
  const found = new Map<string, Named>()
  for (const { path, url = '' } of [...known.values()].slice(0, maxNamed)) {
    const entry = path === undefined ? undefined : await findEntry(repository, commit, path)
    if (entry?.type === 'submodule')
      found.set(entry.path, { path: entry.path, url, oid: entry.oid })
  }
  return [...found.values()]
}

async function readLfs(repository: Repository, commit: string): Promise<string[]> {
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
