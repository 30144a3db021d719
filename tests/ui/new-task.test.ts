import { describe, expect, test } from 'bun:test'
import { createRoot, createSignal } from 'solid-js'
import * as v from 'valibot'
import { CreateTask, TaskLimits } from '#contract/task.ts'
import { ApiError } from '../../ui/src/data/api.ts'
import { toFromIssue } from '../../ui/src/data/issue-task.ts'
import { estimateCost } from '../../ui/src/features/tasks/estimate.ts'
import {
  emptyTask,
  type LimitName,
  limitProblem,
  limitRanges,
  listProblems,
  type NewTask,
  nameOf,
  problemsOf,
  problemsWhileTyping,
  readDraft,
  toCreateTask,
  toDraft,
} from '../../ui/src/features/tasks/new-task-form.ts'
import { createSourceCheck, toQuestion } from '../../ui/src/features/tasks/source-check.ts'
import { describeFound } from '../../ui/src/lib/repository-words.ts'

const task = (change: Partial<NewTask>): NewTask => ({ ...structuredClone(emptyTask), ...change })

describe('what is wrong with a new task', () => {
  test('nothing is wrong with an untouched form until it is sent', () => {
    expect(problemsWhileTyping(emptyTask)).toEqual({})
    expect(Object.keys(problemsOf(emptyTask, { count: 0 }))).toEqual(['prompt'])
  })

  test('the summary names the fields in the order of the page', () => {
    const wrong = task({
      sourceKind: 'git',
      model: '-',
      limits: { ...emptyTask.limits, max_turns: 'x' },
      testCommand: 'x'.repeat(2001),
    })

    expect(listProblems(problemsOf(wrong, { count: 0 })).map(({ field }) => field)).toEqual([
      'prompt',
      'url',
      'model',
      'max_turns',
      'test_command',
    ])
  })

  test('the ranges shown are those of the server', () => {
    for (const [name, { min, max, whole }] of Object.entries(limitRanges)) {
      const schema = TaskLimits.entries[name as LimitName]
      for (const good of [min, max]) expect(v.is(schema, good)).toBe(true)
      for (const bad of [min - 0.01, max + 1, Number.NaN]) expect(v.is(schema, bad)).toBe(false)
      expect(v.is(schema, min + 0.5)).toBe(!whole)
    }
  })

  test('a limit is a number in its range, or nothing', () => {
    expect(limitProblem('max_agents', '')).toBeUndefined()
    expect(limitProblem('max_agents', ' 3 ')).toBeUndefined()
    expect(limitProblem('max_agents', '3.5')).toBe('Give a whole number from 1 to 64, or nothing.')
    expect(limitProblem('max_cost_usd', '0')).toBe('Give a number from 0.01 to 10,000, or nothing.')
    expect(limitProblem('max_turns', 'many')).toBeDefined()
  })

  test('a source of files needs files, and a file over the limit is named', () => {
    const files = task({ prompt: 'x', sourceKind: 'files' })
    expect(problemsOf(files, { count: 0 }).files).toBe('Add the files to start from.')
    expect(problemsOf(files, { count: 1 })).toEqual({})
    expect(problemsOf(files, { count: 1, problem: 'a.bin is too large.' }).files).toContain('a.bin')
  })
})

test('what the form makes is what the server takes', () => {
  const made = toCreateTask(
    task({
      prompt: '# Rate limits\nper key',
      sourceKind: 'git',
      url: ' https://host.example/a.git ',
      ref: 'next',
      token: 'secret',
      limits: { ...emptyTask.limits, max_cost_usd: '2.5' },
      testCommand: ' npm test ',
    }),
    { autoApprove: true },
  )

  expect(v.parse(CreateTask, made)).toMatchObject({
    name: 'Rate limits',
    auto_approve: true,
    source: { kind: 'git', url: 'https://host.example/a.git', ref: 'next' },
    access_token: 'secret',
    limits: { max_cost_usd: 2.5 },
    test_command: 'npm test',
  })
  expect(toCreateTask(task({ prompt: 'x' }), { autoApprove: true })).not.toHaveProperty(
    'test_command',
  )
  expect(nameOf({ name: '', prompt: 'a'.repeat(100) })).toHaveLength(80)
})

describe('the draft', () => {
  test('comes back as it was, without the token and without a password in the address', () => {
    const written = task({
      prompt: 'do it',
      sourceKind: 'git',
      url: 'https://me:hunter2@host.example/a.git',
      token: 'hunter3',
      limits: { ...emptyTask.limits, max_agents: '4' },
      testCommand: 'make check',
    })
    const text = toDraft(written, ['a.txt'])

    expect(text).not.toContain('hunter')
    expect(readDraft(text)).toEqual({
      task: { ...written, token: '', url: 'https://host.example/a.git' },
      files: ['a.txt'],
      fileCount: 1,
    })
  })

  test('is nothing for an untouched form, and survives what it cannot read', () => {
    expect(toDraft(emptyTask, [])).toBe('')
    expect(readDraft('{').task).toEqual(emptyTask)
    expect(readDraft('{"mode":"wild","prompt":"kept","limits":7}').task).toEqual(
      task({ prompt: 'kept' }),
    )
  })
})

describe('the live look at a repository', () => {
  test('waits for enough of an address and for no other mistake', () => {
    const git = (url: string) => toQuestion(task({ sourceKind: 'git', url }))
    expect(git('https://host')).toBeUndefined()
    expect(git('https://me:pw@host.example/a')).toBeUndefined()
    expect(git('git@host.example:a/b.git')?.source).toMatchObject({ kind: 'git' })
    expect(toQuestion(task({ sourceKind: 'local', path: 'relative' }))).toBeUndefined()
    expect(toQuestion(task({ sourceKind: 'local', path: '/srv/a' }))?.source.kind).toBe('local')
    expect(toQuestion(task({ sourceKind: 'files' }))).toBeUndefined()
  })

  test('asks for the last one only and forgets an answer that came too late', async () => {
    await createRoot(async (dispose) => {
      const [url, setUrl] = createSignal('https://host.example/one')
      const timers: (() => void)[] = []
      const calls: { url: string; signal: AbortSignal; answer: (branch: string) => void }[] = []
      const { state } = createSourceCheck(
        () => toQuestion(task({ sourceKind: 'git', url: url() })),
        ({ source }, signal) =>
          new Promise((resolve) =>
            calls.push({
              url: 'url' in source ? source.url : '',
              signal,
              answer: (branch) => resolve({ branch, commit: null, branches: [] }),
            }),
          ),
        {
          after: (_ms, work) => {
            const at = timers.push(work) - 1
            return () => void timers.splice(at, 1, () => {})
          },
        },
      )
      await Promise.resolve()
      timers.at(-1)?.()
      setUrl('https://host.example/two')
      await Promise.resolve()
      timers.at(-1)?.()
      expect(calls.map((call) => [call.url.at(-3), call.signal.aborted])).toEqual([
        ['o', true],
        ['t', false],
      ])
      calls[1]?.answer('two')
      await Promise.resolve()
      calls[0]?.answer('one')
      await Promise.resolve()
      expect(state()).toMatchObject({ kind: 'found', found: { branch: 'two' } })
      dispose()
    })
  })

  test('says why it was refused, with git’s own line', async () => {
    await createRoot(async (dispose) => {
      const { promise, reject } = Promise.withResolvers<never>()
      const { state } = createSourceCheck(
        () => ({ source: { kind: 'local', path: '/a' } }),
        () => promise,
        {
          after: (_ms, work) => {
            work()
            return () => {}
          },
        },
      )
      await Promise.resolve()
      expect(state().kind).toBe('checking')
      reject(
        new ApiError('It is private.', {
          code: 'source.unreachable',
          status: 422,
          details: { git: 'fatal: no' },
        }),
      )
      await promise.catch(() => {})
      await Promise.resolve()
      expect(state()).toEqual({
        kind: 'refused',
        code: 'source.unreachable',
        message: 'It is private.',
        git: 'fatal: no',
      })
      dispose()
    })
  })

  test('says what is known and no more', () => {
    const at = Date.parse('2026-01-10T00:00:00Z')
    const found = { branch: 'main', commit: 'c', branches: [] }
    expect(describeFound({ ...found, size_bytes: 224_395_264 }, at)).toBe('main, 214 MB')
    expect(describeFound({ ...found, committed_at: '2026-01-09T21:00:00Z' }, at)).toBe(
      'main, last commit 3 h ago',
    )
    expect(describeFound({ ...found, branch: null }, at)).toContain('no commit')
  })
})

describe('the estimate', () => {
  const past = (...costs: number[]) =>
    costs.map((cost_usd) => ({ status: 'completed' as const, mode: 'parallel' as const, cost_usd }))

  test('comes from finished tasks of the same mode, and only from enough of them', () => {
    expect(estimateCost(past(2, 3), 'parallel')).toBeUndefined()
    expect(estimateCost(past(2, 3, 4), 'sequential')).toBeUndefined()
    expect(
      estimateCost(
        [...past(2, 3), { status: 'failed', mode: 'parallel', cost_usd: 9 }],
        'parallel',
      ),
    ).toBeUndefined()
    expect(estimateCost(past(2, 6.2, 3, 5.9, 40), 'parallel')).toBe(
      'Usually $3–6, from 5 past tasks',
    )
    expect(estimateCost(past(0.02, 0.02, 0.02), 'parallel')).toBe(
      'Usually about $0.02, from 3 past tasks',
    )
  })
})

describe('the address of an issue as the prompt', () => {
  const input = (prompt: string, name = prompt.split('\n')[0] ?? '') =>
    toFromIssue({ ...v.parse(CreateTask, { name: 'x', prompt: 'x' }), prompt, name })

  test.each([
    'https://github.com/acme/api/issues/12',
    'https://gitlab.com/a/b/-/issues/3#note_1',
    'https://bitbucket.org/w/app/issues/5/a-title',
  ])('%s is a task of that issue, named by it', (url) => {
    expect(input(`${url}\nOnly the parser.`)).toMatchObject({
      issue_url: url,
      prompt: 'Only the parser.',
    })
    expect(input(url)).not.toHaveProperty('name')
    expect(input(url, 'Mine')).toHaveProperty('name', 'Mine')
  })

  test.each([
    'Fix https://github.com/acme/api/issues/12',
    'https://github.com/acme/api/pull/12',
    '',
  ])('%p is a prompt like any other', (prompt) => {
    expect(input(prompt)).toBeUndefined()
  })
})
