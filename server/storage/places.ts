/** What belongs to an installation, and under which name it stands in a backup, wherever it lies here. */
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import type { Config } from '#config/config.ts'

export type Places = {
  dataDir: string
  filesDir: string
  statesDir: string
  database: string
}

export const placesOf = ({ storage, database }: Pick<Config, 'storage' | 'database'>): Places => ({
  dataDir: storage.data_dir,
  filesDir: storage.files_dir,
  statesDir: storage.states_dir,
  database: database.path,
})

/** Names in a backup; a file of it lies below one of them. */
export const databaseName = 'database/klaudio.db'

/** Whoever has these has the secrets of the installation, so they are left out unless asked for. */
export const secretNames: ReadonlySet<string> = new Set(['vault.key', 'access-token'])

/** At the top of the data directory: what is made again by itself, or belongs to the running server. */
const passing = new Set([
  'mirrors',
  'cache',
  'backups',
  'address',
  'lock',
  'lock-journal',
  'restore-unfinished',
])
const temporary =
  /(\.tmp|\.new|\.partial|\.partial-[\w-]+|-journal|-wal|-shm)$|^\.(restore|before-restore)-/

/** Whether a name at the top of the data directory is left out of every backup. */
export const isPassing = (name: string): boolean => passing.has(name) || temporary.test(name)
/** The same for a name anywhere. */
export const isTemporary = (name: string): boolean => temporary.test(name) || name === 'incoming'

export function isInside(path: string, dir: string): boolean {
  const way = relative(dir, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** A directory that a restore fills, with the way of a file in it. */
export type Target = { root: string; path: string }

/** Where a file of a backup belongs here. Undefined for a name that belongs nowhere. */
export function targetOf(name: string, places: Places): Target | undefined {
  const [top = '', ...parts] = name.split('/')
  if (parts.length === 0 || parts.some((part) => /^\.{0,2}$|[\\\0]/.test(part))) return undefined
  if (name === databaseName) return within(places.database, places)
  const dir = { data: places.dataDir, files: places.filesDir, states: places.statesDir }[top]
  return dir === undefined ? undefined : within(join(dir, ...parts), places, dir)
}

/** What lies in the data directory is put there together with it. */
function within(path: string, { dataDir }: Places, dir = dirname(path)): Target {
  const root = isInside(path, dataDir) ? dataDir : dir
  return { root, path: relative(root, path) }
}

/** Names at the top of a root that make way for a backup: all but caches and the lock, and beside a database elsewhere only what is part of it. */
export function makesWay(name: string, root: string, { dataDir, database }: Places): boolean {
  if (root !== dataDir && root === dirname(database)) {
    const own = basename(database)
    return ['', '-wal', '-shm', '.damaged'].some((suffix) => name === `${own}${suffix}`)
  }
  return !(passing.has(name) || secretNames.has(name) || /^\.(restore|before-restore)-/.test(name))
}
