import { describe, expect, test } from 'bun:test'
import type { RepoCommand } from '#contract/repo-memory.ts'
import { planCheck } from '#tasks/check-work.ts'
import { toRemarks } from '#tasks/resolution-remarks.ts'

const command = (kind: RepoCommand['kind'], text: string, from = 'package.json'): RepoCommand => ({
  ...{ kind, command: text, from },
})
const needs = (manifest: string) => ({ name: 'a', version: '1', manifest, is_dev: false })

describe('the command that tests a result', () => {
  const build = command('build', 'npm run build')
  const unit = command('test', 'npm run test')
  const install = command('install', 'npm ci')
  const inner = command('test', 'cd app && npm run test', 'app/package.json')
  test.each([
    ['is none where none is named', [command('lint', 'x')], [], ['a.ts'], undefined],
    ['tests rather than builds', [build, unit], [], ['a.ts'], [unit, undefined]],
    ['builds where there are no tests', [build], [], ['a.ts'], [build, undefined]],
    ['installs what is needed first', [install, unit], ['package.json'], ['a'], [unit, install]],
    ['installs nothing where nothing is needed', [install, unit], [], ['a'], [unit, undefined]],
    ['of a folder counts for its own files', [inner], [], ['app/a.ts'], [inner, undefined]],
    ['of another folder says nothing', [inner], [], ['apple/a.ts'], undefined],
  ] as const)('%s', (_name, commands, manifests, paths, expected) => {
    const plan = planCheck({ commands: [...commands], dependencies: manifests.map(needs) }, paths)
    expect(plan).toEqual(
      expected && { command: expected[0].command, install: expected[1]?.command },
    )
  })
})

describe('what the report says to a path', () => {
  const found = { outside: ['a/b.ts'], oneSided: [] }
  test.each([
    ['a/b.ts: because', 'because'],
    ['Done.\n  * `a/b.ts`: it moved', 'it moved'],
    ['- **a/b.ts**: it moved', 'it moved'],
  ])('is its reason: %j', (report, why) => {
    expect(toRemarks(found, report)).toEqual({
      remarks: [{ path: 'a/b.ts', kind: 'outside', why }],
      unsaid: undefined,
    })
  })
  test.each(['', 'I changed a/b.ts: sorry', 'a/b.ts:', 'a/b.tsx: other', 'a/b.ts was needed'])(
    'is no reason: %j',
    (report) => {
      const { remarks, unsaid } = toRemarks(found, report)
      expect(remarks).toEqual([])
      expect(unsaid).toContain('a/b.ts was not in conflict')
    },
  )
})
