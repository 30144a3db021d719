/**
 * Cost of a checkpoint of one agent's work tree of 100,000 files and 1 GB, none of which any repository has yet: the first
 * one, and then with nothing changed, one file changed, and every hundredth. Each round is compared with a full copy (`cp -a`
 * of the tree) made right after it; so is laying the last checkpoint into fresh folders. Scripts and repository are the real
 * ones, run on this machine without containers. `FILES` and `ROUNDS` make it smaller.
 */
import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { updateAgent } from '#db/agents.ts'
import { openCheckpointRig } from '../tests/support/checkpoint-rig.ts'
import { printRatio, summary } from './lib.ts'

const files = Number(process.env.FILES ?? 100_000)
const rounds = Number(process.env.ROUNDS ?? 3)
const fileBytes = 10_700

await using rig = await openCheckpointRig()
const tree = rig.agents.workspace('a1')
const pathOf = (index: number): string => {
  const folder = Math.floor(index / 100)
  return join(tree, `d${folder % 50}`, `e${folder}`, `f${index}`)
}
console.log(`${files} files of ${fileBytes} bytes, half of each noise; ${rounds} rounds`)
writeTree()

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return (performance.now() - startedAt) / 1000
}

async function copySeconds(): Promise<number> {
  const to = join(rig.area.root, 'copy')
  const seconds = await timed(async () => {
    const copy = Bun.spawn(['cp', '-a', tree, to])
    if ((await copy.exited) !== 0) throw new Error('the copy failed')
  })
  rmSync(to, { recursive: true, force: true })
  return seconds
}

async function checkpoint(): Promise<{ seconds: number; bytes: number }> {
  let bytes = 0
  const seconds = await timed(async () => {
    const taken = await rig.take()
    if (taken.status !== 'ready') throw new Error(taken.error ?? 'not taken')
    bytes = taken.size_bytes
  })
  return { seconds, bytes }
}

const whole = files * fileBytes
async function compare(name: string, times: number, change: () => void): Promise<void> {
  const ours: number[] = []
  const baseline: number[] = []
  const shares: number[] = []
  for (let round = 0; round < times; round++) {
    change()
    const { seconds, bytes } = await checkpoint()
    ours.push(seconds)
    shares.push(bytes)
    baseline.push(await copySeconds())
  }
  printRatio({ name, ours, baseline, unit: 's' })
  const kilobytes = shares.map((bytes) => bytes / 1024)
  console.log(`    stored ${summary(kilobytes)} KiB of ${(whole / 1024).toFixed(0)} KiB`)
}

let counter = 0
const touch = (index: number): void => appendFileSync(pathOf(index), `change ${++counter}\n`)

await compare('first checkpoint', 1, () => {})
await compare('nothing changed', rounds, () => {})
await compare('one file changed', rounds, () => touch((counter * 7919) % files))
await compare('1 % changed', rounds, () => {
  for (let index = counter % 100; index < files; index += 100) touch(index)
})
await compareRestore()

async function compareRestore(): Promise<void> {
  const commit = await rig.area.workspaces.savedBy(rig.taskId, 'a1')
  if (!commit) throw new Error('nothing is saved')
  const { head, branch } = await rig.area.workspaces.savedHead(rig.taskId, commit)
  const pack = (of: string, without?: string) => rig.area.workspaces.packOf(rig.taskId, of, without)
  await rig.addAgent('a2', 'two')
  updateAgent(rig.db, 'a2', { holdsResources: false })
  const ours: number[] = []
  const baseline: number[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(
      await timed(() =>
        rig.agents.restore('a2', {
          ...{ commit, head, branch },
          packs: { clone: () => pack(head ?? ''), saved: () => pack(commit, head ?? undefined) },
        }),
      ),
    )
    baseline.push(await copySeconds())
  }
  printRatio({ name: 'restore into fresh folders', ours, baseline, unit: 's' })
}

/** Half of every file is noise, which no compression makes smaller. */
function writeTree(): void {
  for (let index = 0; index < files; index++) {
    const path = pathOf(index)
    if (index % 100 === 0) mkdirSync(join(path, '..'), { recursive: true })
    const noise = crypto.getRandomValues(new Uint8Array(fileBytes / 2))
    writeFileSync(path, Buffer.concat([noise, Buffer.alloc(fileBytes / 2, 'text ')]))
  }
}
