/**
 * First start of a task on a remote with a long history, with its newest commit only, against the same start with the whole history right
 * after; over real HTTP from git's own server on this machine, so the network is as fast as it can be. And the clone that an agent gets.
 * `COMMITS`, `FILES` and `ROUNDS` make it smaller.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { newId } from '#lib/ids.ts'
import { gitIn, openWorkspaces, runIn } from '../tests/support/git.ts'
import { serveGit } from '../tests/support/git-server.ts'
import { printRatio } from './lib.ts'

const commits = Number(process.env.COMMITS ?? 20_000)
const files = Number(process.env.FILES ?? 400)
const rounds = Number(process.env.ROUNDS ?? 5)

await using area = await openWorkspaces()
const bare = join(area.root, 'remotes', 'project.git')
await runIn(area.root, ['mkdir', '-p', bare])
await gitIn(bare, 'init', '-q', '--bare', '-b', 'main')

/** In the words of git-fast-import(1): every commit changes one file by one line of noise. */
function* history(): Generator<string> {
  for (let n = 0; n < commits; n++) {
    const text = `${n} ${Bun.hash(String(n)).toString(36).repeat(12)}\n`
    yield `commit refs/heads/main\ncommitter A <a@example.test> ${1_700_000_000 + n} +0000\n`
    yield `data 7\nchange\n\nM 644 inline d${n % 20}/f${n % files}.txt\ndata ${text.length}\n${text}\n`
  }
}
const input = new TextEncoder().encode([...history()].join(''))
await runIn(bare, ['git', 'fast-import', '--quiet'], { input })
await gitIn(bare, 'repack', '-a', '-d', '-q')
await using server = serveGit({ root: join(area.root, 'remotes') })
const url = `${server.url}/project.git`
console.log(`${commits} commits, ${files} files; ${rounds} rounds`)

async function start(depth?: number): Promise<{ ms: number; clone: number }> {
  // Nothing is known of the remote.
  rmSync(join(area.root, 'mirrors'), { recursive: true, force: true })
  const taskId = newId()
  const branch = `klaudio/${taskId.slice(0, 8)}`
  const source = { kind: 'git' as const, url, ...(depth && { depth }) }
  const startedAt = performance.now()
  const { baseCommit: commit } = await area.workspaces.prepare({ taskId, branch, source })
  const ms = performance.now() - startedAt
  const bundle = await area.workspaces.bundle(taskId, { commit, branch })
  await area.workspaces.remove(taskId)
  return { ms, clone: bundle.length / 1024 }
}

const parts: Awaited<ReturnType<typeof start>>[] = []
const wholes: Awaited<ReturnType<typeof start>>[] = []
for (let round = 0; round < rounds; round++) {
  parts.push(await start(1))
  wholes.push(await start())
}
printRatio({
  name: 'first start with the newest commit only',
  ours: parts.map(({ ms }) => ms),
  baseline: wholes.map(({ ms }) => ms),
  ...{ unit: 'ms', target: { atMost: 0.5 } },
})
printRatio({
  name: 'what each agent is sent to clone',
  ours: parts.map(({ clone }) => clone),
  baseline: wholes.map(({ clone }) => clone),
  ...{ unit: 'KiB', target: { atMost: 0.25 } },
})
