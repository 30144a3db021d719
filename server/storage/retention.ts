/**
 * What is no longer kept, by the settings under `retention`: found for a preview, removed by itself every hour and when somebody asks. Only what
 * belongs to tasks that are over goes, and each thing is looked at again right before.
 */
import { lstat, readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isNoRoom } from '#contract/errors.ts'
import type { RetentionReport } from '#contract/retention.ts'
import { updateAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { listEndedAgents } from '#db/retention.ts'
import type { OldImages } from '#images/old-images.ts'
import type { Clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { OutputStore } from '#streams/output-store.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { sweepEvents, toWarning } from './old-events.ts'
import { sweepUploads } from './old-uploads.ts'

/** Days and bytes; 0 keeps for ever, or without a limit. */
export type RetentionSettings = {
  output_days: number
  output_total: number
  event_days: number
  upload_days: number
  database_total: number
  mirror_days: number
  setup_days: number
  setup_total: number
}

export type Retention = {
  preview(): Promise<RetentionReport>
  /** Returns what was removed. One at a time: a second call waits for the first. */
  run(): Promise<RetentionReport>
}

export type RetentionOptions = {
  /** Read whenever it matters. */
  settings: RetentionSettings
  dataDir: string
  filesDir: string
  /** Path of the database. */
  database: string
  db: Db
  eventLog: Pick<EventLog, 'transact'>
  outputs: Pick<OutputStore, 'remove'>
  mirrors: Pick<Workspaces, 'whileMirrorUnused'>
  images: OldImages
  /** What setup commands of repositories left on the engine. */
  setups: {
    sweep(limits: { days: number; totalBytes: number }, isPreview: boolean): Promise<Found>
  }
  clock: Clock
  log: Log
}

type What = RetentionReport['items'][number]['what']
export type Found = { count: number; bytes: number }

const dayMs = 86_400_000

export function createRetention(options: RetentionOptions): Retention {
  const { log } = options
  let last: Promise<unknown> = Promise.resolve()

  const each = async (isPreview: boolean): Promise<RetentionReport> => {
    const sizes = await sizesIn(join(options.dataDir, 'output'))
    const kept = { database: await sizeOfDatabase(options), output: sumOf([...sizes.values()]) }
    const found: [What, Found][] = [
      ['output', await sweepOutput(options, { sizes, isPreview })],
      ['events', await sweepEvents(options, isPreview)],
      ['uploads', await sweepUploads(options, isPreview)],
      ['mirrors', await sweepMirrors(options, isPreview)],
      ['setups', await sweepSetups(options, isPreview)],
      ['images', await sweepImages(options, isPreview)],
      ['temporary', await sweepFiles(options, listTemporary(options), isPreview)],
    ]
    const items = found
      .filter(([, { count }]) => count > 0)
      .map(([what, all]) => ({ what, ...all }))
    const going = isPreview ? items.find(({ what }) => what === 'events') : undefined
    const warning = toWarning(options, going?.bytes ?? 0)
    const bytes = items.reduce((sum, each) => sum + each.bytes, 0)
    return { items, bytes, kept, ...(warning === undefined ? {} : { warning }) }
  }
  return {
    preview: () => each(true),
    run() {
      const now = last.then(async () => {
        const report = await each(false)
        for (const item of report.items) log.info('no longer kept', { ...item })
        if (report.warning !== undefined) log.warn('too much is kept', { detail: report.warning })
        return report
      })
      last = now.catch(() => {})
      return now
    },
  }
}

/** Ended agents' output past its days, and then the oldest until all of it fits. */
async function sweepOutput(
  options: RetentionOptions,
  { sizes, isPreview }: { sizes: ReadonlyMap<string, number>; isPreview: boolean },
): Promise<Found> {
  const { settings, db, clock } = options
  const before = settings.output_days === 0 ? 0 : clock.now() - settings.output_days * dayMs
  const ended = listEndedAgents(db)
    .map((agent): Ended => ({ ...agent, bytes: sizes.get(`${agent.agentId}.ndjson`) ?? 0 }))
    .filter(({ bytes }) => bytes > 0)
  let excess = settings.output_total === 0 ? 0 : sumOf([...sizes.values()]) - settings.output_total
  const going = ended.filter(({ overSince, bytes }) => {
    if (overSince >= before && excess <= 0) return false
    excess -= bytes
    return true
  })
  const removed = isPreview ? going : await removeOutput(options, { going, before })
  return { count: removed.length, bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0) }
}

type Ended = ReturnType<typeof listEndedAgents>[number] & { bytes: number }

async function removeOutput(
  { db, eventLog, outputs, settings, clock }: RetentionOptions,
  { going, before }: { going: readonly Ended[]; before: number },
): Promise<Ended[]> {
  const removed: Ended[] = []
  for (const agent of going) {
    // A task may have been begun anew since it was listed.
    if (listEndedAgents(db, agent.agentId).length === 0) continue
    await outputs.remove(agent.agentId)
    removed.push(agent)
    const { agentId, taskId, bytes, overSince } = agent
    const days = overSince < before ? { days: settings.output_days } : {}
    eventLog.transact((tx, record) => {
      updateAgent(tx, agentId, { outputRemoved: { at: clock.now(), bytes, ...days } })
      record({ taskId, agentId, type: 'output.removed', data: { bytes, ...days } })
    })
  }
  return removed
}

/** Caches of remotes that nobody fetched from for long; the next task on one fetches all of it again. */
async function sweepMirrors(options: RetentionOptions, isPreview: boolean): Promise<Found> {
  const { settings, dataDir, mirrors, clock } = options
  if (settings.mirror_days === 0) return { count: 0, bytes: 0 }
  const dir = join(dataDir, 'mirrors')
  const before = clock.now() - settings.mirror_days * dayMs
  const old = olderThan(dir, await list(dir), before)
  if (isPreview) return await sweepFiles(options, old, true)
  const removed: Found = { count: 0, bytes: 0 }
  for (const path of await old)
    await mirrors.whileMirrorUnused(path, async () => {
      // Somebody may have fetched into it meanwhile.
      const still = await olderThan(dir, [basename(path)], before)
      const { count, bytes } = await sweepFiles(options, Promise.resolve(still), false)
      removed.count += count
      removed.bytes += bytes
    })
  return removed
}

const sweepSetups = ({ setups, settings }: RetentionOptions, isPreview: boolean): Promise<Found> =>
  setups.sweep({ days: settings.setup_days, totalBytes: settings.setup_total }, isPreview)

/** Agent images of earlier versions. */
async function sweepImages({ images }: RetentionOptions, isPreview: boolean): Promise<Found> {
  const going = []
  for (const image of await images.list())
    if (isPreview || (await images.remove(image.tag))) going.push(image)
  return { count: going.length, bytes: going.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/** What a crash left behind: nothing that is being written is a day old. */
async function listTemporary({ dataDir, filesDir, clock }: RetentionOptions): Promise<string[]> {
  const before = clock.now() - dayMs
  const left = (await list(dataDir)).filter((name) => /\.(tmp|partial|new)$|^\.restore-/.test(name))
  const backups = join(dataDir, 'backups')
  const cut = (await list(backups)).filter((name) => name.endsWith('.partial'))
  const uploads = await Promise.all(
    (await list(filesDir)).map(async (task) => {
      const dir = join(filesDir, task, 'incoming')
      return await olderThan(dir, await list(dir), before)
    }),
  )
  return [
    ...(await olderThan(dataDir, left, before)),
    ...(await olderThan(backups, cut, before)),
    ...uploads.flat(),
  ]
}

async function sweepFiles(
  { log }: RetentionOptions,
  listing: Promise<string[]>,
  isPreview: boolean,
): Promise<Found> {
  const paths = await listing
  let bytes = 0
  for (const path of paths) {
    bytes += await sizeOf(path)
    if (isPreview) continue
    await rm(path, { recursive: true, force: true }).catch((error: unknown) => {
      if (isNoRoom(error)) return log.warn('not removed, the disk is full', { path })
      throw error
    })
  }
  return { count: paths.length, bytes }
}

async function sizeOfDatabase({ database }: RetentionOptions): Promise<number> {
  return sumOf(await Promise.all(['', '-wal'].map((ending) => sizeOf(`${database}${ending}`))))
}

/** Asked of the disk: the store would remember every agent there ever was. */
async function sizesIn(dir: string): Promise<Map<string, number>> {
  const names = await list(dir)
  const sizes = await Promise.all(names.map((name) => sizeOf(join(dir, name))))
  return new Map(names.map((name, index) => [name, sizes[index] ?? 0]))
}

async function list(dir: string): Promise<string[]> {
  return await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
}

async function olderThan(dir: string, names: readonly string[], before: number): Promise<string[]> {
  const paths = names.map((name) => join(dir, name))
  const changed = await Promise.all(paths.map(changedAt))
  return paths.filter((_, index) => (changed[index] ?? Number.POSITIVE_INFINITY) < before)
}

/** When it or what lies directly in it last changed; undefined when it is gone. */
async function changedAt(path: string): Promise<number | undefined> {
  const stats = await lstat(path).catch(() => undefined)
  if (!stats?.isDirectory()) return stats?.mtimeMs
  const inside = await Promise.all(
    (await list(path)).map((name) => lstat(join(path, name)).catch(() => stats)),
  )
  return Math.max(stats.mtimeMs, ...inside.map(({ mtimeMs }) => mtimeMs))
}

const sumOf = (all: readonly number[]): number => all.reduce((sum, bytes) => sum + bytes, 0)

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined)
  if (!stats?.isDirectory()) return stats?.size ?? 0
  const sizes = await Promise.all((await list(path)).map((name) => sizeOf(join(path, name))))
  return sumOf(sizes)
}
