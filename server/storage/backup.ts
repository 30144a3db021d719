/**
 * One file with everything an installation keeps, made while it works. The database is copied first, as it was at one moment; what it names
 * was on disk before it was named, so the files that are copied after it have all of it.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { copyDatabase } from '#db/snapshot.ts'
import { packTar, type TarFile } from '#lib/pack-tar.ts'
import { backupFormat, type Manifest, manifestName } from './manifest.ts'
import { databaseName, isPassing, isTemporary, type Places, secretNames } from './places.ts'

export type BackupOptions = {
  places: Places
  version: string
  withSecrets: boolean
  now: number
  /** Where the copy of the database is for as long as it takes; removed by the caller. */
  copyTo: string
}

/** The archive, uncompressed. `onEnd` is told what is in it once all of it was taken. */
export async function* packBackup(
  options: BackupOptions,
  onEnd: (manifest: Manifest) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const { places, copyTo } = options
  if (!existsSync(places.database))
    throw new AppError(
      'config.invalid',
      `There is no database at ${places.database}, so there is nothing to back up. Name the directory with --data-dir, or the settings with --config.`,
    )
  copyDatabase(places.database, copyTo)
  yield* packTar(listAll(options, onEnd))
}

async function* listAll(
  { places, version, withSecrets, now, copyTo }: BackupOptions,
  onEnd: (manifest: Manifest) => void,
): AsyncGenerator<TarFile> {
  const found: Found = { files: [], folders: [] }
  yield* single(copyTo, databaseName, found)
  const elsewhere = new Set([places.filesDir, places.statesDir, places.database])
  const isLeftOut = (path: string, name: string): boolean =>
    elsewhere.has(path) ||
    (dirname(path) === places.dataDir && isPassing(name)) ||
    (dirname(path) === places.dataDir && secretNames.has(name) && !withSecrets) ||
    path.startsWith(`${places.database}-`) ||
    isTemporary(name)
  for (const [name, dir] of [
    ['data', places.dataDir],
    ['files', places.filesDir],
    ['states', places.statesDir],
  ] as const)
    yield* walk(dir, name, { found, isLeftOut })
  const manifest: Manifest = {
    format: backupFormat,
    version,
    created_at: new Date(now).toISOString(),
    has_secrets: withSecrets,
    ...found,
  }
  yield { path: manifestName, content: JSON.stringify(manifest), mode: 0o600 }
  onEnd(manifest)
}

type Found = Pick<Manifest, 'files' | 'folders'>
type WalkOptions = { found: Found; isLeftOut: (path: string, name: string) => boolean }

/** Git writes objects before the refs that name them: copied the other way round, every ref finds its objects. */
const lateNames = ['objects']
/** How often a folder is listed again because packs were put together meanwhile. */
const maxListings = 5

async function* walk(dir: string, name: string, options: WalkOptions): AsyncGenerator<TarFile> {
  const seen = new Set<string>()
  if (await lstat(dir).catch(() => undefined)) options.found.folders.push(name)
  for (let listing = 0; listing < maxListings; listing++) {
    const names = (await list(dir)).filter((each) => !seen.has(each)).sort(byLateness)
    let isWhole = true
    for (const each of names) {
      seen.add(each)
      const wasThere = yield* copyEntry(join(dir, each), { each, name: `${name}/${each}` }, options)
      isWhole = isWhole && wasThere
    }
    // Packs are put together while others read them; nothing else takes the place of what goes.
    if (isWhole || !/\/objects(\/|$)/.test(name)) return
  }
}

/** False when it is gone: then something else may have come in its place. */
async function* copyEntry(
  path: string,
  { each, name }: { each: string; name: string },
  options: WalkOptions,
): AsyncGenerator<TarFile, boolean> {
  if (options.isLeftOut(path, each)) return true
  const stats = await lstat(path).catch(() => undefined)
  if (stats?.isDirectory()) yield* walk(path, name, options)
  return stats?.isFile() ? yield* single(path, name, options.found) : stats !== undefined
}

const byLateness = (a: string, b: string): number =>
  Number(lateNames.includes(a)) - Number(lateNames.includes(b)) || (a < b ? -1 : 1)

async function list(dir: string): Promise<string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'

const pieceBytes = 256 * 1024

/** A file as long as it was when it was opened: what is appended meanwhile belongs to the next backup. False when it is gone. */
async function* single(path: string, name: string, found: Found): AsyncGenerator<TarFile, boolean> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw error
  })
  if (!file) return false
  try {
    const { size, mode } = await file.stat()
    const hash = createHash('sha256')
    const read = async function* () {
      for (let at = 0; at < size; ) {
        const piece = new Uint8Array(Math.min(pieceBytes, size - at))
        const { bytesRead } = await file.read(piece, 0, piece.length, at)
        if (bytesRead === 0) throw new Error(`${path} became shorter while it was copied`)
        at += bytesRead
        const bytes = piece.subarray(0, bytesRead)
        hash.update(bytes)
        yield bytes
      }
    }
    yield { path: name, content: { sizeBytes: size, open: read }, mode: mode & 0o777 }
    found.files.push({ path: name, size, mode: mode & 0o777, sha256: hash.digest('hex') })
    return true
  } finally {
    await file.close()
  }
}
