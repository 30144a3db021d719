/** Team templates over HTTP and from the command line, on the real service. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Task } from '#contract/task.ts'
import type { TeamTemplate } from '#contract/team.ts'
import { type CliServer, openCliServer } from '../support/cli-server.ts'
import { type Ended, klaudio } from '../support/klaudio.ts'

let app: CliServer
const dir = mkdtempSync(join(tmpdir(), 'klaudio-teams-'))
beforeAll(async () => {
  app = await openCliServer()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const run = (...args: string[]): Promise<Ended> => klaudio(args, { server: app.url, cwd: dir })
async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: T }> {
  const response = await fetch(`${app.url}/api${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  return { status: response.status, body: (await response.json()) as T }
}
const list = async (): Promise<TeamTemplate[]> =>
  (await ask<{ templates: TeamTemplate[] }>('GET', '/team-templates')).body.templates

test('five teams are there from the start, each fit to work', async () => {
  const teams = await list()
  expect(teams.slice(0, 5)).toMatchObject([
    { id: 'solo', mode: 'sequential', roles: [{ name: 'developer' }] },
    { id: 'dev-review', review: true, roles: [{}, { name: 'reviewer', run_last: true }] },
    { id: 'full-team', mode: 'collaborative', max_agents: 5, roles: [{ name: 'manager' }, {}, {}] },
    { id: 'parallel-devs', mode: 'parallel', roles: [{ max_instances: 3 }] },
    { id: 'dev-test', roles: [{}, { name: 'tester', run_last: true }] },
  ])
  for (const { id, created_at, updated_at, ...team } of teams)
    expect(await ask('PUT', `/team-templates/${id}`, team)).toMatchObject({ status: 200 })
})

test('one is made in the form of the reference, changed in part, and deleted', async () => {
  const made = await ask<TeamTemplate>('POST', '/team-templates', {
    ...{ name: 'Mine', description: 'x', max_agents: 0, review: false, mode: 'sequential' },
    roles: [{ name: 'dev', description: 'd', prompt_hint: 'h', max_instances: 1, run_last: false }],
    is_default: true,
  })
  expect(made).toMatchObject({ status: 201, body: { max_agents: 3, is_default: true } })
  const { id } = made.body
  const changed = await ask<TeamTemplate>('PUT', `/team-templates/${id}`, { description: 'y' })
  expect(changed.body).toMatchObject({
    ...made.body,
    description: 'y',
    updated_at: expect.any(String),
  })
  expect((await list()).filter(({ is_default }) => is_default).map((each) => each.id)).toEqual([id])
  expect(await ask('DELETE', `/team-templates/${id}`)).toEqual({
    ...{ status: 200, body: { status: 'deleted' } },
  })
  for (const method of ['GET', 'DELETE'])
    expect(await ask(method, `/team-templates/${id}`)).toMatchObject({
      ...{ status: 404, body: { code: 'template.not-found' } },
    })
})

test('at most one team is the chosen one', async () => {
  for (const id of ['solo', 'dev-test'])
    await ask('PUT', `/team-templates/${id}`, { is_default: true })
  expect((await list()).filter(({ is_default }) => is_default)).toMatchObject([{ id: 'dev-test' }])
})

test('one that cannot work is refused with every problem, and changes nothing', async () => {
  const before = await list()
  const refused = await ask<{ error: string; details: { problems: object[] } }>(
    'PUT',
    '/team-templates/solo',
    { max_agents: 1, mode: 'collaborative', roles: [{ name: 'manager' }] },
  )
  expect(refused).toMatchObject({ status: 400, body: { code: 'request.invalid' } })
  expect(refused.body.details.problems).toMatchObject([{ path: 'roles' }, { path: 'max_agents' }])
  expect(await list()).toEqual(before)
})

test('a task is given a team by its id, and shows it; one that is not there is refused', async () => {
  const body = { name: 'x', prompt: 'x', team_template: 'dev-review' }
  const made = await ask<Task>('POST', '/tasks', body)
  expect(made).toMatchObject({
    status: 201,
    body: { team_template: 'dev-review', mode: 'sequential', team: { roles: [{}, {}] } },
  })
  expect(await ask('POST', '/tasks', { ...body, team_template: 'nobody' })).toMatchObject({
    ...{ status: 404, body: { code: 'template.not-found' } },
  })
  const { tasks } = (await ask<{ tasks: Task[] }>('GET', '/tasks')).body
  expect(tasks[0]).toMatchObject({ team_name: 'Developer and reviewer' })
  expect(tasks[0]).not.toHaveProperty('team')
})

test('a team goes out as YAML and comes back as it was', async () => {
  const [original] = (await list()).filter(({ id }) => id === 'full-team')
  const response = await fetch(`${app.url}/api/team-templates/full-team/export`)
  expect(response.headers.get('content-type')).toStartWith('application/yaml')
  expect(response.headers.get('content-disposition')).toContain('full-team.yaml')
  const yaml = await response.text()
  const taken = await ask('POST', '/team-templates/import', { yaml })
  expect(taken).toMatchObject({ status: 409, body: { code: 'template.name-taken' } })
  const back = await ask<TeamTemplate>('POST', '/team-templates/import', { yaml, replace: true })
  expect(back.status).toBe(200)
  expect({ ...back.body, updated_at: '' }).toEqual({ ...original, updated_at: '' } as TeamTemplate)
  const renamed = yaml.replace(/^name: .*$/m, 'name: Another')
  const made = await ask<TeamTemplate>('POST', '/team-templates/import', { yaml: renamed })
  expect(made).toMatchObject({ status: 201, body: { name: 'Another' } })
})

test.each([
  ['that is no YAML', 'name: [', 'The file is not valid YAML, line 1'],
  ['that is a list', '- a\n- b\n', 'The file holds no team'],
  ['with a slip of the pen', 'name: x\nmax_agent: 3\n', '"max_agent" is not known here'],
  [
    'with one in a role',
    'name: x\nroles:\n  - name: a\n    runs_last: true\n',
    '"runs_last" is not',
  ],
  ['with a team that cannot work', 'name: x\nroles:\n  - name: planner\n', 'plays itself'],
  [
    'that grows when it is read',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'.replace(/./g, (c) => `${c}: &${c} [${Array(9).fill(`*${String.fromCharCode(c.charCodeAt(0) - 1)}`)}]\n`)}`,
    'repeats itself',
  ],
])('a file %s is refused with a sentence, and changes nothing', async (_, yaml, sentence) => {
  const before = await list()
  const refused = await ask<{ error: string }>('POST', '/team-templates/import', { yaml })
  expect(refused.status).toBe(400)
  expect(refused.body.error).toContain(sentence)
  expect(await list()).toEqual(before)
})

test('the command line lists, shows, exports, imports and removes teams, and gives one to a task', async () => {
  expect((await run('team', 'list')).stdout).toContain('parallel-devs')
  expect((await run('team', 'show', 'dev-test')).stdout).toContain('tester (at most 1, runs last)')
  expect(await run('team', 'export', 'solo', '--to', 'solo.yaml')).toMatchObject({ code: 0 })
  expect((await run('team', 'export', 'Solo', '--to', 'solo.yaml')).code).toBe(5)
  const text = readFileSync(join(dir, 'solo.yaml'), 'utf8').replace(/^name: .*$/m, 'name: Alone')
  writeFileSync(join(dir, 'alone.yaml'), text)
  expect(await run('team', 'import', 'alone.yaml')).toMatchObject({ code: 0 })
  expect((await run('team', 'import', 'alone.yaml')).stderr).toContain('"Alone" already')
  expect(await run('team', 'import', 'alone.yaml', '--replace')).toMatchObject({ code: 0 })
  const made = await run('task', 'create', 'x', '--draft', '--team', 'alone', '--json')
  expect(JSON.parse(made.stdout)).toMatchObject({ team_name: 'Alone' })
  expect((await run('team', 'remove', 'alone')).code).toBe(2)
  expect(await run('team', 'remove', 'alone', '--yes')).toMatchObject({ code: 0 })
  const gone = await run('team', 'show', 'alone')
  expect(gone).toMatchObject({ code: 4 })
  expect(gone.stderr).toContain('There is no team "alone".')
})
