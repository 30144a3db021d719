/** The build context of a project's Dockerfile: files of one commit, less what `.dockerignore` names. Nothing of the machine is ever in it. */
import { pickFromTar } from '#docker/tar.ts'
import type { TreeEntry, Workspaces } from '#workspaces/workspaces.ts'
import { type Ignores, parseIgnore } from './docker-ignore.ts'
import { below } from './paths.ts'
import { refusal } from './refusal.ts'

/** A commit of a task's repository. */
export type Tree = {
  entries: readonly (TreeEntry & { oid: string })[]
  /** Throws `image.failed` for what is no file, or larger than a text that a person wrote. */
  text(path: string): Promise<string>
  archive(): AsyncIterable<Uint8Array>
  /** Stands for all files of submodules; undefined where there are none. */
  submodules: string | undefined
}

export type BuildContext = {
  /** What decides its content, in a stable order. */
  files: [path: string, mode: string, oid: string][]
  /** As the engine is told it. */
  dockerfile: string
  tar: () => AsyncIterable<Uint8Array>
}

const maxTextBytes = 1024 * 1024
/** What is sent to the engine for one build. */
const maxContextBytes = 1024 ** 3

export async function readTree(
  workspaces: Pick<Workspaces, 'list' | 'objects' | 'read' | 'archive' | 'submoduleTree'>,
  taskId: string,
  commit: string,
): Promise<Tree> {
  const [listed, objects, submodules] = await Promise.all([
    workspaces.list(taskId, commit),
    workspaces.objects(taskId, commit),
    workspaces.submoduleTree(taskId, commit),
  ])
  const oids = new Map(objects.map(({ path, oid }) => [path, oid]))
  const entries = listed.map((entry) => ({ ...entry, oid: oids.get(entry.path) ?? '' }))
  return {
    entries,
    submodules,
    async text(path) {
      const entry = entries.find((each) => each.path === path)
      if (!entry)
        throw refusal(`The repository has no ${path}. Give the path of a file that is in it.`)
      if (entry.type !== 'file')
        throw refusal(`${path} is a ${entry.type}, not a file. Give the path of the file itself.`)
      if (entry.sizeBytes > maxTextBytes) throw refusal(`${path} is too large to be read.`)
      return new TextDecoder().decode(await workspaces.read(taskId, commit, path, maxTextBytes))
    },
    archive: () => workspaces.archive(taskId, commit),
  }
}

/** `context` is a folder of the tree, `''` the whole of it; `dockerfile` may lie outside. Throws `image.failed`. */
export async function toContext(
  tree: Tree,
  { context, dockerfile }: { context: string; dockerfile: string },
): Promise<BuildContext> {
  const content = await tree.text(dockerfile)
  const own = below(context, dockerfile)
  const isIgnored = await readIgnore(tree, { context, dockerfile })
  const nameOf = (path: string): string | undefined => {
    const name = below(context, path)
    return name === undefined || (name !== own && isIgnored(name)) ? undefined : name
  }
  const taken = tree.entries.filter(({ path }) => nameOf(path) !== undefined)
  if (context !== '' && !tree.entries.some(({ path }) => below(context, path) !== undefined))
    throw refusal(`The build context ${context} is no folder of the repository.`)
  const bytes = taken.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  if (bytes > maxContextBytes)
    throw refusal(
      `The build context has ${Math.ceil(bytes / 1024 ** 2)} MiB, and ${maxContextBytes / 1024 ** 2} MiB are taken. Leave files out with .dockerignore, or choose a folder as the context.`,
    )
  const outside = own === undefined
  const decides = outside ? tree.entries.filter(({ path }) => path === dockerfile) : []
  return {
    files: [...taken, ...decides]
      .map(({ path, mode, oid, type }): [string, string, string] => [
        path,
        mode,
        type === 'submodule' ? `${oid} ${tree.submodules ?? ''}` : oid,
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
    dockerfile: own ?? outsideName,
    tar: () =>
      pickFromTar(tree.archive(), {
        nameOf,
        maxBytes: maxContextBytes,
        also: outside ? [{ path: outsideName, content: new TextEncoder().encode(content) }] : [],
      }),
  }
}

/** A Dockerfile that is not in its context travels under this name. */
const outsideName = '.klaudio.Dockerfile'

async function readIgnore(
  tree: Tree,
  { context, dockerfile }: { context: string; dockerfile: string },
): Promise<Ignores> {
  const places = [
    `${dockerfile}.dockerignore`,
    context === '' ? '.dockerignore' : `${context}/.dockerignore`,
  ]
  const place = places.find((path) =>
    tree.entries.some((each) => each.path === path && each.type === 'file'),
  )
  return place === undefined ? () => false : parseIgnore(await tree.text(place))
}
