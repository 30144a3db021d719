import { expect, test } from 'bun:test'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createWorks, type WorkFacts } from '#files/works.ts'
import {
  bringInto,
  collectFrom,
  openWorkspaces,
  type TestTask,
  type TestWorkspaces,
} from '../../support/git.ts'

type Agent = WorkFacts['agents'][number]

async function openWorks() {
  const area = await openWorkspaces()
  const task = await area.task()
  const facts: {
    branch: string
    baseCommit: string | null
    headCommit: string | null
    agents: Agent[]
    subtasks: WorkFacts['subtasks'][number][]
  } = {
    branch: task.branch,
    baseCommit: task.base,
    headCommit: task.base,
    agents: [],
    subtasks: [],
  }
  const works = createWorks({ workspaces: area.workspaces, factsOf: () => facts })
  return { ...area, task, facts, works }
}

/** One file by one agent, handed in but not merged. */
async function handIn(
  area: Pick<TestWorkspaces, 'workspaces'>,
  task: TestTask,
  agent: { id: string; path: string; content?: string; start?: string },
): Promise<{ base: string; commit: string }> {
  const clone = await task.clone(agent.id, agent.start)
  await writeFile(join(clone.dir, agent.path), agent.content ?? agent.path)
  const { stdout } = await collectFrom(clone.dir, { message: agent.id, base: clone.base })
  const { commit } = await area.workspaces.receive({
    taskId: task.id,
    agentId: agent.id,
    baseCommit: clone.base,
    bundle: stdout,
  })
  return { base: clone.base, commit }
}

test('what an agent handed in is seen before and after it is merged, without the work of others', async () => {
  await using area = await openWorks()
  const { task, facts, works, workspaces } = area
  const one = await handIn(area, task, { id: 'one', path: 'one.txt' })
  const two = await handIn(area, task, { id: 'two', path: 'two.txt' })
  facts.agents = [
    { id: 'one', subtaskId: 'first', baseCommit: one.base },
    { id: 'two', subtaskId: null, baseCommit: two.base },
    { id: 'idle', subtaskId: null, baseCommit: one.base },
  ]

  expect(await works.list(task.id)).toEqual([
    { kind: 'all', id: '', commit: task.base, merged: true },
    {
      kind: 'agent',
      id: 'one',
      agent_id: 'one',
      subtask_id: 'first',
      commit: one.commit,
      merged: false,
    },
    { kind: 'agent', id: 'two', agent_id: 'two', commit: two.commit, merged: false },
  ])
  const merge = (agentId: string, commit: string) =>
    workspaces.integrate({ taskId: task.id, branch: task.branch, agentId, commit, message: 'm' })
  await merge('one', one.commit)
  await merge('two', two.commit)
  const head = await workspaces.head(task.id, task.branch)
  facts.headCommit = head

  expect((await works.list(task.id)).map(({ merged }) => merged)).toEqual([true, true, true])
  const range = await works.range(task.id, { kind: 'agent', id: 'two' })
  expect(range).toEqual({ from: task.base, to: two.commit })
  const changes = await workspaces.changes(task.id, range?.from ?? '', range?.to ?? '')
  expect(changes.map(({ path }) => path)).toEqual(['two.txt'])
  expect(await works.range(task.id, { kind: 'agent', id: 'idle' })).toBeUndefined()
})

test('a merged subtask is what its merge did to the branch; before that it is what its agent handed in', async () => {
  await using area = await openWorks()
  const { task, facts, works, workspaces } = area
  const one = await handIn(area, task, { id: 'one', path: 'one.txt' })
  const two = await handIn(area, task, { id: 'two', path: 'two.txt' })
  facts.agents = [
    { id: 'one', subtaskId: 'first', baseCommit: one.base },
    { id: 'two', subtaskId: 'second', baseCommit: two.base },
  ]
  facts.subtasks = [
    { id: 'first', agentId: 'one', workCommit: one.commit, mergedCommit: null },
    { id: 'second', agentId: 'two', workCommit: two.commit, mergedCommit: null },
    { id: 'third', agentId: null, workCommit: null, mergedCommit: null },
  ]
  const ofSecond = { kind: 'subtask', id: 'second' } as const
  expect(await works.range(task.id, ofSecond)).toEqual({ from: task.base, to: two.commit })

  const input = { taskId: task.id, branch: task.branch, message: 'm' }
  await workspaces.integrate({ ...input, agentId: 'one', commit: one.commit })
  const before = await workspaces.head(task.id, task.branch)
  const merged = await workspaces.integrate({ ...input, agentId: 'two', commit: two.commit })
  if (merged.kind !== 'merged') throw new Error('it did not merge')
  facts.subtasks[1] = {
    id: 'second',
    agentId: 'two',
    workCommit: two.commit,
    mergedCommit: merged.mergedCommit,
  }

  expect(await works.range(task.id, ofSecond)).toEqual({ from: before, to: merged.mergedCommit })
  expect((await works.list(task.id)).at(-1)).toMatchObject({ kind: 'subtask', id: 'second' })
  expect(await works.range(task.id, { kind: 'subtask', id: 'third' })).toBeUndefined()
})

test('a workspace that was brought up to date later does not show the work of others as taken away', async () => {
  await using area = await openWorks()
  const { task, facts, works, workspaces } = area
  const late = await handIn(area, task, { id: 'late', path: 'late.txt' })
  const one = await handIn(area, task, { id: 'one', path: 'one.txt' })
  const input = { taskId: task.id, branch: task.branch, message: 'm' }
  await workspaces.integrate({ ...input, agentId: 'one', commit: one.commit })
  const head = await workspaces.head(task.id, task.branch)
  facts.agents = [{ id: 'late', subtaskId: null, baseCommit: head }]

  const range = await works.range(task.id, { kind: 'agent', id: 'late' })
  expect(range).toEqual({ from: task.base, to: late.commit })
})

test('all that an agent contributed is shown in every round, and nothing of what it was given', async () => {
  await using area = await openWorks()
  const { task, facts, works, workspaces } = area
  const shared = (first: string, last: string) => `${first}\n1\n2\n3\n4\n5\n${last}\n`
  const start = await task.clone('start')
  await writeFile(join(start.dir, 'both.txt'), shared('first', 'last'))
  await task.deliver(start, 'start')
  let base = await workspaces.head(task.id, task.branch)
  const a = await task.clone('a')
  facts.agents = [{ id: 'a', subtaskId: 'a', baseCommit: base }]
  const seen = async (): Promise<string[]> => {
    const range = await works.range(task.id, { kind: 'agent', id: 'a' })
    const { from = '', to = '' } = range ?? {}
    const files = await workspaces.changes(task.id, from, to)
    return files.map(
      ({ path, status, added, deleted }) => `${status} ${path} +${added} -${deleted}`,
    )
  }
  const handInOfA = async (merge: boolean): Promise<void> => {
    const { stdout } = await collectFrom(a.dir, { message: 'of a', base })
    const input = { taskId: task.id, agentId: 'a' }
    const { commit } = await workspaces.receive({ ...input, baseCommit: base, bundle: stdout })
    if (merge)
      await workspaces.integrate({ ...input, branch: task.branch, commit, message: 'merge a' })
  }
  const bringUpToDate = async (): Promise<void> => {
    const commit = await workspaces.head(task.id, task.branch)
    const bundle = await workspaces.bundle(task.id, { commit, since: base, branch: 'work' })
    expect((await bringInto(a.dir, { commit, bundle })).code).toBe(0)
    base = commit
    facts.agents = [{ id: 'a', subtaskId: 'a', baseCommit: base }]
  }
  const byOther = async (name: string, files: Record<string, string>): Promise<void> => {
    const other = await task.clone(name)
    for (const [path, text] of Object.entries(files)) await writeFile(join(other.dir, path), text)
    await task.deliver(other, name)
  }

  await writeFile(join(a.dir, 'a1.txt'), 'a\n')
  await writeFile(join(a.dir, 'both.txt'), shared('first of a', 'last'))
  await handInOfA(true)
  const firstRound = ['A a1.txt +1 -0', 'M both.txt +1 -1']
  expect(await seen()).toEqual(firstRound)

  await byOther('b', { 'b.txt': 'b\n', 'both.txt': shared('first of a', 'last of b') })
  await bringUpToDate()
  expect(await seen()).toEqual(firstRound)
  await writeFile(join(a.dir, 'a2.txt'), 'a\n')
  await handInOfA(false)
  const twoRounds = ['A a1.txt +1 -0', 'A a2.txt +1 -0', 'M both.txt +1 -1']
  expect(await seen()).toEqual(twoRounds)
  await handInOfA(true)
  expect(await seen()).toEqual(twoRounds)
  const range = await works.range(task.id, { kind: 'agent', id: 'a' })
  const diff = await workspaces.diff(task.id, range?.from ?? '', range?.to ?? '')
  expect(diff).toContain('+first of a')
  for (const words of ['-last', '+last of b', '+b']) expect(diff).not.toContain(`\n${words}\n`)

  // Somebody writes over its line, and it begins a third round in which it changes nothing.
  await byOther('c', { 'both.txt': shared('first of c', 'last of b') })
  await bringUpToDate()
  await handInOfA(true)
  expect(await seen()).toEqual(['A a1.txt +1 -0', 'A a2.txt +1 -0'])
  expect((await works.list(task.id)).map(({ id }) => id)).toContain('a')
})

test('who is not of the task is said to be unknown', async () => {
  await using area = await openWorks()
  const { task, works } = area
  await expect(works.range(task.id, { kind: 'agent', id: 'x' })).rejects.toMatchObject({
    code: 'agent.not-found',
  })
  await expect(works.range(task.id, { kind: 'subtask', id: 'x' })).rejects.toMatchObject({
    code: 'subtask.not-found',
  })
})

test('a task without a repository has no work', async () => {
  await using area = await openWorks()
  area.facts.baseCommit = null
  expect(await area.works.list(area.task.id)).toEqual([])
  expect(await area.works.range(area.task.id, { kind: 'all' })).toBeUndefined()
})
