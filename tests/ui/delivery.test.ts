import { describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { type Delivery, DeliverySettings } from '#contract/delivery.ts'
import {
  emptyTask,
  type NewTask,
  problemsOf,
  readDraft,
  toCreateTask,
  toDraft,
} from '../../ui/src/features/tasks/new-task-form.ts'
import {
  deliveryProblem,
  deliveryStatus,
  describeBranch,
  emptyDelivery,
  toDeliver,
  toForm,
  toNames,
  toSettings,
} from '../../ui/src/lib/delivery.ts'

const form = (change: object) => ({ ...emptyDelivery, ...change })
const git: NewTask = {
  ...structuredClone(emptyTask),
  prompt: 'Do it',
  sourceKind: 'git',
  url: 'https://git.example.com/a/b.git',
  token: 'secret',
}
const request = form({ to: 'pull-request', reviewers: ' ann, ,bob', labels: 'bot', isDraft: true })

describe('what is to become of the work, in the form', () => {
  test('is nothing unless somebody says so', () => {
    expect(toSettings(emptyDelivery)).toBeUndefined()
    expect(toCreateTask(git, { autoApprove: false }).delivery).toBeUndefined()
  })

  test('names people with commas between them', () => {
    expect(toNames(' ann, ,bob ')).toEqual(['ann', 'bob'])
  })

  test('becomes settings that the server takes', () => {
    const made = toCreateTask({ ...git, delivery: request }, { autoApprove: false })
    expect(made.delivery).toEqual({
      ...{ auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true },
      ...{ pr_reviewers: ['ann', 'bob'], pr_labels: ['bot'], pr_draft: true },
    })
  })

  test('is a branch only, of a repository of this machine, and nothing of no repository', () => {
    const local = { ...git, sourceKind: 'local' as const, path: '/p', delivery: request }
    expect(toCreateTask(local, { autoApprove: false }).delivery).toMatchObject({ auto_pr: false })
    const empty = { ...git, sourceKind: 'empty' as const, delivery: request }
    expect(toCreateTask(empty, { autoApprove: false }).delivery).toBeUndefined()
  })

  test.each([
    ['main', true],
    ['--force', true],
    ['a b', true],
    ['feature/x', false],
    ['', false],
  ])('with the branch %p has a problem: %p', (workBranch, hasProblem) => {
    expect(deliveryProblem(form({ to: 'branch', workBranch })) !== undefined).toBe(hasProblem)
  })

  test('of finished work begins as it was to be, reviewers too, and says what was changed', () => {
    const settings = v.parse(DeliverySettings, {
      ...{ auto_branch: true, auto_commit: true, pr_reviewers: ['ann', 'bob'], pr_target: 'main' },
    })
    const kept = { settings, state: 'off' as const, branch: 'klaudio/1', notes: [], attempts: 0 }
    const known = toForm(kept, 'klaudio/1')
    expect(known).toMatchObject({ to: 'branch', workBranch: 'klaudio/1', reviewers: 'ann, bob' })
    const off = { auto_fix_checks: false, auto_address_comments: false }
    expect(toDeliver(known, known)).toEqual({ auto_pr: false, pr_target: 'main', ...off })
    const wanted = { ...known, to: 'pull-request', workBranch: 'mine', fixesChecks: true } as const
    expect(toDeliver(wanted, known)).toEqual({
      ...{ auto_pr: true, pr_target: 'main', work_branch: 'mine', pr_draft: false, pr_labels: [] },
      ...{ pr_reviewers: ['ann', 'bob'], auto_fix_checks: true, auto_address_comments: false },
    })
    expect(toForm(undefined, 'klaudio/2')).toMatchObject({ to: 'branch', workBranch: 'klaudio/2' })
  })

  test('needs a token, and says so at the token', () => {
    const files = { count: 0 }
    expect(problemsOf({ ...git, delivery: request }, files)).toEqual({})
    const problems = problemsOf({ ...git, token: '', delivery: request }, files)
    expect(Object.keys(problems)).toEqual(['token'])
  })

  test('is kept in the draft', () => {
    expect(readDraft(toDraft({ ...git, delivery: request }, [])).task.delivery).toEqual(request)
    expect(readDraft('{"prompt":"x","delivery":{"to":7}}').task.delivery).toEqual(emptyDelivery)
  })
})

describe('what became of it, in words', () => {
  const delivery = (change: Partial<Delivery>): Delivery => ({
    ...{ settings: {} as Delivery['settings'], state: 'delivered', branch: 'klaudio/1' },
    ...{ target: 'main', commits: 1, notes: [], attempts: 1, ...change },
  })
  test.each<[Partial<Delivery>, boolean, string]>([
    [{}, false, 'Delivered'],
    [{ conflicts: ['a.txt'] }, false, 'Delivered, with conflicts'],
    [{ state: 'unchanged' }, false, 'Nothing to deliver'],
    [{ state: 'failed' }, false, 'Not delivered'],
    [{ state: 'pending' }, true, 'Delivering'],
    [{ state: 'pending' }, false, 'To be delivered'],
  ])('%o while it runs %p: %s', (change, isRunning, word) => {
    expect(deliveryStatus(delivery(change), isRunning).word).toBe(word)
  })

  test('says where it is', () => {
    expect(describeBranch(delivery({}))).toBe('klaudio/1 for main, 1 commit')
    expect(describeBranch(delivery({ state: 'pending' }))).toBe('klaudio/1 for main')
  })
})
