import { expect, test } from 'bun:test'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createGit } from '#git/process.ts'
import { createSourceCheck } from '#workspaces/check-source.ts'
import { gitIn, makeRepository, openTempDir } from '../../support/git.ts'
import { serveGit } from '../../support/git-server.ts'

async function open() {
  const temp = await openTempDir()
  const mirrorsDir = join(temp.path, 'mirrors')
  mkdirSync(mirrorsDir)
  const check = createSourceCheck({ git: createGit({ environment: process.env }), mirrorsDir })
  return { ...temp, mirrorsDir, check, leftovers: () => readdirSync(mirrorsDir) }
}

test('a local repository is described by branch, commit, age and size, and nothing stays behind', async () => {
  await using at = await open()
  const path = join(at.path, 'project')
  const commit = await makeRepository(path, { 'a.txt': 'a' })
  await gitIn(path, 'branch', 'next')

  const found = await at.check({ source: { kind: 'local', path } })

  expect(found).toMatchObject({ branch: 'main', commit, branches: ['main', 'next'] })
  expect(Math.abs(Date.parse(found.committed_at ?? '') - Date.now())).toBeLessThan(600_000)
  expect(found.size_bytes).toBeGreaterThan(0)
  expect(at.leftovers()).toEqual([])
})

test('a repository over the network is described without files, and a missing branch is named', async () => {
  await using at = await open()
  const path = join(at.path, 'a.git')
  const commit = await makeRepository(path, { 'a.txt': 'a' })
  await gitIn(path, 'config', 'uploadpack.allowFilter', 'true')
  await using server = serveGit({ root: at.path })
  const url = `${server.url}/a.git`

  const found = await at.check({ source: { kind: 'git', url } })
  expect(found).toMatchObject({ branch: 'main', commit, committed_at: expect.any(String) })
  expect(found.size_bytes).toBeUndefined()

  const missing = at.check({ source: { kind: 'git', url, ref: 'nope' } })
  await expect(missing).rejects.toMatchObject({
    code: 'source.invalid',
    message: `${url} has no branch, tag or commit "nope".`,
  })
  expect(at.leftovers()).toEqual([])
})

test('a private repository asks for a token, is seen with it, and the token is in no message', async () => {
  await using at = await open()
  await makeRepository(join(at.path, 'a.git'), { 'a.txt': 'a' })
  await using server = serveGit({ root: at.path, login: 'oauth2:hunter2' })
  const source = { kind: 'git' as const, url: `${server.url}/a.git` }

  const closed = await at.check({ source }).catch((error: unknown) => error)
  expect(closed).toMatchObject({
    code: 'source.unreachable',
    message: expect.stringContaining('Give an access token'),
    details: { git: expect.stringContaining('terminal prompts disabled') },
  })
  expect(await at.check({ source, token: 'hunter2' })).toMatchObject({ branch: 'main' })

  const refused = await at.check({ source, token: 'wrong-token' }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ message: expect.stringContaining('refused the access token') })
  expect(JSON.stringify(refused)).not.toContain('wrong-token')
})

test('a repository without commits is no failure', async () => {
  await using at = await open()
  const path = join(at.path, 'empty')
  mkdirSync(path)
  await gitIn(path, 'init', '-q')

  expect(await at.check({ source: { kind: 'local', path } })).toEqual({
    branch: null,
    commit: null,
    size_bytes: undefined,
    branches: [],
  } as never)
})

test('who no longer asks ends the look, and gives its place to the next', async () => {
  await using at = await open()
  const calls = Array.from({ length: 4 }, () => new AbortController())
  const { promise: allAsk, resolve } = Promise.withResolvers<void>()
  let connections = 0
  // Takes connections and never answers.
  using silent = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open() {
        if (++connections === calls.length) resolve()
      },
      data() {},
    },
  })
  const source = { kind: 'git' as const, url: `http://127.0.0.1:${silent.port}/a.git` }
  const waiting = calls.map(({ signal }) =>
    at.check({ source, signal }).catch((error: unknown) => error),
  )
  await allAsk

  await expect(at.check({ source })).rejects.toMatchObject({ code: 'rate.limited' })

  for (const call of calls) call.abort()
  for (const ended of await Promise.all(waiting))
    expect(ended).toMatchObject({
      code: 'source.unreachable',
      message: 'The check was called off.',
    })
  const path = join(at.path, 'project')
  await makeRepository(path, { 'a.txt': 'a' })
  expect(await at.check({ source: { kind: 'local', path } })).toMatchObject({ branch: 'main' })
  expect(at.leftovers()).toEqual([])
})
