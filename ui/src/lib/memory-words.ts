/** What is known of a repository, as lines to read. */
import type { RepoMemory } from '#contract/repo-memory.ts'
import { formatBytes } from './text.ts'
import { formatAgo } from './time.ts'

type MemoryPart = { title: string; lines: string[]; isCode: boolean }

/** "main at 1a2b3c4, 214 files, 1.2 MB, looked at 3 days ago". */
export function memoryFacts(
  { branch, commit_hash: commit, analysis, created_at: at }: RepoMemory,
  now: number,
): string {
  const files = analysis.files === 1 ? '1 file' : `${analysis.files.toLocaleString('en')} files`
  return [
    `${branch} at ${commit.slice(0, 7)}`,
    files,
    formatBytes(analysis.bytes),
    `looked at ${formatAgo(Date.parse(at), now)}`,
  ].join(', ')
}

const mostOfOne = 8

/** Only what there is something to say of; of long lists the beginning and how many more there are. */
export function memoryParts({ analysis, since }: RepoMemory): MemoryPart[] {
  const { languages, frameworks, commands, key_files, dependencies, submodules, lfs, notes } =
    analysis
  const parts: MemoryPart[] = [
    { title: 'Since before', lines: sinceLines(since), isCode: false },
    {
      title: 'Languages',
      lines: join(languages.map(({ name, share }) => `${name} ${toPercent(share)}`)),
      isCode: false,
    },
    { title: 'Built with', lines: join(frameworks, 30), isCode: false },
    { title: 'Commands', lines: some(commands.map(({ command }) => command)), isCode: true },
    { title: 'Key files', lines: some(key_files.map(({ path }) => path)), isCode: true },
    {
      title: 'Dependencies',
      lines: join(
        dependencies.map(({ name }) => name),
        20,
      ),
      isCode: false,
    },
    { title: 'Submodules', lines: some(submodules.map(({ path }) => path)), isCode: true },
    { title: 'Git LFS', lines: join(lfs), isCode: true },
    { title: 'Not looked at', lines: some(notes), isCode: false },
  ]
  return parts.filter(({ lines }) => lines.length > 0)
}

function sinceLines(since: RepoMemory['since']): string[] {
  if (!since) return []
  const { from_commit, files, dependencies_added: added, dependencies_removed: removed } = since
  const where = from_commit.slice(0, 7)
  return [
    files === undefined ? `${where} cannot be compared` : `${files} files differ from ${where}`,
    ...(added.length > 0 ? [`New: ${added.join(', ')}`] : []),
    ...(removed.length > 0 ? [`Gone: ${removed.join(', ')}`] : []),
  ]
}

const toPercent = (share: number): string =>
  share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`

function some(lines: readonly string[], most = mostOfOne): string[] {
  const left = lines.length - most
  return left > 0 ? [...lines.slice(0, most), `and ${left} more`] : [...lines]
}

const join = (words: readonly string[], most = mostOfOne): string[] =>
  words.length === 0 ? [] : [some(words, most).join(', ')]
