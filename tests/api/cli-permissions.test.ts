/** `klaudio permissions`, `allow` and `deny`, as a script runs them: the real program against a real server. */
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Permission } from '#contract/permission.ts'
import { findPermission, listRules } from '#db/permissions.ts'
import { type CliServer, openCliServer } from '../support/cli-server.ts'
import { type Ended, klaudio } from '../support/klaudio.ts'
import { seedAgent, seedPermissions, seedTask } from '../support/seed.ts'

const taskId = 'feed1111-0000-4000-8000-000000000000'
let app: CliServer
beforeEach(async () => {
  app = await openCliServer()
  seedTask(app.db, { id: taskId, status: 'running', baseCommit: 'c0' })
  seedAgent(app.db, taskId)
})
afterEach(() => app[Symbol.asyncDispose]())

const run = (...args: string[]): Promise<Ended> => klaudio(args, { server: app.url })
const ask = (commands: string[], rules?: string[]): void =>
  seedPermissions(app.db, taskId, commands, rules ? { rules } : {})

describe('klaudio permissions', () => {
  test('shows everything that is asked whole and harmless, of all tasks and of one', async () => {
    const long = `echo ${'x'.repeat(500)} end`
    ask(['npm test\nrm -rf \u001b[2Kbuild', long])
    const all = await run('permissions')
    expect(all).toMatchObject({ code: 0, stderr: '' })
    expect(all.stdout).toContain('  command:\n    npm test\n    rm -rf ␛[2Kbuild\n')
    expect(all.stdout).toContain(`  command: ${long}\n`)
    expect(all.stdout).toContain('--for-task would allow: Bash(npm test *)')
    expect(all.stdout).toContain('Asked because: This command requires approval')
    expect(await run('permissions', 'feed')).toEqual(all)
    const { code, stdout } = await run('permissions', 'feed', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ permissions: [{ id: 'p1' }, { id: 'p2' }] })
  })

  test('a task whose agent asks needs you, in the words of the pages', async () => {
    expect((await run('task', 'list')).stdout).toContain('● Running')
    ask(['npm test'])
    expect((await run('task', 'list')).stdout).toContain('? Needs you')
  })

  test('says that nobody asks', async () => {
    expect(await run('permissions')).toEqual({
      code: 0,
      stdout: 'No agent asks for permission.\n',
      stderr: '',
    })
  })
})

describe('klaudio allow and deny', () => {
  test('allow once, and for the task', async () => {
    ask(['npm test', 'npm run lint'])
    expect(await run('allow', 'p1')).toEqual({
      code: 0,
      stdout: 'p1  Allowed once: Bash npm test\n',
      stderr: '',
    })
    expect(findPermission(app.db, 'p1')).toMatchObject({ status: 'allowed', scope: 'once' })
    expect(listRules(app.db, taskId)).toEqual([])
    const { code, stdout } = await run('allow', 'p2', '--for-task', '--json')
    const answered: Permission = JSON.parse(stdout)
    expect({ code, answered }).toMatchObject({
      code: 0,
      answered: { id: 'p2', status: 'allowed', scope: 'task' },
    })
    expect(listRules(app.db, taskId)).toEqual(['Bash(npm test *)'])
  })

  test('deny with a reason, and without one', async () => {
    ask(['npm publish', 'rm -rf build'])
    expect(await run('deny', 'p1', '--reason', ' Not from here. ')).toMatchObject({
      code: 0,
      stdout: 'p1  Denied: Bash npm publish\n',
    })
    expect(findPermission(app.db, 'p1')).toMatchObject({
      status: 'denied',
      message: 'Not from here.',
    })
    expect(await run('deny', 'p2')).toMatchObject({ code: 0 })
    expect(findPermission(app.db, 'p2')).toMatchObject({ status: 'denied' })
  })

  test('refuse what is not clear or not possible, and change nothing', async () => {
    ask(['npm test', 'npm run lint'], [])
    const before = app.dump()
    expect(await run('allow', 'p')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('p2  Bash npm run lint'),
    })
    expect(await run('deny', 'zz')).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('There is:\n  p1  Bash npm test'),
    })
    expect(await run('allow', 'p1', '--for-task')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('only be allowed once'),
    })
    const { code, stderr } = await run('allow', 'zz', '--json')
    expect(code).toBe(4)
    expect(JSON.parse(stderr)).toMatchObject({ code: 'permission.not-found', exit_code: 4 })
    expect(app.dump()).toEqual(before)
  })

  test('what was answered already is not answered again', async () => {
    ask(['npm test'])
    await run('deny', 'p1')
    expect(await run('allow', 'p1')).toMatchObject({ code: 4, stdout: '' })
    expect(findPermission(app.db, 'p1')).toMatchObject({ status: 'denied' })
  })

  test('a shell completes what waits for an answer', async () => {
    ask(['npm test', 'npm run lint'])
    expect((await run('complete-words', 'allow', '')).stdout).toBe(
      'p1\tBash(npm test *)\np2\tBash(npm test *)\n',
    )
    expect((await run('complete-words', 'deny', 'p2')).stdout).toBe('p2\tBash(npm test *)\n')
    expect((await run('complete-words', 'al')).stdout).toContain('allow\t')
  })
})
