import { describe, expect, test } from 'bun:test'
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { toIgnoreFile } from '#files/ignore-file.ts'
import { parseBundle } from '#git/bundle.ts'
import {
  collectFrom,
  commitAll,
  gitIn,
  openWorkspaces,
  runIn,
  seedClone,
  type TestWorkspaces,
} from '../../support/git.ts'

/** What the server takes in from the clone, as paths. */
async function handIn(area: TestWorkspaces, clone: { dir: string; base: string }, taskId: string) {
  const { code, stdout, stderr } = await collectFrom(clone.dir, {
    message: 'Left over',
    base: clone.base,
  })
  if (code !== 0) throw new Error(`collect ended with ${code}: ${stderr}`)
  const input = { taskId, agentId: 'agent-a', baseCommit: clone.base, bundle: stdout }
  const { changes } = await area.workspaces.receive(input)
  return changes.map(({ path }) => path)
}

async function oneClone(area: TestWorkspaces, files: Record<string, string> = {}) {
  const task = await area.task()
  if (Object.keys(files).length > 0) {
    const first = await task.clone('first')
    await commitAll(first.dir, files, 'start')
    await task.deliver(first, 'agent-first')
  }
  return { task, clone: await task.clone('a') }
}

describe('seed', () => {
  test('a clone stands on its branch at the commit, clean, with an identity of its own', async () => {
    await using area = await openWorkspaces()
    const { clone } = await oneClone(area, { 'a.txt': 'a\n' })

    expect(await gitIn(clone.dir, 'status', '--porcelain', '-b')).toBe('## klaudio/a')
    expect(await gitIn(clone.dir, 'rev-parse', 'HEAD')).toBe(clone.base)
    expect(await gitIn(clone.dir, 'config', 'user.email')).toBe('agent@klaudio.local')
    expect(await gitIn(clone.dir, 'fsck', '--no-dangling')).toBe('')
  })

  test('seeding again does nothing, and an unused clone moves to a newer commit', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { 'a.txt': 'a\n', 'gone.txt': 'x' })
    await mkdir(join(clone.dir, '.klaudio'), { recursive: true })
    await writeFile(join(clone.dir, '.klaudio', 'directive.md'), 'x')
    const branch = 'klaudio/a'
    const seed = async (commit: string, since?: string) =>
      seedClone(clone.dir, {
        bundle: await area.workspaces.bundle(task.id, {
          commit,
          branch,
          ...(since ? { since } : {}),
        }),
        commit,
        branch,
      })
    expect((await seed(clone.base)).code).toBe(0)
    const other = await task.clone('other')
    await rm(join(other.dir, 'gone.txt'))
    await writeFile(join(other.dir, 'new.txt'), 'n')
    await task.deliver(other, 'agent-other')
    const head = await area.workspaces.head(task.id, task.branch)

    expect((await seed(head, clone.base)).code).toBe(0)

    expect(await gitIn(clone.dir, 'rev-parse', 'HEAD')).toBe(head)
    expect((await readdir(clone.dir)).toSorted()).toEqual(['.git', '.klaudio', 'a.txt', 'new.txt'])
  })

  test('a clone with work in it is never moved', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { 'a.txt': 'a\n' })
    const other = await task.clone('other')
    await writeFile(join(other.dir, 'new.txt'), 'n')
    await task.deliver(other, 'agent-other')
    const commit = await area.workspaces.head(task.id, task.branch)
    const branch = 'klaudio/a'
    const bundle = await area.workspaces.bundle(task.id, { commit, branch })

    await writeFile(join(clone.dir, 'a.txt'), 'mine\n')
    expect(await seedClone(clone.dir, { bundle, commit, branch })).toMatchObject({ code: 3 })
    expect(await Bun.file(join(clone.dir, 'a.txt')).text()).toBe('mine\n')
    await commitAll(clone.dir, {}, 'mine')
    expect(await seedClone(clone.dir, { bundle, commit, branch })).toMatchObject({ code: 3 })
    await gitIn(clone.dir, 'checkout', '-q', '--detach', clone.base)
    expect(await seedClone(clone.dir, { bundle, commit, branch })).toMatchObject({ code: 3 })
  })

  test('a seed that was interrupted anywhere is finished by the next', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { 'a.txt': 'a\n' })
    const branch = 'klaudio/a'
    const bundle = await area.workspaces.bundle(task.id, { commit: clone.base, branch })
    const again = () => seedClone(clone.dir, { bundle, commit: clone.base, branch })
    const damages: (() => Promise<unknown>)[] = [
      () => rm(join(clone.dir, '.git', 'HEAD')),
      () => rm(join(clone.dir, '.git', 'refs'), { recursive: true }),
      () => rm(join(clone.dir, 'a.txt')),
      () => writeFile(join(clone.dir, '.git', 'index.lock'), ''),
    ]
    for (const damage of damages) {
      await rm(join(clone.dir, '.git', 'klaudio-seed'))
      await damage()
      expect(await again()).toMatchObject({ code: 0 })
      expect(await gitIn(clone.dir, 'status', '--porcelain', '-b')).toBe('## klaudio/a')
    }
  })

  test('a damaged bundle and wrong arguments are errors', async () => {
    await using area = await openWorkspaces()
    const { clone } = await oneClone(area)
    const dir = join(area.root, 'fresh')
    const bundle = new TextEncoder().encode('not a bundle')

    expect(
      (await seedClone(dir, { bundle, commit: clone.base, branch: 'klaudio/a' })).code,
    ).not.toBe(0)
    const script = join(import.meta.dir, '..', '..', '..', 'agent-image', 'seed')
    expect(await runIn(dir, ['sh', script])).toMatchObject({ code: 2 })
  })
})

describe('collect', () => {
  test('nothing new is an empty answer, again and again', async () => {
    await using area = await openWorkspaces()
    const { clone } = await oneClone(area)
    for (let round = 0; round < 2; round++)
      expect(await collectFrom(clone.dir, { message: 'm', base: clone.base })).toMatchObject({
        code: 0,
        stdout: new Uint8Array(),
      })
  })

  test('commits of the agent and what it left uncommitted come in one bundle and nothing else', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { 'old.txt': 'x', 'kept.txt': 'x' })
    await commitAll(clone.dir, { 'own.txt': 'own' }, 'by the agent')
    await writeFile(join(clone.dir, 'left.txt'), 'left')
    await rm(join(clone.dir, 'old.txt'))

    const { stdout } = await collectFrom(clone.dir, { message: 'Left over', base: clone.base })

    const parsed = parseBundle(stdout)
    expect(parsed).toMatchObject({
      ok: true,
      head: { prerequisites: [clone.base], refs: [{ name: 'HEAD' }] },
    })
    expect(await handIn(area, clone, task.id)).toEqual(['left.txt', 'old.txt', 'own.txt'])
    expect(await gitIn(clone.dir, 'log', '-2', '--format=%s by %an')).toBe(
      'Left over by Klaudio Agent\nby the agent by Ada',
    )
  })

  test('collecting twice gives the same commit', async () => {
    await using area = await openWorkspaces()
    const { clone } = await oneClone(area)
    await writeFile(join(clone.dir, 'a.txt'), 'a')
    const first = await collectFrom(clone.dir, { message: 'm', base: clone.base })
    const second = await collectFrom(clone.dir, { message: 'm', base: clone.base })

    expect(parseBundle(second.stdout)).toEqual(parseBundle(first.stdout))
  })

  test('control files, uploads and ignored files stay out; locks of dead processes do not matter', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { '.gitignore': 'node_modules\n' })
    const files = ['.klaudio/context/a.md', 'input/data.csv', 'node_modules/x/index.js', 'work.txt']
    for (const path of files) {
      await mkdir(join(clone.dir, path, '..'), { recursive: true })
      await writeFile(join(clone.dir, path), 'x')
    }
    await writeFile(join(clone.dir, '.git', 'index.lock'), '')
    await writeFile(join(clone.dir, '.git', 'refs', 'heads', 'klaudio', 'a.lock'), '')

    expect(await handIn(area, clone, task.id)).toEqual(['work.txt'])
  })

  test('exactly the uploads stay out, also of what the agent commits itself', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area)
    const uploads = [
      'a b.csv',
      '*.md',
      'deep/[x]!.txt',
      '#1',
      '!2',
      'back\\up.txt',
      'trailing\\ .txt',
    ]
    await mkdir(join(clone.dir, '.klaudio'), { recursive: true })
    await writeFile(join(clone.dir, '.klaudio', 'exclude'), toIgnoreFile(uploads))
    const place = async (path: string) => {
      await mkdir(join(clone.dir, 'input', path, '..'), { recursive: true })
      await writeFile(join(clone.dir, 'input', path), 'x')
    }
    for (const path of [...uploads, 'made.md']) await place(path)
    await gitIn(clone.dir, 'add', '-A')
    await gitIn(clone.dir, 'commit', '-q', '-m', 'by the agent')
    await place('deep/x.txt')

    expect(await handIn(area, clone, task.id)).toEqual(['input/deep/x.txt', 'input/made.md'])
  })

  test('hooks, signing and a monitor that the agent set up neither run nor stop it', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area)
    const proof = join(area.root, 'proof')
    const program = join(area.root, 'evil.sh')
    await writeFile(program, `#!/bin/sh\necho noise\ntouch ${proof}\nexit 1\n`, { mode: 0o755 })
    for (const key of ['core.fsmonitor', 'gpg.program', 'core.editor', 'sequence.editor'])
      await gitIn(clone.dir, 'config', key, program)
    await gitIn(clone.dir, 'config', 'commit.gpgSign', 'true')
    await mkdir(join(clone.dir, '.git', 'hooks'))
    for (const hook of ['pre-commit', 'commit-msg', 'prepare-commit-msg', 'post-commit']) {
      await writeFile(join(clone.dir, '.git', 'hooks', hook), await Bun.file(program).text())
      await chmod(join(clone.dir, '.git', 'hooks', hook), 0o755)
    }
    await writeFile(join(clone.dir, 'a.txt'), 'a')

    expect(await handIn(area, clone, task.id)).toEqual(['a.txt'])
    expect(await Bun.file(proof).exists()).toBe(false)
  })

  test('a repository that a generator made inside the workspace goes in as files', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area)
    for (const inner of ['app', 'empty app']) await gitIn(clone.dir, 'init', '-q', inner)
    await commitAll(join(clone.dir, 'app'), { 'index.ts': 'export {}' }, 'generated')
    await writeFile(join(clone.dir, 'empty app', 'index.ts'), 'x')
    await gitIn(clone.dir, 'add', 'app')

    expect(await handIn(area, clone, task.id)).toEqual(['app/index.ts', 'empty app/index.ts'])
  })

  test('a second working tree inside the workspace is a copy and stays out', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { 'a.txt': 'a' })
    await gitIn(clone.dir, 'worktree', 'add', '-q', '-b', 'copy', '.claude/worktrees/copy')
    await writeFile(join(clone.dir, 'b.txt'), 'b')

    expect(await handIn(area, clone, task.id)).toEqual(['b.txt'])
  })

  test('an amended start arrives as what the files became', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { 'a.txt': 'one\n' })
    await writeFile(join(clone.dir, 'a.txt'), 'two\n')
    await gitIn(clone.dir, 'commit', '-q', '-a', '--amend', '-m', 'amended')

    expect(await task.deliver(clone, 'agent-a')).toMatchObject({
      kind: 'merged',
      changedFiles: ['a.txt'],
    })
    expect(await task.read('a.txt')).toBe('two\n')
  })

  test('an older commit left checked out takes nothing back', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { 'a.txt': 'one\n' })
    await gitIn(clone.dir, 'checkout', '-q', '--detach', task.base)

    expect(await task.deliver(clone, 'agent-a')).toMatchObject({ kind: 'merged', changedFiles: [] })
    expect(await task.paths()).toEqual(['a.txt'])
  })

  test('work on a detached head or in the middle of a merge is not lost', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area, { 'a.txt': 'one\n' })
    await gitIn(clone.dir, 'checkout', '-q', '-b', 'side')
    await commitAll(clone.dir, { 'side.txt': 's' }, 'side')
    await gitIn(clone.dir, 'checkout', '-q', '--detach', clone.base)
    await commitAll(clone.dir, { 'main.txt': 'm' }, 'main')
    await gitIn(clone.dir, 'merge', '-q', '--no-commit', 'side')

    expect(await handIn(area, clone, task.id)).toEqual(['main.txt', 'side.txt'])
  })

  test.each([
    ['no repository any more', 3, (dir: string) => rm(join(dir, '.git'), { recursive: true })],
    ['a repository without a head', 3, (dir: string) => rm(join(dir, '.git', 'HEAD'))],
    [
      'a new repository',
      4,
      async (dir: string) => {
        await rm(join(dir, '.git'), { recursive: true })
        await gitIn(dir, 'init', '-q')
        await commitAll(dir, { 'a.txt': 'a' }, 'new')
      },
    ],
    [
      'an orphan branch',
      4,
      async (dir: string) => {
        await gitIn(dir, 'checkout', '-q', '--orphan', 'new')
        await commitAll(dir, { 'a.txt': 'a' }, 'new')
      },
    ],
  ] as const)(
    '%s is told by the exit code, with nothing on standard output',
    async (_, expected, damage) => {
      await using area = await openWorkspaces()
      const { clone } = await oneClone(area)
      await damage(clone.dir)

      const { code, stdout, stderr } = await collectFrom(clone.dir, {
        message: 'm',
        base: clone.base,
      })

      expect({ code, size: stdout.length }).toEqual({ code: expected, size: 0 })
      expect(stderr).toContain('collect: ')
    },
  )

  test('a message may be empty or look like an option', async () => {
    await using area = await openWorkspaces()
    const { task, clone } = await oneClone(area)
    for (const [index, message] of [
      '',
      '--amend',
      '# not a comment',
      'it\'s "quoted" $HOME `id`',
    ].entries()) {
      await writeFile(join(clone.dir, `${index}.txt`), 'x')
      expect(await collectFrom(clone.dir, { message, base: task.base })).toMatchObject({ code: 0 })
      expect(await gitIn(clone.dir, 'log', '-1', '--format=%B')).toBe(message)
    }
  })
})
