import { type Call, isSet, wordOf } from './call.ts'
import { findTask } from './find.ts'

export async function openTask(call: Call): Promise<number> {
  const { api, terminal } = call
  const task = await findTask(api, wordOf(call, 0))
  const url = `${api.url}/tasks/${task.id}`
  await terminal.write(`${url}\n`)
  if (isSet(call, 'print')) return 0
  if (!openBrowser(url))
    terminal.note('No browser could be started here; open the address yourself.')
  return 0
}

const openers: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** The browser outlives the command. The address is one argument, never part of a shell's line. */
function openBrowser(url: string): boolean {
  const [program = '', ...rest] = openers[process.platform] ?? ['xdg-open']
  const path = Bun.which(program)
  if (!path) return false
  Bun.spawn([path, ...rest, url], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
    detached: true,
  }).unref()
  return true
}
