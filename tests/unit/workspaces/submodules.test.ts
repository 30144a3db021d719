import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGit } from '#git/process.ts'
import { silentLog } from '#lib/log.ts'
import { outsideText } from '#tasks/prompts.ts'
import { createMirrors } from '#workspaces/mirrors.ts'
import { openRepository } from '#workspaces/repository.ts'
import { parseRemote } from '#workspaces/source.ts'
import { isSameHost, placeOf } from '#workspaces/submodule-place.ts'
import { fetchSubmodules } from '#workspaces/submodules.ts'
import {
  commitAll,
  gitIn,
  makeRepository,
  openTempDir,
  openWorkspaces,
  runIn,
  type TestWorkspaces,
} from '../../support/git.ts'
import { serveGit } from '../../support/git-server.ts'

const at = (url: string) => ({ kind: 'git' as const, remote: parseRemote(url, {}) })

test.each([
  ['../lib.git', 'https://git.example.com/me/app.git', 'https://git.example.com/me/lib.git'],
  ['./sub/lib', 'https://git.example.com:8443/app/', 'https://git.example.com:8443/app/sub/lib'],
  ['../../../../lib', 'https://git.example.com/me/app', 'https://git.example.com/lib'],
  ['../lib', 'git@git.example.com:me/app.git', 'git@git.example.com:me/lib'],
  ['../../lib', 'ssh://git@git.example.com/a/b/c', 'ssh://git@git.example.com/a/lib'],
  ['https://other.example/lib', 'git@git.example.com:me/app', 'https://other.example/lib'],
])('the address %s in %s is %s', (url, parent, expected) => {
  expect(placeOf(url, at(parent))).toMatchObject({ remote: { url: expected } })
})

test.each([
  'file:///etc',
  '/etc',
  'ext::sh -c touch% /tmp/x',
  '-uoption',
  '--upload-pack=touch x',
  'https://me:secret@git.example.com/lib',
  'lib',
  '../../../lib\n',
])('the address %j is refused', (url) => {
  const parents = [at('git@git.example.com:me/app.git'), { kind: 'local' as const, path: '/a/b' }]
  expect(() => placeOf(url, parents[0] ?? at(''))).toThrow()
  if (!url.startsWith('.')) expect(() => placeOf(url, parents[1] ?? at(''))).toThrow()
})

test('a login is for the same way of asking, host and port', () => {
  const here = at('https://git.example.com/a')
  expect(isSameHost(here, at('https://git.example.com/b'))).toBe(true)
  for (const other of [
    ...['http://git.example.com/b', 'https://git.example.com:8443/b', 'https://git.example.co/b'],
    ...['git@git.example.com:b', 'https://x.git.example.com/b'],
  ])
    expect(isSameHost(here, at(other))).toBe(false)
})

/** `links`: name of the folder, address and commit. */
async function addLinks(dir: string, links: [path: string, url: string, commit: string][]) {
  const modules = links.map(
    ([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`,
  )
  for (const [path, , commit] of links)
    await gitIn(dir, 'update-index', '--add', '--cacheinfo', `160000,${commit},${path}`)
  await writeFile(join(dir, '.gitmodules'), modules.join(''))
  await gitIn(dir, 'add', '.gitmodules')
  await gitIn(dir, 'commit', '-q', '-m', 'submodules')
  return await gitIn(dir, 'rev-parse', 'HEAD')
}

/** A project whose submodules are of every kind, on a server that asks for a login and on one that does not. */
async function openProject(area: TestWorkspaces) {
  const root = join(area.root, 'served')
  const deep = await makeRepository(join(root, 'deep'), { 'deep.txt': 'deep\n' })
  const lib = join(root, 'lib')
  await makeRepository(lib, { 'lib.txt': 'lib\n', 'run.sh': 'echo\n' })
  const pinned = await addLinks(lib, [
    ['in/deep', '../deep', deep],
    ['gone', '../gone', '2'.repeat(40)],
  ])
  await commitAll(lib, { 'lib.txt': 'later\n' }, 'later')
  const other = join(area.root, 'elsewhere')
  const free = await makeRepository(join(other, 'free'), { 'free.txt': 'free\n' })
  const servers = {
    main: serveGit({ root, login: 'oauth2:s3cret' }),
    free: serveGit({ root: other }),
  }
  const app = join(root, 'app')
  await makeRepository(app, { 'app.txt': 'app\n' })
  await addLinks(app, [
    ['vendor/lib', '../lib', pinned],
    ['free', `${servers.free.url}/free/.git`, free],
    ['none', '../lib', '1'.repeat(40)],
    ['file', `file://${lib}`, pinned],
    ['path', lib, pinned],
    ['ext', `ext::sh -c touch% ${area.root}/proof`, pinned],
    ['ssh', 'git@127.0.0.1:lib', pinned],
  ])
  return { servers, pinned, lib, deep, url: `${servers.main.url}/app` }
}

test('submodules come with their contents at the commits on record, through the login of their own host alone', async () => {
  await using area = await openWorkspaces()
  const { servers, url, lib } = await openProject(area)
  await using _main = servers.main
  await using _free = servers.free
  const source = { kind: 'git' as const, url }
  const token = 's3cret'
  const input = { taskId: 'one', source, branch: 'work', token }
  const { baseCommit: commit } = await area.workspaces.prepare(input)
  const before = await area.workspaces.outside('one', commit)
  expect(before.here).toEqual([])
  for (const _ of ['once', 'and again'])
    await area.workspaces.fetchSubmodules({ taskId: 'one', source, commit, token })

  const outside = await area.workspaces.outside('one', commit)
  expect(outside.here).toEqual(['vendor/lib', 'free', 'vendor/lib/in/deep'])
  const reasons = Object.fromEntries(outside.submodules.map((one) => [one.path, one.reason]))
  expect(reasons).toEqual({
    none: expect.stringContaining('commit'),
    file: expect.stringContaining('file:'),
    path: expect.stringContaining('path of the machine'),
    ext: expect.stringContaining('ext:'),
    ssh: expect.stringContaining('asks for a login'),
    'vendor/lib/gone': expect.any(String),
  })
  expect(JSON.stringify(outside)).not.toContain(token)
  expect(existsSync(join(area.root, 'proof'))).toBe(false)
  expect(servers.free.requests.length).toBeGreaterThan(0)
  expect(servers.free.requests.every((one) => one.authorization === null)).toBe(true)
  const text = outsideText(outside)
  expect(text).toContain('"vendor/lib" has the files of a submodule')
  expect(text).toContain('"none" is a submodule')

  const read = async (bytes: AsyncIterable<Uint8Array>, name: string) => {
    const dir = join(area.root, name)
    await mkdir(dir)
    const tar = new Uint8Array(Buffer.concat(await Array.fromAsync(bytes)))
    expect((await runIn(dir, ['tar', '-xf', '-'], { input: tar })).code).toBe(0)
    const found = await readdir(dir, { recursive: true, withFileTypes: true })
    const files = found.filter((entry) => entry.isFile())
    return files.map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1)).toSorted()
  }
  expect(await read(area.workspaces.archive('one', commit), 'tree')).toEqual([
    ...['.gitmodules', 'app.txt', 'free/free.txt', 'vendor/lib/.gitmodules'],
    ...['vendor/lib/in/deep/deep.txt', 'vendor/lib/lib.txt', 'vendor/lib/run.sh'],
  ])
  expect(await Bun.file(join(area.root, 'tree', 'vendor/lib/lib.txt')).text()).toBe('lib\n')

  // Another task that was begun from this one has them without asking anybody.
  const asked = servers.main.requests.length
  await rm(lib, { recursive: true })
  const to = { taskId: 'two', branch: 'next' }
  await area.workspaces.fork({ from: { taskId: 'one', branch: 'work' }, to })
  expect((await area.workspaces.outside('two', commit)).here).toEqual(outside.here)
  expect(servers.main.requests.length).toBe(asked)
})

test('what an agent does to the files or the pointer of a submodule is not delivered', async () => {
  await using area = await openWorkspaces()
  const lib = await makeRepository(join(area.root, 'lib'), { 'a.txt': 'a\n' })
  const app = join(area.root, 'app')
  await makeRepository(app, { 'app.txt': 'app\n' })
  await addLinks(app, [
    ['moved', '../lib', lib],
    ['removed', '../lib', lib],
    ['files', '../lib', lib],
    ['changed', '../lib', lib],
  ])
  const source = { kind: 'local' as const, path: app }
  const task = await area.task(source)
  await area.workspaces.fetchSubmodules({ taskId: task.id, source, commit: task.base })
  const lay = async (clone: { dir: string; base: string }) => {
    const input = await area.workspaces.submoduleFiles(task.id, clone.base)
    if (!input) throw new Error('there are no files')
    expect((await runIn(clone.dir, ['tar', '-xzf', '-'], { input })).code).toBe(0)
    expect(await gitIn(clone.dir, 'status', '--porcelain')).toBe('')
    return clone
  }
  const pointers = async () => {
    const head = await area.workspaces.head(task.id, task.branch)
    const entries = await area.workspaces.list(task.id, head)
    return entries.map(({ path, type }) => `${type} ${path}`)
  }
  const expected = ['changed', 'files', 'moved', 'removed'].map((path) => `submodule ${path}`)

  const quiet = await lay(await task.clone('quiet'))
  await writeFile(join(quiet.dir, 'changed', 'a.txt'), 'other\n')
  await writeFile(join(quiet.dir, 'changed', 'new.txt'), 'new\n')
  const nothing = await task.deliver(quiet, 'quiet')
  expect(nothing).toMatchObject({ kind: 'merged', changedFiles: [] })
  expect(nothing).not.toHaveProperty('heldBack')

  const rough = await lay(await task.clone('rough'))
  await rm(join(rough.dir, 'removed'), { recursive: true })
  await gitIn(rough.dir, 'rm', '-q', '-r', '--cached', 'files')
  await gitIn(join(rough.dir, 'moved'), 'init', '-q')
  await commitAll(join(rough.dir, 'moved'), { 'b.txt': 'b\n' }, 'moved')
  await writeFile(join(rough.dir, 'app.txt'), 'better\n')
  const merged = await task.deliver(rough, 'rough')
  expect(merged).toMatchObject({ kind: 'merged', changedFiles: ['app.txt'] })
  // It is told, and nobody who did nothing there is named.
  expect(merged).toMatchObject({ heldBack: ['files', 'moved', 'removed'] })
  // Once more by the same agent, after others.
  await writeFile(join(rough.dir, 'more.txt'), 'more\n')
  const more = await task.deliver(rough, 'rough')
  expect(more).toMatchObject({ changedFiles: ['more.txt'] })

  const all = ['file .gitmodules', 'file app.txt', ...expected, 'file more.txt']
  expect((await pointers()).toSorted()).toEqual(all.toSorted())
  const head = await area.workspaces.head(task.id, task.branch)
  expect((await area.workspaces.outside(task.id, head)).here.toSorted()).toEqual([
    'changed',
    'files',
    'moved',
    'removed',
  ])
  expect(await task.read('app.txt')).toBe('better\n')
})

test('a local source leads to what lies beside it, and nowhere else on the machine', async () => {
  await using area = await openWorkspaces()
  await using outer = await openTempDir()
  const far = await makeRepository(join(outer.path, 'far'), { 'far.txt': 'x\n' })
  const app = join(area.root, 'app')
  await makeRepository(app, { 'app.txt': 'app\n' })
  const up = '../'.repeat(20)
  await addLinks(app, [
    ['far', `${up.slice(0, -1)}${join(outer.path, 'far')}`, far],
    ['file', `file://${outer.path}/far`, far],
  ])
  const source = { kind: 'local' as const, path: app }
  const task = await area.task(source)
  await area.workspaces.fetchSubmodules({ taskId: task.id, source, commit: task.base })
  const { here, submodules } = await area.workspaces.outside(task.id, task.base)
  expect(here).toEqual([])
  expect(submodules.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('no folder beside'),
    expect.stringContaining('file:'),
  ])
  expect(await area.workspaces.submoduleFiles(task.id, task.base)).toBeUndefined()
})

test('submodules beyond the limits of depth, number and size are left out with the reason, and the rest comes', async () => {
  await using area = await openWorkspaces()
  const beside = join(area.root, 'beside')
  const inner = await makeRepository(join(beside, 'inner'), { 'i.txt': '12345678\n' })
  const middle = join(beside, 'middle')
  await makeRepository(middle, { 'm.txt': 'm\n' })
  const nested = await addLinks(middle, [['inner', '../inner', inner]])
  const app = join(beside, 'app')
  await makeRepository(app, { 'app.txt': 'app\n' })
  await addLinks(app, [
    ['a', '../middle', nested],
    ['b', '../inner', inner],
    ['c', '../inner', inner],
    ['d', '../inner', inner],
  ])
  const source = { kind: 'local' as const, path: app }
  const mirrors = createMirrors({ git: area.git, dir: join(area.root, 'mirrors'), log: silentLog })
  const limited = async (limits: { depth: number; count: number; bytes: number }) => {
    const task = await area.task(source)
    const repository = openRepository(area.git, task.dir)
    await fetchSubmodules(repository, { mirrors, source, commit: task.base, limits })
    const { here, submodules } = await area.workspaces.outside(task.id, task.base)
    return { here, reasons: submodules.map(({ path, reason = '' }) => `${path}: ${reason}`) }
  }
  expect(await limited({ depth: 1, count: 50, bytes: 1024 ** 2 })).toEqual({
    here: ['a', 'b', 'c', 'd'],
    reasons: ['a/inner: It is too deep inside of others.'],
  })
  const few = await limited({ depth: 5, count: 3, bytes: 1024 ** 2 })
  expect(few.here).toEqual(['a', 'b', 'a/inner'])
  expect(few.reasons).toEqual(['c: There are too many of them.', 'd: '])
  const small = await limited({ depth: 5, count: 50, bytes: 80 })
  expect(small.here).toEqual(['a', 'b', 'c', 'a/inner'])
  expect(small.reasons).toEqual([expect.stringMatching(/^d: Together they are larger than/)])
})

test('what this machine would log in with by itself is not for an address that a repository chose', async () => {
  await using area = await openWorkspaces()
  const free = await makeRepository(join(area.root, 'elsewhere', 'lib'), { 'l.txt': 'l\n' })
  const app = join(area.root, 'served', 'app')
  await makeRepository(app, { 'app.txt': 'app\n' })
  await using other = serveGit({ root: join(area.root, 'elsewhere'), login: 'me:own-password' })
  await addLinks(app, [['lib', `${other.url}/lib/.git`, free]])
  await using server = serveGit({ root: join(area.root, 'served'), login: 'me:own-password' })
  const home = join(area.root, 'home')
  await mkdir(home)
  await writeFile(join(home, '.netrc'), 'machine 127.0.0.1 login me password own-password\n')
  const helper = `!f() { touch ${area.root}/helped; echo username=me; echo password=own-password; }; f`
  await writeFile(join(home, '.gitconfig'), `[credential]\n\thelper = "${helper}"\n`)
  const socket = join(area.root, 'agent.sock')
  let connected = 0
  const agent = Bun.listen({ unix: socket, socket: { open: () => void connected++, data() {} } })
  const git = createGit({ environment: { ...process.env, HOME: home, SSH_AUTH_SOCK: socket } })
  const mirrors = createMirrors({ git, dir: join(area.root, 'mirrors'), log: silentLog })
  const source = { kind: 'git' as const, url: `${server.url}/app/.git` }
  const task = await area.task({ kind: 'local', path: app })
  const repository = openRepository(git, task.dir)
  // A person named this one, and its login is the person's.
  const remote = parseRemote(source.url, {})
  expect(await mirrors.copyInto(repository, { remote })).toMatchObject({ branch: 'main' })

  await fetchSubmodules(repository, { mirrors, source, commit: task.base })
  const { here, submodules } = await area.workspaces.outside(task.id, task.base)
  expect(here).toEqual([])
  expect(submodules).toMatchObject([{ reason: expect.stringContaining('asks for a login') }])
  expect(other.requests.length).toBeGreaterThan(0)
  expect(other.requests.every(({ authorization }) => authorization === null)).toBe(true)
  expect(existsSync(join(area.root, 'helped'))).toBe(false)
  expect(connected).toBe(0)
  agent.stop(true)
})
