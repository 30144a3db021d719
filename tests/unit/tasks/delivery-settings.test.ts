import { describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { DeliverySettings, deliveryProblems } from '#contract/delivery.ts'
import type { CreateTask } from '#contract/task.ts'
import { codeOf } from '../../support/task-setup.ts'
import { createWorld } from '../../support/test-tasks.ts'

const settings = (input: object) => v.parse(DeliverySettings, input)
const whole = { auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true }
const source = { kind: 'git', url: 'https://git.example.com/team/app.git' } as const

describe('what is to become of the work', () => {
  test.each([
    ['nothing at all', {}],
    ['a branch and a commit that stay here', { auto_branch: true, auto_commit: true }],
    ['a push of one commit', { auto_branch: true, auto_commit: true, auto_push: true }],
    ["a push of the agents' own commits", { auto_branch: true, auto_push: true }],
    ['a pull request', whole],
    ['a branch with a name', { ...whole, work_branch: 'feature/login.v2' }],
    ['details of a pull request that is not wanted', { pr_target: 'main', pr_reviewers: ['ann'] }],
  ])('can be %s', (_, input) => {
    expect(deliveryProblems(settings(input))).toEqual([])
  })

  test.each([
    ['a pull request without a push', { auto_pr: true }, 'auto_push'],
    ['a push without a branch', { auto_push: true }, 'auto_branch'],
    ['a name for no branch', { work_branch: 'mine' }, 'auto_branch'],
    ['a shared branch', { ...whole, work_branch: 'main' }, 'work_branch'],
    ['a release branch', { ...whole, work_branch: 'release/1.0' }, 'work_branch'],
    ['its own target', { ...whole, work_branch: 'next', pr_target: 'next' }, 'work_branch'],
  ])('cannot be %s, and says which setting to change', (_, input, names) => {
    expect(deliveryProblems(settings(input)).join(' ')).toContain(names)
  })

  test.each([
    ['--force'],
    ['-d'],
    ['a b'],
    ['a:refs/heads/main'],
    ['+main'],
    ['a..b'],
    ['x.lock'],
    ['a//b'],
    ['.hidden'],
    ['a\nb'],
    ['HEAD~1'],
    ['@{u}'],
    ['a*'],
  ])('never is a branch called %p', (work_branch) => {
    expect(v.safeParse(DeliverySettings, { ...whole, work_branch }).success).toBe(false)
    expect(v.safeParse(DeliverySettings, { ...whole, pr_target: work_branch }).success).toBe(false)
  })

  test.each([
    ['http://git.example.com/api', false],
    ['https://me:secret@git.example.com/api', false],
    ['ftp://git.example.com', false],
    ['https://git.example.com/api/v4', true],
    ['http://127.0.0.1:8080/api/v1', true],
  ])('%s as the address of an API: %p', (forge_url, isFine) => {
    expect(v.safeParse(DeliverySettings, { forge_url }).success).toBe(isFine)
  })
})

describe('a task that is made with such settings', () => {
  const create = (input: Partial<CreateTask>) => ({
    auto_start: false,
    access_token: 't',
    ...input,
  })

  test('keeps and shows them, and a run of it again has them as well', async () => {
    await using world = createWorld()
    const delivery = settings({ ...whole, pr_labels: ['bot'], work_branch: 'wanted' })
    const task = world.create(create({ source, delivery }))
    expect(task.delivery).toMatchObject({ settings: delivery, state: 'pending', branch: 'wanted' })
    expect(world.tasks.list({ limit: 5 }).tasks[0]?.delivery).toBeUndefined()

    world.tasks.cancel(task.id)
    await world.tasks.settled()
    const again = await world.tasks.relaunch(task.id, {
      prompt: '',
      auto_start: false,
      keep_context: false,
    })
    const { work_branch: _, ...same } = delivery
    expect(again.delivery).toMatchObject({ settings: same, state: 'pending', branch: again.branch })
  })

  test.each<[string, Partial<CreateTask>]>([
    ['there is no repository', { source: { kind: 'empty' } }],
    ['the files were uploaded', { source: { kind: 'files' } }],
    ['a pull request is wanted of a local repository', { source: { kind: 'local', path: '/x' } }],
    ['a pull request is wanted over ssh', { source: { kind: 'git', url: 'git@example.com:a/b' } }],
    ['the branch is the one it starts from', { source: { ...source, ref: 'wanted' } }],
  ])('is refused when %s', async (_, input) => {
    await using world = createWorld()
    const delivery = settings({ ...whole, work_branch: 'wanted' })
    expect(codeOf(() => world.create(create({ ...input, delivery })))).toBe('request.invalid')
    expect(world.tasks.list({ limit: 5 }).total).toBe(0)
  })

  test('is refused without a token to push with', async () => {
    await using world = createWorld()
    const delivery = settings({ auto_branch: true, auto_push: true })
    expect(() => world.create({ auto_start: false, source, delivery })).toThrow(/access token/)
  })
})
