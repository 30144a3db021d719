/** The shape of a repository for somebody who has not seen it: folders to three levels, and the files to read first. */
import type { RepoAnalysis } from '#contract/repo-memory.ts'
import { depthOf, isForeign, nameOf, type Survey } from './survey.ts'

const mostLines = 200
const levels = 3
/** Files of one folder that are listed before they are counted. */
const mostPerFolder = 12

type Folder = { folders: Map<string, Folder>; files: string[]; count: number }

export function drawLayout(entries: Survey['entries']): string[] {
  const top = toTree(entries)
  const lines: string[] = []
  draw(top, 0, lines)
  return lines.length > mostLines ? [...lines.slice(0, mostLines), '…'] : lines
}

function toTree(entries: Survey['entries']): Folder {
  const top = newFolder()
  for (const { path } of entries) {
    const names = path.split('/')
    const file = names.pop() ?? ''
    let folder = top
    folder.count++
    for (const name of names) {
      const next = folder.folders.get(name) ?? newFolder()
      folder.folders.set(name, next)
      next.count++
      folder = next
    }
    folder.files.push(file)
  }
  return top
}

const newFolder = (): Folder => ({ folders: new Map(), files: [], count: 0 })

function draw({ folders, files }: Folder, level: number, lines: string[]): void {
  if (level >= levels || lines.length > mostLines) return
  const indent = '  '.repeat(level)
  for (const [name, folder] of [...folders].sort(([a], [b]) => a.localeCompare(b))) {
    const about = level + 1 >= levels || isForeign(`${name}/`) ? ` (${folder.count} files)` : ''
    lines.push(`${indent}${printable(name)}/${about}`)
    if (!isForeign(`${name}/`)) draw(folder, level + 1, lines)
  }
  const listed = [...files].sort().slice(0, mostPerFolder)
  for (const name of listed) lines.push(`${indent}${printable(name)}`)
  if (files.length > listed.length)
    lines.push(`${indent}… ${files.length - listed.length} more files`)
}

/** A file name can hold anything but a slash: what would break a line is shown as what it is. */
export const printable = (name: string): string =>
  name.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd').slice(0, 200)

const known: readonly (readonly [pattern: RegExp, about: string, deepest: number])[] = [
  [/^readme(\.\w+)?$/i, 'what it is', 1],
  [/^(claude|agents)\.md$/i, 'instructions for agents', 1],
  [/^contributing(\.\w+)?$/i, 'how to work on it', 1],
  [/^architecture(\.\w+)?$/i, 'how it is built', 2],
  [
    /^(package\.json|go\.mod|cargo\.toml|pyproject\.toml|setup\.py|pom\.xml|build\.gradle(\.kts)?|composer\.json|gemfile|mix\.exs|deno\.jsonc?|requirements\.txt|package\.swift|pubspec\.yaml)$/i,
    'manifest',
    2,
  ],
  [
    /^(tsconfig\.json|biome\.jsonc?|\.eslintrc(\.\w+)?|eslint\.config\.\w+|ruff\.toml|\.golangci\.ya?ml|rustfmt\.toml|\.editorconfig)$/i,
    'rules of the code',
    1,
  ],
  [/^(makefile|gnumakefile|justfile|taskfile\.ya?ml|build\.ts|cmakelists\.txt)$/i, 'build', 1],
  [
    /^(dockerfile|containerfile|(docker-)?compose\.ya?ml|\.?devcontainer\.json)$/i,
    'environment',
    2,
  ],
  [
    /^(main|index|app|server|cli|__main__|lib|mod)\.(ts|tsx|js|mjs|py|go|rs|java|kt|rb|php|swift|c|cc|cpp|ex|dart)$/i,
    'entry',
    3,
  ],
  [/^(\.gitlab-ci\.yml|jenkinsfile|azure-pipelines\.yml)$/i, 'checks', 0],
]
const mostKeyFiles = 40

export function findKeyFiles(entries: Survey['entries']): RepoAnalysis['key_files'] {
  const found = entries.flatMap(({ path, type }) => {
    if (type !== 'file' || isForeign(path)) return []
    if (/^\.github\/workflows\/[^/]+\.ya?ml$/.test(path)) return [{ path, about: 'checks' }]
    const name = nameOf(path)
    const match = known.find(
      ([pattern, , deepest]) => depthOf(path) <= deepest && pattern.test(name),
    )
    return match ? [{ path, about: match[1] }] : []
  })
  return found
    .sort((a, b) => depthOf(a.path) - depthOf(b.path) || a.path.localeCompare(b.path))
    .slice(0, mostKeyFiles)
}
