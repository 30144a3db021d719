/** The test's side of `stage.ts`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'

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
  close(): Promise<void>
}

const root = join(import.meta.dirname, '../..')

export async function startStage(): Promise<Stage> {
  const child = spawn(join(root, 'node_modules/.bin/bun'), ['tests/e2e/stage.ts'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const { control, url } = await readAddresses(child)
  const ask = async (path: string, body?: unknown): Promise<void> => {
    const response = await fetch(`${control}/${path}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`the stage refused ${path}`)
  }
  let holds = 0
  return {
    url,
    kill: () => ask('kill'),
    restart: () => ask('restart'),
    async hold(wanted) {
      holds += 1
      const id = String(holds)
      await ask(`hold/${id}`, wanted)
      return { reached: () => ask(`reached/${id}`), open: () => ask(`open/${id}`) }
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
