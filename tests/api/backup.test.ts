/** Backup and restore as people run them: processes on a data directory, a server at work on it among them. */
import { Database } from 'bun:sqlite'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { restoreMarker } from '#db/data-directory.ts'
import { packTar } from '#lib/pack-tar.ts'
import { readTar } from '#lib/read-tar.ts'
import { manifestName } from '#storage/manifest.ts'
import { gitIn } from '../support/git.ts'
import { klaudio, type Running, startKlaudio } from '../support/klaudio.ts'

let dir = ''
let running: Running[] = []
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'klaudio-backup-'))
})
afterEach(async () => {
  for (const each of running) each.kill('SIGKILL')
  await Promise.all(running.map(({ exited }) => exited))
  running = []
  rmSync(dir, { recursive: true, force: true })
})

const patient = 120_000
const at = (name: string): string => join(dir, name)
/** No engine answers: tasks wait for one, with their repositories made. */
const env = () => ({ DOCKER_HOST: `unix://${dir}/none.sock`, KLAUDIO_MIN_FREE: '0' })
const run = (...args: string[]) => klaudio(args, { cwd: dir, env: env() })

async function serve(name: string): Promise<{ url: string; server: Running }> {
  const server = startKlaudio(['serve', '--port', '0', '--data-dir', at(name)], {
    cwd: dir,
    env: env(),
  })
  running.push(server)
  await server.until(({ stdout }) => stdout().includes('Klaudio is at'))
  const [url = ''] = /http:\S+/.exec(server.stdout()) ?? []
  return { url, server }
}

async function ask<T>(url: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(url, init)
  expect(answer.ok || (await answer.text())).toBe(true)
  // The tests below look only at what the API describes.
  return (await answer.json()) as T
}

type TaskList = { total: number; tasks: { id: string; name: string; base_commit: string | null }[] }

const create = (url: string, name: string) =>
  ask<{ id: string }>(`${url}/api/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, prompt: 'Do it.', auto_start: true }),
  })

async function upload(url: string, taskId: string, text: string): Promise<void> {
  const form = new FormData()
  form.append('files[]', new File([text], 'notes.txt'))
  await ask(`${url}/api/tasks/${taskId}/files`, { method: 'POST', body: form })
}

const list = (url: string) => ask<TaskList>(`${url}/api/tasks?limit=200`)

/** Asks until it holds. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await Bun.sleep(20)
}

const prepared = mkdtempSync(join(tmpdir(), 'klaudio-backup-'))
let madeIds: Promise<string[]> | undefined
afterAll(() => rmSync(prepared, { recursive: true, force: true }))

/** A data directory with two tasks, served for as long as it took to make them: a copy of one that is made once. */
async function fill(name: string): Promise<string[]> {
  madeIds ??= make('made')
  const ids = await madeIds
  cpSync(join(prepared, 'data'), at(name), { recursive: true, preserveTimestamps: true })
  return ids
}

async function make(name: string): Promise<string[]> {
  const { url, server } = await serve(name)
  const ids = [(await create(url, 'First')).id, (await create(url, 'Second')).id]
  for (const id of ids) await upload(url, id, `for ${id}`)
  await until(async () => (await list(url)).tasks.every(({ base_commit }) => base_commit !== null))
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  cpSync(at(name), join(prepared, 'data'), { recursive: true, preserveTimestamps: true })
  rmSync(at(name), { recursive: true })
  return ids
}

const snapshot = (name: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(at(name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/(^|\/)lock$|-shm$|-wal$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, Bun.hash(readFileSync(path)).toString()]),
  )

test(
  'a backup of a server at work is whole, and the server on what was restored goes on with every task',
  async () => {
    const { url, server } = await serve('one')
    const first = await create(url, 'Before the backup')
    await upload(url, first.id, 'what it is about')
    await until(async () => (await list(url)).tasks[0]?.base_commit !== null)
    const load = (async () => {
      for (let count = 0; count < 6; count++) {
        const { id } = await create(url, `Load ${count}`)
        await upload(url, id, 'x'.repeat(50_000))
      }
    })()
    const made = await run('backup', '--data-dir', at('one'), '--to', at('b.tar.gz'))
    await load
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(statSync(at('b.tar.gz')).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir).filter((name) => /partial|database/.test(name))).toEqual([])
    const before = await list(url)
    server.kill('SIGKILL')
    await server.exited

    const restored = await run('restore', at('b.tar.gz'), '--data-dir', at('two'))
    expect(restored).toMatchObject({ code: 0, stderr: '' })
    const second = await serve('two')
    const after = await list(second.url)
    expect(after.tasks.map(({ id }) => id)).toContain(first.id)
    // A moment in the middle: all that was there then, in the order it came.
    const names = before.tasks.map(({ name }) => name)
    expect(names.slice(-after.total)).toEqual(after.tasks.map(({ name }) => name))
    const file = await fetch(`${second.url}/api/tasks/${first.id}/files/notes.txt?type=input`)
    expect(await file.text()).toBe('what it is about')
    // What was ready is whole, and what comes next works on it.
    const ready = after.tasks.filter(({ base_commit }) => base_commit !== null)
    expect(ready.map(({ id }) => id)).toContain(first.id)
    for (const { id } of ready.slice(-3))
      await gitIn(at(`two/repos/${id}.git`), 'fsck', '--full', '--strict')
    await create(second.url, 'After the restore')
    await until(async () => (await list(second.url)).tasks[0]?.base_commit !== null)
  },
  patient,
)

describe('a backup', () => {
  test(
    'holds no credentials unless asked for',
    async () => {
      await fill('one')
      for (const name of ['vault.key', 'access-token']) writeFileSync(at(`one/${name}`), 'secret!')
      await run('backup', '--data-dir', at('one'), '--to', at('plain.tar.gz'))
      await run('backup', '--data-dir', at('one'), '--to', at('all.tar.gz'), '--with-secrets')
      const names = async (file: string) => {
        const found: string[] = []
        for await (const { path, content } of readTar(
          bytesOf(gunzipSync(readFileSync(at(file)))),
        )) {
          await Array.fromAsync(content)
          found.push(path)
        }
        return found.filter((path) => /vault|access/.test(path)).sort()
      }
      expect(await names('plain.tar.gz')).toEqual([])
      expect(await names('all.tar.gz')).toEqual(['data/access-token', 'data/vault.key'])
    },
    patient,
  )

  test('never replaces a file, and of nothing there is none', async () => {
    writeFileSync(at('b.tar.gz'), 'mine')
    const taken = await run('backup', '--data-dir', at('none'), '--to', at('b.tar.gz'))
    expect(taken.code).toBe(1)
    expect(taken.stderr).toContain('exists already')
    expect(readFileSync(at('b.tar.gz'), 'utf8')).toBe('mine')
    const empty = await run('backup', '--data-dir', at('none'), '--to', at('c.tar.gz'))
    expect(empty.stderr).toContain('There is no database')
    expect(existsSync(at('c.tar.gz'))).toBe(false)
  })
})

async function* bytesOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

describe('a restore', () => {
  test(
    'changes nothing where something is, where a server runs, or with a backup that is not whole',
    async () => {
      const ids = await fill('one')
      await run('backup', '--data-dir', at('one'), '--to', at('b.tar.gz'))
      const good = readFileSync(at('b.tar.gz'))
      const plain = Buffer.from(gunzipSync(good))
      const flipped = Buffer.from(plain)
      const inUpload = flipped.indexOf(`for ${ids[0]}`)
      flipped[inUpload] = 0x46
      const damagedDb = Buffer.from(plain)
      damagedDb.fill(0xa5, 512 + 4096 * 4, 512 + 4096 * 6)
      const outside = [{ path: 'data/../../escaped', content: 'x' }]
      const broken: Record<string, Uint8Array> = {
        'cut.gz': good.subarray(0, good.length / 2),
        'no-end.gz': gzipSync(plain.subarray(0, plain.lastIndexOf(manifestName))),
        'flipped.gz': gzipSync(flipped),
        'database.gz': gzipSync(damagedDb),
        'strange.gz': Buffer.from('this is no backup'),
        'escape.gz': gzipSync(Buffer.concat(await Array.fromAsync(packTar(outside)))),
      }
      mkdirSync(at('two'))
      const before = snapshot('one')
      for (const [name, bytes] of Object.entries(broken)) {
        writeFileSync(at(name), bytes)
        for (const target of name === 'cut.gz' ? ['one', 'two'] : ['one']) {
          const ended = await run('restore', at(name), '--data-dir', at(target), '--force')
          expect([name, ended.code]).toEqual([name, 1])
        }
      }
      const occupied = await run('restore', at('b.tar.gz'), '--data-dir', at('one'))
      expect(occupied.stderr).toContain('--force')
      expect(snapshot('one')).toEqual(before)
      expect(readdirSync(at('two')).filter((name) => name !== 'lock')).toEqual([])

      const { server } = await serve('one')
      const used = await run('restore', at('b.tar.gz'), '--data-dir', at('one'), '--force')
      expect(used.code).toBe(1)
      expect(used.stderr).toContain('Another Klaudio is at work')
      server.kill('SIGTERM')
      await server.exited
    },
    patient,
  )

  test(
    'with --force keeps what was there beside it, and takes the place of a damaged database',
    async () => {
      await fill('one')
      await run('backup', '--data-dir', at('one'), '--to', at('b.tar.gz'))
      writeFileSync(at('one/klaudio.db'), 'no database any more'.repeat(500))
      writeFileSync(at('one/klaudio.db.damaged'), 'found\n')
      const ended = await run('restore', at('b.tar.gz'), '--data-dir', at('one'), '--force')
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      const [kept = ''] = readdirSync(at('one')).filter((name) => name.startsWith('.before-'))
      expect(readFileSync(at(`one/${kept}/klaudio.db`), 'utf8')).toStartWith('no database')
      const { url } = await serve('one')
      expect((await list(url)).total).toBe(2)
    },
    patient,
  )

  test(
    'that was cut off while things changed places is not served, and finished by the same command',
    async () => {
      await fill('one')
      await run('backup', '--data-dir', at('one'), '--to', at('b.tar.gz'))
      await run('restore', at('b.tar.gz'), '--data-dir', at('two'))
      // As it is when half has been put in place.
      const staging = at('two/.restore-1')
      mkdirSync(staging)
      for (const name of ['klaudio.db', 'repos'])
        Bun.spawnSync(['mv', at(`two/${name}`), join(staging, name)])
      const names = readdirSync(at('two')).filter(
        (name) => !name.startsWith('.') && name !== 'lock',
      )
      const root = {
        root: at('two'),
        staging,
        before: at('two/.before-restore-1'),
        old: [],
        names: [...names, 'klaudio.db', 'repos'],
      }
      writeFileSync(restoreMarker(at('two')), JSON.stringify({ roots: [root] }))
      const refused = await run('serve', '--port', '0', '--data-dir', at('two'))
      expect(refused.stderr).toContain('was cut off')
      const ended = await run('restore', at('b.tar.gz'), '--data-dir', at('two'))
      expect(ended).toMatchObject({ code: 0, stderr: '' })
      const { url } = await serve('two')
      expect((await list(url)).total).toBe(2)
    },
    patient,
  )

  test(
    'of a newer version is refused before anything changes; --check only looks',
    async () => {
      await fill('one')
      {
        using sqlite = new Database(at('one/klaudio.db'))
        sqlite.run("INSERT INTO migrations VALUES ('9999_from_tomorrow', 1)")
      }
      await run('backup', '--data-dir', at('one'), '--to', at('newer.tar.gz'))
      const ended = await run('restore', at('newer.tar.gz'), '--data-dir', at('two'))
      expect(ended.code).toBe(1)
      expect(ended.stderr).toContain('newer version')
      expect(existsSync(at('two/klaudio.db'))).toBe(false)
      const checked = await run('restore', at('newer.tar.gz'), '--check', '--data-dir', at('three'))
      expect(checked.stderr).toContain('newer version')
      expect(existsSync(at('three/klaudio.db'))).toBe(false)
    },
    patient,
  )
})
