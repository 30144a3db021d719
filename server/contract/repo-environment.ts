/** Variables that the agents of a repository find in their environment. Secret ones go in and are never shown again. */
import * as v from 'valibot'

/** What the container and the CLI stand on, and what logs them in: another value would break or expose them. */
const reserved =
  /^(PATH|HOME|USER|SHELL|TMPDIR|IFS|PS4|ENV|BASH_ENV|NODE_OPTIONS|LD_.*|PERL5.*|ANTHROPIC_.*|CLAUDE.*|KLAUDIO_.*)$/i

const name = v.pipe(
  v.string(),
  v.regex(
    /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
    'A variable has a name of letters, digits and _, such as DATABASE_URL.',
  ),
  v.check(
    (text) => !reserved.test(text),
    'This name is taken by the container, the CLI or its login. Choose another.',
  ),
)

const longestValue = 32_000
const shortestSecret = 8
const value = v.pipe(
  v.string(),
  v.maxLength(longestValue),
  // A NUL cannot be in an environment.
  v.check((text) => !text.includes('\0'), 'A value is text.'),
)

export const RepoVariable = v.pipe(
  v.object({
    name,
    /** Of a secret that is there already it may be left out: it stays. */
    value: v.nullish(value),
    /** Sealed, never shown again, and kept out of checkpoints. */
    is_secret: v.nullish(v.boolean(), false),
  }),
  v.check(
    (each) => each.is_secret || typeof each.value === 'string',
    'A variable that is no secret has a value.',
  ),
  v.check(
    (each) => !each.is_secret || !each.value || each.value.length >= shortestSecret,
    `A secret has at least ${shortestSecret} characters; what is shorter would be found everywhere.`,
  ),
)

export const RepoEnvironment = v.pipe(
  v.array(RepoVariable),
  v.maxLength(100),
  v.check(
    (all) => new Set(all.map((each) => each.name)).size === all.length,
    'Each variable may be there once.',
  ),
)
export type RepoEnvironment = v.InferOutput<typeof RepoEnvironment>

/** Without the values of secrets. */
export const ShownVariable = v.object({
  name: v.string(),
  value: v.optional(v.string()),
  is_secret: v.boolean(),
})
export type ShownVariable = v.InferOutput<typeof ShownVariable>

/** As it is kept: a secret by its id in the vault. */
export type KeptVariable = { name: string; value: string } | { name: string; secretId: string }
