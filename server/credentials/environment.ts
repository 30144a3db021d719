/** Variables for the agents of a repository. Secret values are in the vault, each row with its own copy, so that it dies with the row. */
import type { Vault } from '#auth/vault.ts'
import { AppError } from '#contract/errors.ts'
import type { KeptVariable, RepoEnvironment, ShownVariable } from '#contract/repo-environment.ts'
import type { Tx } from '#db/open.ts'

export type OpenedEnvironment = {
  values: Record<string, string>
  /** Which of the values may be kept nowhere. */
  secrets: string[]
}

export type Environments = {
  /** What is wanted in place of what was; a secret without a value keeps its own. Throws `request.invalid` for one that has none. */
  store(tx: Tx, wanted: RepoEnvironment, old: readonly KeptVariable[]): KeptVariable[]
  /** The same for another row, under secrets of its own. */
  copy(tx: Tx, kept: readonly KeptVariable[]): KeptVariable[]
  remove(tx: Tx, kept: readonly KeptVariable[]): void
  /** Throws `credentials.missing` when a secret does not open any more. */
  open(kept: readonly KeptVariable[]): OpenedEnvironment
}

export function createEnvironments(vault: Vault): Environments {
  const remove: Environments['remove'] = (tx, kept) => {
    for (const variable of kept) if ('secretId' in variable) vault.remove(tx, variable.secretId)
  }
  return {
    remove,
    store(tx, wanted, old) {
      const stored = wanted.map(({ name, value, is_secret: isSecret }) => {
        if (!isSecret) return { name, value: value ?? '' }
        if (value) return { name, secretId: vault.seal(tx, value) }
        const present = old.find((each) => each.name === name)
        if (present && 'secretId' in present) return present
        throw new AppError('request.invalid', `Give the secret ${name} a value.`)
      })
      const stay = new Set(stored.map((each) => ('secretId' in each ? each.secretId : '')))
      remove(
        tx,
        old.filter((each) => 'secretId' in each && !stay.has(each.secretId)),
      )
      return stored
    },
    copy: (tx, kept) =>
      kept.map((each) =>
        'secretId' in each
          ? { name: each.name, secretId: vault.seal(tx, vault.open(each.secretId)) }
          : each,
      ),
    open(kept) {
      const opened = kept.map((each) => ({
        name: each.name,
        isSecret: 'secretId' in each,
        value: 'secretId' in each ? vault.open(each.secretId) : each.value,
      }))
      return {
        values: Object.fromEntries(opened.map(({ name, value }) => [name, value])),
        secrets: opened.filter(({ isSecret }) => isSecret).map(({ value }) => value),
      }
    },
  }
}

/** Without the values of secrets. */
export const showEnvironment = (kept: readonly KeptVariable[]): ShownVariable[] =>
  kept.map((each) =>
    'secretId' in each
      ? { name: each.name, is_secret: true }
      : { name: each.name, value: each.value, is_secret: false },
  )
