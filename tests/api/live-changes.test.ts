/** What an agent has changed before it hands in, over HTTP; `tests/docker/look.test.ts` has the container. */
import { describe, expect, test } from 'bun:test'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Look } from '#agents/agents.ts'
import { LiveChanges } from '#contract/file.ts'
import { CommentList, ReviewComment } from '#contract/review.ts'
import { updateSubtask } from '#db/subtasks.ts'
import { updateTask } from '#db/tasks.ts'
import { runInside } from '../support/cli-inside.ts'
import { openCliServer } from '../support/cli-server.ts'
import { lookAt, seedClone } from '../support/git.ts'
import { refusal, scenarios, toRequest } from '../support/scenario.ts'
import { draft, seedAgent, seedPlan, seedTask, spec } from '../support/seed.ts'
import { withWorkspace } from '../support/seed-files.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const withAgent = async (app: TestApp): Promise<void> => {
  await withWorkspace(app)
  seedAgent(app.db, 't1')
}

/** A clone of the task branch in which somebody works, and looks at it. */
async function openClone(app: TestApp, id = 't1') {
  const base = await app.workspaces.head(id, `klaudio/${id}`)
  const [dir, state] = [join(app.dir, 'clone'), join(app.dir, 'state')]
  await mkdir(state)
  const bundle = await app.workspaces.bundle(id, { commit: base, branch: 'work' })
  await seedClone(dir, { bundle, commit: base, branch: 'work' })
  const look = async (): Promise<Look> => {
    const { stdout } = await lookAt(dir, { base, state })
    return { bundle: stdout, baseCommit: base, isLive: true, skipped: [], leftOut: 0 }
  }
  return { base, look, write: (path: string, text: string) => writeFile(join(dir, path), text) }
}

const get = async (app: TestApp, path: string) =>
  app.fetch(toRequest({ path: `/api/tasks/t1/agents/a1/${path}` }))

describe('what an agent has changed so far', () => {
  test('is read when asked for, and its diff is that of the same moment', async () => {
    await using app = await openTestApp()
    await withAgent(app)
    const clone = await openClone(app)
    app.machine.look = clone.look
    await clone.write('new <b>.txt', 'first\n')

    const answer = await get(app, 'changes')
    const changes = v.parse(LiveChanges, await answer.json())
    expect(changes).toMatchObject({ from: clone.base, running: true, skipped: [], left_out: 0 })
    expect(changes.files).toMatchObject([{ path: 'new <b>.txt', status: 'A', added: 1 }])

    await clone.write('new <b>.txt', 'second\n')
    const diff = await get(app, `diff?to=${changes.to}&context=all`)
    expect(diff.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(await diff.text()).toContain('+first')
  })

  test('is read once for all who ask at the same time', async () => {
    await using app = await openTestApp()
    await withAgent(app)
    const clone = await openClone(app)
    const held = Promise.withResolvers<void>()
    let looks = 0
    app.machine.look = async () => {
      looks += 1
      await held.promise
      return clone.look()
    }
    const asked = [get(app, 'changes'), get(app, 'changes'), get(app, 'changes')]
    held.resolve()
    for (const answer of await Promise.all(asked)) expect(answer.status).toBe(200)
    expect(looks).toBe(1)
    await get(app, 'changes')
    expect(looks).toBe(2)
  })

  test('is refused, and no failure of ours, when the container gives something else', async () => {
    await using app = await openTestApp()
    await withAgent(app)
    const clone = await openClone(app)
    app.machine.look = async () => ({ ...(await clone.look()), bundle: new Uint8Array([1, 2, 3]) })
    const answer = await get(app, 'changes')
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({
      status: 403,
      body: refusal('file.forbidden', 'not a git bundle'),
    })
  })
})

describe('comments on what an agent has written so far', () => {
  test('are made, found again and sent by the API and by the command line', async () => {
    await using app = await openCliServer()
    const id = seedTask(app.db, { id: 'beef1111-0000-4000-8000-000000000000', status: 'running' })
    const base = await app.makeRepository(id)
    updateTask(app.db, id, { headCommit: base }, 0)
    seedPlan(app.db, id, draft(spec('one')), { one: 'running' })
    const agent = { status: 'running', subtaskId: 'one', baseCommit: base } as const
    seedAgent(app.db, id, agent)
    updateSubtask(app.db, id, 'one', { agentId: 'a1' })
    const clone = await openClone(app, id)
    app.machine.look = clone.look
    await clone.write('new.txt', 'first\nsecond\n')
    const comments = `/api/tasks/${id}/comments`
    const post = (json: object) => app.fetch(toRequest({ method: 'POST', path: comments, json }))
    const list = async (search = ''): Promise<CommentList> => {
      const answer = await app.fetch(toRequest({ path: `${comments}${search}` }))
      return v.parse(CommentList, await answer.json())
    }

    const one = { path: 'new.txt', line: 2, body: 'Why?', live: 'a1' }
    const { to } = v.parse(
      LiveChanges,
      await (await app.fetch(toRequest({ path: `/api/tasks/${id}/agents/a1/changes` }))).json(),
    )
    const made = v.parse(ReviewComment, await (await post({ ...one, commit: to })).json())
    expect(made).toMatchObject({ agent: 'a1', to: 'one', quote: 'second', now: 2 })
    await clone.write('new.txt', 'second\nthird\n')
    expect((await list('?live=a1')).comments).toMatchObject([{ id: made.id, now: 1 }])
    expect((await list()).comments).toMatchObject([{ elsewhere: true }])
    expect((await post({ ...one, live: 'nobody' })).status).toBe(404)
    for (const search of ['?live=a1&agent=a1', '?live='])
      expect((await app.fetch(toRequest({ path: `${comments}${search}` }))).status).toBe(400)

    const run = (line: string) => runInside(app.url, line.split(' '), {})
    const added = await run('task comment add beef new.txt:2 Better --live one')
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('A draft, for one.') })
    const shown = await run('task comment list beef')
    expect(shown.stdout).toContain('draft, not in these files')
    expect((await run('task comment list beef --live one')).stdout).toContain('new.txt:2')
    await clone.write('new.txt', 'second\n')
    expect((await run('task comment list beef --live one')).stdout).toContain('outdated')
    expect((await run('task comment list beef --live who')).code).toBe(4)
    expect(await run('task comment send beef --later')).toMatchObject({
      ...{ code: 0, stdout: 'one  2 comments: reads them after its present turn.\n' },
    })
  })
})

describe('what cannot be read', () => {
  const changes = '/api/tasks/t1/agents/a1/changes'
  const diff = '/api/tasks/t1/agents/a1/diff'
  scenarios([
    {
      name: 'the changes of an agent whose container is gone are 409, and say so',
      given: withAgent,
      request: { path: changes },
      expect: { status: 409, body: refusal('agent.not-running', 'no container'), events: [] },
    },
    {
      name: 'a comment on lines of an agent whose container is gone is 409, and nothing is kept',
      given: withAgent,
      request: {
        ...{ method: 'POST' as const, path: '/api/tasks/t1/comments' },
        json: { path: 'a.txt', line: 1, body: 'Why?', live: 'a1' },
      },
      expect: { status: 409, body: refusal('agent.not-running', 'no container'), events: [] },
    },
    {
      name: 'a comment on changes that are not kept any more is 404, and says to look again',
      given: withAgent,
      request: {
        ...{ method: 'POST' as const, path: '/api/tasks/t1/comments' },
        json: { path: 'a.txt', line: 1, body: 'Why?', live: 'a1', commit: '1'.repeat(40) },
      },
      expect: { status: 404, body: refusal('file.not-found', 'Look again'), events: [] },
    },
    {
      name: 'a diff of changes that are not kept any more is 404, and says to look again',
      given: withAgent,
      request: { path: `${diff}?to=${'1'.repeat(40)}` },
      expect: { status: 404, body: refusal('file.not-found', 'Look again'), events: [] },
    },
    ...['', '?to=HEAD', '?to=--output%3D/tmp/x'].map((search) => ({
      name: `a diff to "${search}" is refused: only commit ids are taken`,
      given: withAgent,
      request: { path: `${diff}${search}` },
      expect: { status: 400, body: refusal('request.invalid', 'to'), events: [] },
    })),
    ...[changes, `${diff}?to=${'1'.repeat(40)}`].map((path) => ({
      name: `${path.slice(0, 40)} of an agent that the task does not have is 404`,
      given: withWorkspace,
      request: { path },
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    })),
  ])
})
