/** What others merged meanwhile reaches an agent that is sent back: real clones, bundles and merges. */
import { expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  bringInto,
  commitAll,
  gitIn,
  makeRepository,
  openTempDir,
  runIn,
} from '../../support/git.ts'
import { createGitWorld, put } from '../../support/git-world.ts'
import { attend } from '../../support/person.ts'
import { createGate, step } from '../../support/test-tasks.ts'

test('an agent that is sent back has what others merged, or is told what it lacks', async () => {
  const gate = createGate()
  const asked: Record<string, string> = {}
  const dirs: Record<string, string> = {}
  const seen: Record<string, boolean> = {}
  const plan = { subtasks: [step('a'), step('b'), step('hold')] }
  await using setup = await createGitWorld(plan, async (turn, dir) => {
    const id = turn.subtaskId ?? ''
    asked[`${id}${turn.number}`] = turn.prompt
    dirs[id] = dir
    seen[`${id}${turn.number}`] = existsSync(join(dir, 'b1.txt'))
    if (id === 'hold') await gate.wait('hold')
    // What lay in the way of the third round is not its work.
    else if (id === 'a' && turn.number === 3) await runIn(dir, ['rm', 'b2.txt'])
    else await put(dir, `${id}${turn.number}.txt`, `${id}\n`)
  })
  const { world, git } = setup
  const { id } = world.create({ auto_approve: true })
  const rounds: Record<string, number> = { a: 0, b: 0 }
  const finished = async (which: string): Promise<void> => {
    rounds[which] = (rounds[which] ?? 0) + 1
    await world.until(
      `${which} merged`,
      () =>
        world.events(id).filter((e) => e.type === 'subtask.completed' && e.subtask_id === which)
          .length === rounds[which],
    )
  }
  await Promise.all([finished('a'), finished('b')])

  world.tasks.askForChanges(id, 'a', 'Say more.')
  await finished('a')
  expect(seen).toMatchObject({ a1: false, a2: true })
  expect(asked.a2).toContain('what others merged since then. They changed:\n- "b1.txt"\nLook')
  // What it made in both rounds is its own, and what it found is not.
  const work = world.tasks.agents(id).find(({ subtask_id }) => subtask_id === 'a')
  const merges = await git.workspaces.mergesOf(id, work?.id ?? '')
  const paths = merges.map(({ from, to }) => git.workspaces.changes(id, from, to))
  expect(
    (await Promise.all(paths))
      .flat()
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual([...['a1.txt', 'a2.txt']])

  world.tasks.askForChanges(id, 'b', 'And you.')
  await finished('b')
  await put(dirs.a ?? '', 'b2.txt', 'in the way\n')
  world.tasks.askForChanges(id, 'a', 'Once more.')
  await finished('a')
  expect(asked.a3).toContain('as you left it. Others have merged changes')
  expect(asked.a3).toContain('- "b2.txt"')
  gate.open('hold')
  await attend(world, id)
  expect(world.status(id)).toBe('completed')
  const head = await git.workspaces.head(id, world.tasks.get(id).branch)
  const files = (await git.workspaces.list(id, head)).map(({ path }) => path)
  expect(files).toEqual(['a1.txt', 'a2.txt', 'b1.txt', 'b2.txt'])
}, 60_000)

test('a clone with commits of its own gets a merge, or stays as it is and names the lines', async () => {
  await using temp = await openTempDir()
  const [task, clone] = [join(temp.path, 'task'), join(temp.path, 'clone')]
  const base = await makeRepository(task, { 'a.txt': 'a\n', 'b.txt': 'b\n' })
  await gitIn(temp.path, 'clone', '-q', 'task', 'clone')
  const commit = await commitAll(task, { 'a.txt': 'theirs\n' }, 'theirs')
  const made = await runIn(task, ['git', 'bundle', 'create', '-q', '-', 'main', `^${base}`])
  const bring = () => bringInto(clone, { commit, bundle: made.stdout })
  const own = await commitAll(clone, { 'a.txt': 'mine\n' }, 'mine')
  const refused = await bring()
  expect([refused.code, new TextDecoder().decode(refused.stdout)]).toEqual([11, 'a.txt\0'])
  expect(await gitIn(clone, 'rev-parse', 'HEAD')).toBe(own)
  expect(await gitIn(clone, 'status', '--porcelain')).toBe('')
  await gitIn(clone, 'reset', '-q', '--hard', base)
  await commitAll(clone, { 'b.txt': 'mine\n' }, 'mine')
  await writeFile(join(clone, 'b.txt'), 'not committed\n')
  expect((await bring()).code).toBe(10)
  expect(await readFile(join(clone, 'b.txt'), 'utf8')).toBe('not committed\n')
  await gitIn(clone, 'checkout', '-q', '--', 'b.txt')
  for (const _ of ['once', 'and again']) expect((await bring()).code).toBe(0)
  const read = (name: string) => readFile(join(clone, name), 'utf8')
  expect([await read('a.txt'), await read('b.txt')]).toEqual(['theirs\n', 'mine\n'])
}, 60_000)
