/** `klaudio backup` and `klaudio restore`: they work on the data directory itself, the first one beside a running server. */
import { constants } from 'node:fs'
import { open, rename, rm, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Command } from '#cli/arguments.ts'
import { loadConfig } from '#config/load.ts'
import { AppError, isFailing, isNoRoom } from '#contract/errors.ts'
import { packBackup } from '#storage/backup.ts'
import type { Manifest } from '#storage/manifest.ts'
import { placesOf } from '#storage/places.ts'
import { restore } from '#storage/restore.ts'

type Given<Name extends Command['name']> = Extract<Command, { name: Name }> & {
  version: string
  print: (line: string) => void
}

const openPlaces = ({ config, flags }: { config?: string; flags: Record<string, string> }) =>
  placesOf(loadConfig({ ...(config === undefined ? {} : { file: config }), flags }).config)

/** Returns the exit code. */
export async function runBackup(command: Given<'backup'>): Promise<number> {
  const { withSecrets, version, print, json } = command
  const now = Date.now()
  const stamp = new Date(now).toISOString().slice(0, 19).replaceAll(':', '-')
  const file = resolve(command.to ?? `klaudio-backup-${stamp}.tar.gz`)
  const places = openPlaces(command)
  const manifest = await writeBackup(file, { places, version, withSecrets, now })
  const { size } = await stat(file)
  if (json) {
    const { files, folders, ...said } = manifest
    print(JSON.stringify({ file, bytes: size, files: files.length, ...said }, null, 2))
    return 0
  }
  print(`${file}: ${manifest.files.length} files, ${toMegabytes(size)}`)
  print(
    withSecrets
      ? 'The vault’s key and the access token are in it: whoever has this file has your credentials.'
      : 'Credentials are not in it (--with-secrets adds them): after a restore saved keys and tokens of repositories have to be entered again.',
  )
  return 0
}

/** The whole file or none, for its owner only. */
export async function writeBackup(
  file: string,
  options: Omit<Parameters<typeof packBackup>[0], 'copyTo'>,
): Promise<Manifest> {
  const partial = `${file}.partial`
  const copyTo = `${file}.database`
  let manifest: Manifest | undefined
  try {
    await refuseExisting(file)
    await rm(partial, { force: true })
    const out = await open(
      partial,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
      0o600,
    )
    try {
      const archive = packBackup({ ...options, copyTo }, (all) => {
        manifest = all
      })
      const write = async (zipped: AsyncIterable<Uint8Array>): Promise<void> => {
        for await (const piece of zipped) await out.writeFile(piece)
      }
      await pipeline(Readable.from(archive), createGzip({ level: 1 }), write)
      await out.sync()
    } finally {
      await out.close()
    }
    await rename(partial, file)
  } catch (error) {
    await rm(partial, { force: true })
    throw isNoRoom(error) && !isFailing(error) ? noRoom(file, error) : error
  } finally {
    await rm(copyTo, { force: true })
  }
  if (!manifest) throw new Error('the backup ended without its list of contents')
  return manifest
}

async function refuseExisting(file: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (isThere)
    throw new AppError('request.invalid', `${file} exists already. Name another file with --to.`)
}

const noRoom = (file: string, cause: unknown): AppError =>
  new AppError(
    'disk.full',
    `There is no room for ${file}; nothing is left of it. Name another place with --to.`,
    {
      cause,
    },
  )

/** Returns the exit code. */
export async function runRestore(command: Given<'restore'>): Promise<number> {
  const { file, force, isCheck, print } = command
  const places = openPlaces(command)
  const { manifest, before, finished } = await restore({
    file: resolve(file),
    places,
    force,
    isCheck,
    now: Date.now(),
  })
  const what = `${manifest.files.length} files of ${manifest.created_at}, written by Klaudio ${manifest.version}`
  if (isCheck) {
    print(`${file} is whole: ${what}`)
    return 0
  }
  print(finished ? `The restore that was cut off is finished.` : `Restored ${what}.`)
  for (const dir of before)
    print(`What was there before is in ${dir}; remove it when you need it no more.`)
  if (!manifest.has_secrets)
    print('Credentials were not in it: enter saved keys and tokens of repositories again.')
  print(`Start Klaudio with ${places.dataDir} to go on.`)
  return 0
}

const toMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
