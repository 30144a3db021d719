/** Tasks that are to deliver to a served forge, played to their end. */
import * as v from 'valibot'
import { DeliverySettings } from '#contract/delivery.ts'
import type { CreateTask, Task } from '#contract/task.ts'
import type { FakeTurn } from './fake-agents.ts'
import { commitTo, type ForgeWorld, serveForge } from './forges/world.ts'
import { gitIn } from './git.ts'
import { createGitWorld, put } from './git-world.ts'
import { step, type World } from './test-tasks.ts'

/** Waits while real programs work; the limit only ends what hangs. */
export async function waitFor(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + 60_000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Plays the person until the task has ended. */
export async function play(world: World, id: string): Promise<Task> {
  await waitFor('a plan', () => ['planned', 'completed', 'failed'].includes(world.status(id)))
  if (world.status(id) === 'planned') world.tasks.approve(id, {})
  return await ended(world, id)
}

export async function ended(world: World, id: string): Promise<Task> {
  await waitFor('the end', () => ['completed', 'failed', 'cancelled'].includes(world.status(id)))
  await world.tasks.settled()
  return world.tasks.get(id)
}

export const everything = {
  auto_branch: true,
  auto_commit: true,
  auto_push: true,
  auto_pr: true,
}

/** The settings for a forge of which nothing but the address of its API is unusual. */
export function settingsFor(forge: ForgeWorld, more: object = {}): DeliverySettings {
  const api = forge.kind === 'bitbucket-server' ? `${forge.api}/api/latest` : forge.api
  return v.parse(DeliverySettings, {
    ...everything,
    forge: forge.kind,
    forge_url: api,
    ...more,
  })
}

type Work = (turn: FakeTurn, dir: string) => Promise<void>

/** A forge and a server whose agents do `work`; by default one writes two files. */
export async function createDeliveries({
  kind = 'gitea',
  work = async (_turn, dir) => {
    await put(dir, 'a.txt', 'by a\n')
    await put(dir, 'b.txt', 'by b\n')
  },
  ...options
}: { kind?: ForgeWorld['kind']; work?: Work } & Parameters<typeof createGitWorld>[2] = {}) {
  const forge = await serveForge(kind)
  const plan = { analysis: 'Two files are wanted.', subtasks: [step('a')] }
  const setup = await createGitWorld(plan, work, options)
  const { world } = setup
  return {
    forge,
    world,
    git: setup.git,
    bare: setup.bare,
    create: (settings: object = {}, more: Partial<CreateTask> = {}): Task =>
      world.create({
        name: 'Add two files',
        source: { kind: 'git', url: forge.url },
        access_token: forge.token,
        delivery: settingsFor(forge, settings),
        ...more,
      }),
    /** Git in the served repository. */
    served: (...args: string[]): Promise<string> => gitIn(forge.dir, ...args),
    commit: (branch: string, files: Record<string, string>): string =>
      commitTo(forge.dir, branch, files),
    async [Symbol.asyncDispose]() {
      await setup[Symbol.asyncDispose]()
      await forge[Symbol.asyncDispose]()
    },
  }
}
