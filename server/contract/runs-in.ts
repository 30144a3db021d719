/** What the agents of a repository run in: the standard image, or one that the repository itself describes. */
import * as v from 'valibot'

const path = (what: string) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.nonEmpty(`Give ${what}.`),
    v.maxLength(500),
    v.check(
      (text) =>
        !/[\0\n]/.test(text) &&
        !text.startsWith('/') &&
        !text.includes('\\') &&
        !text.split('/').includes('..'),
      'A path begins at the top of the repository and stays inside it, such as docker/Dockerfile.',
    ),
  )

const image = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(300),
  v.regex(
    /^[a-z0-9][a-z0-9._:-]*(\/[a-z0-9._-]+)*(:[\w][\w.-]*)?(@sha256:[a-f0-9]{64})?$/,
    'Give the name of an image, such as python:3.12-slim.',
  ),
)

export const RunsIn = v.variant('kind', [
  v.object({ kind: v.literal('standard') }),
  v.object({
    kind: v.literal('devcontainer'),
    /** Its devcontainer.json; found where such files are when absent. */
    path: v.optional(path('the path of the devcontainer.json')),
  }),
  v.object({
    kind: v.literal('dockerfile'),
    path: path('the path of the Dockerfile'),
    /** The folder that its COPY takes files from; the whole repository when absent. */
    context: v.optional(path('the folder of the build context')),
  }),
  v.object({ kind: v.literal('image'), image }),
])
export type RunsIn = v.InferOutput<typeof RunsIn>

/** One that is not the standard image. */
export type OwnImage = Exclude<RunsIn, { kind: 'standard' }>

/** Null for the standard image. */
export const toOwnImage = (runsIn: RunsIn | null | undefined): OwnImage | null =>
  runsIn && runsIn.kind !== 'standard' ? runsIn : null

/** `standard`, `devcontainer`, `devcontainer:PATH`, `dockerfile:PATH`, `image:NAME`; undefined for anything else. */
export function parseRunsIn(text: string): RunsIn | undefined {
  const at = text.indexOf(':')
  const [kind, rest] = at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
  const given =
    kind === 'image' ? { kind, image: rest } : { kind, ...(rest !== '' && { path: rest }) }
  const read = v.safeParse(RunsIn, given)
  return read.success ? read.output : undefined
}

/** As a phrase: what is built, or used. */
export function describeRunsIn(runsIn: RunsIn): string {
  switch (runsIn.kind) {
    case 'standard':
      return 'the standard image'
    case 'devcontainer':
      return runsIn.path ?? 'its devcontainer.json'
    case 'dockerfile':
      return runsIn.path
    case 'image':
      return runsIn.image
  }
}
