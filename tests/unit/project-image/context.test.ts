import { describe, expect, test } from 'bun:test'
import { readTar } from '#docker/tar.ts'
import { packTar } from '#lib/pack-tar.ts'
import { readTree, toContext } from '#project-image/context.ts'
import { parseIgnore } from '#project-image/docker-ignore.ts'
import { adoptProblem, coveringVolume, layerDockerfile } from '#project-image/layer.ts'

async function treeOf(files: Record<string, string>, more: { link?: string; size?: number } = {}) {
  const entries = Object.entries(files).map(([path, text]) => ({
    ...{ path, mode: '100644', sizeBytes: more.size ?? text.length },
    type: path === more.link ? ('symlink' as const) : ('file' as const),
  }))
  const workspaces = {
    list: async () => entries,
    objects: async () => entries.map(({ path }) => ({ path, oid: `oid of ${files[path]}` })),
    read: async (_: string, __: string, path: string) => new TextEncoder().encode(files[path]),
    submoduleTree: async () => undefined,
    archive: () => packTar(Object.entries(files).map(([path, content]) => ({ path, content }))),
  }
  return await readTree(workspaces, 'task', 'commit')
}

async function filesOf(tar: AsyncIterable<Uint8Array>): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for await (const { path, content } of readTar(tar))
    found[path] = await new Response(content as unknown as ReadableStream).text()
  return found
}

const tree = {
  '.dockerignore': 'docs\n*.log\n!keep.log\n',
  Dockerfile: 'FROM a',
  'docs/a.md': 'a',
  'src/x.ts': 'x',
  'src/deep/y.log': 'y',
  'all.log': 'l',
  'keep.log': 'k',
  'docker/Dockerfile': 'FROM b',
}

describe('a build context', () => {
  test('is the files of the commit less those that are ignored', async () => {
    const context = await toContext(await treeOf(tree), { context: '', dockerfile: 'Dockerfile' })
    expect(await filesOf(context.tar())).toEqual({
      ...{ '.dockerignore': tree['.dockerignore'], Dockerfile: 'FROM a', 'src/x.ts': 'x' },
      ...{ 'src/deep/y.log': 'y', 'keep.log': 'k', 'docker/Dockerfile': 'FROM b' },
    })
    expect(context.files.map(([path]) => path)).not.toContain('docs/a.md')
  })

  test('may be a folder; a Dockerfile outside of it comes along, and decides', async () => {
    const place = { context: 'src', dockerfile: 'docker/Dockerfile' }
    const context = await toContext(await treeOf(tree), place)
    expect(await filesOf(context.tar())).toEqual({
      ...{ 'x.ts': 'x', 'deep/y.log': 'y', '.klaudio.Dockerfile': 'FROM b' },
    })
    expect(context.dockerfile).toBe('.klaudio.Dockerfile')
    const other = await toContext(await treeOf({ ...tree, 'docker/Dockerfile': 'FROM c' }), place)
    expect(other.files).not.toEqual(context.files)
    const same = await toContext(await treeOf({ ...tree, 'docs/a.md': 'b' }), place)
    expect(same.files).toEqual(context.files)
  })

  test('that is not there, is a link or is too large is refused with what to do', async () => {
    const at = { context: '', dockerfile: 'Dockerfile' }
    expect(toContext(await treeOf({}), at)).rejects.toThrow('The repository has no Dockerfile')
    expect(toContext(await treeOf(tree, { link: 'Dockerfile' }), at)).rejects.toThrow('symlink')
    expect(toContext(await treeOf(tree), { ...at, context: 'none' })).rejects.toThrow('no folder')
    const large = { ...tree, 'Dockerfile.dockerignore': '' }
    expect(toContext(await treeOf(large, { size: 2 ** 29 }), at)).rejects.toThrow('too large')
  })

  test('leaves out what .dockerignore names as the Docker command line does', () => {
    const cases: [rules: string, ignored: string[], kept: string[]][] = [
      ['node_modules', ['node_modules', 'node_modules/a/b'], ['src/node_modules/a']],
      ['**/node_modules', ['node_modules/a', 'src/node_modules/a'], ['node_modules_x']],
      ['/a/\n# b\n\n', ['a/x'], ['b']],
      ['*\n!src', ['a', 'b/c'], ['src', 'src/a']],
      ['*.md\n!README*.md\nREADME-secret.md', ['x.md', 'README-secret.md'], ['README.md']],
      ['a/*/c?.[tj]s', ['a/b/c1.ts', 'a/b/c1.js'], ['a/b/d/c1.ts', 'a/b/c.ts', 'a/b/c1.xs']],
      ['**/*.log', ['a.log', 'a/b/c.log'], ['a.logs']],
      ['a+b(1)', ['a+b(1)'], ['aab1']],
    ]
    for (const [rules, ignored, kept] of cases) {
      const isIgnored = parseIgnore(rules)
      expect({ rules, found: [...ignored, ...kept].filter(isIgnored) }).toEqual({
        rules,
        found: ignored,
      })
    }
  })
})

describe('what is put on top', () => {
  test('quotes variables so that none becomes an instruction or reads another one', () => {
    const text = layerDockerfile({
      ...{ carryImage: 'agent:1-carry', projectImage: 'p:1' },
      env: { A: 'a "b" $HOME `x` \\', PATH: `/x:\${containerEnv:PATH}` },
    })
    expect(text).toContain('ENV A="a \\"b\\" \\$HOME `x` \\\\"\n')
    expect(text).toContain(`ENV PATH="/x:\${PATH}"\n`)
    expect(text.indexOf('USER 1000:1000')).toBeGreaterThan(text.indexOf('adopt'))
  })

  test('is not covered by a volume of the image', () => {
    expect(coveringVolume(['/data', '/var/lib/x', '/workspaces'])).toBeUndefined()
    for (const path of ['/', '/workspace', '/workspace/', '/state', '/opt', '/usr/local', '/etc'])
      expect(coveringVolume(['/data', path])).toBe(path)
  })

  test('says what is wrong with the image, whatever else was printed', () => {
    const log = 'Step 1/2 : x\n\u001b[91mklaudio: Its bash does not work.\u001b[0m\nThe command'
    expect(adoptProblem(log)).toBe('Its bash does not work.')
    expect(adoptProblem('nothing')).toBeUndefined()
  })
})
