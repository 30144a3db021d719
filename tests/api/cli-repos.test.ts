/** `klaudio repo` and `klaudio credential` against the server, with a real git server behind a login. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Task } from '#contract/task.ts'
import { keepSetup } from '#db/setups.ts'
import { runInside } from '../support/cli-inside.ts'
import { type CliServer, openCliServer } from '../support/cli-server.ts'
import { gitIn, makeRepository } from '../support/git.ts'
import { type GitServer, serveGit } from '../support/git-server.ts'

const token = 'ghp-Very-Secret-Token-0002'
let app: CliServer
let server: GitServer
let url: string
beforeAll(async () => {
  app = await openCliServer()
  await makeRepository(join(app.dir, 'work'), {
    'main.go': 'package main\n',
    'go.mod': 'module a\n',
  })
  await gitIn(app.dir, 'clone', '-q', '--bare', 'work', 'remotes/a.git')
  server = serveGit({ root: join(app.dir, 'remotes'), login: `oauth2:${token}` })
  url = `${server.url}/a.git`
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

const run = (line: string, person: Parameters<typeof runInside>[2] = {}) =>
  runInside(app.url, line.split(' '), { cwd: app.dir, ...person })

test('a credential is stored from stdin or a file, tried, given a new value and removed; its value is shown nowhere', async () => {
  const said: string[] = []
  const say = async (line: string, person?: Parameters<typeof runInside>[2]) => {
    const ended = await run(line, person)
    said.push(ended.stdout, ended.stderr, ...ended.asked)
    return ended
  }
  expect(await say('credential list')).toMatchObject({
    code: 0,
    stdout: 'There are no credentials.\n',
  })
  expect(await say('credential add forge', { stdin: 'wrong-token-of-before\n' })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^[0-9a-f]{8} {2}forge {2}stored\n$/),
  })
  const refused = await say(`credential test forge ${url}`)
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('refused the access token')
  expect((await say('credential add forge', { stdin: token })).stderr).toContain('already')
  await Bun.write(join(app.dir, 'token.txt'), `${token}\n`)
  expect((await say('credential add forge --replace --from token.txt')).stdout).toContain(
    'has a new value',
  )
  expect(await say(`credential test FORGE ${url}`)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^It opens: main at [0-9a-f]{12}, 1 branch\.\n$/),
  })
  expect((await say('credential add me --kind login', { stdin: token })).stderr).toContain('--user')
  expect((await say('credential add empty', { stdin: ' \n' })).stderr).toContain('no value')
  expect(await say('credential remove forge')).toMatchObject({
    stderr: expect.stringContaining('--yes'),
  })
  expect(await say('credential remove forge', { says: 'n' })).toMatchObject({
    ...{ stderr: 'Nothing was removed.', asked: ['Remove the credential "forge"? [y/N] '] },
  })
  expect((await say('credential list')).stdout).toContain('forge')
  expect((await say('credential remove forge --yes')).stdout).toBe('Removed: forge\n')
  expect((await say('credential list')).stdout).toBe('There are no credentials.\n')
  expect(said.join('\n')).not.toContain(token)
})

test('a repository is kept, tried, looked at, exported without a secret, imported and removed', async () => {
  await run('credential add deploy', { stdin: token })
  const made = await run(
    `repo create api ${url} --credential deploy --pr --reviewer ada --runs-in dockerfile:docker/Dockerfile`,
  )
  expect(made).toMatchObject({ code: 0, stderr: '' })
  expect((await run('repo test api')).stdout).toMatch(/^It opens: main at /)
  expect((await run('repo show api')).stdout).toContain('Nothing is known of it yet.')
  expect((await run('repo look api')).stdout).toContain('test: `go test ./...` (go.mod)')
  const shown = (await run('repo show api')).stdout
  expect(shown).toContain('Opened with deploy; pull request for main')
  expect(shown).toContain('Go 100 %')
  expect(shown).toContain('Agents run in an image made from docker/Dockerfile.')
  expect((await run('repo list')).stdout).toContain('pull request for main')

  expect((await run('repo export api --to api.yaml')).code).toBe(0)
  expect((await run('repo export api --to api.yaml')).stderr).toContain('--force')
  const file = await readFile(join(app.dir, 'api.yaml'), 'utf8')
  expect(file).toContain('credential: deploy')
  expect(file).toContain('path: docker/Dockerfile')
  expect(file).not.toContain(token)
  expect((await run('repo import api.yaml')).stderr).toContain('--replace')
  await Bun.write(join(app.dir, 'api.yaml'), file.replace('ada', 'bob'))
  expect((await run('repo import api.yaml --replace')).code).toBe(0)
  expect((await run('repo export api')).stdout).toBe(file.replace('ada', 'bob'))
  for (const [text, sentence] of [
    [file.replace('credential: deploy', 'credential: nobody'), 'no credential "nobody"'],
    ['name: x\naccess_token: y\n', 'holds no token'],
    ['- a\n', 'holds no repository'],
    ['a: [', 'not valid YAML'],
  ] as const)
    expect((await run('repo import -', { stdin: text })).stderr).toContain(sentence)

  const part = await run(`repo create huge ${url} --credential deploy --depth 1`)
  expect(part).toMatchObject({ code: 0, stderr: '' })
  expect((await run('repo show huge')).stdout).toContain('main, its newest commit\n')
  expect((await run('repo export huge')).stdout).toContain('depth: 1\n')
  for (const [more, depth] of [
    ['', 1],
    [' --depth 20', 20],
    [' --depth 0', undefined],
  ] as const) {
    const made = await run(`task create hello --draft --from huge --json${more}`)
    expect((JSON.parse(made.stdout) as Task).source).toEqual({
      ...{ kind: 'git', url, ref: 'main' },
      ...(depth && { depth }),
    })
  }
  expect((await run('task create hello --draft --depth 2')).stderr).toContain('--repo or --from')

  const task = await run('task create hello --draft --from api --ref main --json')
  expect(JSON.parse(task.stdout) as Task).toMatchObject({
    source: { kind: 'git', url, ref: 'main' },
    delivery: { settings: { auto_pr: true, pr_reviewers: ['bob'] } },
    setup: { runs_in: { kind: 'dockerfile', path: 'docker/Dockerfile' }, state: 'waiting' },
  })
  const own = await run('task create hello --draft --from api --runs-in image:a:1 --json')
  expect(JSON.parse(own.stdout) as Task).toMatchObject({
    setup: { runs_in: { kind: 'image', image: 'a:1' }, has_image: false },
  })
  const { id } = JSON.parse(own.stdout) as Task
  expect((await run(`task setup ${id}`)).stdout).toBe(
    'waiting\nAgents run in an image made from a:1\n',
  )
  expect((await run(`task setup ${id} --retry`)).stderr).toContain('has not failed')
  expect((await run(`task setup ${id} --without`)).stdout).toStartWith('skipped\n')
  const plain = await run('task create hello --draft --from api --runs-in standard --json')
  expect(JSON.parse(plain.stdout)).not.toHaveProperty('setup')
  const { id: plainId } = JSON.parse(plain.stdout) as Task
  expect((await run(`task setup ${plainId}`)).stdout).toContain('Nothing has to be done')
  for (const wrong of ['dockerfile', 'dockerfile:../x', 'image:', 'image:A B', 'podman'])
    expect((await run(`task create hello --runs-in ${wrong.replace(' ', '_!')}`)).stderr).toContain(
      '--runs-in is standard',
    )
  expect((await run(`task create hello --from api --repo ${url}`)).stderr).toContain('not both')
  expect((await run('repo look api --forget')).code).toBe(0)
  expect((await run('repo show api')).stdout).toContain('Nothing is known of it yet.')
  expect((await run('repo webhook api')).stdout).toContain('there is no secret')
  const hooked = (await run('repo webhook api --make --label ready')).stdout
  expect(hooked).toMatch(
    /^Address {2}http:\S+\/api\/webhooks\/\S+\nSecret {3}\S{32} {2}\(not shown again\)\n/,
  )
  expect(hooked).toContain('Nothing has come yet.\nOpen issues with "ready" become tasks.')
  const secret = /Secret +(\S+)/.exec(hooked)?.[1] ?? ''
  for (const again of ['repo webhook api', 'repo show api --json', 'repo export api'])
    expect((await run(again)).stdout).not.toContain(secret)
  expect((await run('repo webhook api --off --make')).stderr).toContain('one of')
  expect((await run('repo webhook api --off')).stdout).toContain('there is no secret')
  expect((await run('repo remove api --yes')).stdout).toBe('Removed: api\n')
  expect((await run('repo show api')).stderr).toContain('There is no repository "api".')
})

test('variables, secrets and setup commands are kept, carried in a file without a secret, and what they left is listed and cleared', async () => {
  const value = 'very-secret-value-01'
  await run(`repo create tools ${url}`)
  expect((await run('repo env tools')).stdout).toBe('There are no variables.\n')
  expect((await run('repo env tools --set MODE=a=b --set PORT=1')).stdout).toBe(
    'MODE=a=b\nPORT=1\n',
  )
  const sealed = await run('repo env tools --secret KEY', { stdin: `${value}\n` })
  expect(sealed).toMatchObject({ code: 0, stdout: 'MODE=a=b\nPORT=1\nKEY  (a secret)\n' })
  await Bun.write(join(app.dir, 'key.txt'), `${value}-2`)
  expect((await run('repo env tools --secret OTHER --value key.txt --unset PORT')).stdout).toBe(
    'MODE=a=b\nKEY  (a secret)\nOTHER  (a secret)\n',
  )
  for (const [line, sentence] of [
    ['repo env tools --secret KEY=x', 'a name alone'],
    ['repo env tools --set KEY', 'NAME=VALUE'],
    ['repo env tools --unset NONE', 'no variable NONE'],
    ['repo env tools --value key.txt', 'give that, too'],
    ['repo env tools --set PATH=/', 'is taken'],
    ['repo setup tools setup.txt --clear', 'not both'],
  ] as const)
    expect((await run(line)).stderr).toContain(sentence)
  const commands = await run('repo setup tools - --with-secrets', {
    stdin: 'npm ci\n\n  make deps\n',
  })
  expect(commands.stdout).toBe('npm ci\nmake deps\nThey see the secrets.\n')
  expect((await run('repo setup tools --without-secrets')).stdout).toContain('do not see')

  const file = (await run('repo export tools')).stdout
  expect(file).toContain('make deps')
  expect(file).toContain('name: KEY')
  expect(file).not.toContain(value)
  const other = file.replace('name: tools', 'name: copy')
  const copied = await run('repo import -', { stdin: other })
  expect(copied.stderr).toContain('--secret KEY')
  expect(copied.stderr).toContain('--secret OTHER')
  expect((await run('repo env copy')).stdout).toBe('MODE=a=b\n')
  expect((await run('repo setup copy')).stdout).toContain('npm ci\nmake deps\n')
  // What is here already stays.
  expect(await run('repo import - --replace', { stdin: file })).toMatchObject({ stderr: '' })
  expect((await run('repo env tools')).stdout).toContain('KEY  (a secret)')
  const leaking = file.replace('is_secret: true', `is_secret: true\n    value: ${value}`)
  expect((await run('repo import - --replace', { stdin: leaking })).stderr).toContain('no secret')
  expect((await run('repo setup tools --clear')).stdout).toBe('There are no setup commands.\n')

  expect((await run('setup list')).stdout).toBe('There are no kept setups.\n')
  expect((await run('setup clear')).stdout).toBe('There is nothing to remove.\n')
  for (const key of ['aa01', 'bb02', 'cc03'])
    keepSetup(app.db, {
      ...{ key, image: `klaudio-setup-test:${key}`, baseImage: 'klaudio-agent:1' },
      ...{ repository: url, commands: ['npm ci'], bytes: 3 * 1024 ** 2, leftOut: [], from: null },
      ...{ createdAt: 1, usedAt: 2 },
    })
  expect((await run('setup list')).stdout).toMatch(/aa01 +3.0 MB .*npm ci/)
  expect((await run('setup clear zz --yes')).stderr).toContain('no kept setup "zz"')
  expect((await run('setup clear aa --yes')).stdout).toBe('Removed: 1 kept setup, 3.0 MB\n')
  expect((await run('setup clear')).stderr).toContain('--yes')
  expect((await run('setup clear --yes')).stdout).toBe('Removed: 2 kept setups, 6.0 MB\n')
})
