/** What decides whether setup commands run again. */
import { expect, test } from 'bun:test'
import { decidingFiles, type SetupInputs, toSetupKey } from '#setups/inputs.ts'

const file = (path: string, oid = path) => ({ path, oid })
const inputs: SetupInputs = {
  ...{ repository: 'https://forge.test/a.git', commands: ['npm ci'], withSecrets: false },
  ...{ image: 'klaudio-agent:1', variables: { MODE: 'test', TOKEN: null } },
  files: [file('package-lock.json'), file('src/a.ts'), file('web/package.json')],
}
const changed = (change: Partial<SetupInputs>): boolean =>
  toSetupKey({ ...inputs, ...change }) !== toSetupKey(inputs)

test('the same commands, files, variables and image find the same setup, in whatever order they come', () => {
  expect(toSetupKey(inputs)).toMatch(/^[0-9a-f]{24}$/)
  expect(changed({ files: inputs.files.toReversed() })).toBe(false)
  expect(changed({ variables: { TOKEN: null, MODE: 'test' } })).toBe(false)
})

test('a file that names dependencies decides, and one of the source does not', () => {
  const [lock, source, manifest] = inputs.files
  if (!lock || !source || !manifest) throw new Error('there are three')
  expect(changed({ files: [{ ...lock, oid: 'new' }, source, manifest] })).toBe(true)
  expect(changed({ files: [lock, source, { ...manifest, oid: 'new' }] })).toBe(true)
  expect(changed({ files: [lock, { ...source, oid: 'new' }, manifest] })).toBe(false)
  expect(changed({ files: [lock, manifest] })).toBe(false)
})

test('everything else that the commands see decides as well', () => {
  expect(changed({ commands: ['npm ci', 'npm test'] })).toBe(true)
  expect(changed({ image: 'klaudio-agent:2' })).toBe(true)
  expect(changed({ repository: 'https://forge.test/b.git' })).toBe(true)
  expect(changed({ withSecrets: true })).toBe(true)
  expect(changed({ submodules: 'a tree' })).toBe(true)
  expect(changed({ submodules: undefined })).toBe(false)
  expect(changed({ variables: { MODE: 'live', TOKEN: null } })).toBe(true)
})

test('files and folders that the commands name decide, however they are written', () => {
  const files = ['go.mod', 'scripts/setup.sh', 'scripts/lib/a.sh', 'tools/x', 'scripts2/b'].map(
    (path) => file(path),
  )
  const deciding = (command: string): string[] =>
    decidingFiles(files, [command]).map(({ path }) => path)
  expect(deciding('make')).toEqual(['go.mod'])
  expect(deciding('sh ./scripts/setup.sh && true')).toEqual(['go.mod', 'scripts/setup.sh'])
  expect(deciding('cp -R "scripts/" /tmp')).toEqual([
    'go.mod',
    'scripts/setup.sh',
    'scripts/lib/a.sh',
  ])
})

test('where nothing names dependencies every file decides', () => {
  expect(decidingFiles([file('a.c'), file('b.c')], ['cc a.c'])).toHaveLength(2)
})
