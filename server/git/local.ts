import { simpleGit } from 'simple-git'
import { type Git, GitError, toText } from './process.ts'
import { readRefs } from './refs.ts'

type LogEntry = { commit: string; author: string; subject: string; atMs: number }

/** Short questions about one of our own bare repositories. */
export type LocalRepository = {
  log(commit: string, limit: number): Promise<LogEntry[]>
  /** Commit of every ref under the given prefixes or full names. */
  refs(...patterns: string[]): Promise<Map<string, string>>
  /** All of the changes, or none when one of them no longer has its `from`. False in that case. */
  updateRefs(changes: readonly RefChange[]): Promise<boolean>
  /**
   * The same with `record` called when nothing can refuse the changes any more, not even a full disk. Nothing has changed when that throws,
   * and it is thrown on.
   */
  updateRefsRecorded(changes: readonly RefChange[], record: () => void): Promise<boolean>
}

/** `from` is the value it must have now: a commit, or null for "must not exist". Absent: whatever it is. */
type RefChange = { ref: string; to: string; from?: string | null }

export function openLocal(git: Git, dir: string): LocalRepository {
  const env = git.environment({ dir })
  const local = (): ReturnType<typeof simpleGit> =>
    simpleGit({
      baseDir: dir,
      allowEnvironment: Object.keys(env),
      // Everything it warns of here is our own fixed environment, which switches those features off.
      unsafe: {
        allowUnsafeConfigEnvCount: true,
        allowUnsafeConfigPaths: true,
        allowUnsafeCredentialHelper: true,
        allowUnsafeFsMonitor: true,
        allowUnsafeHooksPath: true,
        allowUnsafeSshCommand: true,
      },
      timeout: { block: 60_000 },
    }).env(env)

  return {
    async log(commit, limit) {
      const format = '--format=%H%x1f%an%x1f%s%x1f%ct'
      const text = await local().raw('log', '-z', format, `--max-count=${limit}`, commit, '--')
      return text.split('\0').filter(Boolean).map(toLogEntry)
    },
    async refs(...patterns) {
      const known = await readRefs(dir, patterns)
      if (known) return known
      const result = await git.run(
        ['for-each-ref', '--format=%(objectname) %(refname)', ...patterns],
        { dir },
      )
      const lines = toText(result).split('\n').filter(Boolean)
      return new Map(
        lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.split(' ')[0] ?? '']),
      )
    },
    async updateRefs(changes) {
      const input = toBytes([...toPreparation(changes), 'commit'])
      const result = await git.run(['update-ref', '--stdin'], { dir, input, accept: [128] })
      if (result.code === 0) return true
      if (isMoved(result.stderr)) return false
      throw new Error(`git update-ref failed: ${result.stderr.trim()}`)
    },
    updateRefsRecorded: (changes, record) => updateRecorded(git, { dir, changes, record }),
  }
}

function toLogEntry(record: string): LogEntry {
  const [commit = '', author = '', subject = '', at = '0'] = record.split('\x1f')
  return { commit, author, subject, atMs: Number(at) * 1000 }
}

/** Git holds its locks, with all it will write in them, between `prepare` and `commit`; the latter only renames. */
async function updateRecorded(
  git: Git,
  { dir, changes, record }: { dir: string; changes: readonly RefChange[]; record: () => void },
): Promise<boolean> {
  const prepared = Promise.withResolvers<boolean>()
  let refusal: { error: unknown } | undefined
  async function* input(): AsyncIterable<Uint8Array> {
    yield toBytes(toPreparation(changes))
    if (!(await prepared.promise)) return
    try {
      record()
    } catch (error) {
      refusal = { error }
    }
    yield toBytes([refusal ? 'abort' : 'commit'])
  }
  try {
    let said = ''
    for await (const chunk of git.stream(['update-ref', '--stdin'], { dir, input: input() })) {
      said += new TextDecoder().decode(chunk)
      if (said.includes('prepare: ok\n')) prepared.resolve(true)
    }
  } catch (error) {
    if (error instanceof GitError && isMoved(error.stderr)) return false
    throw error
  } finally {
    prepared.resolve(false)
  }
  if (refusal) throw refusal.error
  return true
}

const isMoved = (stderr: string): boolean =>
  /but expected|reference already exists|unable to resolve reference/.test(stderr)

const toBytes = (lines: readonly string[]): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''))

const toPreparation = (changes: readonly RefChange[]): string[] => [
  'start',
  ...changes.map(toInstruction),
  'prepare',
]

function toInstruction({ ref, to, from }: RefChange): string {
  if (from === undefined) return `update ${ref} ${to}`
  return from === null ? `create ${ref} ${to}` : `update ${ref} ${to} ${from}`
}
