/** Refs read without git are those that git itself lists. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readRefs } from '#git/refs.ts'
import { gitIn, openTempDir, type TempDir } from '../../support/git.ts'

let temp: TempDir
let dir: string
let first: string
let second: string

const commit = (message: string): Promise<string> =>
  gitIn(dir, 'commit-tree', '4b825dc642cb6eb9a060e54bf8d69288fbee4904', '-m', message)

/** Packed: `a`, an annotated tag, `b`. Then `a` is moved, `b` is deleted, and others come as files. */
beforeAll(async () => {
  temp = await openTempDir()
  dir = join(temp.path, 'some.git')
  await gitIn(temp.path, 'init', '-q', '--bare', '-b', 'main', dir)
  await gitIn(dir, 'hash-object', '-w', '-t', 'tree', '/dev/null')
  first = await commit('first')
  second = await commit('second')
  const set = (...lines: string[]) =>
    gitIn(dir, 'fetch', '-q', '.', ...lines.map((line) => `+${line}`))
  await set(`${first}:refs/klaudio/x/a`, `${first}:refs/klaudio/b`, `${first}:refs/heads/klaudio/1`)
  await gitIn(dir, 'tag', '-a', '-m', 'A tag', 'v1', first)
  await gitIn(dir, 'pack-refs', '--all')
  await set(`${second}:refs/klaudio/x/a`, `${second}:refs/klaudio/x/é`, `${second}:refs/klaudio/xy`)
  await gitIn(dir, 'update-ref', '-d', 'refs/klaudio/b')
})

afterAll(() => temp[Symbol.asyncDispose]())

async function listed(patterns: readonly string[]): Promise<[string, string][]> {
  const format = '--format=%(refname) %(objectname)'
  const text = await gitIn(dir, 'for-each-ref', format, ...patterns)
  const lines = text.split('\n').filter(Boolean)
  return lines.map((line) => line.split(' ') as [string, string]) // a name and an id
}

const read = async (...patterns: string[]) => [...((await readRefs(dir, patterns)) ?? ['git'])]

describe('refs read without git', () => {
  test.each([
    [[]],
    [['refs/klaudio/x/']],
    [['refs/klaudio/x']],
    [['refs/klaudio/x/a']],
    [['refs/klaudio/b']],
    [['refs/heads/klaudio/1', 'refs/tags/', 'refs/klaudio/xy']],
    [['refs/klaudio/x/a/']],
    [['refs/nothing/', 'refs/nothing/here']],
  ])('are those that git lists for %p', async (patterns) => {
    const known = await listed(patterns)
    expect(await read(...patterns)).toEqual(known)
    if (patterns.length === 0) expect(known).toHaveLength(5)
  })

  test('are of the files, not of the packed lines that a file has replaced', async () => {
    expect(await read('refs/klaudio/x/a')).toEqual([['refs/klaudio/x/a', second]])
    expect(await read('refs/heads/')).toEqual([['refs/heads/klaudio/1', first]])
  })

  test('are not the locks that a git at work holds', async () => {
    const lock = join(dir, 'refs/klaudio/x/new.lock')
    writeFileSync(lock, '')
    expect(await read('refs/klaudio/')).toEqual(await listed(['refs/klaudio/']))
    rmSync(lock)
  })

  test('are left to git where they are symbolic, damaged, of another format, very many, or nowhere', async () => {
    const odd = join(dir, 'refs/odd')
    mkdirSync(odd)
    for (const content of ['ref: refs/klaudio/xy\n', '', 'no id\n']) {
      writeFileSync(join(odd, 'one'), content)
      expect(await readRefs(dir, ['refs/odd/'])).toBeUndefined()
      expect(await readRefs(dir, ['refs/odd/one'])).toBeUndefined()
      expect(await read('refs/klaudio/xy')).toEqual([['refs/klaudio/xy', second]])
    }
    for (let number = 0; number < 201; number++)
      writeFileSync(join(odd, `one${number || ''}`), `${first}\n`)
    expect(await readRefs(dir, ['refs/odd/'])).toBeUndefined()
    rmSync(odd, { recursive: true })
    mkdirSync(join(dir, 'reftable'))
    expect(await readRefs(dir, [])).toBeUndefined()
    rmSync(join(dir, 'reftable'), { recursive: true })
    const packed = join(dir, 'packed-refs')
    renameSync(packed, `${packed}.kept`)
    writeFileSync(packed, 'no id refs/klaudio/xy\n')
    expect(await readRefs(dir, ['refs/klaudio/'])).toBeUndefined()
    renameSync(`${packed}.kept`, packed)
    expect(await readRefs(join(temp.path, 'none.git'), [])).toBeUndefined()
  })
})
