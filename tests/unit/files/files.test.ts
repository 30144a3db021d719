import { expect, test } from 'bun:test'
import { mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { TaskEvent } from '#contract/event.ts'
import { tasks } from '#db/schema/tables.ts'
import { findTask, listUploadPaths, updateTask } from '#db/tasks.ts'
import { createFiles } from '#files/create-files.ts'
import type { FilePlace } from '#files/files.ts'
import { workFacts } from '#files/work-facts.ts'
import { createWorks } from '#files/works.ts'
import { systemClock } from '#lib/clock.ts'
import { createEventLog } from '#streams/event-log.ts'
import { openTestDb } from '../../support/database.ts'
import { commitAll, openWorkspaces, runIn } from '../../support/git.ts'

const text = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value)

async function* chunksOf(...chunks: (string | Uint8Array)[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? text(chunk) : chunk
}

async function openFiles(limits: { maxUploadBytes?: number; maxTaskBytes?: number } = {}) {
  const area = await openWorkspaces()
  const { db, close } = openTestDb(join(area.root, 'klaudio.db'))
  const eventLog = createEventLog({ db, clock: systemClock })
  const events: TaskEvent[] = []
  eventLog.subscribe((event) => events.push(event))
  const dir = join(area.root, 'files')
  const works = createWorks({
    workspaces: area.workspaces,
    factsOf: (taskId) => workFacts(db, taskId),
  })
  const files = createFiles({
    workspaces: area.workspaces,
    works,
    eventLog,
    dir,
    maxUploadBytes: 1000,
    ...limits,
    taskOf: (taskId) => {
      const row = findTask(db, taskId)
      if (!row) throw new AppError('task.not-found', 'There is no such task.')
      return row
    },
  })
  const insert = (id: string, branch: string) =>
    db
      .insert(tasks)
      .values({ ...rowOf({ id, branch }), outputFiles: ['out/report.md', 'dist/'] })
      .run()
  return {
    ...area,
    files,
    db,
    events,
    inputDir: (id: string) => files.inputDir(id),
    /** Name and all bytes. */
    async download(id: string, place: FilePlace) {
      const { name, read } = await files.open(id, place)
      return { name, bytes: Uint8Array.from(Buffer.concat(await Array.fromAsync(read()))) }
    },
    /** A task that has no repository yet. */
    plain(id = 'task-1') {
      insert(id, 'klaudio/x')
      return id
    },
    /** A task whose branch holds the given files. */
    async withBranch(content: Record<string, string | Uint8Array>) {
      const task = await area.task()
      insert(task.id, task.branch)
      const clone = await task.clone('author')
      await commitAll(clone.dir, content, 'content')
      await task.deliver(clone, 'author')
      const headCommit = await area.workspaces.head(task.id, task.branch)
      updateTask(db, task.id, { headCommit }, 0)
      return { ...task, head: headCommit }
    },
    async [Symbol.asyncDispose]() {
      close()
      await area[Symbol.asyncDispose]()
    },
  }
}

test('an upload is stored whole, listed, recorded, and told as one event', async () => {
  await using area = await openFiles()
  const id = area.plain()

  const uploaded = await area.files.upload(id, 'docs/a b.txt', chunksOf('one ', 'two'))

  expect(uploaded).toEqual({ name: 'a b.txt', size: 7, path: 'input/docs/a b.txt' })
  expect(await area.files.list(id)).toEqual({
    input: [{ name: 'docs/a b.txt', size: 7 }],
    output: [],
    workspace: [],
  })
  expect(listUploadPaths(area.db, id)).toEqual(['docs/a b.txt'])
  expect(area.events).toMatchObject([
    { type: 'files.uploaded', task_id: id, data: { path: 'docs/a b.txt', size: 7 } },
  ])
  expect(await area.download(id, { area: 'input', path: 'docs/a b.txt' })).toEqual({
    name: 'a b.txt',
    bytes: text('one two'),
  })
})

test('an upload under the same path replaces the first in one step', async () => {
  await using area = await openFiles()
  const id = area.plain()
  await area.files.upload(id, 'a.txt', chunksOf('old'))
  const seen: string[] = []
  async function* slow() {
    yield text('new')
    seen.push((await area.files.view(id, { area: 'input', path: 'a.txt' })).content)
    yield text('er')
  }

  await area.files.upload(id, 'a.txt', slow())

  expect(seen).toEqual(['old'])
  expect((await area.files.view(id, { area: 'input', path: 'a.txt' })).content).toBe('newer')
  expect(listUploadPaths(area.db, id)).toHaveLength(1)
})

test('an upload over the limit, and one that breaks off, leave nothing', async () => {
  await using area = await openFiles({ maxUploadBytes: 10 })
  const id = area.plain()
  async function* broken() {
    yield text('half')
    throw new Error('connection lost')
  }

  await expect(area.files.upload(id, 'big', chunksOf('12345', '678901'))).rejects.toMatchObject({
    code: 'file.too-large',
  })
  await expect(area.files.upload(id, 'half', broken())).rejects.toThrow('connection lost')

  expect(await area.files.list(id)).toMatchObject({ input: [] })
  expect(await readdir(join(area.inputDir(id), '..', 'incoming'))).toEqual([])
  expect(area.events).toEqual([])
  await area.files.upload(id, 'fits', chunksOf('1234567890'))
})

test('the uploads of a task have a limit together, and replacing one counts once', async () => {
  await using area = await openFiles({ maxUploadBytes: 10, maxTaskBytes: 15 })
  const id = area.plain()
  await area.files.upload(id, 'a', chunksOf('1234567890'))

  await expect(area.files.upload(id, 'b', chunksOf('123456'))).rejects.toThrow(/together/)
  await area.files.upload(id, 'a', chunksOf('12345'))
  await area.files.upload(id, 'b', chunksOf('1234567890'))
  expect(await readdir(join(area.inputDir(id), '..', 'incoming'))).toEqual([])
})

const attacks = [
  '../x',
  '../../../../etc/passwd',
  '/etc/passwd',
  'a/../../x',
  '..\\x',
  'C:\\x',
  'a\0b',
  '.git/config',
  'a/.GIT/hooks/x',
  '',
  '.',
]

test.each(attacks)('the path %j leaves no area by any verb', async (path) => {
  await using area = await openFiles()
  const task = await area.withBranch({ 'a.txt': 'a' })

  for (const type of ['input', 'workspace', 'output'] as const) {
    for (const attempt of [
      () => area.download(task.id, { area: type, path: path }),
      () => area.files.view(task.id, { area: type, path: path }),
      () => area.files.save(task.id, { area: type, path: path }, { content: 'x' }),
      () => area.files.delete(task.id, { area: type, path: path }),
    ])
      await expect(attempt()).rejects.toMatchObject({
        code: expect.stringMatching(/^file\.(forbidden|not-found)$/),
      })
  }
  await expect(area.files.upload(task.id, path, chunksOf('x'))).rejects.toMatchObject({
    code: 'file.forbidden',
  })
  expect(await area.workspaces.head(task.id, task.branch)).toBe(task.head)
})

test('a link, a pipe or a folder in the uploads is no file, on the way or at the end', async () => {
  await using area = await openFiles()
  const id = area.plain()
  await area.files.upload(id, 'ok.txt', chunksOf('x'))
  const outside = join(area.root, 'outside')
  await mkdir(outside)
  await writeFile(join(outside, 'secret.txt'), 'secret')
  const input = area.inputDir(id)
  await symlink(outside, join(input, 'folder'))
  await symlink(join(outside, 'secret.txt'), join(input, 'file'))
  await mkdir(join(input, 'real'))
  await runIn(input, ['mkfifo', 'pipe'])

  for (const path of ['folder/secret.txt', 'file', 'pipe', 'real']) {
    await expect(area.download(id, { area: 'input', path: path })).rejects.toMatchObject({
      code: 'file.not-found',
    })
    await expect(
      area.files.save(id, { area: 'input', path: path }, { content: 'x' }),
    ).rejects.toMatchObject({
      code: 'file.not-found',
    })
    await expect(area.files.delete(id, { area: 'input', path: path })).rejects.toMatchObject({
      code: 'file.not-found',
    })
  }
  for (const path of ['folder/new.txt', 'file', 'pipe', 'real', 'ok.txt/x'])
    await expect(area.files.upload(id, path, chunksOf('x'))).rejects.toMatchObject({
      code: 'file.forbidden',
    })
  expect(await area.files.list(id)).toMatchObject({ input: [{ name: 'ok.txt', size: 1 }] })
  expect(await area.files.inputs(id)).toEqual([{ path: 'ok.txt', content: text('x') }])
  expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret')
  expect(await readdir(outside)).toEqual(['secret.txt'])
})

test('the uploads can be read by nobody but the owner', async () => {
  await using area = await openFiles()
  const id = area.plain()
  await area.files.upload(id, 'dir/a.txt', chunksOf('x'))

  for (const path of ['dir/a.txt', 'dir', ''])
    expect((await stat(join(area.inputDir(id), path))).mode & 0o077).toBe(0)
})

test('a text is shown and saved exactly, as a commit on the task branch', async () => {
  await using area = await openFiles()
  const content = '\ufeffüñí ☃\r\nno newline'
  const task = await area.withBranch({ 'src/a.ts': content })

  expect(await area.files.view(task.id, { area: 'workspace', path: 'src/a.ts' })).toEqual({
    version: expect.any(String),
    name: 'a.ts',
    path: 'src/a.ts',
    size: text(content).length,
    content,
  })
  await area.files.save(task.id, { area: 'workspace', path: 'src/a.ts' }, { content: 'changed\n' })

  const head = await area.workspaces.head(task.id, task.branch)
  expect(findTask(area.db, task.id)?.headCommit).toBe(head)
  expect(await task.read('src/a.ts')).toBe('changed\n')
  expect(area.events).toMatchObject([
    { type: 'file.changed', data: { area: 'workspace', path: 'src/a.ts', commit: head, size: 8 } },
  ])
})

test('an upload can be edited and deleted, with an event each', async () => {
  await using area = await openFiles()
  const id = area.plain()
  await area.files.upload(id, 'deep/er/a.txt', chunksOf('old'))

  expect(
    await area.files.save(id, { area: 'input', path: 'deep/er/a.txt' }, { content: 'newer' }),
  ).toEqual({
    version: expect.any(String),
    name: 'a.txt',
    path: 'deep/er/a.txt',
    size: 5,
  })
  expect((await area.files.view(id, { area: 'input', path: 'deep/er/a.txt' })).content).toBe(
    'newer',
  )
  await area.files.delete(id, { area: 'input', path: 'deep/er/a.txt' })

  expect(await readdir(area.inputDir(id))).toEqual([])
  expect(listUploadPaths(area.db, id)).toEqual([])
  expect(area.events.map(({ type, data }) => [type, data.deleted ?? false])).toEqual([
    ['files.uploaded', false],
    ['file.changed', false],
    ['file.changed', true],
  ])
})

test('binary files can be downloaded but neither shown nor saved over', async () => {
  await using area = await openFiles()
  const bytes = new Uint8Array([0, 255, 254, 10])
  const latin = new Uint8Array([0x63, 0x61, 0x66, 0xe9])
  const task = await area.withBranch({ 'a.bin': bytes, 'latin.txt': latin })

  expect((await area.download(task.id, { area: 'workspace', path: 'a.bin' })).bytes).toEqual(bytes)
  for (const path of ['a.bin', 'latin.txt']) {
    await expect(area.files.view(task.id, { area: 'workspace', path: path })).rejects.toMatchObject(
      {
        code: 'file.not-text',
      },
    )
    await expect(
      area.files.save(task.id, { area: 'workspace', path: path }, { content: 'x' }),
    ).rejects.toMatchObject({
      code: 'file.not-text',
    })
  }
})

test('a text over two mebibytes is neither shown nor saved', async () => {
  await using area = await openFiles({ maxUploadBytes: 10_000_000 })
  const id = area.plain()
  const limit = 2 * 1024 * 1024
  await area.files.upload(id, 'just.txt', chunksOf('x'.repeat(limit)))
  await area.files.upload(id, 'over.txt', chunksOf('x'.repeat(limit + 1)))

  expect((await area.files.view(id, { area: 'input', path: 'just.txt' })).size).toBe(limit)
  await expect(area.files.view(id, { area: 'input', path: 'over.txt' })).rejects.toMatchObject({
    code: 'file.too-large',
  })
  const save = area.files.save(
    id,
    { area: 'input', path: 'just.txt' },
    { content: '☃'.repeat(limit / 2) },
  )
  await expect(save).rejects.toMatchObject({ code: 'file.too-large' })
})

test('only files that exist can be saved or deleted', async () => {
  await using area = await openFiles()
  const task = await area.withBranch({ 'a.txt': 'a' })
  for (const type of ['input', 'workspace', 'output'] as const) {
    await expect(
      area.files.save(task.id, { area: type, path: 'new.txt' }, { content: 'x' }),
    ).rejects.toMatchObject({
      code: 'file.not-found',
    })
    await expect(area.files.delete(task.id, { area: type, path: 'new.txt' })).rejects.toMatchObject(
      {
        code: 'file.not-found',
      },
    )
  }
  expect(area.events).toEqual([])
})

test('the output area holds the declared results that exist, and nothing else', async () => {
  await using area = await openFiles()
  const task = await area.withBranch({
    'out/report.md': '# r',
    'dist/a/b.js': 'b',
    'distant.txt': 'x',
    'out/other.md': 'x',
  })

  const { output, workspace } = await area.files.list(task.id)
  expect(output.map(({ name }) => name)).toEqual(['dist/a/b.js', 'out/report.md'])
  expect(workspace).toHaveLength(4)
  expect((await area.download(task.id, { area: 'output', path: 'dist/a/b.js' })).bytes).toEqual(
    text('b'),
  )
  await expect(
    area.download(task.id, { area: 'output', path: 'out/other.md' }),
  ).rejects.toMatchObject({
    code: 'file.not-found',
  })
})

test('files that Klaudio and its agents talk through cannot be changed by hand', async () => {
  await using area = await openFiles()
  const task = await area.withBranch({ 'a.txt': 'a' })
  for (const type of ['input', 'workspace', 'output'] as const) {
    await expect(
      area.files.save(task.id, { area: type, path: '.klaudio/x' }, { content: 'x' }),
    ).rejects.toMatchObject({
      code: 'file.forbidden',
    })
    await expect(
      area.files.delete(task.id, { area: type, path: '.klaudio/x' }),
    ).rejects.toMatchObject({
      code: 'file.forbidden',
    })
  }
  await expect(area.files.upload(task.id, '.klaudio/x', chunksOf('x'))).rejects.toMatchObject({
    code: 'file.forbidden',
  })
})

test('a link of the project is shown as where it points, and is never written through', async () => {
  await using area = await openFiles()
  const task = await area.task()
  const clone = await task.clone('author')
  await symlink('/etc/passwd', join(clone.dir, 'link'))
  await task.deliver(clone, 'author')
  area.db
    .insert(tasks)
    .values({ ...rowOf(task), headCommit: task.base })
    .run()

  expect((await area.files.view(task.id, { area: 'workspace', path: 'link' })).content).toBe(
    '/etc/passwd',
  )
  await expect(
    area.files.save(task.id, { area: 'workspace', path: 'link' }, { content: 'x' }),
  ).rejects.toMatchObject({
    code: 'file.forbidden',
  })
})

test('an unknown task is not found by any verb, and makes no directory', async () => {
  await using area = await openFiles()
  for (const id of ['unknown', '../x', 'a/b'])
    for (const attempt of [
      () => area.files.upload(id, 'a', chunksOf('x')),
      () => area.files.list(id),
      () => area.download(id, { area: 'input', path: 'a' }),
      () => area.files.view(id, { area: 'input', path: 'a' }),
      () => area.files.save(id, { area: 'input', path: 'a' }, { content: 'x' }),
      () => area.files.delete(id, { area: 'input', path: 'a' }),
    ])
      await expect((async () => attempt())()).rejects.toMatchObject({ code: 'task.not-found' })
  expect(await readdir(area.root)).not.toContain('files')
})

test('what an agent changed in its input is not undone: uploads are only handed over', async () => {
  await using area = await openFiles()
  const id = area.plain()
  await area.files.upload(id, 'b/data.csv', chunksOf('1,2'))
  await area.files.upload(id, 'a.txt', chunksOf('x'))

  const first = await area.files.inputs(id)
  expect(first).toEqual([
    { path: 'a.txt', content: text('x') },
    { path: 'b/data.csv', content: text('1,2') },
  ])
  first[0]?.content.fill(0)
  expect((await area.files.inputs(id))[0]?.content).toEqual(text('x'))
})

test('removing a task removes its uploads', async () => {
  await using area = await openFiles()
  const id = area.plain()
  await area.files.upload(id, 'a.txt', chunksOf('x'))
  await area.files.remove(id)
  await area.files.remove(id)

  expect(await readdir(join(area.root, 'files'))).toEqual([])
})

const rowOf = (task: { id: string; branch: string }): typeof tasks.$inferInsert => ({
  id: task.id,
  branch: task.branch,
  name: 'n',
  prompt: 'p',
  status: 'created',
  mode: 'parallel',
  model: 'opus',
  source: { kind: 'empty' },
  limits: {},
  autoApprove: false,
  outputFiles: [],
  createdAt: 0,
  updatedAt: 0,
})

test('a file is read in part, and an edit holds only for the version that was read', async () => {
  await using area = await openFiles()
  const task = await area.withBranch({ 'a.txt': '0123456789' })
  await area.files.upload(task.id, 'a.txt', chunksOf('0123456789'))

  for (const where of ['workspace', 'input'] as const) {
    const place = { area: where, path: 'a.txt' }
    const file = await area.files.open(task.id, place)
    expect(file.sizeBytes).toBe(10)
    const part = Buffer.concat(await Array.fromAsync(file.read({ from: 3, to: 6 })))
    expect(part.toString()).toBe('345')

    const { version } = await area.files.save(task.id, place, {
      content: 'mine',
      version: file.version,
    })
    expect(version).not.toBe(file.version)
    const stale = { content: 'theirs', version: file.version }
    await expect(area.files.save(task.id, place, stale)).rejects.toMatchObject({
      code: 'file.changed',
    })
    await expect(area.files.delete(task.id, place, stale)).rejects.toMatchObject({
      code: 'file.changed',
    })
    expect((await area.files.view(task.id, place)).content).toBe('mine')
    await area.files.delete(task.id, place, { version })
  }
})

test('an upload that is replaced while it is read is not passed off as one file', async () => {
  await using area = await openFiles()
  const id = area.plain()
  await area.files.upload(id, 'a.txt', chunksOf('first'))
  const file = await area.files.open(id, { area: 'input', path: 'a.txt' })
  await area.files.upload(id, 'a.txt', chunksOf('other'))
  await expect(Array.fromAsync(file.read())).rejects.toMatchObject({ code: 'file.changed' })
})

/** Unpacks with the system's own tar. Returns all paths, and a reader. */
async function unpack(root: string, chunks: AsyncIterable<Uint8Array>) {
  const target = join(root, crypto.randomUUID())
  await mkdir(target)
  const input = new Uint8Array(Buffer.concat(await Array.fromAsync(chunks)))
  const { code, stderr } = await runIn(target, ['tar', '-xz'], { input })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const entries = await readdir(target, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(target.length + 1))
  return { target, paths: paths.sort() }
}

test('an archive of the workspace holds every file, odd names and links included, below one folder', async () => {
  await using area = await openFiles()
  const names = ['-rf', '--help', '*.txt', 'new\nline.txt', 'it\'s "odd".txt', 'ünï/文件.txt', '~']
  const task = await area.withBranch(Object.fromEntries(names.map((name) => [name, name])))
  const clone = await task.clone('linker')
  await symlink('/etc/passwd', join(clone.dir, 'link'))
  await task.deliver(clone, 'linker')

  const { name, chunks } = await area.files.pack(task.id, { area: 'workspace' })
  const { target, paths } = await unpack(area.root, chunks)

  const folder = name.replace('.tar.gz', '')
  expect(name).toBe(`workspace-${task.id.slice(0, 8)}.tar.gz`)
  expect(paths).toEqual([...names, 'link'].map((each) => `${folder}/${each}`).sort())
  expect(await readlink(join(target, folder, 'link'))).toBe('/etc/passwd')
  for (const each of names) expect(await readFile(join(target, folder, each), 'utf8')).toBe(each)
})

test('an archive of the output holds the declared results and nothing else', async () => {
  await using area = await openFiles()
  const task = await area.withBranch({
    'out/report.md': '# r',
    'dist/a/b.js': 'b',
    'distant.txt': 'x',
    'out/other.md': 'x',
  })
  const { chunks } = await area.files.pack(task.id, { area: 'output' })
  const { paths } = await unpack(area.root, chunks)
  expect(paths.map((path) => path.slice(path.indexOf('/') + 1))).toEqual([
    'dist/a/b.js',
    'out/report.md',
  ])
})

test('an archive of the uploads follows no link and leaves out what is no file', async () => {
  await using area = await openFiles()
  const id = area.plain()
  const long = `${'deep/'.repeat(40)}größe.txt`
  await area.files.upload(id, 'a b.txt', chunksOf('one'))
  await area.files.upload(id, long, chunksOf('two'))
  await symlink('/etc/passwd', join(area.inputDir(id), 'link'))
  await symlink('/etc', join(area.inputDir(id), 'folder'))

  const { chunks } = await area.files.pack(id, { area: 'input' })
  const { paths, target } = await unpack(area.root, chunks)

  const folder = `input-${id.slice(0, 8)}`
  expect(paths).toEqual([`${folder}/a b.txt`, `${folder}/${long}`])
  expect(await readFile(join(target, folder, long), 'utf8')).toBe('two')
})

test('an archive of nothing is refused', async () => {
  await using area = await openFiles()
  const task = await area.withBranch({ 'a.txt': 'x' })
  for (const where of ['input', 'output'] as const)
    await expect(area.files.pack(task.id, { area: where })).rejects.toMatchObject({
      code: 'file.not-found',
    })
})
