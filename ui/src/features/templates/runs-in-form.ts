/** What the editor of a repository holds of the image that its agents run in. */
import * as v from 'valibot'
import type { RepoAnalysis } from '#contract/repo-memory.ts'
import { RunsIn } from '#contract/runs-in.ts'

export type RunsInForm = {
  kind: RunsIn['kind']
  /** Of the devcontainer.json or the Dockerfile. */
  path: string
  context: string
  image: string
}

export const runsInNames: Record<RunsIn['kind'], string> = {
  standard: 'The standard image',
  devcontainer: 'Its devcontainer.json',
  dockerfile: 'A Dockerfile in it',
  image: 'Another image',
}

export const toRunsInForm = (runsIn: RunsIn = { kind: 'standard' }): RunsInForm => ({
  kind: runsIn.kind,
  path: ('path' in runsIn && runsIn.path) || '',
  context: ('context' in runsIn && runsIn.context) || '',
  image: runsIn.kind === 'image' ? runsIn.image : '',
})

export function toRunsIn({ kind, path, context, image }: RunsInForm): RunsIn {
  const at = path.trim()
  switch (kind) {
    case 'standard':
      return { kind }
    case 'devcontainer':
      return { kind, ...(at !== '' && { path: at }) }
    case 'dockerfile':
      return { kind, path: at, ...(context.trim() !== '' && { context: context.trim() }) }
    case 'image':
      return { kind, image: image.trim() }
  }
}

/** Undefined when there is nothing wrong with it; a field that is only empty yet is missing when it is saved. */
export function runsInProblem(
  form: RunsInForm,
): { field: 'path' | 'context' | 'image'; text: string } | undefined {
  const { issues } = v.safeParse(RunsIn, toRunsIn(form))
  if (!issues) return undefined
  const [issue] = issues
  const field = issue.path?.at(-1)?.key
  return {
    field: field === 'context' || field === 'image' ? field : 'path',
    text: issue.message,
  }
}

/** What a repository has that could be chosen in place of the standard image, by what is known of it. */
export function offeredRunsIn({ key_files }: Pick<RepoAnalysis, 'key_files'>): RunsIn | undefined {
  const paths = key_files.map(({ path }) => path)
  const devcontainer = paths.find((path) =>
    /^(\.devcontainer\/([^/]+\/)?)?\.?devcontainer\.json$/.test(path),
  )
  if (devcontainer !== undefined) return { kind: 'devcontainer', path: devcontainer }
  const dockerfile = paths.find((path) => /(^|\/)(Dockerfile|Containerfile)$/.test(path))
  return dockerfile === undefined ? undefined : { kind: 'dockerfile', path: dockerfile }
}
