/** One installation under test: the binary with a scripted model, killed and started again as often as wanted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '#contract/agent.ts'
import type { EventType, TaskEvent } from '#contract/event.ts'
import type { CreateTask, Task } from '#contract/task.ts'
import type { Story } from '#model/story.ts'
import { testEngine } from './docker.ts'
import { ended, type Product, startProduct } from './product.ts'
import { startModel } from './product-model.ts'

export type World = Awaited<ReturnType<typeof startWorld>>

export async function startWorld(options: {
  stories: Story[]
  env?: Record<string, string>
  /** The same at every start; any free one otherwise. */
  port?: number
  /** Called before the first start; what it returns is called once nothing runs any more. */
  prepare?: (dataDir: string) => () => void
}) {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-test-'))
  const cleanUp = options.prepare?.(join(dir, 'data'))
  const model = await startModel(options.stories)
  const start = (): Promise<Product> =>
    startProduct({
      dir,
      args: ['--port', String(options.port ?? 0)],
      env: {
        KLAUDIO_AUTH_MODE: 'env',
        CLAUDE_SESSION_KEY: 'sk-ant-api-test',
        ANTHROPIC_BASE_URL: model.url,
        // Only what belongs to tasks is on the engine, so that tests can count it.
        KLAUDIO_STANDBY_CONTAINERS: '0',
        ...options.env,
      },
    })
  let product = await start()
  const instance = await readInstance(product.url)

  return {
    dir,
    model,
    instance,
    get product(): Product {
      return product
    },
    /** A new start on the same directory, after `product.kill()` or `product.stop()`. */
    async restart(): Promise<void> {
      product = await start()
    },
    create: (name: string, more: Partial<CreateTask> = {}): Promise<Task> =>
      product.create({
        name,
        prompt: `This is the task ${name}. Do it.`,
        auto_start: true,
        auto_approve: true,
        ...more,
      }),
    /** The first event of the type, stored or to come. Rejects when the task fails first. */
    async reach(task: string, type: EventType, subtask?: string): Promise<TaskEvent> {
      const event = await product.until(
        task,
        (one) =>
          (one.type === type && (subtask === undefined || one.subtask_id === subtask)) ||
          one.type === 'task.failed',
      )
      if (event.type !== type) throw new Error(`the task failed: ${event.data.error}`)
      return event
    },
    /** Waits for the end of the task's present run, however it ends. */
    async end(task: string, after = 0): Promise<Task> {
      await product.until(task, (event) => event.seq > after && ended(event))
      return await product.task(task)
    },
    /** Resolves when the task has ended and nothing of it is left on the engine. */
    async rest(task: string): Promise<Task> {
      const done = await this.end(task)
      const agents = new Set((await product.agents(task)).map(({ id }) => id))
      await eventually(async () => {
        const left = [...(await this.containers()), ...(await this.volumes())]
        return !left.some(
          ({ labels }) =>
            labels['klaudio.task'] === task || agents.has(labels['klaudio.agent'] ?? ''),
        )
      })
      return done
    },
    async agentOf(task: string, subtask: string): Promise<Agent> {
      const agent = (await product.agents(task)).findLast((one) => one.subtask_id === subtask)
      if (!agent) throw new Error(`nobody works on ${subtask}`)
      return agent
    },
    bareOf: (task: string): string => join(dir, 'data/repos', `${task}.git`),
    containers: (labels: Record<string, string> = {}) =>
      testEngine().listContainers({ 'klaudio.instance': instance, ...labels }),
    volumes: (labels: Record<string, string> = {}) =>
      testEngine().listVolumes({ 'klaudio.instance': instance, ...labels }),
    async [Symbol.asyncDispose](): Promise<void> {
      // What a test holds must not keep the agents from ending.
      await model[Symbol.asyncDispose]()
      await product[Symbol.asyncDispose]()
      await removeInstance(instance)
      cleanUp?.()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Asks again until it is so; the test's own time limit ends it otherwise. */
export async function eventually(check: () => Promise<boolean>): Promise<void> {
  while (!(await check())) await Bun.sleep(50)
}

/** For a server that was killed, or a test that failed half way. */
async function removeInstance(instance: string): Promise<void> {
  const engine = testEngine()
  const labels = { 'klaudio.instance': instance }
  for (const { id } of await engine.listContainers(labels)) await engine.removeContainer(id)
  for (const { name } of await engine.listVolumes(labels)) await engine.removeVolume(name)
}

function readInstance(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/live`)
    socket.onmessage = (message) => {
      const frame: { type: string; instance: string } = JSON.parse(String(message.data))
      if (frame.type === 'hello') resolve(frame.instance)
      socket.close()
    }
    socket.onclose = () => reject(new Error('the live socket closed before it said hello'))
  })
}

/** Runs git in a repository and returns what it printed. */
export function gitOut(repository: string, ...args: string[]): string {
  const result = Bun.spawnSync(['git', ...args], { cwd: repository, stderr: 'pipe' })
  if (result.exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr.toString()}`)
  return result.stdout.toString()
}

/** Paths of a branch's tree. */
export const pathsOf = (repository: string, branch: string): string[] =>
  gitOut(repository, 'ls-tree', '-r', '--name-only', branch).split('\n').filter(Boolean)
