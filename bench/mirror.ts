/**
 * Start of a task from a remote that was used before, when it has not changed and when one commit is new, against a fresh
 * `git clone --bare` of it right after; over real HTTP from git's own server on this machine, so the network is as fast as it
 * can be and the clone at its best. `FILES`, `COMMITS` and `ROUNDS` make it smaller.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { newId } from '#lib/ids.ts'
import { commitAll, gitIn, makeRepository, openWorkspaces } from '../tests/support/git.ts'
import { serveGit } from '../tests/support/git-server.ts'
import { printRatio } from './lib.ts'

const files = Number(process.env.FILES ?? 4_000)
const commits = Number(process.env.COMMITS ?? 40)
const rounds = Number(process.env.ROUNDS ?? 7)

await using area = await openWorkspaces()
const work = join(area.root, 'work')
const bare = join(area.root, 'remotes', 'project.git')
const noise = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64')

await makeRepository(
  work,
  Object.fromEntries(
    Array.from({ length: files }, (_, n) => [`d${n % 60}/f${n}.txt`, noise(3_000)]),
  ),
)
for (let n = 0; n < commits; n++)
  await commitAll(work, { [`d${n % 60}/f${n}.txt`]: noise(3_000) }, `change ${n}`)
await gitIn(area.root, 'clone', '-q', '--bare', work, bare)
await using server = serveGit({ root: join(area.root, 'remotes') })
const url = `${server.url}/project.git`
console.log(`${files} files of 4 kB, ${commits + 1} commits; ${rounds} rounds`)

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return performance.now() - startedAt
}

const start = () =>
  timed(() => {
    const taskId = newId()
    const branch = `klaudio/${taskId.slice(0, 8)}`
    return area.workspaces.prepare({ taskId, branch, source: { kind: 'git', url } })
  })

async function clone(): Promise<number> {
  const to = join(area.root, 'fresh.git')
  const ms = await timed(() => gitIn(area.root, 'clone', '-q', '--bare', url, to))
  rmSync(to, { recursive: true })
  return ms
}

async function compare(name: string, before: () => Promise<void>): Promise<void> {
  const ours: number[] = []
  const baseline: number[] = []
  for (let round = 0; round < rounds; round++) {
    await before()
    ours.push(await start())
    baseline.push(await clone())
  }
  printRatio({ name, ours, baseline, unit: 'ms', target: { atMost: 0.5 } })
}

const [first, plain] = [await start(), await clone()]
printRatio({
  name: 'first start, which fills the cache',
  ours: [first],
  baseline: [plain],
  unit: 'ms',
})
await compare('second start, nothing new', async () => {})
await compare('second start, one commit is new', async () => {
  await commitAll(work, { 'new.txt': noise(3_000) }, 'new')
  await gitIn(work, 'push', '-q', bare, 'main')
})
