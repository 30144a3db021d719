/**
 * How git opens a remote. A token or password travels as one request header in the environment of the call; an SSH key is
 * given to an agent of its own that lives for the call, so that it never is an argument or a file.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { credentialConfig } from './credentials.ts'
import type { GitOptions } from './process.ts'

/** A text is an access token. */
export type GitLogin = string | { username: string; password: string } | { privateKey: string }

export const isKey = (login: GitLogin | undefined): login is { privateKey: string } =>
  typeof login === 'object' && 'privateKey' in login

/** What may never be printed. */
export const secretOf = (login: GitLogin | undefined): string | undefined =>
  typeof login === 'object' ? ('password' in login ? login.password : undefined) : login

type LoginOptions = Required<Pick<GitOptions, 'config'>> & Pick<GitOptions, 'env'>

/** Runs `work` with what it must add to every call of git. Throws `source.unreachable` when a key cannot be used here. */
export async function withLogin<T>(
  { url, login }: { url: string; login: GitLogin | undefined },
  work: (options: LoginOptions) => Promise<T>,
): Promise<T> {
  if (!isKey(login)) return await work({ config: credentialConfig(url, login) })
  const dir = await mkdtemp(join(tmpdir(), 'klaudio-ssh-'))
  const socket = join(dir, 'agent')
  const agent = startAgent(socket)
  try {
    await agent.isUp
    await addKey(socket, login.privateKey)
    const ssh = [
      ...['ssh', '-oBatchMode=yes', '-oConnectTimeout=20', '-oIdentityFile=none'],
      // A host that is met for the first time is remembered; one that has changed is refused.
      '-oStrictHostKeyChecking=accept-new',
    ]
    return await work({
      config: [],
      env: { SSH_AUTH_SOCK: socket, GIT_SSH_COMMAND: ssh.join(' ') },
    })
  } finally {
    agent.end()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Seconds after which the agent forgets the key, should it outlive this server. */
const keySeconds = 3600

function startAgent(socket: string): { isUp: Promise<void>; end(): void } {
  try {
    const agent = Bun.spawn(['ssh-agent', '-D', '-a', socket, '-t', String(keySeconds)], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
    })
    const isUp = agent.stdout
      .getReader()
      .read()
      .then(({ done }) => {
        if (done) throw unusable(new Error('ssh-agent ended at once'))
      })
    return { isUp, end: () => agent.kill() }
  } catch (error) {
    throw unusable(error)
  }
}

async function addKey(socket: string, privateKey: string): Promise<void> {
  const adding = Bun.spawn(['ssh-add', '-q', '-'], {
    stdin: new TextEncoder().encode(`${privateKey.trim()}\n`),
    stdout: 'ignore',
    stderr: 'ignore',
    env: { PATH: Bun.env.PATH ?? '', SSH_AUTH_SOCK: socket, SSH_ASKPASS_REQUIRE: 'never' },
  })
  if ((await adding.exited) !== 0)
    throw new AppError(
      'source.unreachable',
      'The SSH key cannot be read. Store it again, whole and without a passphrase.',
    )
}

const unusable = (cause: unknown): AppError =>
  new AppError(
    'source.unreachable',
    'SSH keys need ssh-agent and ssh-add on the machine of the server. Install the OpenSSH client there.',
    { cause },
  )
