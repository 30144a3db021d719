/** Ten agents at the same files of one repository, all begun from the same commit. */
import { expect, test } from 'bun:test'
import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { gitIn, makeRepository } from '../../support/git.ts'
import { createGitWorld, put } from '../../support/git-world.ts'
import { attend } from '../../support/person.ts'
import { step } from '../../support/test-tasks.ts'

const text = (...lines: string[]): string => `${lines.join('\n')}\n`

const start = {
  'README.md': text(
    '# Shelf',
    '',
    'Keeps books.',
    '',
    '## Use',
    '',
    'shelf',
    '',
    '## License',
    'MIT',
  ),
  'src/commands.ts': text("export * from './help.ts'"),
  'src/help.ts': text("export const help = 'shelf <command>'"),
  'src/limits.ts': text('/** Books on one shelf. */', 'export const most = 5'),
  'src/old.ts': text(
    '// For files of the first version.',
    'export const version = 1',
    '',
    'export {}',
  ),
  'src/util.ts': text(
    'export function trim(text: string): string {',
    '  return text.trim()',
    '}',
    '',
    'export function title(text: string): string {',
    '  return text.toUpperCase()',
    '}',
  ),
}

type Edit = (dir: string) => Promise<void>

async function change(dir: string, path: string, from: string, to: string): Promise<void> {
  const before = await readFile(join(dir, path), 'utf8')
  if (!before.includes(from)) throw new Error(`${path} has no ${from}`)
  await put(dir, path, before.replace(from, to))
}

const addCommand =
  (name: string): Edit =>
  async (dir) => {
    await put(dir, `src/${name}.ts`, text(`export const ${name} = '${name}'`))
    const line = "export * from './help.ts'\n"
    await change(dir, 'src/commands.ts', line, `${line}export * from './${name}.ts'\n`)
  }

const edits: Record<string, Edit> = {
  add: addCommand('add'),
  list: addCommand('list'),
  remove: addCommand('remove'),
  'move-util': (dir) => rename(join(dir, 'src/util.ts'), join(dir, 'src/text.ts')),
  'fix-title': (dir) =>
    change(dir, 'src/util.ts', 'text.toUpperCase()', 'text.replace(/^./, (c) => c.toUpperCase())'),
  'ten-books': (dir) => change(dir, 'src/limits.ts', 'most = 5', 'most = 10'),
  'twenty-books': (dir) => change(dir, 'src/limits.ts', 'most = 5', 'most = 20'),
  'drop-old': (dir) => rm(join(dir, 'src/old.ts')),
  'say-more': async (dir) => {
    await change(dir, 'README.md', 'Keeps books.', 'Keeps books and finds them again.')
    await change(dir, 'src/old.ts', 'version = 1', 'version = 2')
  },
  license: (dir) => change(dir, 'README.md', 'MIT', 'Apache-2.0'),
}

/** As somebody who has read all ten would have it. */
const expected = {
  'README.md': text(
    ...['# Shelf', '', 'Keeps books and finds them again.', '', '## Use', '', 'shelf', ''],
    ...['## License', 'Apache-2.0'],
  ),
  'src/add.ts': text("export const add = 'add'"),
  'src/commands.ts': text(
    ...["export * from './add.ts'", "export * from './help.ts'"],
    ...["export * from './list.ts'", "export * from './remove.ts'"],
  ),
  'src/help.ts': start['src/help.ts'],
  'src/limits.ts': text('/** Books on one shelf. */', 'export const most = 20'),
  'src/list.ts': text("export const list = 'list'"),
  'src/remove.ts': text("export const remove = 'remove'"),
  'src/text.ts': start['src/util.ts'].replace(
    'text.toUpperCase()',
    'text.replace(/^./, (c) => c.toUpperCase())',
  ),
}

async function readAll(dir: string): Promise<Record<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1))
    .filter((path) => !path.startsWith('.git/'))
  const read = paths.map(async (path) => [path, await readFile(join(dir, path), 'utf8')] as const)
  return Object.fromEntries(await Promise.all(read))
}

const isMarked = (content: string): boolean => content.includes('<<<<<<<')

/** Both commands stay, in the order of the alphabet; what was dropped stays dropped. Undefined where it cannot know. */
async function bringTogether(dir: string): Promise<string | undefined> {
  const { 'src/commands.ts': commands = '', 'src/limits.ts': limits = '' } = await readAll(dir)
  if (isMarked(limits)) return undefined
  if (!isMarked(commands)) {
    await rm(join(dir, 'src/old.ts'))
    return 'src/old.ts'
  }
  const lines = commands.split('\n').filter((line) => line.startsWith('export'))
  await put(dir, 'src/commands.ts', text(...new Set(lines.toSorted())))
  return 'src/commands.ts'
}

/** Those that add a command end one after the other, so that each of them has one conflict; all others end as they like. */
const endsAfter: Record<string, string> = { list: 'add', remove: 'list' }

test('ten agents at the same files: git merges what it can, an agent the rest, a person what contradicts, and nothing is lost', async () => {
  const names = Object.keys(edits)
  const allBegan = Promise.withResolvers<void>()
  const began = new Set<string>()
  const merged = new Map(names.map((name) => [name, Promise.withResolvers<void>()]))
  const resolved: string[] = []
  await using setup = await createGitWorld(
    { subtasks: names.map((name) => step(name)) },
    async (turn, dir) => {
      const name = turn.subtaskId ?? ''
      if (turn.kind === 'resolver') {
        const path = await bringTogether(dir)
        resolved.push(path ?? 'none')
        if (!path) await turn.call('report_failed', { reason: 'Is it 10 or 20?' })
        else await turn.call('report_done', { summary: `${path}: what was dropped stays dropped` })
        return
      }
      began.add(name)
      if (began.size === names.length) allBegan.resolve()
      await allBegan.promise
      await merged.get(endsAfter[name] ?? '')?.promise
      await edits[name]?.(dir)
    },
    {
      config: { maxAgents: 12, maxAgentsPerTask: 12 },
      onEvent: ({ type, subtask_id }) => {
        if (type === 'subtask.completed') merged.get(subtask_id ?? '')?.resolve()
      },
    },
  )
  const { world, git } = setup
  const source = join(git.root, 'origin')
  await makeRepository(source, start)
  const { id, branch } = world.create({ source: { kind: 'local', path: source } })
  await attend(world, id)

  const open = world.tasks.plan(id).subtasks.filter(({ status }) => status !== 'completed')
  expect(open).toMatchObject([
    { status: 'failed', conflicts: ['src/limits.ts'], resolution: { state: 'open' } },
  ])
  const [item] = world.tasks.attention({ limit: 9 }).items
  expect(item).toMatchObject({ kind: 'conflict', subtask: { id: open[0]?.id } })
  const isTwenty = open[0]?.id === 'twenty-books'
  world.tasks.resolveConflict(id, open[0]?.id ?? '', { choice: isTwenty ? 'theirs' : 'ours' })
  await attend(world, id)

  expect(world.status(id)).toBe('completed')
  expect(resolved.toSorted()).toEqual(['none', 'src/commands.ts', 'src/commands.ts', 'src/old.ts'])
  const conflicts = world.tasks.plan(id).subtasks.filter(({ resolution }) => resolution)
  expect(conflicts).toHaveLength(4)
  const checkout = join(git.root, 'result')
  await gitIn(git.root, 'clone', '-q', '--branch', branch, setup.bare(id), checkout)
  expect(await readAll(checkout)).toEqual(expected)
}, 120_000)
