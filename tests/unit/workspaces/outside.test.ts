import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { outsideText } from '#tasks/prompts.ts'
import { commitAll, gitIn, makeRepository, openWorkspaces } from '../../support/git.ts'

test('submodules and files in Git LFS are named, with nothing followed and no login shown', async () => {
  await using area = await openWorkspaces()
  const dir = join(area.root, 'project')
  const pointed = await makeRepository(dir, { 'a.txt': 'a\n' })
  await gitIn(dir, 'update-index', '--add', '--cacheinfo', `160000,${pointed},vendor/lib`)
  // A file of this machine that would answer, were it read.
  const other = join(area.root, 'other.config')
  await Bun.write(other, '[submodule "lib"]\n\turl = https://taken.example.com/from-here\n')
  const modules = [
    '[submodule "lib"]\n\tpath = vendor/lib\n',
    '\turl = https://me:secret@git.example.com/lib.git\n',
    // Nothing of the kind is in the tree.
    '[submodule "x"]\n\tpath = a.txt\n\turl = file:///etc\n[submodule "y"]\n\tpath = ../up\n',
    `[include]\n\tpath = ${other}\n`,
  ]
  const attributes = '# *.md filter=lfs\n*.psd filter=lfs diff=lfs merge=lfs -text\n*.txt text\n'
  await Bun.write(join(dir, '.gitmodules'), modules.join(''))
  await Bun.write(join(dir, '.gitattributes'), attributes)
  await gitIn(dir, 'add', '.gitmodules', '.gitattributes')
  await gitIn(dir, 'commit', '-q', '-m', 'second')
  const task = await area.task({ kind: 'local', path: dir })
  const found = await area.workspaces.outside(task.id, task.base)
  expect(found).toEqual({
    submodules: [{ path: 'vendor/lib', url: 'https://git.example.com/lib.git' }],
    here: [],
    lfs: ['*.psd'],
  })
  expect(outsideText(found)).toContain('"vendor/lib" is a submodule')
  expect(outsideText(found)).toContain('Files like "*.psd" are in Git LFS')

  await gitIn(dir, 'rm', '-q', '--cached', 'vendor/lib', '.gitmodules', '.gitattributes')
  await Bun.write(join(dir, '.gitmodules'), '[broken')
  const none = await commitAll(dir, {}, 'third')
  const plain = await area.task({ kind: 'local', path: dir })
  expect(plain.base).toBe(none)
  const nothing = await area.workspaces.outside(plain.id, plain.base)
  expect(nothing.submodules).toEqual([])
  expect(outsideText({ submodules: [], here: [], lfs: [] })).toBe(false)
})
