import { expect, test } from 'bun:test'
import { isRecentGit } from '#git/version.ts'

test('git is recent enough from the version that merges without a working tree', () => {
  const recent = [
    'git version 2.38.0',
    'git version 2.39.5 (Apple Git-154)',
    'git version 3.0.1',
    'git version 2.47.1.windows.2',
  ]
  const old = ['git version 2.37.9', 'git version 1.99.0', 'git version 2.4.11', '']

  expect(recent.map(isRecentGit)).toEqual(recent.map(() => true))
  expect(old.map(isRecentGit)).toEqual(old.map(() => false))
})
