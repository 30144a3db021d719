/** What a person says to lines, and takes out, of work that real clones, bundles and merges made. */
import { expect, test } from 'bun:test'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { listInputs } from '#db/agent-inputs.ts'
import { getAgent } from '#db/agents.ts'
import { gitIn, lookAt, openWorkspaces } from '../../support/git.ts'
import { createGitWorld, put } from '../../support/git-world.ts'
import { attend } from '../../support/person.ts'
import { step } from '../../support/test-tasks.ts'

const send = { summary: '', priority: 'next' } as const
const body = (first: string): string => `${first}\n2\n3\n4\n5\n6\n7\n8\n9\nlast\n`

test('comments go to those who wrote the lines, who change them; what is discarded stays out', async () => {
  const prompts: Record<string, string> = {}
  let round = 1
  const plan = { subtasks: [step('x'), step('y', ['x'])] }
  await using setup = await createGitWorld(plan, async (turn, dir) => {
    const id = turn.subtaskId ?? ''
    prompts[`${id}${round}`] = turn.prompt
    if (round === 1) {
      await put(dir, `${id}.txt`, body(`by ${id}`))
      // Only its last line is from the other one.
      if (id === 'y') await put(dir, 'x.txt', body('by x').replace('last', 'last of y'))
    } else await put(dir, 'x.txt', body('as asked').replace('last', 'last of y'))
  })
  const { world } = setup
  const { id } = world.create()
  await attend(world, id)
  expect(world.status(id)).toBe('completed')
  const draft = { path: 'x.txt', side: 'new', body: 'Say it better.' } as const

  const first = await world.tasks.addComment(id, { ...draft, line: 1, end_line: 2 })
  const last = await world.tasks.addComment(id, { ...draft, line: 10, body: 'And this?' })
  expect(first).toMatchObject({ to: 'x', state: 'draft', quote: 'by x\n2', now: 1 })
  expect(last).toMatchObject({ to: 'y', quote: 'last of y' })
  const beyond = world.tasks.addComment(id, { ...draft, line: 11 })
  await expect(beyond).rejects.toMatchObject({ code: 'request.invalid' })
  expect(() => world.tasks.changeComment(id, first.id, { state: 'sent' })).toThrow(/draft/)
  expect(() => world.tasks.sendComments(id, { ...send, ids: ['nobody'] })).toThrow(/no comment/)

  round = 2
  const { sent } = world.tasks.sendComments(id, {
    ...send,
    summary: 'Nearly there.',
    ids: [first.id],
  })
  expect(sent).toEqual([{ to: 'x', comments: 1, message_id: expect.any(Number), how: 'anew' }])
  expect(world.status(id)).toBe('running')
  const early = world.tasks.discard(id, { head: '0'.repeat(40), files: [{ path: 'x.txt' }] })
  await expect(early).rejects.toMatchObject({ code: 'task.wrong-state' })
  expect(world.tasks.discards(id).held).toContain('(x)')
  await attend(world, id)
  expect(world.status(id)).toBe('completed')
  for (const words of ['x.txt, lines 1 to 2', 'by x', 'Say it better.', 'Nearly there.'])
    expect(prompts.x2).toContain(words)
  expect(prompts.y2).toBeUndefined()

  const { comments } = await world.tasks.comments(id)
  expect(comments).toMatchObject([
    { id: first.id, state: 'sent', delivery: 'read' },
    { id: last.id, state: 'draft', now: 10 },
  ])
  // Its lines are other ones now.
  expect(comments[0]?.now).toBeUndefined()
  expect(() => world.tasks.changeComment(id, first.id, { body: 'I never said that.' })).toThrow()
  expect(world.tasks.changeComment(id, first.id, { state: 'resolved' }).state).toBe('resolved')

  const head = world.tasks.get(id).head_commit ?? ''
  const gone = await world.tasks.discard(id, { head, files: [{ path: 'y.txt' }] })
  expect(gone).toMatchObject({ files: [{ path: 'y.txt' }], head: gone.id })
  const again = world.tasks.discard(id, { head, files: [{ path: 'y.txt' }] })
  await expect(again).rejects.toMatchObject({ code: 'file.changed' })
  const base = world.tasks.get(id).base_commit ?? ''
  const left = await setup.git.workspaces.changes(id, base, gone.id)
  expect(left.map(({ path }) => path)).toEqual(['x.txt'])
  const back = await world.tasks.undoDiscard(id, gone.id)
  expect(back.undone_at).toBeDefined()
  expect(await world.tasks.undoDiscard(id, gone.id)).toEqual(back)
  expect(world.types(id).slice(-2)).toEqual(['changes.discarded', 'changes.restored'])
}, 60_000)

test('who has its workspace still goes on in the same conversation', async () => {
  const turns: { id: string; agentId: string; prompt: string }[] = []
  const plan = { subtasks: [step('x'), step('y')] }
  await using setup = await createGitWorld(plan, async (turn, dir) => {
    const { subtaskId, agentId, prompt, kind, call } = turn
    if (kind === 'resolver') return void (await call('report_failed', { reason: 'They differ.' }))
    turns.push({ id: subtaskId ?? '', agentId, prompt })
    // The second of them to be merged stops at the first, and with it the task.
    await put(dir, 'same.txt', turns.length < 3 ? `by ${subtaskId}\n` : 'better\n')
  })
  const { world } = setup
  const { id } = world.create()
  await attend(world, id)
  expect(world.status(id)).toBe('failed')
  const rowOf = () => world.tasks.plan(id).subtasks.find(({ conflicts }) => !conflicts)
  const done = rowOf()
  const input = { path: 'same.txt', side: 'new', line: 1, body: 'Better, please.' } as const
  expect(await world.tasks.addComment(id, input)).toMatchObject({ to: done?.id })
  expect(world.tasks.sendComments(id, { summary: '', priority: 'next' }).sent).toMatchObject([
    { how: 'goes-on' },
  ])
  await attend(world, id)
  expect(rowOf()).toMatchObject({ id: done?.id, status: 'completed', agent_id: done?.agent_id })
  const [first, last] = turns.filter((turn) => turn.id === done?.id)
  expect(last?.agentId).toBe(first?.agentId ?? '')
  expect(last?.prompt).toContain('Better, please.')
  const head = world.tasks.get(id).head_commit ?? ''
  const bytes = await setup.git.workspaces.read(id, head, 'same.txt', 100)
  expect(new TextDecoder().decode(bytes)).toBe('better\n')
}, 60_000)

test('what an agent writes is commented on while it writes, told once, and found again wherever its lines go', async () => {
  const begun = Promise.withResolvers<string>()
  const goOn = Promise.withResolvers<void>()
  const plan = { subtasks: [step('x')] }
  await using setup = await createGitWorld(plan, async ({ agentId }, dir) => {
    await put(dir, 'x.txt', body('by x'))
    begun.resolve(agentId)
    await goOn.promise
  })
  const { world, git } = setup
  const { id } = world.create()
  const over = attend(world, id)
  const live = await begun.promise
  const [dir, state] = [join(git.root, 'clones', live), join(git.root, 'state')]
  await mkdir(state)
  const lookIn = async ({ workspaces }: Pick<typeof git, 'workspaces'>) => {
    const base = getAgent(world.db, live).baseCommit ?? ''
    const { stdout } = await lookAt(dir, { base, state })
    const of = { taskId: id, agentId: live }
    return (await workspaces.takeLook({ ...of, baseCommit: base, bundle: stdout })).to
  }
  const seen = async (at?: { live: string; to: string }) =>
    (await world.tasks.comments(id, at)).comments.map(({ now, elsewhere }) => ({ now, elsewhere }))
  const draft = { path: 'x.txt', side: 'new', body: 'Say it better.' } as const

  const to = await lookIn(git)
  const made = await world.tasks.addComment(id, {
    ...draft,
    line: 1,
    end_line: 2,
    live,
    commit: to,
  })
  expect(made).toMatchObject({ to: 'x', agent: live, quote: 'by x\n2', now: 1, state: 'draft' })
  const strange = world.tasks.addComment(id, { ...draft, line: 1, live, commit: '0'.repeat(40) })
  await expect(strange).rejects.toMatchObject({ code: 'file.not-found' })
  const dropped = await world.tasks.addComment(id, { ...draft, line: 3, live, commit: to })
  const refs = () => gitIn(setup.bare(id), 'for-each-ref', '--format=%(refname)')
  expect(await refs()).toContain(dropped.id)
  await world.tasks.removeComment(id, dropped.id)
  expect(await refs()).not.toContain(dropped.id)
  expect(await seen({ live, to })).toEqual([{ now: 1, elsewhere: undefined }])
  expect(await seen()).toEqual([{ now: undefined, elsewhere: true }])

  const told = () => listInputs(world.db, live, { kind: 'message' })
  expect(world.tasks.sendComments(id, { summary: '', priority: 'later' }).sent).toMatchObject([
    { to: 'x', comments: 1, how: 'later' },
  ])
  expect(() => world.tasks.sendComments(id, send)).toThrow(/no draft/)
  await world.until('the agent to be told', () => told().length > 0)
  await world.restart()
  await world.until('the turn to be followed', () => world.status(id) === 'running')
  expect(told()).toMatchObject([{ priority: 'later' }])
  for (const words of ['x.txt, lines 1 to 2', 'by x', 'Say it better.'])
    expect(told()[0]?.content).toContain(words)

  // Looks are gone with the server that took them, and what no ref names with the next tidying.
  const later = await openWorkspaces({ root: git.root })
  await later.workspaces.head(id, world.tasks.get(id).branch ?? '')
  await gitIn(setup.bare(id), 'prune', '--expire=now')
  await put(dir, 'x.txt', `before\n${body('by x')}`)
  expect(await seen({ live, to: await lookIn(git) })).toEqual([{ now: 2, elsewhere: undefined }])
  await put(dir, 'x.txt', body('better'))
  expect(await seen({ live, to: await lookIn(git) })).toEqual([
    { now: undefined, elsewhere: undefined },
  ])
  expect(await seen()).toEqual([{ now: undefined, elsewhere: true }])

  goOn.resolve()
  await over
  expect(world.status(id)).toBe('completed')
  expect(await seen()).toEqual([{ now: undefined, elsewhere: undefined }])
  expect(told()).toHaveLength(1)
}, 60_000)
