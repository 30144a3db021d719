import { constants, type Dirent } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Repository } from './repository.ts'
import { invalid } from './source.ts'

/**
 * Makes the first commit from a directory, regular files only: links are not followed and special files not opened.
 * Throws `source.invalid` when there is no file.
 */
export async function importFiles(
  repository: Repository,
  dir: string,
  { signal }: { signal?: AbortSignal },
): Promise<string> {
  const paths = await listFiles(dir, '')
  if (paths.length === 0)
    throw invalid('This task starts from uploaded files: upload at least one.')
  await repository.git(['fast-import', '--quiet', '--done', '--date-format=now'], {
    input: fastImport(dir, paths),
    timeoutMs: 10 * 60_000,
    ...(signal ? { signal } : {}),
  })
  return repository.line(['rev-parse', '--verify', '-q', `${importRef}^{commit}`])
}

const importRef = 'refs/klaudio/imported'

async function listFiles(dir: string, prefix: string): Promise<string[]> {
  const entries = await readdir(join(dir, prefix), { withFileTypes: true }).catch(onMissing)
  const paths: string[] = []
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name
    if (/^\.git$/i.test(entry.name) || (!prefix && entry.name === '.klaudio')) continue
    if (entry.isDirectory()) paths.push(...(await listFiles(dir, path)))
    else if (entry.isFile()) paths.push(path)
  }
  return paths
}

function onMissing(error: NodeJS.ErrnoException): Dirent[] {
  if (error.code === 'ENOENT') return []
  throw error
}

/** git-fast-import(1): one commit, every file inline. */
async function* fastImport(dir: string, paths: string[]): AsyncIterable<Uint8Array> {
  const text = (line: string): Uint8Array => new TextEncoder().encode(line)
  const message = 'Start from uploaded files'
  yield text(`commit ${importRef}\ncommitter Klaudio <klaudio@klaudio.local> now\n`)
  yield text(`data ${message.length}\n${message}\n`)
  for (const path of paths) {
    const file = await open(join(dir, path), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const content = await file.readFile()
      yield text(`M 100644 inline ${quotePath(path)}\ndata ${content.length}\n`)
      yield content
      yield text('\n')
    } finally {
      await file.close()
    }
  }
  yield text('done\n')
}

const quotePath = (path: string): string =>
  `"${path.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`
