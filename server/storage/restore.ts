/**
 * Puts a backup in the place of an installation, all of it or none. Everything is unpacked beside what is there and held to its hashes; only
 * then names change places, and a record of which makes that something to be finished after a crash, never half done.
 */
import { createHash, type Hash } from 'node:crypto'
import { constants, createReadStream, existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import { createDataLock, type DataLock, restoreMarker } from '#db/data-directory.ts'
import { checkDatabase } from '#db/integrity.ts'
import { readTar, type TarEntry } from '#lib/read-tar.ts'
import { invalid, type Manifest, manifestName, parseManifest } from './manifest.ts'
import { databaseName, makesWay, type Places, targetOf } from './places.ts'

export type RestoreOptions = {
  file: string
  places: Places
  /** What is there makes way, and is kept beside it. */
  force: boolean
  /** Only whether it could be used. */
  isCheck?: boolean
  now: number
}

export type Restored = {
  manifest: Manifest
  /** Folders with what was there before. */
  before: string[]
  /** An earlier restore was cut off in the middle, and this finished it instead of unpacking anything. */
  finished: boolean
}

/**
 * Throws `backup.invalid` for a file that is not, or not wholly, a backup this version can read, `data.refused` when a server works there or
 * something is there and `force` is not given. Nothing that was there has changed then.
 */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const { places, isCheck = false } = options
  if (isCheck) return await unpackAndCheck(options)
  await mkdir(places.dataDir, { recursive: true, mode: 0o700 })
  const lock = createDataLock()
  lock.take(places.dataDir, { isRestore: true })
  try {
    return await restoreLocked(options, lock)
  } finally {
    lock.release()
  }
}

async function unpackAndCheck(options: RestoreOptions): Promise<Restored> {
  const scratch = `.restore-check-${options.now}`
  const staging = createStaging(options.places, scratch)
  try {
    const manifest = await unpack(options.file, staging)
    await verifyDatabase(staging)
    return { manifest, before: [], finished: false }
  } finally {
    await staging.remove()
  }
}

async function restoreLocked(options: RestoreOptions, lock: DataLock): Promise<Restored> {
  const { file, places, force, now } = options
  const begun = await readMarker(places.dataDir)
  if (begun) {
    await finish(begun, places.dataDir)
    const manifest = await readManifestOf(file)
    return { manifest, before: keptOf(begun), finished: true }
  }
  if (!force) await refuseOccupied(places)
  const staging = createStaging(places, `.restore-${now}`)
  try {
    const manifest = await unpack(file, staging)
    await verifyDatabase(staging)
    lock.checkFormat(staging.pathIn(places.dataDir))
    const plan = await staging.plan(`.before-restore-${now}`)
    await writeSynced(restoreMarker(places.dataDir), JSON.stringify(plan))
    await finish(plan, places.dataDir)
    return { manifest, before: keptOf(plan), finished: false }
  } catch (error) {
    // Once the record is there it has to be finished, not taken back.
    if (!existsSync(restoreMarker(places.dataDir))) await staging.remove()
    throw error
  }
}

async function refuseOccupied(places: Places): Promise<void> {
  for (const dir of new Set([
    places.dataDir,
    places.filesDir,
    places.statesDir,
    dirname(places.database),
  ])) {
    const names = await listNames(dir)
    const found = names.filter((name) => name !== 'format' && makesWay(name, dir, places))
    if (found.length === 0) continue
    throw new AppError(
      'data.refused',
      `There is something in ${dir} already (${found.slice(0, 3).join(', ')}). Name an empty directory with --data-dir, or let it make way with --force: it is kept beside what is restored.`,
      { details: { reason: 'not-empty', path: dir } },
    )
  }
}

async function listNames(dir: string): Promise<string[]> {
  return existsSync(dir) ? await readdir(dir) : []
}

type Staging = ReturnType<typeof createStaging>

const Plan = v.object({
  roots: v.array(
    v.object({
      root: v.string(),
      staging: v.string(),
      before: v.string(),
      old: v.array(v.string()),
      names: v.array(v.string()),
    }),
  ),
})
type Plan = v.InferOutput<typeof Plan>

/** A folder beside what is there, in every directory that is filled, so that everything can be put in place by renaming. */
function createStaging(places: Places, name: string) {
  const roots = new Set<string>([places.dataDir])
  const pathIn = (root: string): string => join(root, name)
  const made = new Set<string>()
  const ensure = async (dir: string): Promise<void> => {
    if (made.has(dir)) return
    await mkdir(dir, { recursive: true, mode: 0o700 })
    made.add(dir)
  }
  return {
    pathIn,
    /** Where a file of the backup is unpacked. Throws `backup.invalid` for a name that belongs nowhere. */
    async place(entry: string): Promise<string> {
      const target = targetOf(entry, places)
      if (!target) throw invalid(`it has a file that belongs nowhere: ${entry.slice(0, 200)}`)
      roots.add(target.root)
      const path = join(pathIn(target.root), target.path)
      await ensure(dirname(path))
      return path
    },
    async addFolder(entry: string): Promise<void> {
      if (['data', 'files', 'states'].includes(entry)) return
      const target = targetOf(entry, places)
      if (!target) throw invalid(`it has a folder that belongs nowhere: ${entry.slice(0, 200)}`)
      roots.add(target.root)
      await ensure(join(pathIn(target.root), target.path))
    },
    async plan(before: string): Promise<Plan> {
      const list = async (root: string) => {
        const names = await listNames(pathIn(root))
        const present = await readdir(root)
        const old = present.filter((each) => makesWay(each, root, places) || names.includes(each))
        return { root, staging: pathIn(root), before: join(root, before), old, names }
      }
      return { roots: await Promise.all([...roots].map(list)) }
    },
    async remove(): Promise<void> {
      for (const root of roots) await rm(pathIn(root), { recursive: true, force: true })
    },
  }
}

/** Everything but what would be put in place; whatever is wrong with the file is found here. */
async function unpack(file: string, staging: Staging): Promise<Manifest> {
  const found = new Map<string, { size: number; sha256: string }>()
  let manifest: Manifest | undefined
  await readBackup(file, async (entry) => {
    if (entry.path === manifestName) {
      manifest = parseManifest(Buffer.concat(await Array.fromAsync(entry.content)).toString())
      return
    }
    if (found.has(entry.path)) throw invalid(`it has ${entry.path} twice`)
    found.set(entry.path, await store(entry, await staging.place(entry.path)))
  })
  if (!manifest) throw invalid('it was cut off before its end')
  compare(manifest, found)
  for (const folder of manifest.folders) await staging.addFolder(folder)
  return manifest
}

function compare(
  { files }: Manifest,
  found: ReadonlyMap<string, { size: number; sha256: string }>,
): void {
  for (const { path, size, sha256 } of files) {
    const file = found.get(path)
    if (!file) throw invalid(`${path} is missing in it`)
    if (file.size !== size || file.sha256 !== sha256) throw invalid(`${path} in it is damaged`)
  }
  if (files.length !== found.size) throw invalid('it has more in it than it says')
  if (!found.has(databaseName)) throw invalid('it has no database')
}

async function store(
  { content, mode }: TarEntry,
  path: string,
): Promise<{ size: number; sha256: string }> {
  const hash: Hash = createHash('sha256')
  const out = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode)
  let size = 0
  try {
    for await (const piece of content) {
      hash.update(piece)
      size += piece.length
      await out.writeFile(piece)
    }
    await out.datasync()
  } finally {
    await out.close()
  }
  return { size, sha256: hash.digest('hex') }
}

async function readBackup(file: string, take: (entry: TarEntry) => Promise<void>): Promise<void> {
  const source = createReadStream(file)
  const opened = Promise.withResolvers<void>()
  source.once('open', () => opened.resolve()).once('error', opened.reject)
  await opened.promise.catch((error: unknown) => {
    throw new AppError('backup.invalid', `${file} cannot be read.`, { cause: error })
  })
  const unzipped = createGunzip()
  source.on('error', (error) => unzipped.destroy(error))
  try {
    for await (const entry of readTar(source.pipe(unzipped))) await take(entry)
  } catch (error) {
    // What the file system says is no fault of the backup.
    const isSystem = error instanceof Error && 'syscall' in error
    if (error instanceof AppError || isSystem) throw error
    throw new AppError('backup.invalid', invalid('it is damaged or no backup at all').message, {
      cause: error,
    })
  } finally {
    source.destroy()
    unzipped.destroy()
  }
}

async function readManifestOf(file: string): Promise<Manifest> {
  let manifest: Manifest | undefined
  await readBackup(file, async ({ path, content }) => {
    const pieces: Uint8Array[] = []
    for await (const piece of content) if (path === manifestName) pieces.push(piece)
    if (path === manifestName) manifest = parseManifest(Buffer.concat(pieces).toString())
  })
  if (!manifest) throw invalid('it was cut off before its end')
  return manifest
}

async function verifyDatabase(staging: Staging): Promise<void> {
  checkDatabase(await staging.place(databaseName))
}

const keptOf = ({ roots }: Plan): string[] =>
  roots.filter(({ old }) => old.some((name) => name !== 'format')).map(({ before }) => before)

async function readMarker(dataDir: string): Promise<Plan | undefined> {
  const file = restoreMarker(dataDir)
  if (!existsSync(file)) return undefined
  return v.parse(Plan, JSON.parse(await readFile(file, 'utf8')))
}

/** Every line of it may be the last one and is done again by the next call. */
async function finish({ roots }: Plan, dataDir: string): Promise<void> {
  for (const each of roots) await putInPlace(each)
  for (const { root, staging, before } of roots) {
    await syncFolder(root)
    await rm(staging, { recursive: true, force: true })
    if ((await readdir(before)).every((name) => name === 'format'))
      await rm(before, { recursive: true })
  }
  await rm(restoreMarker(dataDir), { force: true })
  await syncFolder(dataDir)
}

async function putInPlace({ root, staging, before, old, names }: Plan['roots'][number]) {
  await mkdir(before, { recursive: true, mode: 0o700 })
  // What is not in the staging folder any more is in its place already.
  const isNew = (name: string): boolean => names.includes(name) && !existsSync(join(staging, name))
  for (const name of old)
    if (!isNew(name) && existsSync(join(root, name)))
      await rename(join(root, name), join(before, name))
  for (const name of names) if (!isNew(name)) await rename(join(staging, name), join(root, name))
}

async function writeSynced(file: string, text: string): Promise<void> {
  await writeFile(`${file}.tmp`, text, { mode: 0o600, flush: true })
  await rename(`${file}.tmp`, file)
  await syncFolder(dirname(file))
}

/** A rename survives a power cut once its folder is on disk. Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
