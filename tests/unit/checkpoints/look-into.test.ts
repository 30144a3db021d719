import { expect, test } from 'bun:test'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CheckpointViews, createCheckpointViews } from '#checkpoints/look-into.ts'
import { updateAgent } from '#db/agents.ts'
import { changeSubtaskStatus } from '#db/subtasks.ts'
import { type CheckpointRig, openCheckpointRig } from '../../support/checkpoint-rig.ts'
import { gitIn } from '../../support/git.ts'

const viewsOf = ({ db, checkpoints, area }: CheckpointRig): CheckpointViews =>
  createCheckpointViews({ db, checkpoints, workspaces: area.workspaces })

const textOf = async (chunks: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await Array.fromAsync(chunks)).toString('latin1')

const page = { query: '', limit: 100 }
const saved = 'save:a1' as const

test('every file of a save is listed under its own name and read as it was, a link as a link', async () => {
  await using rig = await openCheckpointRig()
  const folder = rig.agents.workspace('a1')
  mkdirSync(join(folder, '.klaudio'))
  writeFileSync(join(folder, '.klaudio/talk'), 'between us')
  writeFileSync(join(folder, '-rf "quoted"\n.txt'), 'odd\n')
  writeFileSync(Buffer.from(`${folder}/caf\xe9.bin`, 'latin1'), Buffer.from([0, 255, 1]))
  const outside = join(rig.area.root, 'outside')
  writeFileSync(outside, 'not for you\n')
  symlinkSync(outside, join(folder, 'way-out'))
  writeFileSync(join(folder, '.gitignore'), 'built\n')
  writeFileSync(join(folder, 'built'), 'ignored by git')
  const { id } = await rig.take()
  const views = viewsOf(rig)
  const place = { taskId: rig.taskId, id, part: saved }

  const { files, next } = await views.files(place, page)
  expect(next).toBeUndefined()
  expect(files).toEqual([
    { name: '-rf "quoted"\n.txt', size: 4, type: 'file' },
    { name: '.gitignore', size: 6, type: 'file' },
    { name: 'built', size: 14, type: 'file' },
    { name: '"caf\\351.bin"', size: 3, type: 'file' },
    { name: 'way-out', size: outside.length, type: 'symlink' },
  ])
  for (const [path, text] of [
    ['-rf "quoted"\n.txt', 'odd\n'],
    ['"caf\\351.bin"', '\x00\xff\x01'],
    ['way-out', outside],
  ] as const)
    expect(await textOf((await views.open(place, path)).read())).toBe(text)
  for (const path of ['way-out/passwd', '../facts', '/etc/passwd', 'nothing', '.'])
    await expect(views.open(place, path)).rejects.toThrow(/There is no file|cannot be used/)

  const { name, chunks } = await views.pack(place)
  expect(name).toBe(`checkpoint-${id.slice(0, 8)}-save-a1.tar.gz`)
  const tar = Bun.gunzipSync(Buffer.concat(await Array.fromAsync(chunks)))
  const inside = new TextDecoder('latin1').decode(tar)
  for (const text of ['ignored by git', 'caf\xe9.bin', 'way-out']) expect(inside).toContain(text)
  for (const text of ['between us', 'not for you']) expect(inside).not.toContain(text)
})

test('a long list comes in pages, and a part of a name finds a file beyond them', async () => {
  await using rig = await openCheckpointRig()
  const folder = rig.agents.workspace('a1')
  for (const name of ['b', 'a'])
    for (let n = 0; n < 5; n++) {
      mkdirSync(join(folder, name), { recursive: true })
      writeFileSync(join(folder, name, `File-${n}`), String(n))
    }
  const { id } = await rig.take()
  const views = viewsOf(rig)
  const place = { taskId: rig.taskId, id, part: saved }
  const seen: string[] = []
  let after: string | undefined
  do {
    const { files, next } = await views.files(place, { query: '', limit: 4, after })
    expect(files.length).toBeLessThanOrEqual(4)
    seen.push(...files.map(({ name }) => name))
    after = next
  } while (after !== undefined)
  expect(seen).toEqual(
    ['a', 'b'].flatMap((name) => [0, 1, 2, 3, 4].map((n) => `${name}/File-${n}`)),
  )
  const { files } = await views.files(place, { query: 'B/FILE-3', limit: 4 })
  expect(files.map(({ name }) => name)).toEqual(['b/File-3'])
})

test('is compared with the branch now, the last save, the start and another checkpoint, the earlier first', async () => {
  await using rig = await openCheckpointRig()
  const folder = rig.agents.workspace('a1')
  writeFileSync(join(folder, 'one.txt'), 'one\n')
  const first = await rig.take()
  writeFileSync(join(folder, 'one.txt'), 'one\ntwo\n')
  const second = await rig.take()
  const views = viewsOf(rig)
  const { workspaces } = rig.area
  const branch = 'klaudio/t1'
  await workspaces.write({
    ...{ taskId: rig.taskId, branch, path: 'merged.txt', message: 'Merge' },
    content: new TextEncoder().encode('merged\n'),
  })
  const of = (id: string, part: typeof saved | 'branch' = saved) => ({
    ...{ taskId: rig.taskId, id, part },
  })
  const shown = async (id: string, against: Parameters<CheckpointViews['changes']>[1]) => {
    const { from, to, files } = await views.changes(of(id), against)
    return [
      from.what,
      to.what,
      ...files.map(({ status, path, added }) => `${status} ${path} ${added}`),
    ]
  }

  expect(await shown(first.id, 'start')).toEqual(['start', 'checkpoint', 'A one.txt 1'])
  expect(await shown(first.id, 'saved')).toEqual(['checkpoint', 'now', 'M one.txt 1'])
  expect(await shown(first.id, 'branch')).toEqual([
    ...['checkpoint', 'now', 'A merged.txt 1', 'D one.txt 0'],
  ])
  const between = ['M one.txt 1']
  expect(await shown(first.id, `checkpoint:${second.id}`)).toEqual([
    'checkpoint',
    'other',
    ...between,
  ])
  expect(await shown(second.id, `checkpoint:${first.id}`)).toEqual([
    'other',
    'checkpoint',
    ...between,
  ])
  expect(
    (await views.changes(of(first.id, 'branch'), 'branch')).files.map(({ path }) => path),
  ).toEqual(['merged.txt'])
  const text = await views.diff(of(first.id), 'saved', { path: 'one.txt' })
  expect(text).toContain('+two')
  await expect(views.changes(of(first.id, 'branch'), 'saved')).rejects.toThrow(
    'Compare it with branch',
  )
})

const session = 'claude/projects/-workspace/s1.jsonl'

test('a conversation is read in whole lines from any byte, a bounded piece at a time, and holds no login', async () => {
  const secret = 'sk-ant-oat01-abcdefghijklmnop'
  await using rig = await openCheckpointRig({ secrets: [secret] })
  const lines = Array.from({ length: 700 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(5000)}"}`)
  lines[3] = `{"output":"${secret}"}`
  const whole = `${lines.join('\n')}\n`
  writeFileSync(join(rig.agents.state('a1'), session), `${whole}{"type":"half a li`)
  writeFileSync(join(rig.agents.state('a1'), 'claude/projects/-workspace/helper.jsonl'), '{}\n')
  rig.db.run(`update agents set session_id = 's1' where id = 'a1'`)
  const { id } = await rig.take()
  const views = viewsOf(rig)
  const place = { taskId: rig.taskId, id, agentId: 'a1' }

  let at = 0
  let text = ''
  let size = Number.POSITIVE_INFINITY
  while (at < size) {
    const part = await views.conversation(place, { from: at })
    expect(part.from).toBe(at)
    expect(part.bytes.length).toBeLessThan(2 * 1024 * 1024 + 6000)
    text += new TextDecoder().decode(part.bytes)
    at += part.bytes.length
    size = part.size
  }
  expect(text).toBe(whole.replaceAll(secret, '*'.repeat(secret.length)))
  const middle = await views.conversation(place, { from: 1_500_000, to: 1_500_001 })
  expect(JSON.parse(new TextDecoder().decode(middle.bytes))).toHaveProperty('n')
  expect(middle.from).toBeLessThanOrEqual(1_500_000)
  const helper = await views.conversation(place, { session: '-workspace/helper.jsonl', from: 0 })
  expect(helper).toMatchObject({ from: 0, size: 3 })
  await expect(views.conversation(place, { session: '../facts', from: 0 })).rejects.toThrow(
    'The save holds no conversation "../facts".',
  )
  await expect(views.conversation({ ...place, agentId: 'a9' }, { from: 0 })).rejects.toThrow(
    'no save of agent a9',
  )
})

test('tells the plan and every agent as they were, however the task went on', async () => {
  const secret = 'sk-ant-oat01-abcdefghijklmnop'
  await using rig = await openCheckpointRig({ secrets: [secret] })
  writeFileSync(join(rig.agents.workspace('a1'), 'env.txt'), secret)
  writeFileSync(join(rig.agents.state('a1'), session), '{}\n')
  const head = await gitIn(rig.agents.workspace('a1'), 'rev-parse', 'HEAD')
  const { id } = await rig.take()
  changeSubtaskStatus(rig.db, { taskId: rig.taskId, id: 'one', from: ['running'], to: 'failed' })
  updateAgent(rig.db, 'a1', { status: 'failed' })

  const contents = await viewsOf(rig).contents({ taskId: rig.taskId, id })
  expect(contents.branch).toMatchObject({ name: 'klaudio/t1' })
  expect(contents.plan?.subtasks.map(({ id, status, error }) => ({ id, status, error }))).toEqual([
    { id: 'one', status: 'running', error: undefined },
    { id: 'two', status: 'pending', error: undefined },
  ])
  expect(contents.agents).toMatchObject([
    {
      ...{ agent_id: 'a1', subtask_id: 'one', name: 'Do one', status: 'running' },
      save: {
        ...{ head, branch: 'klaudio/t1-one', files: 0, left_out_count: 1 },
        sessions: [{ name: '-workspace/s1.jsonl', size: 3 }],
        left_out: ['env.txt holds a login of this installation'],
      },
    },
  ])
})

test('what is taken, failed, removed, or going while it is looked at says which of these it is', async () => {
  await using rig = await openCheckpointRig()
  const { id } = await rig.take()
  const views = viewsOf(rig)
  const place = { taskId: rig.taskId, id }
  const workspaces = {
    ...rig.area.workspaces,
    async keptManifest(): Promise<string> {
      await rig.checkpoints.remove(rig.taskId, id)
      throw new Error('unknown revision')
    },
  }
  const { db, checkpoints } = rig
  const late = createCheckpointViews({ db, checkpoints, workspaces })
  const removed = { code: 'checkpoint.removed', message: expect.stringContaining('was removed at') }
  await expect(late.contents(place)).rejects.toMatchObject(removed)
  await rig.checkpoints.settled()
  await expect(views.files({ ...place, part: 'branch' }, page)).rejects.toMatchObject(removed)
  await expect(views.contents({ ...place, id: 'never' })).rejects.toMatchObject({
    code: 'checkpoint.not-found',
  })
  await expect(views.contents({ taskId: 't9', id })).rejects.toMatchObject({
    code: 'task.not-found',
  })

  const gate = Promise.withResolvers<void>()
  const save = async (): Promise<never> => {
    await gate.promise
    throw new Error('the disk is full')
  }
  rig.restart((deps) => ({ ...deps, agents: { ...deps.agents, save } }))
  const taking = rig.checkpoints.take(rig.taskId, {})
  await expect(viewsOf(rig).contents({ ...place, id: taking.id })).rejects.toMatchObject({
    code: 'checkpoint.not-ready',
    message: expect.stringContaining('still being taken'),
  })
  gate.resolve()
  await rig.checkpoints.settled()
  await expect(viewsOf(rig).contents({ ...place, id: taking.id })).rejects.toMatchObject({
    code: 'checkpoint.not-ready',
    message: expect.stringContaining('the disk is full'),
  })
})
