import { expect, test } from 'bun:test'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  collectFrom,
  commitAll,
  gitIn,
  makeRepository,
  openWorkspaces,
  runIn,
  seedClone,
} from '../../support/git.ts'

const allBytes = Uint8Array.from({ length: 256 }, (_, index) => index)

const oddNames = [
  'with space.txt',
  'new\nline.txt',
  'tab\tname.txt',
  '"quoted".txt',
  "it's.txt",
  'back\\slash.txt',
  '-rf',
  '--help',
  ':(top)x',
  '*.txt',
  'ünï/☃/文件.txt',
  'trailing. ',
  '"caf\\351.txt"',
  '\u202ertl.txt',
]

test('binary content and odd names come through every step byte by byte', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clone = await task.clone('a')
  for (const name of oddNames) {
    await mkdir(join(clone.dir, name, '..'), { recursive: true })
    await writeFile(join(clone.dir, name), allBytes)
  }

  const result = await task.deliver(clone, 'agent-a')
  const head = await area.workspaces.head(task.id, task.branch)

  const paths = await task.paths()
  expect(new Set(paths)).toEqual(new Set(oddNames))
  expect(result).toMatchObject({ kind: 'merged', changedFiles: paths })
  for (const name of oddNames)
    expect(await area.workspaces.read(task.id, head, name, 256)).toEqual(allBytes)
})

test('a name that is not UTF-8 can be listed, read, changed and deleted', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clone = await task.clone('a')
  await runIn(clone.dir, ['sh', '-c', 'printf one > "$(printf \'caf\\351.txt\')"'])
  await task.deliver(clone, 'agent-a')
  const name = '"caf\\351.txt"'

  expect(await task.paths()).toEqual([name])
  expect(await task.read(name)).toBe('one')
  const input = { taskId: task.id, branch: task.branch, path: name, message: 'edit' }
  await area.workspaces.write({ ...input, content: new TextEncoder().encode('two') })
  expect(await task.read(name)).toBe('two')
  expect(await task.paths()).toEqual([name])
  await area.workspaces.write({ ...input, content: null })
  expect(await task.paths()).toEqual([])
})

test('changes tell added, modified, deleted, renamed and retyped files apart', async () => {
  await using area = await openWorkspaces()
  const source = join(area.root, 'source')
  const lines = 'a\nb\nc\nd\ne\nf\n'
  await makeRepository(source, {
    modified: lines,
    deleted: 'x\n',
    'old name': lines + lines,
    retyped: 'x',
  })
  const task = await area.task({ kind: 'local', path: source })
  const clone = await task.clone('a')
  await writeFile(join(clone.dir, 'modified'), `${lines}g\n`)
  await writeFile(join(clone.dir, 'added\n'), '1\n2\n')
  await runIn(clone.dir, ['rm', 'deleted', 'retyped'])
  await runIn(clone.dir, ['mv', 'old name', 'new "name"'])
  await symlink('modified', join(clone.dir, 'retyped'))
  await task.deliver(clone, 'agent-a')

  const head = await area.workspaces.head(task.id, task.branch)
  const changes = await area.workspaces.changes(task.id, task.base, head)
  const byPath = Object.fromEntries(changes.map(({ path, oid, ...change }) => [path, change]))
  expect(byPath).toEqual({
    'added\n': { status: 'A', added: 2, deleted: 0 },
    modified: { status: 'M', added: 1, deleted: 0 },
    deleted: { status: 'D', added: 0, deleted: 1 },
    'new "name"': { status: 'R', added: 0, deleted: 0, from: 'old name' },
    retyped: { status: 'T', added: 1, deleted: 1, modes: ['100644', '120000'] },
  })
})

test('changes say which files are binary and which changed their mode', async () => {
  await using area = await openWorkspaces()
  const source = join(area.root, 'source')
  await makeRepository(source, { 'run.sh': 'echo\n' })
  const task = await area.task({ kind: 'local', path: source })
  const clone = await task.clone('a')
  await writeFile(join(clone.dir, 'a.bin'), allBytes)
  await runIn(clone.dir, ['chmod', '755', 'run.sh'])
  await task.deliver(clone, 'agent-a')
  const head = await area.workspaces.head(task.id, task.branch)
  const changes = await area.workspaces.changes(task.id, task.base, head)
  const entries = await area.workspaces.list(task.id, head)
  expect(entries.map(({ path }) => path)).toEqual(changes.map(({ path }) => path))
  for (const { path, oid } of changes)
    expect((await area.workspaces.open(task.id, head, path)).oid).toBe(oid)
  expect(changes.map(({ oid, ...change }) => change)).toEqual([
    { path: 'a.bin', status: 'A', added: 0, deleted: 0, binary: true },
    { path: 'run.sh', status: 'M', added: 0, deleted: 0, modes: ['100644', '100755'] },
  ])
})

test('a diff of one path has as much context as asked for, and knows where a renamed file was', async () => {
  await using area = await openWorkspaces()
  const source = join(area.root, 'source')
  const lines = Array.from({ length: 60 }, (_, at) => `line ${at + 1}`)
  await makeRepository(source, { 'old.txt': `${lines.join('\n')}\n` })
  const task = await area.task({ kind: 'local', path: source })
  const clone = await task.clone('a')
  await runIn(clone.dir, ['rm', 'old.txt'])
  lines[29] = 'changed'
  await writeFile(join(clone.dir, 'new.txt'), `${lines.join('\n')}\n`)
  await task.deliver(clone, 'agent-a')
  const head = await area.workspaces.head(task.id, task.branch)
  const diff = (options: { oldPath?: string; contextLines?: number }) =>
    area.workspaces.diff(task.id, task.base, head, { path: 'new.txt', ...options })

  expect(await diff({})).toContain('new file mode')
  const moved = await diff({ oldPath: 'old.txt' })
  expect(moved).toContain('rename from old.txt')
  expect(moved).toContain('@@ -27,7 +27,7 @@')
  expect(await diff({ oldPath: 'old.txt', contextLines: 20 })).toContain('@@ -10,41 +10,41 @@')
  expect(await diff({ oldPath: 'old.txt', contextLines: 1e6 })).toContain('@@ -1,60 +1,60 @@')
})

test('a diff is unified, may be of one path, and says when it was cut', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clone = await task.clone('a')
  await writeFile(join(clone.dir, 'a.txt'), 'one\n')
  await writeFile(join(clone.dir, '*.txt'), 'star\n')
  await writeFile(join(clone.dir, 'big.txt'), 'x\n'.repeat(100_000))
  await task.deliver(clone, 'agent-a')
  const head = await area.workspaces.head(task.id, task.branch)
  const { diff } = area.workspaces

  expect(await diff(task.id, task.base, head, { path: 'a.txt' })).toEndWith('@@ -0,0 +1 @@\n+one\n')
  const star = await diff(task.id, task.base, head, { path: '*.txt' })
  expect(star).toContain('+star')
  expect(star).not.toContain('+one')
  const cut = await diff(task.id, task.base, head, { maxBytes: 1000 })
  expect(cut).toEndWith('+x\n[cut after 1000 bytes]\n')
  expect(cut.length).toBeLessThan(1100)
})

test('reading stops at the limit, and says what is no file', async () => {
  await using area = await openWorkspaces()
  const source = join(area.root, 'source')
  await makeRepository(source, { 'dir/a.txt': '12345' })
  await gitIn(source, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`)
  await gitIn(source, 'commit', '-q', '-m', 'submodule')
  const task = await area.task({ kind: 'local', path: source })
  const read = (path: string, maxBytes = 100) =>
    area.workspaces.read(task.id, task.base, path, maxBytes)

  expect(await read('dir/a.txt', 5)).toHaveLength(5)
  await expect(read('dir/a.txt', 4)).rejects.toMatchObject({ code: 'file.too-large' })
  for (const path of [
    'dir',
    'dir/',
    'nothing',
    'lib',
    '',
    '../dir/a.txt',
    './dir/a.txt',
    '/dir/a.txt',
    'dir//a.txt',
    '.git/config',
    'a\0b',
    'DIR/a.txt',
  ])
    await expect(read(path)).rejects.toMatchObject({ code: 'file.not-found' })
})

test('what is no commit id reaches no command line', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  for (const bad of [
    '--output=/tmp/x',
    'HEAD',
    'refs/heads/main',
    '',
    'abc',
    `${task.base}^`,
    `${task.base}\n`,
  ]) {
    await expect(area.workspaces.list(task.id, bad)).rejects.toMatchObject({
      code: 'request.invalid',
    })
    await expect(area.workspaces.changes(task.id, task.base, bad)).rejects.toMatchObject({
      code: 'request.invalid',
    })
    await expect(area.workspaces.diff(task.id, bad, task.base)).rejects.toMatchObject({
      code: 'request.invalid',
    })
    await expect(area.workspaces.log(task.id, bad, 1)).rejects.toMatchObject({
      code: 'request.invalid',
    })
    await expect(
      area.workspaces.bundle(task.id, { commit: bad, branch: 'x' }),
    ).rejects.toMatchObject({ code: 'request.invalid' })
  }
})

test("an archive is the whole tree, whatever the tree's own attributes say", async () => {
  await using area = await openWorkspaces()
  const source = join(area.root, 'source')
  const files = {
    '.gitattributes': 'secret.txt export-ignore\nversion.txt export-subst\n',
    'secret.txt': 'here\n',
    'version.txt': '$Format:%H$\n',
    'dir/a.txt': 'a\n',
  }
  await makeRepository(source, files)
  const task = await area.task({ kind: 'local', path: source })
  const chunks: Uint8Array[] = []
  for await (const chunk of area.workspaces.archive(task.id, task.base)) chunks.push(chunk)
  const target = join(area.root, 'unpacked')
  await mkdir(target)
  await runIn(target, ['tar', '-x'], { input: Buffer.concat(chunks) })

  for (const [path, content] of Object.entries(files))
    expect(await Bun.file(join(target, path)).text()).toBe(content)
})

test('a reader that leaves an archive early leaves no git behind', async () => {
  await using area = await openWorkspaces()
  const source = join(area.root, 'source')
  const noise = crypto.getRandomValues(new Uint8Array(65_536))
  await makeRepository(source, {})
  await commitAll(
    source,
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}`, noise])),
    'big',
  )
  const task = await area.task({ kind: 'local', path: source })

  for await (const chunk of area.workspaces.archive(task.id, task.base)) {
    expect(chunk.length).toBeGreaterThan(0)
    break
  }
  const processes = await runIn(area.root, [
    'sh',
    '-c',
    `grep -lz "${task.dir}" /proc/[0-9]*/environ 2>/dev/null || :`,
  ])
  expect(new TextDecoder().decode(processes.stdout)).toBe('')
})

test('a bundle of what is new since a commit moves a clone that has that commit', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const worker = await task.clone('worker')
  const waiting = await task.clone('waiting')
  await writeFile(join(worker.dir, 'a.txt'), 'a\n'.repeat(1000))
  await task.deliver(worker, 'agent-a')
  const head = await area.workspaces.head(task.id, task.branch)

  const input = { commit: head, branch: 'klaudio/waiting' }
  const whole = await area.workspaces.bundle(task.id, input)
  const thin = await area.workspaces.bundle(task.id, { ...input, since: task.base })
  const { code } = await seedClone(waiting.dir, { ...input, bundle: thin })

  expect(code).toBe(0)
  expect(thin.length).toBeLessThan(whole.length)
  expect(await gitIn(waiting.dir, 'status', '--porcelain', '-b')).toBe('## klaudio/waiting')
  expect(await gitIn(waiting.dir, 'rev-parse', 'HEAD')).toBe(head)
  await runIn(area.root, ['git', 'init', '-q', 'plain'])
  await writeFile(join(area.root, 'whole.bundle'), whole)
  await gitIn(join(area.root, 'plain'), 'fetch', '-q', '../whole.bundle', 'klaudio/waiting')
  expect(await gitIn(join(area.root, 'plain'), 'rev-parse', 'FETCH_HEAD')).toBe(head)
})

test("a person's edit is a commit on the branch that keeps the rest as it was", async () => {
  await using area = await openWorkspaces()
  const source = join(area.root, 'source')
  await makeRepository(source, { 'run.sh': 'old', 'dir/a.txt': 'a' })
  await gitIn(source, 'update-index', '--chmod=+x', 'run.sh')
  await gitIn(source, 'commit', '-q', '-m', 'mode')
  const task = await area.task({ kind: 'local', path: source })
  const input = { taskId: task.id, branch: task.branch, message: 'Edit run.sh' }
  const content = new TextEncoder().encode('new')

  const commit = await area.workspaces.write({ ...input, path: 'run.sh', content })

  expect(await area.workspaces.head(task.id, task.branch)).toBe(commit)
  expect(await area.workspaces.list(task.id, commit)).toEqual([
    { path: 'dir/a.txt', mode: '100644', type: 'file', sizeBytes: 1 },
    { path: 'run.sh', mode: '100755', type: 'file', sizeBytes: 3 },
  ])
  const [entry] = await area.workspaces.log(task.id, commit, 1)
  expect(entry).toMatchObject({ author: 'Klaudio', subject: 'Edit run.sh' })
  expect(await area.workspaces.write({ ...input, path: 'run.sh', content })).toBe(commit)
})

test('an edit cannot leave the tree, touch .git, or go through a link or a file', async () => {
  await using area = await openWorkspaces()
  const source = join(area.root, 'source')
  await mkdir(source)
  await symlink('/etc', join(source, 'link'))
  await makeRepository(source, { file: 'x', 'dir/a': 'x', 'dir/b': 'x' })
  const task = await area.task({ kind: 'local', path: source })
  const content = new TextEncoder().encode('evil')

  for (const path of [
    '../x',
    '/x',
    'a/../../x',
    '.git/config',
    '.GIT/config',
    'a/.git/x',
    'GIT~1/x',
    '.git',
    'link',
    'link/passwd',
    'dir',
    'file/x',
    'a//b',
    '',
  ])
    await expect(
      area.workspaces.write({ taskId: task.id, branch: task.branch, path, content, message: 'm' }),
    ).rejects.toMatchObject({ code: 'file.forbidden' })
  await expect(
    area.workspaces.write({
      taskId: task.id,
      branch: task.branch,
      path: 'none',
      content: null,
      message: 'm',
    }),
  ).rejects.toMatchObject({ code: 'file.not-found' })
  expect(await area.workspaces.head(task.id, task.branch)).toBe(task.base)
})

test('edits and merges of one task never lose each other', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clones = await Promise.all([task.clone('a'), task.clone('b')])
  const bundles = await Promise.all(
    clones.map(async (clone, index) => {
      await writeFile(join(clone.dir, `work-${index}`), 'w')
      return collectFrom(clone.dir, { message: 'w', base: clone.base })
    }),
  )
  const merges = bundles.map(async ({ stdout }, index) => {
    const input = { taskId: task.id, agentId: `agent-${index}`, baseCommit: task.base }
    const { commit } = await area.workspaces.receive({ ...input, bundle: stdout })
    return area.workspaces.integrate({ ...input, branch: task.branch, commit, message: 'm' })
  })
  const edits = Array.from({ length: 5 }, (_, index) =>
    area.workspaces.write({
      taskId: task.id,
      branch: task.branch,
      path: `edit-${index}`,
      content: new Uint8Array([index]),
      message: 'edit',
    }),
  )
  await Promise.all([...merges, ...edits])

  expect(await task.paths()).toEqual(
    [...Array(5).keys()].map((index) => `edit-${index}`).concat('work-0', 'work-1'),
  )
})
