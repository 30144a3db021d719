/** An analysis as words: for people whole, for agents as much as is worth its tokens. */
import type { RepoAnalysis, RepoMemoryChange } from '#contract/repo-memory.ts'

type Section = { title: string; lines: readonly string[] }

export type Telling = {
  analysis: RepoAnalysis
  since?: RepoMemoryChange | undefined
  branch: string
  commit: string
}

/** Markdown. With `maxBytes` it ends with the last whole line that fits, and says so. */
export function toMarkdown(telling: Telling, { maxBytes }: { maxBytes?: number } = {}): string {
  const { analysis, since, branch, commit } = telling
  const head = `Branch ${branch} at ${commit.slice(0, 12)}: ${analysis.files} files, ${toSize(analysis.bytes)}.`
  const sections: Section[] = [
    { title: 'Since it was looked at before', lines: since ? changeLines(since) : [] },
    {
      title: 'Languages',
      lines: analysis.languages.map(
        ({ name, share, files }) => `${name} ${toPercent(share)} (${files} files)`,
      ),
    },
    {
      title: 'Built with',
      lines: analysis.frameworks.length > 0 ? [analysis.frameworks.join(', ')] : [],
    },
    {
      title: 'Commands',
      lines: analysis.commands.map(
        ({ kind, command, from }) => `${kind}: \`${command}\` (${from})`,
      ),
    },
    {
      title: 'Key files',
      lines: analysis.key_files.map(({ path, about }) => `${path}: ${about}`),
    },
    {
      title: 'Submodules',
      lines: analysis.submodules.map(({ path, url }) => `${path}${url ? ` from ${url}` : ''}`),
    },
    {
      title: 'Kept by Git LFS',
      lines:
        analysis.lfs.length > 0
          ? [
              `${analysis.lfs.join(', ')}: these files are pointers here, not their content. Leave them as they are.`,
            ]
          : [],
    },
    { title: 'Dependencies', lines: dependencyLines(analysis) },
    { title: 'Not looked at', lines: analysis.notes },
  ]
  const layout =
    analysis.layout.length > 0
      ? ['', '### Layout', '', ...analysis.layout.map((line) => `    ${line}`)]
      : []
  const lines = [
    head,
    ...sections.flatMap(({ title, lines: list }) =>
      list.length > 0 ? ['', `### ${title}`, '', ...list.map((line) => `- ${line}`)] : [],
    ),
    ...layout,
  ]
  return maxBytes === undefined ? `${lines.join('\n')}\n` : fit(lines, maxBytes)
}

const mostTold = 40

function dependencyLines({ dependencies }: RepoAnalysis): string[] {
  const told = [...dependencies]
    .sort((a, b) => Number(a.is_dev) - Number(b.is_dev))
    .slice(0, mostTold)
  const groups = Map.groupBy(told, ({ manifest }) => manifest)
  const lines = [...groups].map(
    ([manifest, all]) =>
      `${manifest}: ${all.map(({ name, version }) => (version ? `${name} ${version}` : name)).join(', ')}`,
  )
  const left = dependencies.length - told.length
  return left > 0 ? [...lines, `${left} more`] : lines
}

function changeLines({ from_commit, files, paths, ...change }: RepoMemoryChange): string[] {
  const where = from_commit.slice(0, 12)
  if (files === undefined)
    return [`It was looked at before at ${where}, which cannot be compared any more.`]
  const more = files - paths.length
  const named =
    paths.length > 0 ? `: ${paths.join(', ')}${more > 0 ? ` and ${more} more` : ''}` : ''
  return [
    `${files} files differ from ${where}${named}`,
    ...(change.dependencies_added.length > 0
      ? [`New dependencies: ${change.dependencies_added.join(', ')}`]
      : []),
    ...(change.dependencies_removed.length > 0
      ? [`No longer needed: ${change.dependencies_removed.join(', ')}`]
      : []),
  ]
}

function fit(lines: readonly string[], maxBytes: number): string {
  const end = '[cut: there is more]'
  const encoder = new TextEncoder()
  const kept: string[] = []
  let size = end.length + 1
  for (const line of lines) {
    size += encoder.encode(line).length + 1
    if (size > maxBytes) return `${[...kept, end].join('\n')}\n`
    kept.push(line)
  }
  return `${kept.join('\n')}\n`
}

const toPercent = (share: number): string =>
  share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`

function toSize(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1000)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
