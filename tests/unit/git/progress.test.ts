import { expect, test } from 'bun:test'
import { parseProgress } from '#git/progress.ts'

test.each([
  ['remote: Enumerating objects: 57, done.', { stage: 'counting' }],
  ['remote: Counting objects:   5% (3/57)', { stage: 'counting', percent: 5 }],
  ['remote: Compressing objects: 100% (57/57), done.', { stage: 'counting', percent: 100 }],
  ['Receiving objects:  42% (420/1000)', { stage: 'receiving', percent: 42 }],
  [
    'Receiving objects:  99% (991/1000), 1.20 MiB | 600.00 KiB/s',
    { stage: 'receiving', percent: 99, bytes: 1258291 },
  ],
  ['Receiving objects: 100% (3/3), 250 bytes | 250.00 KiB/s, done.', { percent: 100, bytes: 250 }],
  ['Resolving deltas:   0% (0/311)', { stage: 'resolving', percent: 0 }],
])('%s is progress', (line, progress) => {
  expect(parseProgress(line)).toMatchObject(progress)
})

test.each([
  'fatal: Authentication failed',
  'remote: Repository not found.',
  'remote: Checking your access: 100% (1/1)',
  'Receiving objects',
])('%s is no progress', (line) => {
  expect(parseProgress(line)).toBeUndefined()
})
