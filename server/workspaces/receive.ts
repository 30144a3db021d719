/**
 * Taking in what an agent made. Its bundle is data from a stranger: the head is read by us, the pack is unpacked into a
 * quarantine with every object checked, and only then does it join the repository.
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { parseBundle } from '#git/bundle.ts'
import { GitError } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { agentRef, checkCommit, quarantinePrefix, type Repository } from './repository.ts'

type Received = { agentId: string; baseCommit: string; bundle: Uint8Array; maxBytes: number }

/** Takes the bundle into the agent's ref and returns the commit. Throws `git.failed` and changes nothing for a bad one. */
export async function receiveBundle(
  repository: Repository,
  { agentId, baseCommit, bundle, maxBytes }: Received,
): Promise<string> {
  const ref = agentRef(agentId)
  if (bundle.length === 0) {
    await requireCommits(repository, [checkCommit(baseCommit)])
    await repository.updateRefs([{ ref, to: baseCommit }])
    return baseCommit
  }
  const { tip, pack } = await checkHead(repository, { bundle, maxBytes })
  await unpack(repository, { pack, tip, dir: quarantineOf(repository) }, async (dir) => {
    await release(join(dir, 'pack'), join(repository.dir, 'objects', 'pack'))
    await rm(dir, { recursive: true, force: true })
  })
  await repository.updateRefs([{ ref, to: tip }])
  return tip
}

/**
 * Unpacks a bundle to look at and keep apart: the same checks, but its objects stay in `dir` (absolute, new) and no ref
 * names them. Returns the commit. Throws `git.failed` for a bad one, and leaves no `dir`.
 */
export async function receiveApart(
  repository: Repository,
  { baseCommit, bundle, maxBytes, dir }: Omit<Received, 'agentId'> & { dir: string },
): Promise<string> {
  const { tip, pack, prerequisites } = await checkHead(repository, { bundle, maxBytes })
  if (prerequisites.some((commit) => commit !== baseCommit))
    throw refused('it builds on another commit than it was asked about')
  await unpack(repository, { pack, tip, dir }, async () => {})
  return tip
}

/**
 * Lets in what an agent's save wrote, and returns the bytes it takes. Every object has the name of its content and nothing
 * is missing; names of files may be such as no project would have, since nothing here ever checks them out.
 */
export async function receiveSave(
  repository: Repository,
  save: Pick<Unpacking, 'pack' | 'tip' | 'timeoutMs'>,
): Promise<number> {
  let sizeBytes = 0
  await unpack(repository, { ...save, dir: quarantineOf(repository), check: [] }, async (dir) => {
    sizeBytes = await release(join(dir, 'pack'), join(repository.dir, 'objects', 'pack'))
    await rm(dir, { recursive: true, force: true })
  })
  return sizeBytes
}

async function checkHead(
  repository: Repository,
  { bundle, maxBytes }: Pick<Received, 'bundle' | 'maxBytes'>,
): Promise<{ tip: string; pack: Uint8Array; prerequisites: string[] }> {
  if (bundle.length > maxBytes)
    throw refused(`it is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB`)
  const parsed = parseBundle(bundle)
  if (!parsed.ok) throw refused(parsed.reason)
  const { head } = parsed
  const tip = head.refs[0]
  if (!tip || head.refs.length > 1) throw refused('it must hold exactly one ref')
  if (!isWorkRef(tip.name)) throw refused(`it holds an unexpected ref, ${tip.name.slice(0, 100)}`)
  await requireCommits(repository, head.prerequisites)
  const pack = bundle.subarray(head.packOffset)
  return { tip: tip.commit, pack, prerequisites: head.prerequisites }
}

const isWorkRef = (name: string): boolean =>
  name === 'HEAD' || name === 'refs/klaudio/work' || name.startsWith('refs/heads/')

async function requireCommits(repository: Repository, commits: string[]): Promise<void> {
  if (commits.length === 0) return
  const answer = await repository.line(['cat-file', '--batch-check=%(objecttype)'], {
    input: new TextEncoder().encode(commits.map((commit) => `${commit}\n`).join('')),
  })
  if (answer.split('\n').some((type) => type !== 'commit'))
    throw refused('it builds on commits that the task does not have')
}

const quarantineOf = (repository: Repository): string =>
  join(repository.dir, `${quarantinePrefix}${newId().slice(0, 8)}`)

type Unpacking = {
  pack: Uint8Array | AsyncIterable<Uint8Array>
  tip: string
  dir: string
  timeoutMs?: number
  check?: readonly string[]
}

/** `dir` is one level below the repository. It is gone when anything fails; else what becomes of it is `done`'s. */
async function unpack(
  repository: Repository,
  { pack, tip, dir, timeoutMs, check = ['--strict'] }: Unpacking,
  done: (dir: string) => Promise<void>,
): Promise<void> {
  const env = { GIT_OBJECT_DIRECTORY: dir }
  const limits = { env, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  try {
    await mkdir(join(dir, 'info'), { recursive: true, mode: 0o700 })
    await mkdir(join(dir, 'pack'))
    await writeFile(join(dir, 'info', 'alternates'), '../objects\n')
    // --strict checks every object and every link between them, as a careful server does for a push.
    const index = ['index-pack', '--stdin', '--fix-thin', ...check]
    await repository.git(index, { ...limits, input: pack })
    const walk = ['rev-list', '--objects', '--quiet', tip, '--not', '--all', '--']
    await repository.git(walk, limits)
    const type = await repository.line(['cat-file', '-t', tip], { env })
    if (type !== 'commit') throw refused(`its ref is a ${type}, not a commit`)
    await done(dir)
  } catch (error) {
    await rm(dir, { recursive: true, force: true })
    throw error instanceof GitError ? refused(reasonOf(error), error) : error
  }
}

/** Moves packs, and returns their bytes. An index makes its pack visible, so it goes last. */
export async function release(from: string, to: string): Promise<number> {
  const names = await readdir(from)
  names.sort((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')))
  let sizeBytes = 0
  for (const name of names) {
    sizeBytes += (await stat(join(from, name))).size
    await rename(join(from, name), join(to, name))
  }
  return sizeBytes
}

function reasonOf({ stderr }: GitError): string {
  const finding = /error: object [0-9a-f]+: (\w+): (.*)/.exec(stderr)
  return finding ? `${finding[2]} (${finding[1]})` : 'its objects are damaged or incomplete'
}

const refused = (reason: string, cause?: unknown): AppError =>
  new AppError('git.failed', `The agent's work was not taken in: ${reason}.`, { cause })
