/** A team whose conflict and whose review wait for a person; in the made-up data with `DECIDE=1`. */
import type { Resolution } from '#contract/resolution.ts'
import { reviewChoices, type Verdict } from '#contract/verdict.ts'
import { ago, makeAgent, makePlan, makeTask, plans, questions, tasks } from './mock-data.ts'

const id = 'search'
const verdict: Verdict = {
  verdict: 'needs_fix',
  summary: 'The ranking is right and fast. Two things stand in the way of a release.',
  findings: [
    {
      to: 'query',
      severity: 'blocker',
      what: 'A query with an unclosed quote throws, and the request ends with 500. Answer 400 with the place of the quote.',
      path: 'src/limits/middleware.ts',
      line: 27,
    },
    {
      to: 'index',
      severity: 'major',
      what: 'The whole index is read again after every write: 40 ms at 10,000 documents.',
      path: 'src/search/index-store.ts',
    },
    { to: 'query', severity: 'minor', what: 'The README does not say that search ignores case.' },
  ],
  commit: 'd'.repeat(40),
  round: 3,
  question_id: 'search-review',
  at: ago(4),
}

export function addDeciding(): void {
  const plan = makePlan(id, [
    ['index', 'Search index', 'completed', []],
    ['query', 'Query parser', 'completed', []],
    ['ranking', 'Ranking', 'failed', ['index']],
    ['highlight', 'Highlighting', 'integrating', ['query']],
    ['review', 'Review', 'running', ['index', 'query'], 'reviewer'],
  ])
  const paths = ['src/search/rank.ts', 'src/search/index-store.ts', 'test/search/rank.test.ts']
  const sides = { ours: 'a'.repeat(40), theirs: 'b'.repeat(40) }
  plans[id] = {
    ...plan,
    subtasks: plan.subtasks.map((subtask) => {
      if (subtask.id === 'review') return { ...subtask, verdict, rounds: 2 }
      if (subtask.id === 'highlight') {
        const resolution = {
          state: 'resolving',
          by: 'agent',
          attempts: 1,
          paths,
          ...sides,
        } as const
        return { ...subtask, resolution }
      }
      if (subtask.id !== 'ranking') return subtask
      const problem =
        '`npm run test` fails on it with exit code 1, and passes on what was merged before.'
      const resolution: Resolution = {
        ...{ state: 'open', by: 'agent', attempts: 2, paths, ...sides, made: 'c'.repeat(40) },
        problem,
        remarks: [{ path: 'src/search/text.ts', kind: 'outside', why: 'rank.ts needs its type' }],
        check: {
          ...{ command: 'npm run test', outcome: 'failed', exit_code: 1 },
          output:
            '✗ ranks an exact match first\n  expected "exact", got "prefix"\n\n1 of 84 failed',
        },
      }
      const error =
        'Its work and what is merged change the same lines; two agents could not bring them together.'
      return { ...subtask, error, conflicts: paths, resolution }
    }),
  }
  questions[id] = [
    {
      id: 'search-review',
      task_id: id,
      round: 1,
      text: 'Review has not approved the work after 3 rounds. What now?',
      context: verdict.summary,
      options: Object.values(reviewChoices),
      suggestions: [],
      status: 'pending',
      asked_at: ago(4),
    },
  ]
  const worker = (name: string, role: string) =>
    makeAgent(`agent-${name}`, { task_id: id, subtask_id: name, role })
  const mine = [worker('highlight', 'developer'), worker('review', 'reviewer')]
  tasks.push(
    makeTask(id, {
      name: 'Search endpoint',
      phase: 'reviewing',
      pending_questions: 1,
      progress: { total: 5, completed: 2, running: 2, failed: 1, skipped: 0 },
      cost_usd: 4.12,
      agents: mine,
    }),
    makeTask('accepted', {
      name: 'Audit log export',
      phase: 'working',
      progress: { total: 2, completed: 2, running: 0, failed: 0, skipped: 0 },
      team: {
        ...{ id: 'team', name: 'Team with a manager', description: '', roles: [] },
        ...{ mode: 'collaborative', max_agents: 4, review: true },
      },
      cost_usd: 2.4,
    }),
  )
  plans.accepted = makePlan('accepted', [
    ['writer', 'Export writer', 'completed', []],
    ['checks', 'Checks', 'completed', ['writer'], 'reviewer'],
  ])
}
