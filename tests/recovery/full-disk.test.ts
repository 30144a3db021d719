/**
 * Everything the server writes, on a real file system with room for 0, 1, 2, ... pages until all of it fits: what does not fit is refused with
 * `disk.full` and leaves what was there, and the same works once there is room.
 */
import { expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isNoRoom } from '#contract/errors.ts'
import { writeBackup } from '../../server/backup.ts'
import { toRequest } from '../support/scenario.ts'
import { seedPlan } from '../support/seed.ts'
import { withWorkspace } from '../support/seed-files.ts'
import { findNoSmallDisk, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'
import { stride } from '../support/thorough.ts'

const why = findNoSmallDisk()
if (why !== undefined) console.log(`recovery/full-disk.test.ts is skipped: ${why}`)

const fileBytes = 9_000

/** Content that tells which round wrote it. */
const contentOf = (round: number): string => `${round}`.padEnd(fileBytes, '.')

type Deed = {
  /** False when it was refused for want of room. */
  attempt(app: TestApp, round: number): Promise<boolean>
  /** The round whose content is there. */
  read(app: TestApp): Promise<number>
}

/** Any other refusal than for want of room is a failure. */
async function isDone(response: Response): Promise<boolean> {
  if (response.ok) return true
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ code: 'disk.full' })
  return false
}

async function fits(work: () => unknown): Promise<boolean> {
  try {
    await work()
    return true
  } catch (error) {
    if (isNoRoom(error)) return false
    throw error
  }
}

const send = (
  app: TestApp,
  method: 'PUT' | 'POST',
  path: string,
  json: unknown,
): Promise<Response> => app.fetch(toRequest({ method, path: `/api${path}`, json }))
const get = (app: TestApp, path: string): Promise<Response> =>
  app.fetch(toRequest({ path: `/api${path}` }))

async function contentAt(app: TestApp, query: string): Promise<number> {
  const response = await get(app, `/tasks/t1/file-viewer?${query}`)
  const { content } = (await response.json()) as { content: string }
  expect(content).toHaveLength(fileBytes)
  return Number.parseInt(content, 10)
}

const upload = async (app: TestApp, round: number): Promise<boolean> => {
  const form = new FormData()
  form.append('files[]', new File([contentOf(round)], 'notes.txt'))
  return isDone(
    await app.fetch(toRequest({ method: 'POST', path: '/api/tasks/t1/files', body: form })),
  )
}

const deeds: Record<string, Deed> = {
  upload: { attempt: upload, read: (app) => contentAt(app, 'type=input&path=notes.txt') },
  'a changed file': {
    attempt: async (app, round) =>
      isDone(
        await send(app, 'PUT', '/tasks/t1/file-viewer?type=workspace&path=src/main.txt', {
          content: contentOf(round),
        }),
      ),
    read: (app) => contentAt(app, 'type=workspace&path=src/main.txt'),
  },
  settings: {
    attempt: async (app, round) =>
      isDone(
        await send(app, 'PUT', '/config', { claude: { model: `${round}`.padEnd(4000, '.') } }),
      ),
    async read(app) {
      const response = await get(app, '/config')
      const { claude } = (await response.json()) as { claude: { model: string } }
      return Number.parseInt(claude.model, 10)
    },
  },
  'a new task': {
    attempt: async (app, round) =>
      isDone(await send(app, 'POST', '/tasks', { name: `${round}`, prompt: contentOf(round) })),
    async read(app) {
      const response = await get(app, '/tasks?limit=200')
      const { tasks } = (await response.json()) as { tasks: { name: string }[] }
      return Math.max(...tasks.map(({ name }) => Number(name)).filter((name) => name >= 0))
    },
  },
  output: {
    attempt: ({ outputs }, round) =>
      fits(() =>
        outputs.append('agent', round * fileBytes, new TextEncoder().encode(contentOf(round))),
      ),
    async read({ outputs }) {
      const size = outputs.size('agent')
      const bytes = await outputs.read('agent', size - fileBytes, size)
      return Number.parseInt(new TextDecoder().decode(bytes), 10)
    },
  },
  'the end of an output': {
    attempt: ({ outputs }, round) =>
      fits(() => {
        outputs.append(`ended${round}`, 0, new Uint8Array([10]))
        outputs.end(`ended${round}`)
      }),
    async read({ outputs }) {
      let round = 0
      while (outputs.isEnded(`ended${round + 1}`)) round++
      return round
    },
  },
  checkpoint: {
    async attempt(app, round) {
      if (!(await isDone(await send(app, 'POST', '/tasks/t1/checkpoints', { label: `${round}` }))))
        return false
      await app.checkpoints.settled()
      return app.checkpoints
        .list('t1')
        .some((one) => one.label === `${round}` && one.status === 'ready')
    },
    async read(app) {
      const ready = app.checkpoints.list('t1').filter(({ status }) => status === 'ready')
      return Math.max(...ready.map(({ label }) => Number(label)))
    },
  },
  backup: {
    attempt: ({ dir }, round) =>
      fits(() =>
        writeBackup(join(dir, 'backups', `${round}.tar.gz`), {
          places: {
            dataDir: dir,
            filesDir: join(dir, 'files'),
            statesDir: join(dir, 'states'),
            database: join(dir, 'klaudio.db'),
          },
          version: 'test',
          withSecrets: false,
          now: 0,
        }),
      ),
    async read({ dir }) {
      const names = readdirSync(join(dir, 'backups'))
      expect(names.filter((name) => !name.endsWith('.gz'))).toEqual([])
      return Math.max(...names.map((name) => Number.parseInt(name, 10)))
    },
  },
}

type Sweep = { app: TestApp; disk: SmallDisk; step: number }

/** Returns how often something was refused. */
async function sweep({ app, disk, step }: Sweep, tried: typeof deeds): Promise<number> {
  const all = Object.entries(tried)
  let refused = 0
  let isEnough = false
  for (let pages = 0, round = 1; !isEnough; pages += step, round++) {
    isEnough = true
    for (const [what, deed] of all) {
      const done = await tryOut({ app, disk, what, deed, pages, round })
      if (!done) refused++
      isEnough &&= done
    }
  }
  return refused
}

async function tryOut(at: {
  app: TestApp
  disk: SmallDisk
  what: string
  deed: Deed
  pages: number
  round: number
}): Promise<boolean> {
  const { app, disk, what, deed, pages, round } = at
  disk.fill(pages)
  const done = await deed.attempt(app, round)
  const there = await deed.read(app)
  expect({ what, pages, there }).toEqual({ what, pages, there: done ? round : round - 1 })
  disk.empty()
  const again = done || (await deed.attempt(app, round))
  expect({ what, pages, again, there: await deed.read(app) }).toEqual({
    ...{ what, pages, again: true, there: round },
  })
  return done
}

test.skipIf(why !== undefined)(
  'whatever does not fit is refused and changes nothing, with any room there is, and works once there is more',
  async () => {
    const place = mkdtempSync(join(tmpdir(), 'klaudio-full-'))
    using disk = mountSmallDisk(place, 20)
    mkdirSync(join(place, 'data'))
    await using app = await openTestApp({ dir: join(place, 'data') })
    await withWorkspace(app)
    seedPlan(app.db, 't1')
    mkdirSync(join(app.dir, 'backups'))
    for (const [what, { attempt }] of Object.entries(deeds))
      expect([what, await attempt(app, 0)]).toEqual([what, true])
    const { backup, ...small } = deeds
    expect(await sweep({ app, disk, step: stride(1, 5) }, small)).toBeGreaterThan(10)
    if (backup)
      expect(await sweep({ app, disk, step: stride(16, 3) }, { backup })).toBeGreaterThan(2)
  },
  120_000,
)
