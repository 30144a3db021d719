/** The built pages over made-up data, in a process of its own: `tests/ui/mock-server.ts`. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

export type MockSite = { url: string; close(): void }

const root = join(import.meta.dirname, '../..')

/** `env`: how much there is, as the mock server reads it (`BUSY`, `TASKS`, `EVENTS`). */
export async function startMockSite(env: Record<string, string> = {}): Promise<MockSite> {
  const child = spawn(join(root, 'node_modules/.bin/bun'), ['tests/ui/mock-server.ts'], {
    cwd: root,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    const [, url] = /mock at (\S+?)\/?\n/.exec(said) ?? []
    if (url) return { url, close: () => void child.kill() }
  }
  throw new Error(`The mock server did not start: ${said}`)
}
