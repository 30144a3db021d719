/**
 * A real Gitea in a directory of its own, with a repository, two people and their tokens. Its program is not part of the
 * product and cannot be had from where the tests get theirs: `GITEA_BINARY` names one, and `GITEA_STATIC` the directory
 * with its `templates` and `options` when it does not carry them itself.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { freePort } from '../free-port.ts'
import { commitAll, gitIn } from '../git.ts'

export const giteaBinary = process.env.GITEA_BINARY

export type RealGitea = {
  /** Address of the repository for git. */
  url: string
  origin: string
  /** The owner's, and those of people who may write (ann) and may not (eve). */
  tokens: { owner: string; ann: string; eve: string }
  /** JSON over its API as one of them. @throws with its words when it refuses. */
  ask(who: 'owner' | 'ann' | 'eve', method: string, path: string, body?: object): Promise<unknown>
  /** Pushes a commit with these files on a branch that begins at main. */
  push(branch: string, files: Record<string, string>): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

const Token = v.object({ sha1: v.string() })

export async function startGitea(binary: string): Promise<RealGitea> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-gitea-'))
  const port = freePort()
  const origin = `http://127.0.0.1:${port}`
  const config = join(dir, 'app.ini')
  writeFileSync(config, settings(dir, port, origin))
  const run = async (...args: string[]): Promise<string> => {
    const child = Bun.spawn([binary, '--config', config, ...args], { stderr: 'pipe' })
    const [out, err] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    if ((await child.exited) !== 0) throw new Error(`${out}${err}`)
    return out
  }
  await run('migrate')
  const password = 'a-long-password-0'
  for (const name of ['owner', 'ann', 'eve']) {
    const who = ['--username', name, '--password', password, '--email', `${name}@example.com`]
    await run('admin', 'user', 'create', ...who, '--must-change-password=false')
  }
  const web = Bun.spawn([binary, '--config', config, 'web'], { stdout: 'ignore', stderr: 'ignore' })
  const call = async (authorization: string, method: string, path: string, body?: object) => {
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
  while (
    !(await fetch(`${origin}/api/v1/version`).then(
      (a) => a.ok,
      () => false,
    ))
  ) {
    if (web.exitCode !== null) throw new Error('Gitea ended while it started')
    await Bun.sleep(50)
  }
  const tokenOf = async (name: string): Promise<string> => {
    const scopes = ['write:repository', 'write:issue', 'write:user']
    const basic = `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
    const made = await call(basic, 'POST', `/users/${name}/tokens`, { name: 'test', scopes })
    return v.parse(Token, made).sha1
  }
  const tokens = {
    owner: await tokenOf('owner'),
    ann: await tokenOf('ann'),
    eve: await tokenOf('eve'),
  }
  const ask: RealGitea['ask'] = (who, method, path, body) =>
    call(`token ${tokens[who]}`, method, path, body)
  await ask('owner', 'POST', '/user/repos', {
    ...{ name: 'next.app', auto_init: true, default_branch: 'main' },
  })
  await ask('owner', 'PUT', '/repos/owner/next.app/collaborators/ann', { permission: 'write' })
  const work = join(dir, 'work')
  const remote = `http://owner:${tokens.owner}@127.0.0.1:${port}/owner/next.app.git`
  await gitIn(dir, 'clone', '-q', remote, work)
  return {
    url: `${origin}/owner/next.app.git`,
    origin,
    tokens,
    ask,
    async push(branch, files) {
      await gitIn(work, 'checkout', '-q', '-B', branch, 'origin/main')
      const commit = await commitAll(work, files, 'A change')
      await gitIn(work, 'push', '-q', '-f', 'origin', branch)
      return commit
    },
    async [Symbol.asyncDispose]() {
      web.kill()
      await web.exited
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Nothing of it leaves the machine or stays on it. */
function settings(dir: string, port: number, origin: string): string {
  const { GITEA_STATIC } = process.env
  return `RUN_USER = ${process.env.USER ?? 'root'}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = ${dir}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = ${origin}/
OFFLINE_MODE = true
DISABLE_SSH = true
${GITEA_STATIC ? `STATIC_ROOT_PATH = ${GITEA_STATIC}` : ''}
[database]
DB_TYPE = sqlite3
PATH = ${join(dir, 'gitea.db')}
[repository]
ROOT = ${join(dir, 'repositories')}
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-a-test
[log]
LEVEL = Error
[webhook]
ALLOWED_HOST_LIST = loopback
[cron]
ENABLED = false
`
}
