import { describe, expect, test } from 'bun:test'
import { taskStatus } from '#contract/status-words.ts'
import { taskPhases, taskStatuses } from '#contract/task.ts'
import { describeProgress, toStrip } from '../../ui/src/data/status.ts'
import {
  emptyTask,
  nameOf,
  problemsOf,
  toCreateTask,
} from '../../ui/src/features/tasks/new-task-form.ts'
import { toExcerpt } from '../../ui/src/lib/activity/excerpt.ts'
import { parseDiff } from '../../ui/src/lib/diff.ts'
import { parseMarkdown } from '../../ui/src/lib/markdown.ts'
import { formatBytes, formatMoney, joinWords } from '../../ui/src/lib/text.ts'
import { formatDuration, formatElapsed, formatSpan } from '../../ui/src/lib/time.ts'
import { makeTask } from './mock-data.ts'

const diff = `diff --git a/src/limits/store.ts b/src/limits/store.ts
index 1111111..2222222 100644
--- a/src/limits/store.ts
+++ b/src/limits/store.ts
@@ -25,9 +25,12 @@ export class RedisStore
 export class RedisStore implements Store {
   constructor(private redis: Redis) {
-    this.sha = redis.script("LOAD", LUA)
+    redis.defineCommand("slidingWindow", {
+      numberOfKeys: 1,
+      lua: SLIDING_WINDOW,
+    })
   }
 
   async check(key: string, limit: number) {
-    return this.redis.evalsha(this.sha, 1, key, limit)
+    return this.redis.slidingWindow(key, limit)
   }
 }
`

describe('a diff', () => {
  test('numbers its lines on both sides and marks the words that changed', () => {
    const [file] = parseDiff(diff)
    expect(file).toMatchObject({
      path: 'src/limits/store.ts',
      status: 'modified',
      added: 5,
      deleted: 2,
    })
    expect(file?.lines.find(({ kind }) => kind === 'del')).toMatchObject({ old: 27 })
    const changed = file?.lines.findLast(({ kind }) => kind === 'add')
    if (changed?.kind !== 'add' || !changed.marks) throw new Error('the changed line has no mark')
    expect(changed.new).toBe(34)
    expect(changed.marks.map((mark) => changed.text.slice(...mark))).toEqual(['slidingWindow'])
  })

  test('knows new, deleted, moved and binary files', () => {
    const text = `diff --git a/new.txt b/new.txt
new file mode 100644
--- /dev/null
+++ b/new.txt
@@ -0,0 +1 @@
+--- not a header
diff --git a/old.txt b/old.txt
deleted file mode 100644
diff --git a/a.png b/b.png
rename from a.png
rename to b.png
Binary files a/a.png and b/b.png differ
`
    expect(
      parseDiff(text).map(({ path, status, binary, added }) => [path, status, binary, added]),
    ).toEqual([
      ['new.txt', 'added', false, 1],
      ['old.txt', 'deleted', false, 0],
      ['b.png', 'renamed', true, 0],
    ])
  })
})

describe('prose of agents', () => {
  test('has code, lists and emphasis, and everything else as it is', () => {
    expect(
      parseMarkdown(
        '# Plan\n\nUse `redis` **now** <b>x</b>\n\n- one\n  2. two\n\n```ts\n# no heading\n```',
      ),
    ).toEqual([
      { kind: 'heading', inlines: [{ kind: 'text', text: 'Plan' }] },
      {
        kind: 'paragraph',
        inlines: [
          { kind: 'text', text: 'Use ' },
          { kind: 'code', text: 'redis' },
          { kind: 'text', text: ' ' },
          { kind: 'strong', text: 'now' },
          { kind: 'text', text: ' <b>x</b>' },
        ],
      },
      { kind: 'item', marker: '•', depth: 0, inlines: [{ kind: 'text', text: 'one' }] },
      { kind: 'item', marker: '2.', depth: 1, inlines: [{ kind: 'text', text: 'two' }] },
      { kind: 'code', text: '# no heading' },
    ])
  })

  test('a fence that is still being written is code already', () => {
    expect(parseMarkdown('```\nconst a')).toEqual([{ kind: 'code', text: 'const a' }])
  })
})

describe('an excerpt', () => {
  const lines = Array.from({ length: 40 }, (_, index) => String(index))
  test('says how much it leaves out, and leaves nothing out of a short text', () => {
    const parts = toExcerpt(lines, { head: 4, tail: 12, isError: false })
    const shown = parts.flatMap((part) => (part.kind === 'lines' ? part.lines : []))
    const hidden = parts.reduce((sum, part) => sum + (part.kind === 'gap' ? part.count : 0), 0)
    expect([shown.length, hidden]).toEqual([16, 24])
    expect(toExcerpt(lines.slice(0, 17), { head: 4, tail: 12, isError: false })).toHaveLength(1)
  })

  test('of an error whose cause is near the end shows every line once', () => {
    const failing = lines.with(37, 'not ok 3')
    const parts = toExcerpt(failing, { head: 4, tail: 12, isError: true })
    expect(parts.flatMap((part) => (part.kind === 'lines' ? part.lines : []))).toEqual(
      failing.slice(35),
    )
  })
})

describe('states in words', () => {
  test('every status with every phase has a glyph and a word', () => {
    for (const status of taskStatuses)
      for (const phase of [null, ...taskPhases]) {
        const { glyph, word } = taskStatus({ status, phase })
        expect([status, phase, Boolean(glyph && word)]).toEqual([status, phase, true])
      }
  })

  test('amber is only where a person is awaited', () => {
    const amber = taskStatuses.flatMap((status) =>
      [null, ...taskPhases]
        .filter((phase) => taskStatus({ status, phase }).glyph === 'need')
        .map(() => status),
    )
    expect([...new Set(amber)].sort()).toEqual(['planned', 'planning'])
    expect(taskStatus({ status: 'planning', phase: 'exploring' }).glyph).toBe('run')
  })

  test('a strip has one segment per subtask, and never more than fit', () => {
    const progress = { total: 7, completed: 2, running: 3, failed: 1, skipped: 0 }
    expect(toStrip({ status: 'running', progress })).toEqual([
      'done',
      'done',
      'fail',
      'run',
      'run',
      'run',
      'wait',
    ])
    const many = { total: 500, completed: 499, running: 1, failed: 0, skipped: 0 }
    expect(toStrip({ status: 'running', progress: many }).length).toBeLessThanOrEqual(42)
    expect(describeProgress(makeTask('t', { progress }))).toBe('2 of 7 done, 3 running, 1 failed')
  })
})

describe('a new task', () => {
  test('takes its name from the first line of the prompt', () => {
    expect(nameOf({ name: '', prompt: '\n# Add limits\nto the API' })).toBe('Add limits')
    expect(nameOf({ name: ' Limits ', prompt: 'x' })).toBe('Limits')
    expect(nameOf({ name: '', prompt: 'x'.repeat(200) })).toHaveLength(80)
  })

  test('says what is missing, by field', () => {
    expect(problemsOf(emptyTask, { count: 0 })).toEqual({ prompt: 'Say what should be done.' })
    const git = {
      ...emptyTask,
      prompt: 'x',
      sourceKind: 'git' as const,
      limits: { ...emptyTask.limits, max_turns: '-1' },
    }
    expect(Object.keys(problemsOf(git, { count: 0 })).sort()).toEqual(['max_turns', 'url'])
    expect(
      Object.keys(problemsOf({ ...emptyTask, prompt: 'x', sourceKind: 'files' }, { count: 0 })),
    ).toEqual(['files'])
  })

  test('sends only what was given, and a token only to a git source', () => {
    const task = {
      ...emptyTask,
      prompt: ' Do it. ',
      token: 'secret',
      limits: { ...emptyTask.limits, max_agents: '2' },
    }
    expect(toCreateTask(task, { autoApprove: true })).toEqual({
      name: 'Do it.',
      prompt: 'Do it.',
      auto_start: false,
      auto_approve: true,
      mode: 'parallel',
      source: { kind: 'empty' },
      limits: { max_agents: 2 },
      output_files: [],
    })
    const git = { ...task, sourceKind: 'git' as const, url: 'https://x/y.git', ref: 'main' }
    expect(toCreateTask(git, { autoApprove: false })).toMatchObject({
      source: { kind: 'git', url: 'https://x/y.git', ref: 'main' },
      access_token: 'secret',
    })
  })
})

test('figures are short and never say nothing where there is little', () => {
  expect([formatMoney(0.004), formatMoney(3.184), formatMoney(0)]).toEqual([
    '$0.004',
    '$3.18',
    '$0.00',
  ])
  expect([formatBytes(900), formatBytes(4210), formatBytes(84_000_000)]).toEqual([
    '900 B',
    '4.1 KB',
    '80 MB',
  ])
  expect([4000, 252_000, 4_320_000, 562_200_000].map(formatDuration)).toEqual([
    '4s',
    '4m 12s',
    '1h 12m',
    '6d 12h',
  ])
  expect([formatElapsed(124_000), formatElapsed(3_724_000)]).toEqual(['2:04', '1:02:04'])
  expect([9000, 180_000, 11_100_000, 73_440_000].map(formatSpan)).toEqual([
    '9 s',
    '3 min',
    '3 h 5 min',
    '20 h',
  ])
  expect(joinWords(['a', 'b', 'c'])).toBe('a, b and c')
})
