import { expect, test } from 'bun:test'
import { type Wanted, wantedNext } from '#cli/complete.ts'

const next = (line: string): Wanted => wantedNext(line.split(' '))
const texts = (line: string): string[] => {
  const wanted = next(line)
  return wanted.kind === 'candidates' ? wanted.candidates.map(({ text }) => text) : [wanted.kind]
}

test.each([
  ['ta', ['task']],
  ['task re', ['replan', 'resume', 'relaunch', 'retry', 'resolve']],
  ['task files ', ['list', 'get']],
  ['task list --st', ['--status']],
  ['task create --mode ', ['parallel', 'sequential']],
  ['task create --mode p', ['parallel']],
  ['task create --prompt-file ', ['files']],
  ['task create --file a --fi', ['--file', '--fix-checks']],
  ['task list --json --js', []],
  ['task show ', ['tasks']],
  ['task retry abc ', ['subtasks']],
  ['task logs abc ', ['agents']],
  ['agent stop ', ['agents']],
  ['allow ', ['permissions']],
  ['completion z', ['zsh']],
  ['banana ', []],
  ['task show abc more ', []],
  ['task list --limit ', []],
])('"klaudio %s" may go on with %j', (line, expected) => {
  expect(texts(line)).toEqual(expected)
})

test('nothing hidden is offered', () => {
  expect(texts('')).toContain('serve')
  expect(texts('')).not.toContain('complete-words')
})

test('the task and the server that were typed are what is asked for and asked', () => {
  expect(next('task retry abc --server http://x:1 ')).toEqual({
    kind: 'subtasks',
    task: 'abc',
    options: new Map([['server', 'http://x:1']]),
  })
})
