import { expect, test } from 'bun:test'
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readOrCreateKey } from '#auth/key-file.ts'
import { createVault } from '#auth/vault.ts'
import { openDb } from '#db/open.ts'
import { findSecret, insertSecret } from '#db/secrets.ts'

async function openVault() {
  const dir = await mkdtemp(join(tmpdir(), 'klaudio-vault-'))
  const { db, close } = openDb(join(dir, 'klaudio.db'))
  const keyFile = join(dir, 'keys', 'vault.key')
  return {
    dir,
    db,
    keyFile,
    vault: createVault({ db, keyFile }),
    async [Symbol.asyncDispose]() {
      close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

test('a sealed token opens again, also for the next start of the server', async () => {
  await using area = await openVault()
  const id = area.vault.seal(area.db, 'ghp_secret ☃')

  expect(area.vault.open(id)).toBe('ghp_secret ☃')
  expect(createVault({ db: area.db, keyFile: area.keyFile }).open(id)).toBe('ghp_secret ☃')
})

test('the database file never holds the token, and no two rows look alike', async () => {
  await using area = await openVault()
  const ids = [area.vault.seal(area.db, 'ghp_secret'), area.vault.seal(area.db, 'ghp_secret')]
  const files = await readdir(area.dir)
  const bytes = await Promise.all(
    files
      .filter((name) => name.startsWith('klaudio.db'))
      .map((name) => readFile(join(area.dir, name))),
  )

  expect(Buffer.concat(bytes).includes('ghp_secret')).toBe(false)
  const [first, second] = ids.map((id) => findSecret(area.db, id)?.sealed)
  expect(first).not.toBe(second)
})

test('only the owner may read the key file, and a looser one is tightened', async () => {
  await using area = await openVault()
  const id = area.vault.seal(area.db, 'token')
  expect((await stat(area.keyFile)).mode & 0o777).toBe(0o600)

  await chmod(area.keyFile, 0o644)
  expect(createVault({ db: area.db, keyFile: area.keyFile }).open(id)).toBe('token')
  expect((await stat(area.keyFile)).mode & 0o777).toBe(0o600)
})

test('making the key leaves nothing beside it and gives everybody the same one', async () => {
  await using area = await openVault()
  const keys = Array.from({ length: 5 }, () =>
    Buffer.from(readOrCreateKey(area.keyFile)).toString('hex'),
  )

  expect(new Set(keys).size).toBe(1)
  expect(await readdir(join(area.dir, 'keys'))).toEqual(['vault.key'])
})

test('a changed value, a row moved under another id and another key are refused with what to do', async () => {
  await using area = await openVault()
  const id = area.vault.seal(area.db, 'token')
  const sealed = findSecret(area.db, id)?.sealed ?? ''
  insertSecret(area.db, { id: 'moved', sealed, createdAt: 0 })
  const flipped = sealed.slice(0, -3) + (sealed.at(-3) === 'A' ? 'B' : 'A') + sealed.slice(-2)
  insertSecret(area.db, { id: 'flipped', sealed: flipped, createdAt: 0 })
  insertSecret(area.db, { id: 'short', sealed: 'v1.AAAA', createdAt: 0 })
  const other = createVault({ db: area.db, keyFile: join(area.dir, 'other.key') })

  for (const attempt of [
    () => area.vault.open('moved'),
    () => area.vault.open('flipped'),
    () => area.vault.open('short'),
    () => other.open(id),
    () => area.vault.open('unknown'),
  ])
    expect(attempt).toThrow(/Give it again/)
})

test('a removed secret is gone', async () => {
  await using area = await openVault()
  const id = area.vault.seal(area.db, 'token')
  area.vault.remove(area.db, id)
  expect(() => area.vault.open(id)).toThrow(/gone/)
})

test('a key file that is damaged or a link is neither used nor replaced', async () => {
  await using area = await openVault()
  const damaged = join(area.dir, 'damaged.key')
  await writeFile(damaged, 'too short\n')
  const link = join(area.dir, 'link.key')
  await symlink(damaged, link)

  expect(() => readOrCreateKey(damaged)).toThrow(/cannot be used/)
  expect(() => readOrCreateKey(link)).toThrow(/cannot be used/)
  expect(await readFile(damaged, 'utf8')).toBe('too short\n')
})
