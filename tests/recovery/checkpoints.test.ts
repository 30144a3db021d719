/** The server killed at every step of taking a checkpoint. Not every one, as `stride` says. */
import { expect, test } from 'bun:test'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Checkpoints } from '#checkpoints/checkpoints.ts'
import { mortal, openCheckpointRig } from '../support/checkpoint-rig.ts'
import { gitIn } from '../support/git.ts'
import { stride } from '../support/thorough.ts'

const apart = stride(2, 8)

test('one that was under way when the server was killed is taken by the next, at every step (K4, K10)', async () => {
  await using rig = await openCheckpointRig()
  const folder = rig.agents.workspace('a1')
  mkdirSync(join(folder, 'deep'))
  for (let crashAt = 1, isOver = false; !isOver; crashAt += apart) {
    writeFileSync(join(folder, 'deep', 'file'), `state ${crashAt}\n`)
    let steps = 0
    let killed = new Promise<void>(() => {})
    const doomed = rig.restart((deps) => {
      const made = mortal(deps, () => ++steps === crashAt)
      killed = made.killed
      return made.deps
    })
    rig.now += 1000
    const id = begin(doomed, rig.taskId)
    isOver = await Promise.race([
      killed.then(() => false),
      doomed.settled().then(() => steps < crashAt),
    ])
    const next = rig.restart()
    next.start()
    await next.settled()

    expect(next.list(rig.taskId).filter(({ status }) => status !== 'ready')).toEqual([])
    expect(await gitIn(rig.repository, 'fsck', '--connectivity-only')).not.toContain('missing')
    const newest = id ?? (await rig.take()).id
    const commit = rig.checkpoints.get(rig.taskId, newest).agent_states?.[0]?.commit
    const text = await gitIn(rig.repository, 'show', `${commit}:files/deep/file`)
    expect(text).toBe(`state ${crashAt}`)
  }
}, 120_000)

/** Undefined when it was killed before it had begun. */
function begin(checkpoints: Checkpoints, taskId: string): string | undefined {
  try {
    return checkpoints.take(taskId, {}).id
  } catch {
    return checkpoints.list(taskId).find(({ status }) => status === 'taking')?.id
  }
}
