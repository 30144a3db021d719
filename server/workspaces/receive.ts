/**
 * Taking in what an agent made. Its bundle is data from a stranger: the head is read by us, the pack is unpacked into a
 * quarantine with every object checked, and only then does it join the repository.
 */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { parseBundle } from '#git/bundle.ts'
import { GitError } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { agentRef, checkCommit, quarantinePrefix, type Repository } from './repository.ts'

/** Takes the bundle into the agent's ref and returns the commit. Throws `git.failed` and changes nothing for a bad one. */
export async function receiveBundle(
  repository: Repository,
  {
    agentId,
    baseCommit,
    bundle,
    maxBytes,
  }: { agentId: string; baseCommit: string; bundle: Uint8Array; maxBytes: number },
): Promise<string> {
  const ref = agentRef(agentId)
  if (bundle.length === 0) {
    await requireCommits(repository, [checkCommit(baseCommit)])
    await repository.updateRefs([{ ref, to: baseCommit }])
    return baseCommit
  }
  if (bundle.length > maxBytes)
    throw refused(`it is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB`)
  const parsed = parseBundle(bundle)
  if (!parsed.ok) throw refused(parsed.reason)
  const { head } = parsed
  const tip = head.refs[0]
  if (!tip || head.refs.length > 1) throw refused('it must hold exactly one ref')
  if (!isWorkRef(tip.name)) throw refused(`it holds an unexpected ref, ${tip.name.slice(0, 100)}`)
  await requireCommits(repository, head.prerequisites)
  await unpack(repository, bundle.subarray(head.packOffset), tip.commit)
  await repository.updateRefs([{ ref, to: tip.commit }])
  return tip.commit
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

async function unpack(repository: Repository, pack: Uint8Array, tip: string): Promise<void> {
  const quarantine = join(repository.dir, `${quarantinePrefix}${newId().slice(0, 8)}`)
  const env = { GIT_OBJECT_DIRECTORY: quarantine }
  try {
    await mkdir(join(quarantine, 'info'), { recursive: true, mode: 0o700 })
    await mkdir(join(quarantine, 'pack'))
    await writeFile(join(quarantine, 'info', 'alternates'), '../objects\n')
    // --strict checks every object and every link between them, as a careful server does for a push.
    await repository.git(['index-pack', '--stdin', '--fix-thin', '--strict'], { env, input: pack })
    await repository.git(['rev-list', '--objects', '--quiet', tip, '--not', '--all', '--'], { env })
    const type = await repository.line(['cat-file', '-t', tip], { env })
    if (type !== 'commit') throw refused(`its ref is a ${type}, not a commit`)
    await release(join(quarantine, 'pack'), join(repository.dir, 'objects', 'pack'))
  } catch (error) {
    throw error instanceof GitError ? refused(reasonOf(error), error) : error
  } finally {
    await rm(quarantine, { recursive: true, force: true })
  }
}

/** An index makes its pack visible, so it goes last. */
async function release(from: string, to: string): Promise<void> {
  const names = await readdir(from)
  names.sort((a, b) => Number(a.endsWith('.idx')) - Number(b.endsWith('.idx')))
  for (const name of names) await rename(join(from, name), join(to, name))
}

function reasonOf({ stderr }: GitError): string {
  const finding = /error: object [0-9a-f]+: (\w+): (.*)/.exec(stderr)
  return finding ? `${finding[2]} (${finding[1]})` : 'its objects are damaged or incomplete'
}

const refused = (reason: string, cause?: unknown): AppError =>
  new AppError('git.failed', `The agent's work was not taken in: ${reason}.`, { cause })
