/** What stands at the end of a backup: everything in it, with its hash. */
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'

/** Of the archive, not of what is in it. */
export const backupFormat = 1
export const manifestName = 'klaudio-backup.json'

export const Manifest = v.object({
  format: v.number(),
  /** Version of Klaudio that wrote it. */
  version: v.string(),
  created_at: v.string(),
  /** Whether the vault's key and the owner's token are in it. */
  has_secrets: v.boolean(),
  /** Folders, also empty ones, without those that follow from a file. */
  folders: v.array(v.string()),
  files: v.array(
    v.object({
      path: v.string(),
      size: v.number(),
      mode: v.number(),
      /** SHA-256 in hex. */
      sha256: v.string(),
    }),
  ),
})
export type Manifest = v.InferOutput<typeof Manifest>

/** Throws `backup.invalid`. */
export function parseManifest(text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('its list of contents cannot be read')
  }
  const { format } = v.is(v.object({ format: v.number() }), value) ? value : { format: 0 }
  if (format > backupFormat)
    throw invalid(`it was written by a newer version of Klaudio (form ${format})`)
  const parsed = v.safeParse(Manifest, value)
  if (!parsed.success) throw invalid('its list of contents is not as it should be')
  return parsed.output
}

export const invalid = (why: string): AppError =>
  new AppError('backup.invalid', `This backup cannot be used: ${why}. Nothing was changed.`)
