/** The test's side of `stage.ts`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { CheckState, ForgeKind } from '#contract/delivery.ts'
import type { Pull } from '../support/forges/world.ts'

export type Hold = {
  /** Resolves when the agent waits for this answer. */
  reached(): Promise<void>
  open(): Promise<void>
}

export type Stage = {
  url: string
  /** Like pulling the plug. The port is the same after `restart`. */
  kill(): Promise<void>
  restart(): Promise<void>
  /** Makes an answer of the model wait; `step` counts the answers to the agent's prompt, from 0. */
  hold(wanted: { task: string; agent: string; round?: number; step?: number }): Promise<Hold>
  /** Starts one, with a repository that takes its token. */
  forge(kind: ForgeKind): Promise<StageForge>
  close(): Promise<void>
}

export type StageForge = {
  url: string
  token: string
  /** Something new about the last pull request: a check of its commit, a comment. */
  tell(said: {
    check?: { name: string; state: CheckState; about: string; log?: string }
    remark?: { author: string; body: string; path: string; line: number }
  }): Promise<void>
  pulls(): Promise<
    (Pick<Pull, 'number' | 'head' | 'base' | 'reviewers' | 'labels'> & { files: string[] })[]
  >
  /** At the head of the last pull request. */
  file(path: string): Promise<string>
}

const root = join(import.meta.dirname, '../..')

export async function startStage(): Promise<Stage> {
  const child = spawn(join(root, 'node_modules/.bin/bun'), ['tests/e2e/stage.ts'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const { control, url } = await readAddresses(child)
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${control}/${path}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`the stage refused ${path}`)
    return await response.json()
  }
  let holds = 0
  return {
    url,
    kill: async () => void (await ask('kill')),
    restart: async () => void (await ask('restart')),
    async hold(wanted) {
      holds += 1
      const id = String(holds)
      await ask(`hold/${id}`, wanted)
      return {
        reached: async () => void (await ask(`reached/${id}`)),
        open: async () => void (await ask(`open/${id}`)),
      }
    },
    async forge(kind) {
      const { url: at, token } = (await ask(`forge/${kind}`)) as { url: string; token: string }
      return {
        ...{ url: at, token },
        tell: async (said) => void (await ask(`tell/${kind}`, said)),
        pulls: async () => (await ask(`pulls/${kind}`)) as never,
        file: async (path) => String(await ask(`file/${kind}`, { path })),
      }
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end()
      await ended
    },
  }
}

function readAddresses(child: ChildProcess): Promise<{ control: string; url: string }> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('exit', (code) => reject(new Error(`the stage ended with ${code}: ${text}`)))
    child.stdout?.on('data', (chunk) => {
      text += chunk
      if (text.includes('\n')) {
        child.removeAllListeners('exit')
        resolve(JSON.parse(text.slice(0, text.indexOf('\n'))))
      }
    })
  })
}
