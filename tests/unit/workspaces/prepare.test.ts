import { expect, test } from 'bun:test'
import { chown, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '#lib/ids.ts'
import {
  commitAll,
  gitIn,
  makeRepository,
  openWorkspaces,
  runIn,
  type TestWorkspaces,
} from '../../support/git.ts'
import { serveGit } from '../../support/git-server.ts'

const branch = 'klaudio/test'

test('an empty task starts with one empty commit of ours on main', async () => {
  await using area = await openWorkspaces()
  const taskId = newId()
  const { baseCommit, defaultBranch } = await area.workspaces.prepare({
    taskId,
    source: { kind: 'empty' },
    branch,
  })

  expect(defaultBranch).toBe('main')
  expect(await area.workspaces.head(taskId, branch)).toBe(baseCommit)
  expect(await area.workspaces.list(taskId, baseCommit)).toEqual([])
  expect(await area.workspaces.log(taskId, baseCommit, 5)).toEqual([
    { commit: baseCommit, author: 'Klaudio', subject: 'Start', atMs: expect.any(Number) },
  ])
})

test('preparing again changes nothing and gives the same answer', async () => {
  await using area = await openWorkspaces()
  const input = { taskId: newId(), source: { kind: 'empty' } as const, branch }
  const [first, second] = await Promise.all([
    area.workspaces.prepare(input),
    area.workspaces.prepare(input),
  ])
  await using restarted = await openWorkspaces({ root: area.root })

  expect(second).toEqual(first)
  expect(await restarted.workspaces.prepare(input)).toEqual(first)
})

test('uploaded files become the first commit: regular ones only, links are not followed', async () => {
  await using area = await openWorkspaces()
  const filesDir = join(area.root, 'uploads')
  await mkdir(join(filesDir, 'src', '.git'), { recursive: true })
  await mkdir(join(filesDir, '.klaudio'), { recursive: true })
  await writeFile(join(filesDir, 'src', 'ä "quoted".txt'), 'text\n')
  await writeFile(join(filesDir, 'binary.bin'), new Uint8Array([0, 255, 10, 13, 0]))
  await writeFile(join(filesDir, 'src', '.git', 'config'), 'x')
  await writeFile(join(filesDir, '.klaudio', 'x'), 'x')
  await symlink('/etc', join(filesDir, 'etc'))
  await symlink('/etc/passwd', join(filesDir, 'passwd'))
  await runIn(filesDir, ['mkfifo', 'pipe'])
  const taskId = newId()

  const { baseCommit } = await area.workspaces.prepare({
    taskId,
    source: { kind: 'files' },
    branch,
    filesDir,
  })

  const files = await area.workspaces.list(taskId, baseCommit)
  expect(files.map(({ path }) => path)).toEqual(['binary.bin', 'src/ä "quoted".txt'])
  expect(await area.workspaces.read(taskId, baseCommit, 'binary.bin', 100)).toEqual(
    new Uint8Array([0, 255, 10, 13, 0]),
  )
})

test('a task on files without any file says what to do', async () => {
  await using area = await openWorkspaces()
  const input = { taskId: newId(), source: { kind: 'files' } as const, branch }

  expect(area.workspaces.prepare(input)).rejects.toThrow(/upload at least one/)
  expect(
    area.workspaces.prepare({ ...input, filesDir: join(area.root, 'nothing') }),
  ).rejects.toThrow(/upload at least one/)
})

test('an interrupted clone is thrown away, never taken for a repository', async () => {
  await using area = await openWorkspaces()
  const taskId = newId()
  const repos = join(area.root, 'repos')
  await mkdir(join(repos, `${taskId}.git.partial-dead`, 'objects'), { recursive: true })
  const input = {
    taskId,
    source: { kind: 'git', url: 'http://127.0.0.1:1/x.git' } as const,
    branch,
  }

  await expect(area.workspaces.prepare(input)).rejects.toMatchObject({ code: 'source.unreachable' })
  expect(await readdir(repos)).toEqual([])
})

test('an aborted clone stops git and leaves nothing', async () => {
  await using area = await openWorkspaces()
  const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const abort = new AbortController()
  const prepared = area.workspaces.prepare({
    taskId: newId(),
    source: { kind: 'git', url: `http://127.0.0.1:${silent.port}/x.git` },
    branch,
    signal: abort.signal,
  })
  abort.abort(new Error('stopped by the test'))

  await expect(prepared).rejects.toThrow('stopped by the test')
  expect(await readdir(join(area.root, 'repos'))).toEqual([])
  silent.stop(true)
})

test('a git source is cloned through a mirror, and the second task fetches only what is new', async () => {
  await using area = await openWorkspaces()
  const { commit, root } = await hostedProject(area)
  await using server = serveGit({ root })
  const source = { kind: 'git', url: `${server.url}/project.git` } as const
  const first = await area.task(source)
  const requestsOfFirst = server.requests.length
  const second = await area.task(source)

  expect([first.base, second.base]).toEqual([commit, commit])
  expect(await second.read('README.md')).toBe('hello\n')
  expect(server.requests.length - requestsOfFirst).toBeLessThan(requestsOfFirst)
  expect(await readdir(join(area.root, 'mirrors'))).toHaveLength(1)
})

test('a task keeps its files when the mirror is gone, and a damaged mirror is made again', async () => {
  await using area = await openWorkspaces()
  const { root, work } = await hostedProject(area)
  await using server = serveGit({ root })
  const source = { kind: 'git', url: `${server.url}/project.git` } as const
  const first = await area.task(source)
  const mirrors = join(area.root, 'mirrors')
  const [mirror = ''] = await readdir(mirrors)
  await rename(join(mirrors, mirror), join(mirrors, 'gone'))
  await mkdir(join(mirrors, mirror))
  await commitAll(work, { 'new.txt': 'new\n' }, 'second')
  await gitIn(work, 'push', '-q', join(root, 'project.git'), 'main')

  const second = await area.task(source)

  expect(await second.read('new.txt')).toBe('new\n')
  expect(await first.read('README.md')).toBe('hello\n')
})

test('a branch, a tag, a full and a short commit can each be the start', async () => {
  await using area = await openWorkspaces()
  const { commit, root, work } = await hostedProject(area)
  await gitIn(work, 'tag', '-a', 'v1', '-m', 'release')
  await gitIn(work, 'checkout', '-q', '-b', 'feature/x')
  const next = await commitAll(work, { 'x.txt': 'x' }, 'x')
  await gitIn(work, 'push', '-q', join(root, 'project.git'), 'feature/x', 'v1')
  await using server = serveGit({ root })
  const start = async (
    source:
      | { kind: 'git'; url: string; ref: string }
      | { kind: 'local'; path: string; ref: string },
  ) => area.workspaces.prepare({ taskId: newId(), source, branch })

  for (const [ref, baseCommit, defaultBranch] of [
    ['feature/x', next, 'feature/x'],
    ['v1', commit, 'main'],
    [commit, commit, 'main'],
    [commit.slice(0, 10), commit, 'main'],
  ] as const) {
    const answer = { baseCommit, defaultBranch }
    expect(await start({ kind: 'git', url: `${server.url}/project.git`, ref })).toEqual(answer)
    expect(await start({ kind: 'local', path: join(root, 'project.git'), ref })).toEqual(answer)
  }
  const missing = start({ kind: 'git', url: `${server.url}/project.git`, ref: 'nope' })
  await expect(missing).rejects.toThrow(/has no branch, tag or commit "nope"/)
})

test('a repository without commits is an empty start', async () => {
  await using area = await openWorkspaces()
  const path = join(area.root, 'fresh')
  await mkdir(path)
  await gitIn(path, 'init', '-q', '-b', 'trunk')

  const task = await area.task({ kind: 'local', path })
  expect(await task.paths()).toEqual([])
})

test('the token opens a private repository and appears in no file and no argument', async () => {
  await using area = await openWorkspaces()
  const { commit, root } = await hostedProject(area)
  await using server = serveGit({ root, login: 'oauth2:s3cret-token' })
  const url = `${server.url}/project.git`
  const taskId = newId()
  const seen = watchArguments('s3cret-token')

  const prepared = await area.workspaces.prepare({
    taskId,
    source: { kind: 'git', url },
    branch,
    token: 's3cret-token',
  })

  expect(prepared.baseCommit).toBe(commit)
  expect(await seen.stop()).toEqual({ looked: true, leaks: [] })
  const leaks = await runIn(area.root, [
    'grep',
    '-rl',
    '-e',
    's3cret',
    '-e',
    btoa('oauth2:s3cret-token'),
    '.',
  ])
  expect(new TextDecoder().decode(leaks.stdout)).toBe('')
})

test('a cached private repository is not given to a task without the token', async () => {
  await using area = await openWorkspaces()
  const { root } = await hostedProject(area)
  await using server = serveGit({ root, login: 'oauth2:s3cret' })
  const source = { kind: 'git', url: `${server.url}/project.git` } as const
  const input = () => ({ taskId: newId(), source, branch })
  await area.workspaces.prepare({ ...input(), token: 's3cret' })

  await expect(area.workspaces.prepare(input())).rejects.toThrow(/asks for a login/)
  await expect(area.workspaces.prepare({ ...input(), token: 'wrong' })).rejects.toThrow(
    /refused the access token/,
  )
})

test('a token never follows a redirect to another host', async () => {
  await using area = await openWorkspaces()
  const { root } = await hostedProject(area)
  await using thief = serveGit({ root })
  await using server = serveGit({ root, redirectTo: thief.url.replace('127.0.0.1', 'localhost') })
  const source = { kind: 'git', url: `${server.url}/project.git` } as const

  const prepared = area.workspaces.prepare({ taskId: newId(), source, branch, token: 's3cret' })

  await expect(prepared).rejects.toThrow(/another address/)
  expect(thief.requests).toEqual([])
})

test('what is wrong with a remote is said in a sentence with what to do', async () => {
  await using area = await openWorkspaces()
  const { root } = await hostedProject(area)
  await using server = serveGit({ root })
  const fail = (url: string) =>
    area.workspaces.prepare({ taskId: newId(), source: { kind: 'git', url }, branch }).then(
      () => 'prepared',
      (error) => `${error.code}: ${error.message}`,
    )

  expect(await fail('https://does-not-exist.invalid/x.git')).toBe(
    "source.unreachable: The host does-not-exist.invalid is unknown. Check the address and this machine's network.",
  )
  expect(await fail('http://127.0.0.1:1/x.git')).toMatch(
    /^source.unreachable: .* could not be reached/,
  )
  expect(await fail(`${server.url}/none.git`)).toMatch(
    /^source.invalid: There is no repository at .*access token/,
  )
  expect(await fail('git@does-not-exist.invalid:x/y.git')).toMatch(
    /^source.unreachable: The host .* is unknown/,
  )
})

test('a local repository of another user can be read, and its programs do not run', async () => {
  await using area = await openWorkspaces()
  const path = join(area.root, 'hostile')
  const commit = await makeRepository(path, {
    'a.txt': 'a\n',
    '.gitattributes': '* filter=evil diff=evil\n',
  })
  const proof = join(area.root, 'proof')
  const program = join(path, 'evil.sh')
  await writeFile(program, `#!/bin/sh\ntouch ${proof}\ncat\n`, { mode: 0o755 })
  for (const key of [
    'core.fsmonitor',
    'core.sshCommand',
    'core.pager',
    'core.editor',
    'core.gitProxy',
    'core.alternateRefsCommand',
    'uploadpack.packObjectsHook',
    'filter.evil.clean',
    'filter.evil.smudge',
    'filter.evil.process',
    'diff.external',
    'diff.evil.textconv',
    'credential.helper',
    'gpg.program',
    'remote.origin.uploadpack',
    'alias.upload-pack',
    'alias.fetch',
  ])
    await gitIn(path, 'config', key, program)
  await gitIn(path, 'config', 'core.hooksPath', path)
  for (const hook of [
    'pre-upload',
    'post-checkout',
    'post-update',
    'reference-transaction',
    'pre-receive',
  ])
    await writeFile(join(path, hook), `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 })
  await writeFile(join(path, '.git', 'objects', 'info', 'alternates'), '/nonexistent/objects\n')
  await gitIn(path, 'config', 'core.worktree', '/tmp')
  if (process.getuid?.() === 0) await giveAway(path)

  const task = await area.task({ kind: 'local', path })

  expect(task.base).toBe(commit)
  expect(await task.read('a.txt')).toBe('a\n')
  expect(await Bun.file(proof).exists()).toBe(false)
})

test('a lazy local repository cannot make its reader run a program', async () => {
  await using area = await openWorkspaces()
  const path = join(area.root, 'lazy')
  await makeRepository(path, { 'a.txt': 'a\n' })
  const proof = join(area.root, 'proof')
  const program = join(path, 'evil.sh')
  await writeFile(program, `#!/bin/sh\ntouch ${proof}\n`, { mode: 0o755 })
  for (const [key, value] of [
    ['extensions.partialClone', 'origin'],
    ['core.repositoryFormatVersion', '1'],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.url', `ext::${program}`],
    ['remote.origin.uploadpack', program],
    ['protocol.ext.allow', 'always'],
  ] as const)
    await gitIn(path, 'config', key, value)
  const blob = await gitIn(path, 'rev-parse', 'HEAD:a.txt')
  await Bun.file(join(path, '.git', 'objects', blob.slice(0, 2), blob.slice(2))).delete()

  const prepared = area.workspaces.prepare({
    taskId: newId(),
    source: { kind: 'local', path },
    branch,
  })

  await expect(prepared).rejects.toMatchObject({ code: 'source.unreachable' })
  expect(await Bun.file(proof).exists()).toBe(false)
})

test('a local path that is no repository, no directory or not absolute is refused with the reason', async () => {
  await using area = await openWorkspaces()
  const plain = join(area.root, 'plain')
  await mkdir(plain)
  await writeFile(join(area.root, 'file'), 'x')
  const fail = (path: string) =>
    area.workspaces.prepare({ taskId: newId(), source: { kind: 'local', path }, branch }).then(
      () => 'prepared',
      (error) => `${error.code}: ${error.message}`,
    )

  expect(await fail(plain)).toMatch(/^source.invalid: .* is not a git repository/)
  expect(await fail(join(area.root, 'file'))).toMatch(/^source.invalid: There is no directory/)
  expect(await fail(join(area.root, 'none'))).toMatch(/^source.invalid: There is no directory/)
  expect(await fail('relative/path')).toMatch(/^source.invalid: Give the absolute path/)
  expect(await fail('file:///tmp')).toMatch(/^source.invalid: Give the absolute path/)
})

test('a shallow clone is refused with the command that completes it', async () => {
  await using area = await openWorkspaces()
  const full = join(area.root, 'full')
  await makeRepository(full, { 'a.txt': 'a' })
  await commitAll(full, { 'b.txt': 'b' }, 'second')
  const path = join(area.root, 'shallow')
  await gitIn(area.root, 'clone', '-q', '--depth=1', `file://${full}`, path)

  expect(
    area.workspaces.prepare({ taskId: newId(), source: { kind: 'local', path }, branch }),
  ).rejects.toThrow(/git fetch --unshallow/)
})

test('a task without a repository says so', async () => {
  await using area = await openWorkspaces()
  expect(area.workspaces.head(newId(), branch)).rejects.toThrow('This task has no repository yet.')
})

test('a removed repository can be made anew', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  await area.workspaces.remove(task.id)
  await area.workspaces.remove(task.id)

  expect(await readdir(join(area.root, 'repos'))).toEqual([])
  const source = { kind: 'empty' } as const
  await area.workspaces.prepare({ taskId: task.id, source, branch: task.branch })
  expect(await task.paths()).toEqual([])
})

test('names that lead elsewhere never become a directory or a ref', async () => {
  await using area = await openWorkspaces()
  const source = { kind: 'empty' } as const
  for (const taskId of ['../x', 'a/b', '', '.', '-x', 'a\0b'])
    expect(area.workspaces.prepare({ taskId, source, branch })).rejects.toMatchObject({
      code: 'request.invalid',
    })
  for (const bad of ['../x', '-x', 'a..b', 'a.lock', 'a b', 'a\nb', '', 'a//b', 'a/', 'a@{1}'])
    expect(area.workspaces.prepare({ taskId: newId(), source, branch: bad })).rejects.toMatchObject(
      { code: 'request.invalid' },
    )
})

async function hostedProject(area: TestWorkspaces) {
  const root = join(area.root, 'hosted')
  const work = join(area.root, 'work')
  const commit = await makeRepository(work, { 'README.md': 'hello\n' })
  await mkdir(root)
  await gitIn(root, 'clone', '-q', '--bare', work, 'project.git')
  await writeFile(join(root, 'project.git', 'git-daemon-export-ok'), '')
  return { root, work, commit }
}

/** Watches the arguments of every process while git runs. */
function watchArguments(secret: string) {
  const leaks: string[] = []
  let looked = false
  let running = true
  const loop = (async () => {
    while (running) {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
        if (text.startsWith('git') || text.includes('/git')) looked = true
        if (text.includes(secret) || text.includes(btoa(`oauth2:${secret}`))) leaks.push(text)
      }
    }
  })()
  return {
    async stop() {
      running = false
      await loop
      return { looked, leaks }
    },
  }
}

async function giveAway(dir: string): Promise<void> {
  for (const name of await readdir(dir, { recursive: true }))
    await chown(join(dir, name), 1234, 1234)
  await chown(dir, 1234, 1234)
}
