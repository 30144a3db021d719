/**
 * From a template to a reviewed pull request on every forge, by the compiled binary with real agents in containers: five deliveries at once,
 * one failing check that an agent turns green without a person, and the tokens found nowhere.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { type ForgeKind, forgeKinds } from '#contract/delivery.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import type { Task } from '#contract/task.ts'
import { type Story, say, write } from '#model/story.ts'
import { ensureAgentImage, requireEngine, testEngine } from '../support/docker.ts'
import { type ForgeWorld, serveForge } from '../support/forges/world.ts'
import { inTask, planned } from '../support/product-model.ts'
import { eventually, gitOut, startWorld, type World } from '../support/product-world.ts'

const name = 'deliver-everywhere'
const first = inTask(name, {
  planner: planned([{ id: 'greet' }]),
  subtasks: { greet: [write('greet.txt', 'helo\n'), say('Written.')] },
})
/** Asked again, it mends what the check names. */
const story: Story = (request) =>
  request.agent === 'greet' &&
  request.round === 2 &&
  request.prompt.includes('greet.txt: expected hello')
    ? [write('greet.txt', 'hello\n'), say('Mended.')]
    : first(request)

/** Every command line on this machine, again and again: a token in one of them is seen unless it is gone at once. */
function watchCommandLines(secrets: readonly string[]): { found: string[]; stop: () => void } {
  const found: string[] = []
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
        if (secrets.some((secret) => line.includes(secret))) found.push(line)
      } catch {
        // It ended meanwhile.
      }
  }, 100)
  return { found, stop: () => clearInterval(timer) }
}

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('delivery to every forge', () => {
  let world: World
  let forges: Map<ForgeKind, ForgeWorld>
  let tasks: Map<ForgeKind, Task>
  let lines: ReturnType<typeof watchCommandLines>
  const secrets = (): string[] => [...forges.values()].map(({ token }) => token)
  const of = <T>(all: Map<ForgeKind, T>, kind: ForgeKind): T => {
    const found = all.get(kind)
    if (!found) throw new Error(`there is no ${kind}`)
    return found
  }

  async function deliver(kind: ForgeKind, forge: ForgeWorld): Promise<Task> {
    const { id } = await world.product.post<RepoTemplate>('/api/repo-templates', {
      ...{ name: `app on ${kind}`, url: forge.url, access_token: forge.token },
      ...{ auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true },
      ...{ pr_reviewers: ['ann', 'bob'], forge: kind, auto_fix_checks: kind === 'github' },
      forge_url: kind === 'bitbucket-server' ? `${forge.api}/api/latest` : forge.api,
    })
    const made = await world.create(name, { repo_template_id: id })
    return await world.end(made.id)
  }

  beforeAll(async () => {
    forges = new Map()
    for (const kind of forgeKinds) forges.set(kind, await serveForge(kind))
    lines = watchCommandLines(secrets())
    world = await startWorld({ stories: [story] })
    const delivered = [...forges].map(
      async ([kind, forge]) => [kind, await deliver(kind, forge)] as const,
    )
    tasks = new Map(await Promise.all(delivered))
  }, 300_000)
  afterAll(async () => {
    lines?.stop()
    await world?.[Symbol.asyncDispose]()
    for (const forge of forges?.values() ?? []) await forge[Symbol.asyncDispose]()
  }, 60_000)

  test.each(forgeKinds.map((kind) => [kind] as const))(
    'on %s there is a pull request with its reviewers, from a branch with the work',
    (kind) => {
      const task = of(tasks, kind)
      const forge = of(forges, kind)
      expect(task.error).toBeUndefined()
      expect(task).toMatchObject({ status: 'completed', delivery: { state: 'delivered' } })
      expect(forge.pulls).toHaveLength(1)
      expect(forge.pull(1)).toMatchObject({ head: task.branch, base: 'main', state: 'open' })
      expect(forge.pull(1).reviewers.toSorted()).toEqual(['ann', 'bob'])
      expect(gitOut(forge.dir, 'show', `${task.branch}:greet.txt`)).toBe('helo\n')
    },
  )

  test('a failing check leads to a green one without a person, by the agent whose file it names', async () => {
    const forge = of(forges, 'github')
    const { id, branch, delivery } = of(tasks, 'github')
    const url = 'https://ci.example.com/1'
    const check = { name: 'spelling', url, about: 'greet.txt: expected hello' }
    forge.checks.push({ commit: delivery?.commit ?? '', state: 'failed', ...check })
    // The server looks by itself; no request of ours asks it to.
    await world.product.until(id, ({ type }) => type === 'follow-up.ended')
    await eventually(async () => (await world.product.task(id)).status === 'completed')
    expect(gitOut(forge.dir, 'show', `${branch}:greet.txt`)).toBe('hello\n')
    expect(forge.pulls).toHaveLength(1)
    const commit = forge.tip(branch) ?? ''
    forge.checks.push({ commit, state: 'passed', ...check, about: 'fine' })
    // One look may have been under way, and have seen the checks before this one.
    await eventually(async () => {
      const { delivery: now } = await world.product.post<Task>(`/api/tasks/${id}/pull-request/look`)
      return now?.pull_request?.checks?.[0]?.state === 'passed'
    })
    const task = await world.product.task(id)
    expect(task.follow_ups).toMatchObject([
      { state: 'done', subtask_id: 'greet', by_person: false, answer: commit },
    ])
    const workers = (await world.product.agents(id)).filter(({ kind }) => kind === 'worker')
    expect(workers).toHaveLength(1)
    expect(world.model.problems()).toEqual([])
  }, 180_000)

  test('the tokens are in no file, database, log, volume, container, image or command line', async () => {
    const inFiles = Bun.spawnSync(
      ['grep', '-rlaF', ...secrets().flatMap((secret) => ['-e', secret]), world.dir],
      { stdout: 'pipe' },
    )
    expect(inFiles.stdout.toString()).toBe('')
    expect(lines.found).toEqual([])
    const image = await ensureAgentImage()
    const engine = testEngine()
    // Of the task that is followed: its agent may be wanted again.
    const kept = await world.volumes({ 'klaudio.task': of(tasks, 'github').id })
    expect(kept.length).toBeGreaterThan(0)
    for (const volume of kept) {
      const id = await engine.createContainer({
        ...{ name: `klaudio-test-${crypto.randomUUID()}`, image, cmd: ['true'] },
        labels: { 'klaudio.test': 'forges' },
        volumes: [{ name: volume.name, path: '/kept', readOnly: true }],
        ...{ readOnlyRoot: true, network: 'none', memoryBytes: 64 * 1024 * 1024 },
        ...{ cpus: 1, pids: 64, openStdin: false },
      })
      try {
        const pieces: Uint8Array[] = []
        for await (const piece of await engine.getArchive(id, '/kept')) pieces.push(piece.slice())
        const content = Buffer.concat(pieces)
        expect(content.length).toBeGreaterThan(0)
        expect(secrets().filter((secret) => content.includes(secret))).toEqual([])
      } finally {
        await engine.removeContainer(id)
      }
    }
    const docker = (...args: string[]): string =>
      Bun.spawnSync(['docker', ...args], { stdout: 'pipe' }).stdout.toString()
    const containers = (await world.containers()).map(({ id }) => id)
    const told = [
      docker('image', 'inspect', image),
      docker('image', 'history', '--no-trunc', image),
      containers.length > 0 ? docker('inspect', ...containers) : '',
      JSON.stringify(await world.product.get('/api/tasks?limit=100')),
      JSON.stringify(await world.product.events(of(tasks, 'github').id)),
    ].join('\n')
    expect(told).toContain(image)
    expect(secrets().filter((secret) => told.includes(secret))).toEqual([])
    // What is looked for would be found.
    expect(
      of(forges, 'github').requests.some(({ authorization }) =>
        authorization?.includes(of(forges, 'github').token),
      ),
    ).toBe(true)
  }, 60_000)
})
