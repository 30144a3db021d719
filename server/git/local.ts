import { simpleGit } from 'simple-git'
import { type Git, toText } from './process.ts'

type LogEntry = { commit: string; author: string; subject: string; atMs: number }

/** Short questions about one of our own bare repositories. */
export type LocalRepository = {
  log(commit: string, limit: number): Promise<LogEntry[]>
  /** Commit of every ref under the given prefixes or full names. */
  refs(...patterns: string[]): Promise<Map<string, string>>
  /** All of the changes, or none when one of them no longer has its `from`. False in that case. */
  updateRefs(changes: readonly RefChange[]): Promise<boolean>
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
      const input = ['start', ...changes.map(toInstruction), 'prepare', 'commit', ''].join('\n')
      const result = await git.run(['update-ref', '--stdin'], {
        dir,
        input: new TextEncoder().encode(input),
        accept: [128],
      })
      if (result.code === 0) return true
      if (/but expected|reference already exists|unable to resolve reference/.test(result.stderr))
        return false
      throw new Error(`git update-ref failed: ${result.stderr.trim()}`)
    },
  }
}

function toLogEntry(record: string): LogEntry {
  const [commit = '', author = '', subject = '', at = '0'] = record.split('\x1f')
  return { commit, author, subject, atMs: Number(at) * 1000 }
}

function toInstruction({ ref, to, from }: RefChange): string {
  if (from === undefined) return `update ${ref} ${to}`
  return from === null ? `create ${ref} ${to}` : `update ${ref} ${to} ${from}`
}
