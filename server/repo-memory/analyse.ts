/** From the files of a commit to what is known of the repository. Reads texts, runs nothing, follows no link. */
import type { RepoAnalysis, RepoDependency } from '#contract/repo-memory.ts'
import { findCommands, isCommandFile } from './commands.ts'
import { findFrameworks } from './frameworks.ts'
import { countLanguages } from './languages.ts'
import { drawLayout, findKeyFiles, printable } from './layout.ts'
import { isManifest, readManifest } from './manifests.ts'
import { depthOf, isForeign, nameOf, type Survey } from './survey.ts'

const mostManifests = 60
const mostDependencies = 300
const mostSubmodules = 100

export async function analyse(survey: Survey): Promise<RepoAnalysis> {
  const { entries } = survey
  const files = entries.filter(({ type }) => type === 'file')
  const manifests = files
    .filter(({ path }) => isManifest(path) && !isForeign(path))
    .sort((a, b) => depthOf(a.path) - depthOf(b.path) || a.path.localeCompare(b.path))
  const commandFiles = files.filter(({ path }) => isCommandFile(path) && !isForeign(path))
  const attributes = files.filter(
    ({ path }) => nameOf(path) === '.gitattributes' && depthOf(path) <= 2,
  )
  const wanted = [...manifests.slice(0, mostManifests), ...commandFiles, ...attributes]
  const texts = await survey.read([...new Set(wanted.map(({ path }) => path)), '.gitmodules'])
  const read = manifests
    .slice(0, mostManifests)
    .map(({ path }) => ({ path, ...readManifest(path, texts.get(path) ?? '') }))
  const dependencies = read.flatMap((manifest) => manifest.dependencies)
  const commandTexts = new Map(
    commandFiles.map(({ path }) => [path, texts.get(path) ?? ''] as const),
  )
  return {
    files: entries.length,
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    languages: countLanguages(entries),
    frameworks: findFrameworks(entries, dependencies),
    layout: drawLayout(entries),
    key_files: findKeyFiles(entries).map(({ path, about }) => ({ path: printable(path), about })),
    dependencies: dependencies.slice(0, mostDependencies),
    commands: findCommands(new Set(files.map(({ path }) => path)), commandTexts),
    submodules: findSubmodules(entries, texts.get('.gitmodules') ?? ''),
    lfs: findLfs(attributes.map(({ path }) => texts.get(path) ?? '')),
    notes: notesOf({
      isCut: survey.isCut,
      manifests: manifests.length,
      problems: read.flatMap(({ path, problem }) => {
        if (problem) return [problem]
        return texts.has(path) ? [] : [`${printable(path)} is too large to be read.`]
      }),
      dependencies,
    }),
  }
}

/** Where git would look for each of the tree's own; addresses are told, not asked. */
function findSubmodules(
  entries: Survey['entries'],
  gitmodules: string,
): RepoAnalysis['submodules'] {
  const urls = new Map<string, string>()
  for (const section of gitmodules.split(/^\s*\[submodule /m).slice(1)) {
    const path = /^\s*path\s*=\s*(.+?)\s*$/m.exec(section)?.[1]
    const url = /^\s*url\s*=\s*(.+?)\s*$/m.exec(section)?.[1]
    if (path && url) urls.set(path, printable(url))
  }
  return entries
    .filter(({ type }) => type === 'submodule')
    .slice(0, mostSubmodules)
    .map(({ path, oid }) => {
      const url = urls.get(path)
      return { path: printable(path), commit: oid, ...(url !== undefined && { url }) }
    })
}

const findLfs = (texts: readonly string[]): string[] =>
  [
    ...new Set(
      texts
        .flatMap((text) => text.split('\n'))
        .filter((line) => /(^|\s)filter=lfs(\s|$)/.test(line) && !line.startsWith('#'))
        .map((line) => printable(line.trim().split(/\s+/)[0] ?? '')),
    ),
  ].slice(0, 50)

function notesOf({
  isCut,
  manifests,
  problems,
  dependencies,
}: {
  isCut: boolean
  manifests: number
  problems: string[]
  dependencies: readonly RepoDependency[]
}): string[] {
  return [
    ...(isCut ? ['There are more files than were looked at.'] : []),
    ...(manifests > mostManifests
      ? [`${manifests - mostManifests} manifests deeper down were not read.`]
      : []),
    ...(dependencies.length > mostDependencies
      ? [`${dependencies.length - mostDependencies} more dependencies are not listed.`]
      : []),
    ...problems.slice(0, 10),
  ]
}
