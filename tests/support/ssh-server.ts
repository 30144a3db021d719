/** A real sshd on this machine that lets one key in, and an `ssh` for git that keeps what it learns of hosts in a file of the test. */
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { runIn } from './git.ts'

export const sshd = Bun.which('sshd') ?? ['/usr/sbin/sshd'].find((path) => existsSync(path))

export type SshServer = {
  /** Of a repository by its absolute path. */
  urlOf(path: string): string
  host: string
  /** The private key that it lets in. */
  key: string
  /** Where git finds the `ssh` of the test. */
  bin: string
  knownHosts: string
  /** It comes back with another key of its own, as a machine that was set up anew. */
  changeHostKey(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function makeKey(file: string): Promise<string> {
  const made = await runIn('/', ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file])
  if (made.code !== 0) throw new Error(made.stderr)
  return await Bun.file(file).text()
}

export async function openSshServer(dir: string): Promise<SshServer> {
  mkdirSync(join(dir, 'bin'), { recursive: true })
  const key = await makeKey(join(dir, 'key'))
  await makeKey(join(dir, 'host-1'))
  await makeKey(join(dir, 'host-2'))
  const knownHosts = join(dir, 'known_hosts')
  const ssh = `#!/bin/sh\nexec ${Bun.which('ssh')} -oUserKnownHostsFile=${knownHosts} -oGlobalKnownHostsFile=/dev/null "$@"\n`
  writeFileSync(join(dir, 'bin', 'ssh'), ssh)
  chmodSync(join(dir, 'bin', 'ssh'), 0o755)
  // Sshd wants this place when it is root's.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const user = Bun.spawnSync(['id', '-un']).stdout.toString().trim()
  const port = freePort()
  let child = await start({ dir, port, hostKey: 'host-1' })
  const end = async (): Promise<void> => {
    child.kill()
    await child.exited
  }
  return {
    urlOf: (path) => `ssh://${user}@127.0.0.1:${port}${path}`,
    host: `127.0.0.1:${port}`,
    ...{ key, knownHosts, bin: join(dir, 'bin') },
    async changeHostKey() {
      await end()
      child = await start({ dir, port, hostKey: 'host-2' })
    },
    [Symbol.asyncDispose]: end,
  }
}

async function start({ dir, port, hostKey }: { dir: string; port: number; hostKey: string }) {
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(dir, hostKey)}`,
    `AuthorizedKeysFile ${join(dir, 'key.pub')}`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    '',
  ]
  const file = join(dir, `${hostKey}.conf`)
  writeFileSync(file, settings.join('\n'))
  const child = Bun.spawn([sshd ?? '', '-D', '-e', '-f', file], {
    ...{ stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' },
  })
  let said = ''
  const decoder = new TextDecoder()
  for await (const chunk of child.stderr) {
    said += decoder.decode(chunk)
    if (said.includes('Server listening on')) return child
  }
  throw new Error(`sshd did not start: ${said}`)
}
