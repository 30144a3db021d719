/**
 * What the server adds to git when a task of 1,000 changed files and 100,000 changed lines is opened: the list of its changes against
 * `git diff --raw --numstat -M` of the same commits, and one file of it against `git diff` of that file. ROUNDS (default 9).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGit } from '../server/git/process.ts'
import { silentLog } from '../server/lib/log.ts'
import { createWorkspaces } from '../server/workspaces/create-workspaces.ts'
import { printRatio } from './lib.ts'

const rounds = Number(process.env.ROUNDS ?? 9)
const [files, changed] = [1000, 100]
const root = await mkdtemp(join(tmpdir(), 'klaudio-bench-diff-'))
const source = join(root, 'source')
const branch = 'klaudio/bench'
const taskId = 'bench'

const git = async (cwd: string, ...args: string[]): Promise<string> => {
  const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@example.test']
  const child = Bun.spawn(['git', ...identity, ...args], { cwd, stderr: 'inherit' })
  const text = await child.stdout.text()
  if ((await child.exited) !== 0) throw new Error(`git ${args[0]} failed`)
  return text.trim()
}

/** Every third line is another one in the second version. */
async function write(version: 1 | 2): Promise<void> {
  for (let at = 0; at < files; at++) {
    const dir = join(source, `part-${at % 40}`)
    await mkdir(dir, { recursive: true })
    const lines = Array.from({ length: changed * 3 }, (_, line) =>
      version === 2 && line % 3 === 0 ? `changed ${line} of ${at}` : `line ${line} of ${at}`,
    )
    await writeFile(join(dir, `file-${at}.ts`), `${lines.join('\n')}\n`)
  }
  await git(source, 'add', '-A')
  await git(source, 'commit', '-q', '-m', `version ${version}`)
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

try {
  await mkdir(source, { recursive: true })
  await git(source, 'init', '-q', '-b', 'main')
  await write(1)
  const from = await git(source, 'rev-parse', 'HEAD')
  await write(2)
  const to = await git(source, 'rev-parse', 'HEAD')
  const workspaces = createWorkspaces({
    git: createGit({ environment: process.env }),
    dir: join(root, 'repos'),
    mirrorsDir: join(root, 'mirrors'),
    log: silentLog,
  })
  await workspaces.prepare({ taskId, source: { kind: 'local', path: source }, branch })
  const bare = join(root, 'repos', `${taskId}.git`)
  const path = 'part-7/file-7.ts'
  const list = { ours: [] as number[], baseline: [] as number[] }
  const one = { ours: [] as number[], baseline: [] as number[] }
  for (let round = -1; round < rounds; round++) {
    const times = [
      await time(() => workspaces.changes(taskId, from, to)),
      await time(() => git(bare, 'diff', '--raw', '--numstat', '-z', '-M', from, to)),
      await time(() => workspaces.diff(taskId, from, to, { path, contextLines: 1_000_000 })),
      await time(() => git(bare, 'diff', '-U1000000', from, to, '--', path)),
    ] as const
    // The first time through only warms the disk.
    if (round < 0) continue
    list.ours.push(times[0])
    list.baseline.push(times[1])
    one.ours.push(times[2])
    one.baseline.push(times[3])
  }
  printRatio({ name: 'list of 1,000 changed files', ...list, unit: 'ms' })
  printRatio({ name: 'diff of one file of them, all lines', ...one, unit: 'ms' })
} finally {
  await rm(root, { recursive: true, force: true })
}
