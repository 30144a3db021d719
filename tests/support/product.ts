/** The product as a user has it: the compiled binary as its own process, reached over HTTP and its live socket. */
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '#contract/agent.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { Plan, Question } from '#contract/plan.ts'
import type { CreateTask, Task } from '#contract/task.ts'

/** What `npm run build` made, or another build of it. */
export const binary = process.env.KLAUDIO_BINARY ?? join(import.meta.dir, '../../dist/klaudio')

export type Product = Awaited<ReturnType<typeof startProduct>>

type Options = {
  args?: string[]
  env?: Record<string, string>
  /** Kept between two starts of one installation; a fresh temporary one otherwise. */
  dir?: string
}

/** Starts the binary in an otherwise empty directory and waits until it answers. */
export async function startProduct(options: Options = {}) {
  if (!existsSync(binary)) throw new Error('dist/klaudio is missing: run `npm run build` first')
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'klaudio-test-'))
  // A later start of the same installation goes on behind what the one before wrote.
  const log = openSync(join(dir, 'server.log'), 'a')
  const child = Bun.spawn([binary, ...(options.args ?? ['--port', '0'])], {
    cwd: dir,
    env: { PATH: process.env.PATH ?? '', HOME: dir, ...caBundle(), ...options.env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: log,
  })
  closeSync(log)
  const url = await readUrl(child.stdout)
  const client = createClient(url)
  return {
    dir,
    url,
    ...client,
    log: () => Bun.file(join(dir, 'server.log')).text(),
    /** Like pulling the plug. */
    async kill(): Promise<void> {
      child.kill('SIGKILL')
      await child.exited
    },
    async stop(): Promise<number> {
      child.kill('SIGTERM')
      return await child.exited
    },
    /** Deletes every task (their containers and volumes go with them), stops the server, removes its directory. */
    async [Symbol.asyncDispose](): Promise<void> {
      if (child.exitCode === null && child.signalCode === null) {
        const { tasks } = await client.get<{ tasks: Task[] }>('/api/tasks?limit=200')
        await Promise.all(tasks.map((task) => client.call('DELETE', `/api/tasks/${task.id}`)))
        child.kill('SIGTERM')
        await child.exited
      }
      if (!options.dir) rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** The machine's own certificate authorities, as a user's shell would have them. */
function caBundle(): Record<string, string> {
  const value = process.env.NODE_EXTRA_CA_CERTS ?? process.env.SSL_CERT_FILE
  return value ? { NODE_EXTRA_CA_CERTS: value } : {}
}

/** The first line that names an address. Rejects when the server ends without one. */
async function readUrl(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  const reader = stdout.getReader()
  while (true) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`the server ended before it named its address: ${text}`)
    text += decoder.decode(value, { stream: true })
    const found = /http:\/\/\S+/.exec(text)
    if (found) {
      // Keep reading, so that the server never blocks on a full pipe.
      void drain(reader)
      return found[0].replace(/\/$/, '')
    }
  }
}

async function drain(reader: { read(): Promise<{ done: boolean }> }): Promise<void> {
  while (!(await reader.read()).done);
}

function createClient(url: string) {
  const call = (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(url + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
  const json = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await call(method, path, body)
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    // The contract is checked by the API suite.
    return JSON.parse(text) as T
  }
  const get = <T>(path: string): Promise<T> => json('GET', path)
  return {
    call,
    get,
    post: <T>(path: string, body: unknown = {}): Promise<T> => json('POST', path, body),
    create: (task: Partial<CreateTask>): Promise<Task> => json('POST', '/api/tasks', task),
    task: (id: string): Promise<Task> => get(`/api/tasks/${id}`),
    plan: (id: string): Promise<Plan> => get(`/api/tasks/${id}/plan`),
    agents: (id: string): Promise<Agent[]> => get(`/api/tasks/${id}/agents`),
    questions: async (id: string): Promise<Question[]> =>
      (await get<{ questions: Question[] }>(`/api/tasks/${id}/questions`)).questions,
    events: async (id: string, after = 0): Promise<TaskEvent[]> =>
      (await get<{ events: TaskEvent[] }>(`/api/tasks/${id}/events?after=${after}&limit=1000`))
        .events,
    /** Resolves with the first event of the task that satisfies the condition, stored or to come. */
    until: (id: string, condition: (event: TaskEvent) => boolean) => untilEvent(url, id, condition),
  }
}

function untilEvent(
  url: string,
  id: string,
  condition: (event: TaskEvent) => boolean,
): Promise<TaskEvent> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/live`)
    let found = false
    socket.onopen = () => socket.send(JSON.stringify({ type: 'events', task: id, after: 0 }))
    socket.onmessage = (message) => {
      const frame: { type: string; event?: TaskEvent } = JSON.parse(String(message.data))
      if (frame.type !== 'event' || !frame.event || !condition(frame.event)) return
      found = true
      resolve(frame.event)
      socket.close()
    }
    socket.onclose = () => {
      if (!found) reject(new Error('the live socket closed before the awaited event'))
    }
  })
}

export const ended = (event: TaskEvent): boolean =>
  ['task.completed', 'task.failed', 'task.cancelled'].includes(event.type)
