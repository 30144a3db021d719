import { describe, expect, test } from 'bun:test'
import { posix, win32 } from 'node:path'
import fc from 'fast-check'
import { checkTreePath, checkUploadPath, isControlPath } from '#files/safe-path.ts'

const attacks = [
  '',
  '.',
  '..',
  '../x',
  'a/../../x',
  'a/..',
  './a',
  'a/./b',
  '/etc/passwd',
  '//server/share',
  '\\\\server\\share',
  'a\\..\\..\\x',
  'C:',
  'C:\\x',
  'c:/x',
  'a/C:x',
  'a\0.txt',
  'a\nb',
  'a\rb',
  'a\x1b[2Jb',
  'a\u2028b',
  'a//b',
  'a/',
  '.git',
  '.git/config',
  'a/.git/hooks/post-checkout',
  '.GIT/config',
  '.gIt',
  '.git.',
  '.git ',
  '.git. . ',
  '.git::$INDEX_ALLOCATION/config',
  '.g\u200cit/config',
  '.git\u200d',
  '\ufeff.git',
  'git~1/config',
  'GIT~1',
  'trailing.',
  'trailing ',
  'a /b',
  'a./b',
  'nul',
  'NUL.txt',
  'a/con',
  'com1.log',
  'x'.repeat(256),
  `${'x/'.repeat(600)}x`,
  'lone\ud800surrogate',
  '.klaudio/uploads',
  '.Klaudio/x',
  '.klaudio',
]

describe('refused', () => {
  test.each(attacks)('%j as the path of an upload', (path) => {
    expect(() => checkUploadPath(path)).toThrow(expect.objectContaining({ code: 'file.forbidden' }))
  })

  test.each([
    '',
    '..',
    '../x',
    'a/../x',
    '/etc/passwd',
    './a',
    'a//b',
    'a/',
    'a\0b',
    '.git/config',
    'a/.GIT/x',
    'git~1',
    '.g\u200cit',
    'x'.repeat(5000),
  ])('%j as the path of a file in a commit', (path) => {
    expect(() => checkTreePath(path)).toThrow(expect.objectContaining({ code: 'file.forbidden' }))
  })
})

test.each([
  'a.txt',
  'a/b/c.txt',
  '.env',
  '.github/workflows/ci.yml',
  '.gitignore',
  '.gitattributes',
  'git',
  'a b',
  'ünï ☃.md',
  '..a',
  'a..b',
  '...a',
  '-rf',
  'console.log',
  'null',
  '~/x',
  '12:30.txt',
  'it\'s "quoted".txt',
])('%j may be uploaded', (path) => {
  expect(checkUploadPath(path)).toBe(path)
})

test.each([
  'new\nline',
  'back\\slash',
  'trailing. ',
  'nul',
  'a\tb',
  '.klaudio/x',
  '"caf\\351.txt"',
  'C:x',
])('%j may be looked up in a commit', (path) => {
  expect(checkTreePath(path)).toBe(path)
})

const piece = fc.oneof(
  fc.constantFrom(
    '..',
    '.',
    '',
    '.git',
    '.GIT',
    'a',
    'b.txt',
    'C:',
    '\\',
    '..\\',
    ' ',
    '\0',
    '\u200c',
    'git~1',
    '.klaudio',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const path = fc
  .array(piece, { maxLength: 6 })
  .chain((pieces) => fc.constantFrom('/', '\\', '').map((separator) => pieces.join(separator)))

test('no path that passes leads out of its folder, on any platform, or into a .git', () => {
  fc.assert(
    fc.property(path, (candidate) => {
      try {
        checkUploadPath(candidate)
      } catch {
        return
      }
      expect(posix.join('/root/in', candidate)).toBe(`/root/in/${candidate}`)
      expect(win32.resolve('C:\\root\\in', candidate)).toBe(
        `C:\\root\\in\\${candidate.replaceAll('/', '\\')}`,
      )
      expect(candidate.toLowerCase().split('/')).not.toContain('.git')
    }),
    { numRuns: 20_000 },
  )
})

test('the folder of Klaudio is told apart from names that only begin so', () => {
  expect(['.klaudio', '.klaudio/x', '.KLAUDIO/x'].map(isControlPath)).toEqual([true, true, true])
  expect(['.klaudio2', 'a/.klaudio', 'klaudio'].map(isControlPath)).toEqual([false, false, false])
})
