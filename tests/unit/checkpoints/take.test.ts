import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { updateAgent } from '#db/agents.ts'
import { findTask, updateTask } from '#db/tasks.ts'
import { openCheckpointRig } from '../../support/checkpoint-rig.ts'
import { gitIn, runIn } from '../../support/git.ts'
import { seedTask } from '../../support/seed.ts'

const session = 'claude/projects/-workspace/s1.jsonl'

test('a checkpoint holds files, conversation and plan, and says what it holds (K6)', async () => {
  await using rig = await openCheckpointRig()
  writeFileSync(join(rig.agents.workspace('a1'), 'work.txt'), 'half done\n')
  writeFileSync(join(rig.agents.state('a1'), session), '{"type":"user"}\n{"type":"assist')

  const taken = await rig.take('before lunch')

  expect(taken).toMatchObject({
    ...{ status: 'ready', cause: 'manual', label: 'before lunch', task_status: 'running' },
    plan_progress: { plan_version: 1, current_subtasks: ['one'], completed_subtasks: [] },
    agent_states: [{ agent_id: 'a1', subtask_id: 'one', files: 1, files_changed: 1, left_out: 0 }],
  })
  const commit = taken.agent_states?.[0]?.commit ?? ''
  expect(await gitIn(rig.repository, 'show', `${commit}:files/work.txt`)).toBe('half done')
  // The line that was being written is not in it.
  expect(
    await gitIn(rig.repository, 'show', `${commit}:transcripts/-workspace/s1.jsonl/000000`),
  ).toBe('{"type":"user"}')
  expect(findTask(rig.db, rig.taskId)?.hasState).toBe(true)
  expect(rig.eventLog.list({ taskId: rig.taskId, limit: 100 }).map(({ type }) => type)).toEqual([
    'checkpoint.taken',
  ])
})

test('what did not change takes no room, and what changed takes its own only (K5)', async () => {
  await using rig = await openCheckpointRig()
  const folder = rig.agents.workspace('a1')
  for (let n = 0; n < 20; n++) writeFileSync(join(folder, `f${n}`), randomBytes(20_000))
  writeFileSync(join(rig.agents.state('a1'), session), `${'x'.repeat(2_500_000)}\n`)

  const first = await rig.take()
  const second = await rig.take()
  writeFileSync(join(folder, 'f7'), 'short')
  const third = await rig.take()

  expect(first.size_bytes).toBeGreaterThan(400_000)
  expect(second).toMatchObject({ size_bytes: 0, files_changed: 0 })
  expect(second.agent_states?.[0]?.commit).toBe(first.agent_states?.[0]?.commit ?? '')
  expect(third.files_changed).toBe(1)
  expect(third.size_bytes).toBeLessThan(10_000)
})

test('a login is in no checkpoint, neither in files nor in a conversation (S9)', async () => {
  const secret = 'sk-ant-oat01-abcdefghijklmnop'
  await using rig = await openCheckpointRig({ secrets: [secret] })
  const folder = rig.agents.workspace('a1')
  writeFileSync(join(folder, 'env.txt'), `TOKEN=${secret}\n`)
  writeFileSync(join(folder, 'fine.txt'), 'fine\n')
  writeFileSync(join(rig.agents.state('a1'), session), `{"output":"${secret}"}\n`)
  writeFileSync(join(rig.agents.state('a1'), 'claude/.credentials.json'), secret)

  const taken = await rig.take()

  expect(taken).toMatchObject({ status: 'ready', agent_states: [{ files: 1, left_out: 1 }] })
  const all = await runIn(rig.repository, ['git', 'cat-file', '--batch-all-objects', '--batch'])
  const text = new TextDecoder('latin1').decode(all.stdout)
  expect(text).toContain('fine\n')
  expect(text).not.toContain(secret)
})

test('files that are written to all the time are saved as they are at one moment, and copies of them do not stay', async () => {
  const secret = 'sk-ant-oat01-abcdefghijklmnop'
  await using rig = await openCheckpointRig({ secrets: [secret] })
  const folder = rig.agents.workspace('a1')
  // Enough before it that it changes on the way.
  for (let n = 0; n < 100; n++) writeFileSync(join(folder, `a${n}`), randomBytes(20_000))
  writeFileSync(join(folder, 'env.txt'), `TOKEN=${secret}\n`)
  const log = join(folder, 'server.log')
  const script = 'n=0; while :; do n=$((n+1)); echo "line $n" >> "$1"; sleep 0.002; done'
  const server = Bun.spawn(['sh', '-c', script, 'sh', log])
  try {
    while (!existsSync(log)) await new Promise((resolve) => setImmediate(resolve))
    for (let round = 0; round < 3; round++) {
      const taken = await rig.take()
      expect(taken).toMatchObject({ status: 'ready', agent_states: [{ files: 101, left_out: 1 }] })
      const commit = taken.agent_states?.[0]?.commit ?? ''
      const kept = await gitIn(rig.repository, 'show', `${commit}:files/server.log`)
      expect(readFileSync(log, 'utf8').startsWith(kept)).toBe(true)
      expect(kept).toContain('line 1')
    }
  } finally {
    server.kill('SIGKILL')
    await server.exited
  }
  const objects = join(rig.agents.state('a1'), 'checkpoint/git/objects')
  const counted = await gitIn(join(objects, '..'), 'count-objects', '-v')
  expect(Number(counted.match(/size: (\d+)/)?.[1])).toBeLessThan(400)
})

test('a checkpoint that cannot be taken is told, and the task goes on (K4)', async () => {
  await using rig = await openCheckpointRig()
  rig.restart((deps) => ({
    ...deps,
    agents: { ...deps.agents, save: () => Promise.reject(new Error('the disk is full')) },
  }))

  const taken = await rig.take()

  expect(taken).toMatchObject({ status: 'failed', error: 'the disk is full' })
  expect(findTask(rig.db, rig.taskId)).toMatchObject({
    status: 'running',
    hasState: false,
    error: null,
  })
  expect(rig.eventLog.list({ taskId: rig.taskId, limit: 100 }).map(({ type }) => type)).toEqual([
    'checkpoint.failed',
  ])
})

test('an agent whose volumes go while they are saved is left out, as its work is in the branch', async () => {
  await using rig = await openCheckpointRig()
  await rig.addAgent('a2', 'two')
  rig.restart((deps) => ({
    ...deps,
    agents: {
      ...deps.agents,
      async save(agentId, options, take) {
        if (agentId === 'a1') return await deps.agents.save(agentId, options, take)
        updateAgent(rig.db, agentId, { holdsResources: false })
        throw new Error('the container is gone')
      },
    },
  }))

  expect(await rig.take()).toMatchObject({ status: 'ready', agent_states: [{ agent_id: 'a1' }] })
})

test('only as many are kept as wanted, and what only the others needed is freed', async () => {
  await using rig = await openCheckpointRig()
  const folder = rig.agents.workspace('a1')
  const size = async (): Promise<number> =>
    Number((await gitIn(rig.repository, 'count-objects', '-v')).match(/size-pack: (\d+)/)?.[1])
  writeFileSync(join(folder, 'big'), randomBytes(12_000_000))
  await rig.take('first')
  rmSync(join(folder, 'big'))
  for (const label of ['second', 'third']) await rig.take(label)
  expect(await size()).toBeGreaterThan(11_000)

  await rig.take('fourth')

  expect(rig.checkpoints.list(rig.taskId).map(({ label }) => label)).toEqual([
    'fourth',
    'third',
    'second',
  ])
  expect(await size()).toBeLessThan(1_000)
  expect(
    await gitIn(rig.repository, 'for-each-ref', '--format=%(refname)', 'refs/klaudio/checkpoints'),
  ).not.toContain('first')
})

test('the newest stays however old it is, and the others go after their days', async () => {
  await using rig = await openCheckpointRig()
  await rig.take('first')
  await rig.take('second')
  rig.now += rig.config.retentionMs + 10_000

  await rig.take('third')
  expect(rig.checkpoints.list(rig.taskId).map(({ label }) => label)).toEqual(['third'])
})

test('a removed checkpoint leaves nothing, and the next save still builds on what is there', async () => {
  await using rig = await openCheckpointRig()
  writeFileSync(join(rig.agents.workspace('a1'), 'a'), 'a')
  const { id } = await rig.take()
  await rig.checkpoints.remove(rig.taskId, id)

  expect(rig.checkpoints.list(rig.taskId)).toEqual([])
  expect(findTask(rig.db, rig.taskId)?.hasState).toBe(false)
  expect(() => rig.checkpoints.get(rig.taskId, id)).toThrow('This checkpoint was removed at')
  expect(() => rig.checkpoints.get(rig.taskId, 'never')).toThrow('has no checkpoint never')
  expect(await rig.take()).toMatchObject({ status: 'ready' })
})

test('two tasks do not wait for each other (K9)', async () => {
  await using rig = await openCheckpointRig()
  const blocked = Promise.withResolvers<undefined>()
  rig.restart((deps) => ({
    ...deps,
    agents: { ...deps.agents, save: () => blocked.promise },
  }))
  const { baseCommit } = await rig.area.workspaces.prepare({
    ...{ taskId: 't2', branch: 'klaudio/t2' },
    source: { kind: 'empty' },
  })
  seedTask(rig.db, { id: 't2', status: 'running', baseCommit })
  const slow = rig.checkpoints.take(rig.taskId, {})
  const done = new Promise<void>((resolve) =>
    rig.eventLog.subscribe((event) => event.type === 'checkpoint.taken' && resolve()),
  )
  const quick = rig.checkpoints.take('t2', {})
  await done

  expect(rig.checkpoints.get('t2', quick.id).status).toBe('ready')
  expect(rig.checkpoints.get(rig.taskId, slow.id).status).toBe('taking')
  blocked.resolve(undefined)
  await rig.checkpoints.settled()
})

test('a task without files has nothing to keep', async () => {
  await using rig = await openCheckpointRig()
  updateTask(rig.db, rig.taskId, { baseCommit: null }, rig.now)
  expect(() => rig.checkpoints.take(rig.taskId, {})).toThrow('There is nothing to keep yet')
  expect(() => rig.checkpoints.take('t9', {})).toThrow('There is no task t9.')
})
