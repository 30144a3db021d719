/**
 * The refs of one of our own bare repositories, read as git's "files" backend keeps them (gitrepository-layout(5), git-pack-refs(1)): one
 * small file each, or a line of `packed-refs`. Starting git for it costs a hundred times as much. What is not plainly so is left to git.
 */
import { existsSync } from 'node:fs'
import { type FileHandle, open, readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** Beyond these, git is the faster one. */
const maxFiles = 200
const maxPackedBytes = 256 * 1024

const oid = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * Commit of every ref under the prefixes or full names, by name, as `git for-each-ref` lists them. Undefined where only git can say:
 * no repository, another format, symbolic or damaged refs, names that are not text, or very many.
 */
export async function readRefs(
  dir: string,
  patterns: readonly string[],
): Promise<Map<string, string> | undefined> {
  if (!existsSync(join(dir, 'HEAD')) || existsSync(join(dir, 'reftable'))) return undefined
  try {
    // Files first: one that is packed meanwhile is found among the packed ones then.
    const files = await readFiles(dir, patterns.length > 0 ? patterns : ['refs/'])
    const packed = await readPacked(dir, patterns)
    const found = [...new Map([...packed, ...files])]
    return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)))
  } catch (error) {
    if (error instanceof NotPlain) return undefined
    throw error
  }
}

class NotPlain extends Error {}

async function readFiles(dir: string, patterns: readonly string[]): Promise<[string, string][]> {
  const names = (await Promise.all(patterns.map((pattern) => listFiles(dir, pattern)))).flat()
  if (names.length > maxFiles) throw new NotPlain()
  const found = await Promise.all(
    names.map(async (name): Promise<[string, string] | undefined> => {
      const commit = await orMissing(readFile(join(dir, name), 'utf8'))
      return commit === undefined ? undefined : [name, toCommit(commit.trimEnd())]
    }),
  )
  return found.filter((one) => one !== undefined)
}

/** Names of the files that `pattern` is, or that are below it. */
async function listFiles(dir: string, pattern: string): Promise<string[]> {
  const top = pattern.replace(/\/$/, '')
  const below = await orMissing(readdir(join(dir, top), { withFileTypes: true, recursive: true }))
  if (below === undefined) return pattern === top ? [top] : []
  return below
    .filter((entry) => !entry.isDirectory() && !entry.name.endsWith('.lock'))
    .map((entry) => {
      const name = relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/')
      return entry.isFile() && !name.includes('\uFFFD') ? name : refuse()
    })
}

async function readPacked(dir: string, patterns: readonly string[]): Promise<[string, string][]> {
  const file = await orMissing(open(join(dir, 'packed-refs')))
  if (!file) return []
  const text = await readSmall(file)
  const isWanted = (name: string): boolean =>
    patterns.length === 0 || patterns.some((pattern) => matches(name, pattern))
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('^'))
    .map((line): [string, string] => {
      const space = line.indexOf(' ')
      return [line.slice(space + 1), toCommit(line.slice(0, space))]
    })
    .filter(([name]) => isWanted(name))
}

async function readSmall(file: FileHandle): Promise<string> {
  try {
    const { size } = await file.stat()
    const text = size > maxPackedBytes ? refuse() : await file.readFile('utf8')
    return text.includes('\uFFFD') ? refuse() : text
  } finally {
    await file.close()
  }
}

/** The whole name, or all of it up to a slash. */
const matches = (name: string, pattern: string): boolean =>
  name === pattern || name.startsWith(pattern.endsWith('/') ? pattern : `${pattern}/`)

const toCommit = (text: string): string => (oid.test(text) ? text : refuse())

function refuse(): never {
  throw new NotPlain()
}

/** Undefined for what is not there, or is a file where a folder was asked for. A folder in the place of a file has just changed: git knows. */
async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === 'EISDIR') refuse()
    throw error
  }
}
