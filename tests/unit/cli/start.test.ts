/** What a command has to load before it can begin: it is paid at every keystroke of a completion. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const server = join(import.meta.dir, '../../../server')
const staticImport = /^(?:import|export)\s(?!type\b)[^'"]*?from\s*'([^']+)'/gm

/** Every file of ours that is loaded with `file`, as a path below `server/`. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const source = readFileSync(join(server, file), 'utf8')
  for (const [, specifier = ''] of source.matchAll(staticImport)) {
    if (specifier.startsWith('#')) loadedWith(specifier.slice(1), seen)
    else if (specifier.startsWith('./')) loadedWith(join(dirname(file), specifier), seen)
  }
  return seen
}

test.each(['main.ts', 'cli/client/run.ts', 'cli/client/complete-words.ts'])(
  '%s loads neither a database nor anything else of the server',
  (file) => {
    const loaded = [...loadedWith(file)]
    expect(loaded.length).toBeGreaterThan(5)
    const folders = new Set(loaded.map((path) => path.split('/')[0]))
    folders.delete('main.ts')
    expect(
      [...folders].filter((folder) => !['cli', 'contract', 'lib'].includes(folder ?? '')),
    ).toEqual([])
  },
)
