import { expect, test } from 'bun:test'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGit, type Git, GitError, toText } from '#git/process.ts'
import { gitIn, openTempDir } from '../../support/git.ts'

/** A program in git's place, to see what it is given and how it is ended. */
async function fakeGit(dir: string, script: string): Promise<Git> {
  const binary = join(dir, 'fake-git')
  await writeFile(binary, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return createGit({ environment: process.env, binary })
}

async function bareRepository(dir: string): Promise<{ git: Git; dir: string }> {
  const path = join(dir, 'repo.git')
  await mkdir(path)
  const git = createGit({ environment: process.env })
  await git.run(['init', '-q', '--bare', '--template='], { dir: path })
  return { git, dir: path }
}

test('an abort ends git and everything it started', async () => {
  await using temp = await openTempDir()
  const pids = join(temp.path, 'pids')
  const git = await fakeGit(
    temp.path,
    `sleep 600 & echo $$ $! > ${pids}.part; mv ${pids}.part ${pids}; wait`,
  )
  const abort = new AbortController()
  const running = git.run(['fetch'], { dir: temp.path, signal: abort.signal })
  const [leader = 0, child = 0] = (await waitForFile(pids)).trim().split(' ').map(Number)

  abort.abort(new Error('enough'))

  await expect(running).rejects.toThrow('enough')
  await until(async () => !(await isAlive(leader)) && !(await isAlive(child)))
})

test('a git that ignores the polite end is killed, and a timeout says how long it took', async () => {
  await using temp = await openTempDir()
  const git = await fakeGit(temp.path, `trap '' TERM; sleep 600 & wait; wait`)

  const running = git.run(['fetch'], { dir: temp.path, timeoutMs: 1000 })
  await expect(running).rejects.toThrow('git fetch failed: it took longer than 1 s')
}, 20_000)

test('a helper that outlives git and holds its pipes ends with the timeout', async () => {
  await using temp = await openTempDir()
  const pid = join(temp.path, 'pid')
  const git = await fakeGit(temp.path, `sleep 600 & echo $! > ${pid}; exit 0`)

  const running = git.run(['fetch'], { dir: temp.path, timeoutMs: 500 })
  await expect(running).rejects.toThrow(/it took longer/)
  await until(async () => !(await isAlive(Number(await readFile(pid, 'utf8')))))
})

test('an aborted call does not start', async () => {
  await using temp = await openTempDir()
  const git = await fakeGit(temp.path, `touch ${temp.path}/started`)
  const signal = AbortSignal.abort(new Error('before'))

  await expect(git.run(['x'], { dir: temp.path, signal })).rejects.toThrow('before')
  expect(await readdir(temp.path)).toEqual(['fake-git'])
})

test('output is bounded: beyond the limit it is an error, or cut off when asked', async () => {
  await using temp = await openTempDir()
  const git = await fakeGit(temp.path, 'while :; do echo 0123456789; done')
  const options = { dir: temp.path, maxBytes: 25 }

  await expect(git.run(['log'], options)).rejects.toThrow('its output is larger than allowed')
  const cut = await git.run(['log'], { ...options, truncate: true })
  expect({ text: toText(cut), truncated: cut.truncated }).toEqual({
    text: '0123456789\n0123456789\n012',
    truncated: true,
  })
})

test('endless complaints do not fill the memory', async () => {
  await using temp = await openTempDir()
  const git = await fakeGit(
    temp.path,
    'head -c 3000000 /dev/zero | tr "\\0" x >&2; echo >&2; echo the end >&2; exit 7',
  )

  const error = await git.run(['log'], { dir: temp.path }).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(GitError)
  expect(error).toMatchObject({
    exitCode: 7,
    message: 'git log failed: the end',
    code: 'git.failed',
  })
  expect(error.stderr.length).toBeLessThanOrEqual(65_536)
})

test('an exit code that is an answer is no error', async () => {
  await using temp = await openTempDir()
  const git = await fakeGit(temp.path, 'exit 1')

  expect(await git.run(['x'], { dir: temp.path, accept: [1] })).toMatchObject({ code: 1 })
  await expect(git.run(['x'], { dir: temp.path })).rejects.toThrow('git x failed: exit code 1')
})

test('input may be bytes or a stream, and a git that does not read it is no crash', async () => {
  await using temp = await openTempDir()
  const echo = await fakeGit(temp.path, 'cat')
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 256)
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
  }
  expect((await echo.run(['x'], { dir: temp.path, input: bytes })).stdout).toEqual(bytes)
  expect((await echo.run(['x'], { dir: temp.path, input: chunks() })).stdout).toEqual(bytes)

  const deaf = await fakeGit(temp.path, 'exit 3')
  for (const input of [bytes, chunks()])
    expect(await deaf.run(['x'], { dir: temp.path, input, accept: [3] })).toMatchObject({ code: 3 })
})

test('an input that fails fails the call', async () => {
  await using temp = await openTempDir()
  const git = await fakeGit(temp.path, 'cat')
  async function* broken(): AsyncIterable<Uint8Array> {
    yield new Uint8Array(10)
    throw new Error('disk gone')
  }
  await expect(git.run(['x'], { dir: temp.path, input: broken() })).rejects.toThrow('disk gone')
})

test('git sees nothing of the environment but what it needs', async () => {
  await using temp = await openTempDir()
  const git = createGit({
    environment: {
      PATH: process.env.PATH,
      HOME: '/home/me',
      GIT_DIR: '/evil',
      GIT_SSH_COMMAND: 'evil',
      GIT_EXTERNAL_DIFF: 'evil',
      GIT_CONFIG_PARAMETERS: "'core.fsmonitor=evil'",
      EDITOR: 'evil',
      PAGER: 'evil',
      ANTHROPIC_API_KEY: 'secret',
      LD_PRELOAD: '/evil.so',
    },
  })
  const env = git.environment({ dir: temp.path })

  expect(Object.values(env).filter((value) => /evil|secret/.test(value))).toEqual([])
  expect(env).toMatchObject({ HOME: '/home/me', GIT_DIR: temp.path, GIT_ALLOW_PROTOCOL: 'none' })
})

test("the user's and the system's settings are not read", async () => {
  await using temp = await openTempDir()
  await writeFile(
    join(temp.path, '.gitconfig'),
    '[alias]\n\thello = !echo evil\n[user]\n\tname = evil\n',
  )
  await mkdir(join(temp.path, '.config', 'git'), { recursive: true })
  await writeFile(join(temp.path, '.config', 'git', 'config'), '[user]\n\temail = evil\n')
  const { dir } = await bareRepository(temp.path)
  const git = createGit({
    environment: { ...process.env, HOME: temp.path, XDG_CONFIG_HOME: join(temp.path, '.config') },
  })

  const { stdout } = await git.run(['config', '--list'], { dir })
  expect(toText({ stdout })).not.toContain('evil')
  await expect(git.run(['hello'], { dir })).rejects.toThrow()
})

test('without leave for it no transport works, and ext:: never does', async () => {
  await using temp = await openTempDir()
  const { git, dir } = await bareRepository(temp.path)
  const proof = join(temp.path, 'proof')

  for (const address of [`ext::sh -c "touch ${proof}"`, temp.path, 'http://127.0.0.1:1/x'])
    await expect(git.run(['ls-remote', address], { dir })).rejects.toThrow(/not allowed/)
  await expect(
    git.run(['ls-remote', `ext::sh -c "touch ${proof}"`], {
      dir,
      protocols: ['file', 'http', 'https', 'ssh'],
    }),
  ).rejects.toThrow(/not allowed/)
  expect(await Bun.file(proof).exists()).toBe(false)
})

test('hooks in the repository do not run', async () => {
  await using temp = await openTempDir()
  const { git, dir } = await bareRepository(temp.path)
  const proof = join(temp.path, 'proof')
  await mkdir(join(dir, 'hooks'))
  await writeFile(join(dir, 'hooks', 'reference-transaction'), `#!/bin/sh\ntouch ${proof}\n`, {
    mode: 0o755,
  })
  const tree = toText(await git.run(['mktree'], { dir, input: new Uint8Array() }))
  const commit = toText(await git.run(['commit-tree', tree, '-m', 'x'], { dir }))
  await git.run(['update-ref', 'refs/heads/x', commit], { dir })

  expect(await Bun.file(proof).exists()).toBe(false)
  await gitIn(temp.path, '--git-dir', dir, 'update-ref', 'refs/heads/y', commit)
  expect(await Bun.file(proof).exists()).toBe(true)
})

test('a machine without git is told what to install', async () => {
  await using temp = await openTempDir()
  const git = createGit({ environment: process.env, binary: 'no-such-git' })

  await expect(git.run(['version'], { dir: temp.path })).rejects.toThrow(/install git/)
})

async function waitForFile(path: string): Promise<string> {
  let text = ''
  await until(async () => {
    text = await readFile(path, 'utf8').catch(() => '')
    return text !== ''
  })
  return text
}

/** Asks again and again, so often that only a condition that never comes true fails. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300_000; tries++) {
    if (await condition()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error('the condition never came true')
}

/** A process that has ended counts as gone even while nobody has asked for its exit code. */
async function isAlive(pid: number): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return state !== '' && !/\) [ZX] /.test(state)
}
