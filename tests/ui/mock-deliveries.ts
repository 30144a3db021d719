/** Deliveries of the made-up tasks: one that arrived, and one that did not. */
import * as v from 'valibot'
import { type Delivery, DeliverySettings } from '#contract/delivery.ts'
import type { FollowUp } from '#contract/follow-up.ts'

const settings = v.parse(DeliverySettings, {
  ...{ auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true },
  pr_reviewers: ['ann', 'bob'],
})

export const delivered: Delivery = {
  settings,
  state: 'delivered',
  branch: 'klaudio/node24ab',
  target: 'main',
  commit: '4f2a9c1e8b7d6c5f4e3d2c1b0a9f8e7d6c5b4a39',
  commits: 1,
  pushed_at: '2026-03-01T10:00:00Z',
  pull_request: {
    ...{ number: 412, title: 'Bump Node to 24 in all services', state: 'open', is_draft: true },
    url: 'https://git.example.com/acme/services/pulls/412',
    mergeable: true,
    checks: [
      {
        ...{ name: 'build', state: 'passed', summary: 'Built in 2 min' },
        url: 'https://ci.example.com/acme/services/8121',
      },
      {
        ...{ name: 'unit tests (node 24)', state: 'failed', summary: '2 of 481 failed' },
        url: 'https://ci.example.com/acme/services/8122',
        log: 'FAIL services/mail/queue.test.ts\n  a message is sent once\n    expected 1, got 2\n\n2 failed, 479 passed',
      },
      {
        name: 'deploy preview',
        state: 'pending',
        url: 'https://ci.example.com/acme/services/8123',
      },
    ],
    comments: [
      {
        ...{ id: '91', author: 'ann', path: 'services/mail/queue.ts', line: 48 },
        body: 'Does this still run once when the worker is restarted in between?',
        url: 'https://git.example.com/acme/services/pulls/412#91',
        created_at: '2026-03-01T10:20:00Z',
      },
    ],
    checked_at: '2026-03-01T10:24:00Z',
  },
  next_look_at: '2026-03-01T10:25:00Z',
  notes: ['git.example.com knows nobody called "bob" who could review this.'],
  attempts: 1,
}

export const undelivered: Delivery = {
  settings,
  state: 'failed',
  branch: 'klaudio/redis7ab',
  target: 'main',
  notes: [],
  error:
    'git.example.com refused the access token. Give one that is valid and has not expired; it needs the scopes "write:repository" and "write:issue".',
  attempts: 2,
}

/** Of the one that arrived: a check that an agent mended, and one that waits for a person. */
export const followUps: FollowUp[] = [
  {
    ...{ id: 'follow-up-1', task_id: 'task-node', kind: 'checks', state: 'done' },
    commit: '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d',
    checks: [{ name: 'lint', state: 'failed', summary: '1 problem' }],
    comments: [],
    ...{ subtask_id: 'bump', agent_id: 'agent-bump', by_person: false },
    why: 'It changed services/mail/queue.ts, which is named there.',
    answer: '4f2a9c1e8b7d6c5f4e3d2c1b0a9f8e7d6c5b4a39',
    created_at: '2026-03-01T10:02:00Z',
    started_at: '2026-03-01T10:02:00Z',
    ended_at: '2026-03-01T10:09:00Z',
  },
  {
    ...{ id: 'follow-up-2', task_id: 'task-node', kind: 'checks', state: 'waiting' },
    commit: '4f2a9c1e8b7d6c5f4e3d2c1b0a9f8e7d6c5b4a39',
    checks: (delivered.pull_request?.checks ?? []).filter(({ state }) => state === 'failed'),
    comments: [],
    reason: 'It was sent back once already, as often as the task allows without you.',
    by_person: false,
    created_at: '2026-03-01T10:24:00Z',
  },
]
