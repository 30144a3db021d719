/** Going back to a checkpoint: everything comes back exactly, can be undone, and what cannot be done changes nothing. */
import { describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { Task } from '#contract/task.ts'
import { getAgent } from '#db/agents.ts'
import { gitIn, runIn } from '../../support/git.ts'
import { holders, openRestoreRig, type RestoreRig } from '../../support/restore-rig.ts'
import { codeOf } from '../../support/task-setup.ts'
import { step } from '../../support/test-tasks.ts'

const plan = { subtasks: [step('one'), step('two', ['one'])] }

/** All that git does not keep by itself, and a name that is no text. */
async function makeOddTree(folder: string): Promise<void> {
  mkdirSync(join(folder, 'empty/deep'), { recursive: true })
  mkdirSync(join(folder, 'build'))
  writeFileSync(join(folder, '.gitignore'), 'build/\n')
  writeFileSync(join(folder, 'build/out'), 'ignored but there\n')
  writeFileSync(join(folder, 'run'), '#!/bin/sh\n')
  writeFileSync(join(folder, 'draft.txt'), 'first draft\n')
  symlinkSync('nowhere', join(folder, 'dangling'))
  symlinkSync('empty', join(folder, 'to-folder'))
  await runIn(folder, ['sh', '-c', `printf x > "$(printf 'odd\\377name')"`])
  chmodSync(join(folder, 'run'), 0o750)
  chmodSync(join(folder, 'empty'), 0o700)
}

const isHeld = ({ number, subtaskId }: { number: number; subtaskId: string | null }): boolean =>
  subtaskId === 'two' && number < 3

/** Subtask `one` is done; the agent of `two` makes an odd tree, then another one, then is done. */
async function openStory(more: Partial<Parameters<typeof openRestoreRig>[0]> = {}) {
  const atWork = new Set<string>()
  const rig = await openRestoreRig({
    plan,
    async work(turn, folder) {
      if (turn.subtaskId === 'one') writeFileSync(join(folder, 'one.txt'), 'one\n')
      else if (turn.prompt.includes('are those of')) writeFileSync(join(folder, 'after.txt'), 'x\n')
      else if (turn.number === 1) await makeOddTree(folder)
      else if (turn.number === 2) {
        for (const name of ['draft.txt', 'run', 'dangling']) rmSync(join(folder, name))
        writeFileSync(join(folder, 'draft.txt'), 'second draft\n')
        writeFileSync(join(folder, 'late.txt'), 'late\n')
      }
      atWork.add(`${turn.agentId} ${turn.number}`)
      if (isHeld(turn) && !turn.prompt.includes('are those of')) await new Promise(() => {})
    },
    ...more,
  })
  const { id } = rig.world.create({ auto_approve: true })
  const held = async (number: number): Promise<void> => {
    await rig.until(`turn ${number} of two`, () =>
      atWork.has(`${rig.agentOn(id, 'two')?.id} ${number}`),
    )
  }
  await held(1)
  return { rig, id, held }
}

/** Stopped in turn 1 with a checkpoint of it, then stopped in turn 2. */
async function openTwoStates(more: Partial<Parameters<typeof openRestoreRig>[0]> = {}) {
  const story = await openStory(more)
  const { rig, id, held } = story
  await rig.stop(id)
  const agentId = rig.agentOn(id, 'two')?.id ?? ''
  const first = await rig.tree(agentId)
  const checkpoint = await rig.take(id)
  rig.world.tasks.resume(id)
  await held(2)
  await rig.stop(id)
  return { ...story, agentId, checkpoint, first, second: await rig.tree(agentId) }
}

const goBack = async (rig: RestoreRig, id: string, checkpointId: string): Promise<Task> => {
  await rig.world.tasks.restore(id, checkpointId, { stop: false })
  return await rig.restored(id)
}

const finish = async (rig: RestoreRig, id: string): Promise<Task> => {
  rig.world.tasks.resume(id)
  await rig.until('the end', () => ['completed', 'failed'].includes(rig.world.status(id)))
  await rig.world.tasks.settled()
  return rig.world.tasks.get(id)
}

const away = () => Promise.reject(new AppError('engine.unreachable', 'There is no engine.'))

const dump = ({ world }: RestoreRig, id: string) => ({
  task: { ...world.tasks.get(id), restore: undefined, updated_at: '' },
  plan: world.tasks.plan(id),
})

describe('a restore', () => {
  test('brings files, modes, links, empty folders, odd names and the conversation back into fresh volumes (K2, K3, K7, K8)', async () => {
    const { rig, id, agentId, checkpoint, first, second } = await openTwoStates()
    await using _ = rig
    expect(second).not.toBe(first)
    const sessionId = rig.agentOn(id, 'two')?.sessionId

    const task = await goBack(rig, id, checkpoint.id)

    expect(task).toMatchObject({
      ...{ status: 'paused', phase: null },
      restore: { kind: 'restore', state: 'done', checkpoint_id: checkpoint.id },
    })
    const agent = getAgent(rig.world.db, rig.agentOn(id, 'two')?.id ?? '')
    expect(agent).toMatchObject({
      ...{ sessionId, phase: null, status: 'stopped' },
      restoredFrom: { agent_id: agentId, checkpoint_id: checkpoint.id },
    })
    expect(agent.id).not.toBe(agentId)
    // Nothing was laid over anything: what came later is not there, what was deleted is.
    expect(await rig.tree(agent.id)).toBe(first)
    expect(first).toContain('odd\u00ffname')
    const talk = `claude/projects/-workspace/${agent.sessionId}.jsonl`
    expect(readFileSync(join(rig.trees.state(agent.id), talk), 'utf8')).toBe('{"type":"user"}\n')
    expect(await gitIn(rig.trees.workspace(agent.id), 'log', '--format=%s', '-1')).toBe('Do one')
    expect(holders(rig, id)).not.toContain(agentId)
    expect(rig.world.types(id)).toContain('checkpoint.restored')

    // And all of it again the other way: the checkpoint that it took first undoes it.
    const undo = rig.checkpoints().get(id, task.restore?.undo_id ?? '')
    expect(undo).toMatchObject({ cause: 'restore', status: 'ready' })
    await goBack(rig, id, undo.id)
    expect(await rig.tree(rig.agentOn(id, 'two')?.id)).toBe(second)
    expect(holders(rig, id)).toHaveLength(2)
  })

  test('takes a completed task back to its middle, from where it goes on with what it knew', async () => {
    const { rig, id, checkpoint, first } = await openTwoStates()
    await using _ = rig
    const completed = await finish(rig, id)
    expect(completed.status).toBe('completed')

    const task = await goBack(rig, id, checkpoint.id)
    expect(task).toMatchObject({ status: 'paused', progress: { completed: 1, total: 2 } })
    expect(task.head_commit).not.toBe(completed.head_commit)
    expect(await gitIn(rig.bare(id), 'rev-parse', task.branch)).toBe(task.head_commit ?? '')
    expect(await rig.tree(rig.agentOn(id, 'two')?.id)).toBe(first)

    const undo = task.restore?.undo_id ?? ''
    const again = await goBack(rig, id, undo)
    expect(again).toMatchObject({ status: 'completed', head_commit: completed.head_commit })
    expect(await gitIn(rig.bare(id), 'rev-parse', task.branch)).toBe(completed.head_commit ?? '')
    expect(holders(rig, id)).toEqual([])

    await goBack(rig, id, checkpoint.id)
    const agent = rig.agentOn(id, 'two')
    const ended = await finish(rig, id)
    expect(ended.status).toBe('completed')
    const turn = [...rig.world.engine.turns.values()].find((each) => each.agentId === agent?.id)
    expect(turn?.prompt).toContain(`are those of ${checkpoint.created_at} again`)
    expect(turn?.prompt).toContain('Please do two.')
    const files = await gitIn(rig.bare(id), 'ls-tree', '-r', '--name-only', ended.branch)
    expect(files).toContain('after.txt')
    expect(files).not.toContain('late.txt')
    expect(await gitIn(rig.bare(id), 'show', `${ended.branch}:draft.txt`)).toBe('first draft')
  })

  test('stops a task at work first when it is asked to, and is refused otherwise', async () => {
    const { rig, id, held } = await openStory()
    await using _ = rig
    await rig.stop(id)
    const checkpoint = await rig.take(id)
    rig.world.tasks.resume(id)
    await held(2)

    expect(codeOf(() => void rig.world.tasks.restore(id, checkpoint.id, { stop: false }))).toBe(
      'task.wrong-state',
    )
    expect(rig.world.status(id)).toBe('running')
    await rig.world.tasks.restore(id, checkpoint.id, { stop: true })
    expect(await rig.restored(id)).toMatchObject({ status: 'paused', restore: { state: 'done' } })
    expect(rig.world.types(id)).toContain('task.paused')
    expect((await finish(rig, id)).status).toBe('completed')
  })

  test('waits for an engine that is away, and is done when it is back', async () => {
    let refusals = 0
    const { rig, id, checkpoint, first } = await openTwoStates({
      wrap: (deps) => ({
        ...deps,
        agents: {
          ...deps.agents,
          save: (...args) => (refusals-- > 0 ? away() : deps.agents.save(...args)),
          restore: (...args) => (refusals-- > 0 ? away() : deps.agents.restore(...args)),
        },
      }),
    })
    await using _ = rig
    refusals = 6
    const task = await goBack(rig, id, checkpoint.id)
    expect(task).toMatchObject({ status: 'paused', restore: { state: 'done' } })
    expect(task.error).toBeUndefined()
    expect(await rig.tree(rig.agentOn(id, 'two')?.id)).toBe(first)
    expect(
      rig
        .checkpoints()
        .list(id)
        .map(({ status }) => status),
    ).toEqual(['ready', 'ready'])
  })

  test('of an edited branch ends rather than losing the edit', async () => {
    let edit: (() => Promise<unknown>) | undefined
    const { rig, id, checkpoint } = await openTwoStates({
      onCall(name) {
        if (name === 'lay') edit?.().catch(() => {})
      },
    })
    await using _ = rig
    const { branch, head_commit: head } = rig.world.tasks.get(id)
    const edited = Promise.withResolvers<string>()
    edit = () => {
      edit = undefined
      const content = new TextEncoder().encode('by hand\n')
      const file = { taskId: id, branch, path: 'hand.txt', content, message: 'By hand' }
      return rig.area.workspaces.write(file).then(edited.resolve)
    }
    const task = await goBack(rig, id, checkpoint.id)
    expect(task.restore).toMatchObject({ state: 'failed' })
    expect(await gitIn(rig.bare(id), 'rev-parse', branch)).toBe(await edited.promise)
    expect(task.head_commit).toBe(head)
  })
})

describe('a restore that cannot be done', () => {
  test('is refused for an unknown checkpoint, one of another task, and one that is damaged, and nothing changes (K4)', async () => {
    const { rig, id, checkpoint } = await openTwoStates()
    await using _ = rig
    const other = rig.world.create({ auto_start: false })
    const before = dump(rig, id)
    const refusal = (taskId: string, cid: string): Promise<unknown> =>
      Promise.resolve()
        .then(() => rig.world.tasks.restore(taskId, cid, { stop: true }))
        .catch((error: { code?: string }) => error.code)
    expect(await refusal(id, 'nothing')).toBe('checkpoint.not-found')
    expect(await refusal(other.id, checkpoint.id)).toBe('task.wrong-state')

    await gitIn(rig.bare(id), 'update-ref', '-d', `refs/klaudio/checkpoints/${checkpoint.id}`)
    expect(await refusal(id, checkpoint.id)).not.toBeUndefined()
    expect(dump(rig, id)).toEqual(before)
    expect(rig.checkpoints().list(id)).toHaveLength(1)
  })

  test('says why when volumes cannot be laid, and leaves the task as it was', async () => {
    const { rig, id, agentId, checkpoint, second } = await openTwoStates({
      wrap: (deps) => ({
        ...deps,
        agents: { ...deps.agents, restore: () => Promise.reject(new Error('the disk is broken')) },
      }),
    })
    await using _ = rig
    const before = dump(rig, id)

    const task = await goBack(rig, id, checkpoint.id)
    expect(task.restore).toMatchObject({ state: 'failed', error: 'the disk is broken' })
    const { agents: then = [], ...was } = before.task
    const { agents: now = [], ...is } = dump(rig, id).task
    expect(is).toEqual(was)
    expect(now.slice(0, then.length)).toEqual(then)
    expect(rig.agentOn(id, 'two')?.id).toBe(agentId)
    expect(await rig.tree(agentId)).toBe(second)
    expect(holders(rig, id)).not.toContain(now.at(-1)?.id)
    expect(rig.world.types(id)).toContain('checkpoint.restore-failed')
    expect((await finish(rig, id)).status).toBe('completed')
  })

  test('does not begin when what is there now cannot be kept', async () => {
    let isBroken = false
    const { rig, id, checkpoint, agentId } = await openTwoStates({
      wrap: (deps) => ({
        ...deps,
        agents: {
          ...deps.agents,
          save: (...args) =>
            isBroken ? Promise.reject(new Error('no room')) : deps.agents.save(...args),
        },
      }),
    })
    await using _ = rig
    isBroken = true
    const task = await goBack(rig, id, checkpoint.id)
    expect(task.restore).toMatchObject({
      state: 'failed',
      error: 'What is there now could not be kept first: no room',
    })
    expect(rig.agentOn(id, 'two')?.id).toBe(agentId)
  })
})

describe('the preview of a restore', () => {
  test('says what would change, and changes nothing', async () => {
    const { rig, id, agentId, checkpoint } = await openTwoStates()
    await using _ = rig
    await rig.take(id)
    const before = dump(rig, id)
    const preview = await rig.world.tasks.previewRestore(id, checkpoint.id)
    expect(preview).toMatchObject({
      ...{ possible: 'now', status: { from: 'paused', to: 'paused' }, subtasks: [] },
      branch: { files: { added: 0, changed: 0, removed: 0 } },
      agents: [
        {
          ...{ agent_id: agentId, subtask_id: 'two', becomes: 'goes-back' },
          files: { added: 2, changed: 1, removed: 1 },
        },
      ],
    })
    const names = preview.agents[0]?.files?.files.map(({ path, change }) => `${change} ${path}`)
    expect(names?.sort()).toEqual([
      'added dangling',
      'added run',
      'changed draft.txt',
      'removed late.txt',
    ])
    expect(dump(rig, id)).toEqual(before)

    const completed = await finish(rig, id)
    const later = await rig.world.tasks.previewRestore(id, checkpoint.id)
    expect(later).toMatchObject({
      status: { from: 'completed', to: 'paused' },
      subtasks: [{ id: 'two', from: 'completed', to: 'queued' }],
      branch: { from: completed.head_commit },
    })
    expect(later.branch.files.removed).toBeGreaterThan(3)
  })
})

describe('a fork', () => {
  test('goes on by itself with its own files, and the old task stays as it is', async () => {
    const { rig, id, checkpoint, first, second, agentId } = await openTwoStates()
    await using _ = rig
    const before = dump(rig, id)
    const { id: forkId } = await rig.world.tasks.fork(id, checkpoint.id, { name: 'Another way' })
    const fork = await rig.restored(forkId)

    expect(fork).toMatchObject({
      ...{ name: 'Another way', status: 'paused', phase: null },
      forked_from: { task_id: id, checkpoint_id: checkpoint.id },
      restore: { kind: 'fork', state: 'done' },
      progress: { total: 2, completed: 1 },
    })
    const agent = getAgent(rig.world.db, rig.agentOn(forkId, 'two')?.id ?? '')
    expect(await rig.tree(agent.id)).toBe(first)
    expect(await gitIn(rig.trees.workspace(agent.id), 'branch', '--show-current')).toBe(
      `${fork.branch}-two`,
    )
    expect(rig.world.types(id).at(-1)).toBe('task.forked')
    expect(dump(rig, id)).toEqual(before)
    expect(await rig.tree(agentId)).toBe(second)

    await rig.world.tasks.delete(id)
    const ended = await finish(rig, forkId)
    expect(ended.status).toBe('completed')
    const files = await gitIn(rig.bare(forkId), 'ls-tree', '-r', '--name-only', ended.branch)
    expect(files.split('\n')).toEqual(expect.arrayContaining(['one.txt', 'after.txt', 'draft.txt']))
    expect(await gitIn(rig.bare(forkId), 'fsck', '--connectivity-only')).not.toContain('missing')
  })

  test('that cannot get its files has failed and says so; it never goes on blank', async () => {
    let isBroken = false
    const { rig, id, checkpoint } = await openTwoStates({
      wrap: (deps) => ({
        ...deps,
        agents: {
          ...deps.agents,
          restore: (...args) =>
            isBroken ? Promise.reject(new Error('no disk')) : deps.agents.restore(...args),
        },
      }),
    })
    await using _ = rig
    isBroken = true
    const { id: forkId } = await rig.world.tasks.fork(id, checkpoint.id, {})
    expect(await rig.restored(forkId)).toMatchObject({
      ...{ status: 'failed', error: 'no disk', name: 'A task (fork)' },
      restore: { state: 'failed', error: 'no disk' },
    })
    expect(rig.world.tasks.plan(forkId).subtasks[1]).toMatchObject({ status: 'failed' })
    expect(holders(rig, forkId)).toEqual([])
  })
})
