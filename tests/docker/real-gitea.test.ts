/**
 * From an issue on a real Gitea to a merged pull request, by the compiled binary with real agents in containers: Gitea's own
 * signed webhooks begin the task and tell of the review. Runs where `GITEA_BINARY` names one, as CONTRIBUTING.md says.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import type { RepoTemplate } from '#contract/repo-template.ts'
import type { Task } from '#contract/task.ts'
import { type Story, say, write } from '#model/story.ts'
import { requireEngine } from '../support/docker.ts'
import { giteaBinary, type RealGitea, startGitea } from '../support/forges/real-gitea.ts'
import { inTask, planned } from '../support/product-model.ts'
import { eventually, startWorld, type World } from '../support/product-world.ts'

const noEngine = await requireEngine()
const name = 'greets-at-last'
const secret = 'agreed on with gitea'
const repository = '/repos/owner/next.app'
const Issue = v.object({ number: v.number() })

const first = inTask(name, {
  planner: planned([{ id: 'greet' }]),
  subtasks: { greet: [write('greet.txt', 'helo\n'), say('Written.')] },
})
const story: Story = (request) =>
  request.agent === 'greet' && request.round === 2 && request.prompt.includes('It is hello.')
    ? [write('greet.txt', 'hello\n'), say('Mended.')]
    : first(request)

/** Not even skipped where no Gitea was asked for: a skipped test is a failed one where an engine is required. */
const describeIfAsked =
  giteaBinary === undefined
    ? (_name: string, _tests: () => void): void => {}
    : describe.skipIf(noEngine !== undefined)

describeIfAsked('a real Gitea', () => {
  let gitea: RealGitea
  let world: World

  beforeAll(async () => {
    gitea = await startGitea(giteaBinary ?? '')
    world = await startWorld({ stories: [story] })
  }, 120_000)
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
    await gitea?.[Symbol.asyncDispose]()
  }, 60_000)

  const fileAt = async (branch: string): Promise<string> => {
    const path = `${repository}/contents/greet.txt?ref=${encodeURIComponent(branch)}`
    const found = await gitea.ask('owner', 'GET', path)
    const { content } = v.parse(v.object({ content: v.string() }), found)
    return Buffer.from(content, 'base64').toString()
  }
  const onlyTask = async (): Promise<Task | undefined> =>
    (await world.product.get<{ tasks: Task[] }>('/api/tasks')).tasks[0]

  test('its issue becomes a task, its review a follow-up, and its merge the end', async () => {
    const { id } = await world.product.post<RepoTemplate>('/api/repo-templates', {
      ...{ name: 'app', url: gitea.url, access_token: gitea.tokens.owner },
      ...{ auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true },
      ...{ pr_reviewers: ['ann'], auto_address_comments: true },
      ...{ webhook_secret: secret, issue_label: 'klaudio' },
    })
    await gitea.ask('owner', 'POST', `${repository}/hooks`, {
      ...{ type: 'gitea', active: true, events: ['issues', 'issue_label', 'pull_request_review'] },
      config: { url: `${world.product.url}/api/webhooks/${id}`, content_type: 'json', secret },
    })
    await gitea.ask('owner', 'POST', `${repository}/labels`, { name: 'klaudio', color: '#0a0b0c' })
    const words = { title: 'Greet people', body: `This is the task ${name}. Do it.` }
    const made = v.parse(Issue, await gitea.ask('eve', 'POST', `${repository}/issues`, words))
    const labels = { labels: ['klaudio'] }
    await gitea.ask('ann', 'POST', `${repository}/issues/${made.number}/labels`, labels)

    await eventually(async () => (await onlyTask())?.status === 'planned')
    const task = await onlyTask()
    if (!task) throw new Error('there is a task')
    expect(task).toMatchObject({ name: 'Greet people' })
    await world.product.post(`/api/tasks/${task.id}/approve`)
    const done = await world.end(task.id)
    expect(done).toMatchObject({ status: 'completed', delivery: { state: 'delivered' } })
    const number = done.delivery?.pull_request?.number ?? 0
    const pull = await gitea.ask('owner', 'GET', `${repository}/pulls/${number}`)
    expect(pull).toMatchObject({
      ...{ state: 'open', requested_reviewers: [{ login: 'ann' }] },
      ...{ head: { ref: done.branch }, base: { ref: 'main' } },
    })
    expect(await fileAt(done.branch)).toBe('helo\n')

    await gitea.ask('ann', 'POST', `${repository}/pulls/${number}/reviews`, {
      ...{ event: 'REQUEST_CHANGES', body: 'One thing.', commit_id: done.delivery?.commit },
      comments: [{ path: 'greet.txt', new_position: 1, body: 'It is hello.' }],
    })
    await world.product.until(task.id, ({ type }) => type === 'follow-up.ended')
    await eventually(async () => (await fileAt(done.branch)) === 'hello\n')
    expect((await world.product.task(task.id)).follow_ups).toMatchObject([
      { state: 'done', subtask_id: 'greet', by_person: false },
    ])

    await gitea.ask('ann', 'POST', `${repository}/pulls/${number}/merge`, { Do: 'merge' })
    await eventually(async () => {
      const { delivery } = await world.product.post<Task>(`/api/tasks/${task.id}/pull-request/look`)
      return delivery?.pull_request?.state === 'merged'
    })
    expect(await fileAt('main')).toBe('hello\n')
    expect(world.model.problems()).toEqual([])
  }, 300_000)
})
