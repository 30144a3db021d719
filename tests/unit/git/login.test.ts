/** Keys reach git through an agent of their own, and nothing else. */
import { expect, test } from 'bun:test'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { describeKey } from '#credentials/ssh-key.ts'
import { withLogin } from '#git/login.ts'
import { createGit } from '#git/process.ts'

function open() {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-login-'))
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}
function makeKey(dir: string, passphrase = ''): string {
  const file = join(dir, `key-${passphrase}`)
  const made = Bun.spawnSync(['ssh-keygen', '-q', '-t', 'ed25519', '-N', passphrase, '-f', file])
  if (made.exitCode !== 0) throw new Error(made.stderr.toString())
  return readFileSync(file, 'utf8').trim()
}
const fingerprintOf = (dir: string): string =>
  Bun.spawnSync(['ssh-keygen', '-lf', join(dir, 'key-.pub')])
    .stdout.toString()
    .split(' ')[1] ?? ''

test('a key is known by its type and fingerprint, and one with a passphrase is refused', () => {
  using place = open()
  const key = makeKey(place.dir)
  expect(describeKey(key)).toBe(`ssh-ed25519 ${fingerprintOf(place.dir)}`)
  expect(() => describeKey(makeKey(place.dir, 'secret'))).toThrow('needs a passphrase')
  expect(() => describeKey(key.replace(/\n[\s\S]*\n/, '\nAAAA\n'))).toThrow(
    'not a whole private key',
  )
})

test('git asks an agent that has this key and no other, and nothing of it is left', async () => {
  using place = open()
  const { dir } = place
  const key = makeKey(dir)
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  const seen = join(dir, 'seen')
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\nssh-add -l > ${seen}\necho "$*" >> ${seen}\nexit 3\n`)
  chmodSync(join(bin, 'ssh'), 0o755)
  const git = createGit({
    environment: { ...process.env, PATH: `${bin}:${process.env.PATH}`, SSH_AUTH_SOCK: '/nowhere' },
  })
  const before = readdirSync(tmpdir()).filter((name) => name.startsWith('klaudio-ssh-'))
  const url = 'git@example.test:a/b.git'
  const asking = withLogin({ url, login: { privateKey: key } }, (login) =>
    git.run(['ls-remote', url], { dir, protocols: ['ssh'], ...login }),
  )
  await expect(asking).rejects.toBeInstanceOf(AppError)
  const [agent = '', ssh = ''] = readFileSync(seen, 'utf8').split('\n')
  expect(agent).toContain(fingerprintOf(dir))
  expect(readFileSync(seen, 'utf8')).not.toContain(key.slice(40, 80))
  expect(ssh).toContain('-oBatchMode=yes')
  const after = readdirSync(tmpdir()).filter((name) => name.startsWith('klaudio-ssh-'))
  expect(after.filter((name) => !before.includes(name))).toEqual([])
})

test('a key that is none is refused with what to do', async () => {
  const login = { privateKey: '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----' }
  await expect(withLogin({ url: 'git@a.test:b', login }, async () => 1)).rejects.toThrow(
    'The SSH key cannot be read.',
  )
})
