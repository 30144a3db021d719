/** Secrets among the saved settings: the file holds only references to a store that seals them. */
import * as v from 'valibot'
import { AppError, toMessage } from '#contract/errors.ts'
import type { Config } from './config.ts'
import { keys } from './keys.ts'
import type { Setting } from './problems.ts'

/** Where secrets are kept. `seal` and `open` throw what a person can act on. */
export type SecretStore = {
  /** Returns what `open` takes. */
  seal(value: string): string
  open(reference: string): string
  remove(reference: string): void
}

/** The store of an installation, asked for when the first secret has to be read or kept. */
export type OpenSecrets = (config: Config) => SecretStore

export const Saved = v.record(v.string(), v.unknown())
/** By key; a secret as `{ "sealed": "<reference>" }`. */
export type Saved = v.InferOutput<typeof Saved>

const Sealed = v.object({ sealed: v.string() })

const isSecret = (key: string): boolean => keys[key]?.secret === true
const toReference = (value: unknown): string | undefined =>
  v.is(Sealed, value) ? value.sealed : undefined
const isPlainSecret = (key: string, value: unknown): value is string =>
  isSecret(key) && typeof value === 'string' && value !== ''

export const hasPlainSecret = (saved: Saved): boolean =>
  Object.entries(saved).some(([key, value]) => isPlainSecret(key, value))

/** As settings, with the secrets themselves. One that does not open is left out and said; without a store all are left out. */
export function toSettings(
  saved: Saved,
  store: SecretStore | undefined,
): { settings: Setting[]; warnings: string[] } {
  const warnings: string[] = []
  const settings = Object.entries(saved).flatMap(([key, value]): Setting[] => {
    const reference = isSecret(key) ? toReference(value) : undefined
    if (reference === undefined) return [{ key, value, place: 'the request' }]
    if (!store) return []
    try {
      return [{ key, value: store.open(reference), place: 'the request' }]
    } catch (error) {
      warnings.push(`The saved ${key} is not used: ${toMessage(error)}`)
      return []
    }
  })
  return { settings, warnings }
}

/** The same with every secret sealed that is not yet. Throws `config.fixed` when there is no place to keep them. */
export function sealAll(saved: Saved, store: SecretStore | undefined): Saved {
  const sealed = Object.entries(saved).map(([key, value]): [string, unknown] => {
    if (!isPlainSecret(key, value)) return [key, value]
    if (!store)
      throw new AppError(
        'config.fixed',
        `${key} is a secret, which cannot be kept here: set ${keys[key]?.env}.`,
        { details: { key } },
      )
    return [key, { sealed: store.seal(value) }]
  })
  return Object.fromEntries(sealed)
}

/** Removes what `before` refers to and `after` does not. */
export function removeUnused(before: Saved, after: Saved, store: SecretStore | undefined): void {
  const used = new Set(Object.values(after).map(toReference))
  for (const reference of Object.values(before).map(toReference))
    if (reference !== undefined && !used.has(reference)) store?.remove(reference)
}
