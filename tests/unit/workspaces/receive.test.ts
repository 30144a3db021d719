import { expect, test } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import {
  commitAll,
  gitIn,
  makeRepository,
  openWorkspaces,
  runIn,
  type TestTask,
  type TestWorkspaces,
} from '../../support/git.ts'

const agentId = 'agent-a'

test('a bundle lands on the ref of its agent, with what changed', async () => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  await commitAll(clone.dir, { 'a.txt': 'one\ntwo\n', 'b.bin': new Uint8Array([0, 1, 2]) }, 'first')
  const commit = await commitAll(clone.dir, { 'a.txt': 'one\n2\n' }, 'second')

  const received = await receive(area, task, await bundle(clone.dir, `^${task.base}`))

  expect(received).toEqual({
    commit,
    changes: [
      { path: 'a.txt', status: 'A', added: 2, deleted: 0, oid: expect.any(String) },
      {
        path: 'b.bin',
        status: 'A',
        added: 0,
        deleted: 0,
        oid: expect.any(String),
        binary: true,
      },
    ],
  })
  expect(await gitIn(task.dir, 'rev-parse', `refs/klaudio/agents/${agentId}`)).toBe(commit)
  expect(await area.workspaces.head(task.id, task.branch)).toBe(task.base)
})

test('an empty bundle means nothing changed', async () => {
  await using area = await openWorkspaces()
  const { task } = await oneAgent(area)

  expect(await receive(area, task, new Uint8Array())).toEqual({ commit: task.base, changes: [] })
  expect(await gitIn(task.dir, 'rev-parse', `refs/klaudio/agents/${agentId}`)).toBe(task.base)
})

test('receiving the same bundle again changes nothing', async () => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  await commitAll(clone.dir, { 'a.txt': 'a' }, 'first')
  const bytes = await bundle(clone.dir, `^${task.base}`)

  const first = await receive(area, task, bytes)
  expect(await receive(area, task, bytes)).toEqual(first)
})

test('two agents may hand in the same commit at once', async () => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  const commit = await commitAll(clone.dir, { 'a.txt': 'a' }, 'first')
  const bytes = await bundle(clone.dir, `^${task.base}`)

  const results = await Promise.all(
    ['x', 'y', 'z'].map((id) =>
      area.workspaces.receive({
        taskId: task.id,
        agentId: id,
        baseCommit: task.base,
        bundle: bytes,
      }),
    ),
  )

  expect(results.map((result) => result.commit)).toEqual([commit, commit, commit])
})

/** Each writes one object a careful git would never make. */
const hostileTrees: [
  name: string,
  entries: (blob: string, tree: string) => [string, string, string][],
][] = [
  ['a .git folder', (_, tree) => [['40000', '.git', tree]]],
  ['a .GIT folder in capitals', (_, tree) => [['40000', '.GIT', tree]]],
  ['a git~1 folder, .git to Windows', (_, tree) => [['40000', 'git~1', tree]]],
  ['a .git with a letter that macOS ignores', (_, tree) => [['40000', '.g\u200cit', tree]]],
  ['a folder called ..', (_, tree) => [['40000', '..', tree]]],
  ['a folder called .', (_, tree) => [['40000', '.', tree]]],
  ['a name with a slash', (blob) => [['100644', 'a/../../x', blob]]],
  ['an empty name', (blob) => [['100644', '', blob]]],
  [
    'the same name twice',
    (blob) => [
      ['100644', 'a', blob],
      ['100644', 'a', blob],
    ],
  ],
  ['a .gitmodules that is a link', (blob) => [['120000', '.gitmodules', blob]]],
  ['an object that does not exist', () => [['100644', 'a', '12'.repeat(20)]]],
  ['a null object', () => [['100644', 'a', '0'.repeat(40)]]],
]

test.each(hostileTrees)('work with %s is refused and leaves nothing behind', async (_, entries) => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  const before = await everything(task)
  const blob = await writeObject(clone.dir, 'blob', Buffer.from('/etc/passwd'))
  const empty = await writeObject(clone.dir, 'tree', Buffer.of())
  const records = entries(blob, empty).map(([mode, name, oid]) =>
    Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
  )
  const tree = await writeObject(clone.dir, 'tree', Buffer.concat(records))
  const objects = [blob, empty, tree]

  const bytes = await handmade(clone.dir, { objects, tree, parent: task.base })

  await expect(receive(area, task, bytes)).rejects.toMatchObject({ code: 'git.failed' })
  await expect(takeLook(area, task, bytes)).rejects.toMatchObject({ code: 'git.failed' })
  expect(await everything(task)).toEqual(before)
})

test.each([
  ['an option for its address', '[submodule "a"]\n\tpath = a\n\turl = --upload-pack=touch\n'],
  ['an option for its path', '[submodule "a"]\n\tpath = -x\n\turl = https://a.example/a\n'],
  [
    'a command as its update',
    '[submodule "a"]\n\tpath = a\n\turl = https://a.example/a\n\tupdate = !touch x\n',
  ],
  ['a name that leads out', '[submodule "../../x"]\n\tpath = a\n\turl = https://a.example/a\n'],
])('a .gitmodules with %s is refused', async (_, content) => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  await commitAll(clone.dir, { '.gitmodules': content }, 'modules')

  const received = receive(area, task, await bundle(clone.dir, `^${task.base}`))

  await expect(received).rejects.toThrow(/was not taken in/)
})

test('an ordinary submodule is taken in', async () => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  const modules = '[submodule "lib"]\n\tpath = lib\n\turl = https://a.example/lib.git\n'
  await commitAll(clone.dir, { '.gitmodules': modules }, 'modules')

  const { changes } = await receive(area, task, await bundle(clone.dir, `^${task.base}`))
  expect(changes.map(({ path }) => path)).toEqual(['.gitmodules'])
})

test('a bundle with more than one ref, an odd ref or a tag is refused', async () => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  await commitAll(clone.dir, { 'a.txt': 'a' }, 'first')
  await gitIn(clone.dir, 'tag', '-a', 'v1', '-m', 'tag')
  await gitIn(clone.dir, 'branch', 'other')
  await gitIn(clone.dir, 'update-ref', 'refs/klaudio/agents/somebody-else', 'HEAD')

  for (const [refs, reason] of [
    [['HEAD', 'other'], /exactly one ref/],
    [['refs/klaudio/agents/somebody-else'], /unexpected ref/],
    [['refs/tags/v1'], /unexpected ref/],
  ] as const)
    await expect(receive(area, task, await bundle(clone.dir, ...refs))).rejects.toThrow(reason)

  const tagged = Buffer.from(await bundle(clone.dir, 'refs/tags/v1'))
  const disguised = Buffer.from(
    tagged.toString('latin1').replace('refs/tags/v1', 'refs/heads/v'),
    'latin1',
  )
  await expect(receive(area, task, new Uint8Array(disguised))).rejects.toThrow(
    /is a tag, not a commit/,
  )
})

test('a bundle that is damaged anywhere is refused', async () => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  await commitAll(clone.dir, { 'a.txt': 'a'.repeat(2000) }, 'first')
  const whole = await bundle(clone.dir, `^${task.base}`)
  const flip = (index: number) => whole.with(index, (whole[index] ?? 0) ^ 0xff)
  const before = await everything(task)

  for (const bytes of [
    new Uint8Array([1, 2, 3]),
    new TextEncoder().encode('# v2 git bundle\n\n'),
    new TextEncoder().encode(`# v2 git bundle\n${'1'.repeat(40)} HEAD\n\n`),
    new TextEncoder().encode('# v9 git bundle\n\n'),
    whole.subarray(0, whole.length - 1),
    whole.subarray(0, whole.length - 30),
    whole.subarray(0, 60),
    flip(whole.length - 1),
    flip(whole.length - 60),
    flip(20),
  ])
    for (const take of [receive, takeLook])
      await expect(take(area, task, bytes)).rejects.toMatchObject({ code: 'git.failed' })
  expect(await everything(task)).toEqual(before)
})

test.each([
  ['a file', 3, 2 ** 50],
  ['a folder', 2, 2 ** 50],
  ['a commit', 1, 2 ** 62],
  ['a file', 3, 4096],
] as const)(
  '%s (type %i) that claims to be %i bytes is refused, and takes no memory',
  async (_, type, claimed) => {
    await using area = await openWorkspaces()
    const { task } = await oneAgent(area)
    const before = await everything(task)
    const body = Buffer.concat([packHead(type, claimed), deflateSync('small')])
    const pack = Buffer.concat([Buffer.from('PACK\0\0\0\x02\0\0\0\x01', 'latin1'), body])
    const sum = new Bun.CryptoHasher('sha1').update(pack).digest()
    const head = Buffer.from(`# v2 git bundle\n-${task.base} \n${'1'.repeat(40)} HEAD\n\n`)
    const bytes = new Uint8Array(Buffer.concat([head, pack, sum]))
    for (const take of [receive, takeLook])
      await expect(take(area, task, bytes)).rejects.toMatchObject({ code: 'git.failed' })
    expect(await everything(task)).toEqual(before)
  },
)

/** gitformat-pack(5): three bits of type and the size, seven bits a byte after the first four, lowest first. */
function packHead(type: number, size: number): Buffer {
  const bytes: number[] = []
  let rest = Math.floor(size / 16)
  let byte = (type << 4) | (size % 16)
  while (rest > 0) {
    bytes.push(byte | 0x80)
    byte = rest % 128
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, byte])
}

test('submodules and LFS pointers go through whole: the same objects and modes come out', async () => {
  await using area = await openWorkspaces()
  const work = join(area.root, 'work')
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`
  await makeRepository(work, {
    '.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n',
    'art.psd': pointer,
    '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = https://a.example/lib.git\n',
  })
  await gitIn(work, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},lib`)
  await gitIn(work, 'commit', '-q', '-m', 'a submodule')
  const wanted = await gitIn(work, 'ls-tree', '-r', 'HEAD')

  const task = await area.task({ kind: 'local', path: work })
  const clone = await task.clone('a')
  await Bun.write(join(clone.dir, 'by-agent.txt'), 'x\n')
  expect(await task.deliver(clone, 'agent-a')).toMatchObject({ changedFiles: ['by-agent.txt'] })

  const listed = (await gitIn(task.dir, 'ls-tree', '-r', task.branch)).split('\n')
  expect(listed.filter((line) => !line.endsWith('by-agent.txt')).join('\n')).toBe(wanted)
  expect(await task.read('art.psd')).toBe(pointer)
})

test('a bundle that leaves out what it builds on is refused', async () => {
  await using area = await openWorkspaces()
  const { task, clone } = await oneAgent(area)
  await commitAll(clone.dir, { 'a.txt': 'a' }, 'first')
  await commitAll(clone.dir, { 'b.txt': 'b' }, 'second')

  const bytes = await bundle(clone.dir, '^HEAD~1')
  await expect(receive(area, task, bytes)).rejects.toThrow(
    /builds on commits that the task does not have/,
  )

  const head = Buffer.from(bytes).toString('latin1')
  const claimed = Buffer.from(head.replace(/-[0-9a-f]{40}/, `-${task.base}`), 'latin1')
  await expect(receive(area, task, new Uint8Array(claimed))).rejects.toThrow(/was not taken in/)
})

test('a bundle over the limit is refused before it is unpacked', async () => {
  await using area = await openWorkspaces({ maxBundleBytes: 500 })
  const { task, clone } = await oneAgent(area)
  const noise = crypto.getRandomValues(new Uint8Array(2000))
  await commitAll(clone.dir, { 'noise.bin': noise }, 'noise')

  const bytes = await bundle(clone.dir, `^${task.base}`)
  await expect(receive(area, task, bytes)).rejects.toThrow(/larger than/)
})

test('an agent id that is a path becomes no ref', async () => {
  await using area = await openWorkspaces()
  const { task } = await oneAgent(area)
  for (const id of ['../heads/main', 'a/b', '', 'a b', 'x.lock'])
    await expect(
      area.workspaces.receive({
        taskId: task.id,
        agentId: id,
        baseCommit: task.base,
        bundle: new Uint8Array(),
      }),
    ).rejects.toMatchObject({ code: 'request.invalid' })
})

async function oneAgent(area: TestWorkspaces) {
  const task = await area.task()
  return { task, clone: await task.clone('a') }
}

const receive = (area: TestWorkspaces, task: TestTask, bytes: Uint8Array) =>
  area.workspaces.receive({ taskId: task.id, agentId, baseCommit: task.base, bundle: bytes })

const takeLook = (area: TestWorkspaces, task: TestTask, bytes: Uint8Array) =>
  area.workspaces.takeLook({ taskId: task.id, agentId, baseCommit: task.base, bundle: bytes })

async function bundle(dir: string, ...revisions: string[]): Promise<Uint8Array> {
  const file = join(dir, '.git', 'test.bundle')
  const named = revisions.some((revision) => !revision.startsWith('^'))
    ? revisions
    : ['HEAD', ...revisions]
  await gitIn(dir, 'bundle', 'create', '-q', file, ...named)
  return Bun.file(file).bytes()
}

/** Stores an object without any check. */
async function writeObject(dir: string, type: string, content: Uint8Array): Promise<string> {
  const { stdout } = await runIn(
    dir,
    ['git', 'hash-object', '-t', type, '-w', '--stdin', '--literally'],
    { input: content },
  )
  return new TextDecoder().decode(stdout).trim()
}

/** A bundle of a commit with `tree`, packed object by object, as an attacker would. */
async function handmade(
  dir: string,
  { objects, tree, parent }: { objects: string[]; tree: string; parent: string },
): Promise<Uint8Array> {
  const person = 'Eve <eve@example.test> 1700000000 +0000'
  const commit = await writeObject(
    dir,
    'commit',
    Buffer.from(`tree ${tree}\nparent ${parent}\nauthor ${person}\ncommitter ${person}\n\nwork\n`),
  )
  const { stdout: pack } = await runIn(dir, ['git', 'pack-objects', '--stdout', '-q'], {
    input: Buffer.from([...objects, commit].map((oid) => `${oid}\n`).join('')),
  })
  const head = Buffer.from(`# v2 git bundle\n-${parent} \n${commit} HEAD\n\n`)
  return new Uint8Array(Buffer.concat([head, pack]))
}

/** Every ref and file of the repository, to see that nothing was added. */
async function everything(task: TestTask) {
  const files = await readdir(task.dir, { recursive: true })
  return { refs: await gitIn(task.dir, 'for-each-ref'), files: files.toSorted() }
}
