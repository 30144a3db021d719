import { existsSync, mkdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createGit, type Git } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { silentLog } from '#lib/log.ts'
import { createWorkspaces } from '#workspaces/create-workspaces.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { copyingEmpty } from './empty-repository.ts'

const repositoryRoot = join(import.meta.dir, '..', '..')

export type TempDir = { path: string; [Symbol.asyncDispose](): Promise<void> }

export async function openTempDir(): Promise<TempDir> {
  const path = await mkdtemp(join(tmpdir(), 'klaudio-git-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A person's or an agent's own git: no settings of the machine that runs the test. */
const testGitEnv: Record<string, string> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.test',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.test',
}

/** Runs a program in `cwd`; throws with its error output when it fails. */
export async function runIn(
  cwd: string,
  command: string[],
  options: { env?: Record<string, string>; input?: Uint8Array } = {},
): Promise<{ code: number; stdout: Uint8Array; stderr: string }> {
  const child = Bun.spawn(command, {
    cwd,
    env: { ...testGitEnv, ...options.env },
    stdin: options.input ?? 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, code] = await Promise.all([
    child.stdout.bytes(),
    child.stderr.text(),
    child.exited,
  ])
  return { code, stdout, stderr }
}

/** Output of `git ...` in `cwd`, as text. */
export async function gitIn(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runIn(cwd, ['git', ...args])
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`)
  return new TextDecoder().decode(stdout).trimEnd()
}

/** A repository with one commit of the given files on `main`. */
export async function makeRepository(dir: string, files: Record<string, string>): Promise<string> {
  mkdirSync(dir, { recursive: true })
  await gitIn(dir, 'init', '-q', '--template=', '-b', 'main')
  return commitAll(dir, files, 'first')
}

/** Writes the files and commits everything. Returns the commit. */
export async function commitAll(
  dir: string,
  files: Record<string, string | Uint8Array>,
  message: string,
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), content)
  }
  await gitIn(dir, 'add', '-A', '-f')
  await gitIn(dir, 'commit', '-q', '--allow-empty', '-m', message)
  return await headIn(dir)
}

/** What was committed just now: no git is started where its branch is a file. */
async function headIn(dir: string): Promise<string> {
  const head = join(dir, '.git', 'HEAD')
  const [, ref = ''] = existsSync(head)
    ? (/^ref: (.+)/.exec(await readFile(head, 'utf8')) ?? [])
    : []
  const file = join(dir, '.git', ref)
  return ref !== '' && existsSync(file)
    ? (await readFile(file, 'utf8')).trim()
    : await gitIn(dir, 'rev-parse', 'HEAD')
}

/** An agent's clone, seeded from a bundle as in its container. */
export async function seedClone(
  dir: string,
  { bundle, commit, branch }: { bundle: Uint8Array; commit: string; branch: string },
): Promise<{ code: number; stderr: string }> {
  mkdirSync(dir, { recursive: true })
  const file = `${dir}.bundle`
  await writeFile(file, bundle)
  const script = join(repositoryRoot, 'agent-image', 'seed')
  return runIn(dir, ['sh', script, file, commit, branch], { env: { KLAUDIO_WORKSPACE: dir } })
}

/** What an agent hands back, made by the script of the agent image. */
export function collectFrom(
  dir: string,
  { message, base }: { message: string; base: string },
): Promise<{ code: number; stdout: Uint8Array; stderr: string }> {
  const script = join(repositoryRoot, 'agent-image', 'collect')
  return runIn(dir, ['sh', script, message, base], { env: { KLAUDIO_WORKSPACE: dir } })
}

/** What was merged meanwhile, by the script that runs in an agent's container. */
export function bringInto(
  dir: string,
  { commit, bundle }: { commit: string; bundle: Uint8Array },
): Promise<{ code: number; stdout: Uint8Array; stderr: string }> {
  const script = join(repositoryRoot, 'server', 'agents', 'tree', 'bring-in.sh')
  const env = { KLAUDIO_WORKSPACE: dir, KLAUDIO_STATE: dirname(dir) }
  return runIn(dir, ['sh', script, commit], { env, input: bundle })
}

/** What an agent has made so far, by the script of the agent image; `state` stands for its state volume. */
export function lookAt(
  dir: string,
  {
    base,
    state,
    mostOfOne = 4096,
    most = 65536,
  }: { base: string; state: string; mostOfOne?: number; most?: number },
): Promise<{ code: number; stdout: Uint8Array; stderr: string }> {
  const script = join(repositoryRoot, 'agent-image', 'look')
  return runIn(dir, ['sh', script, base, String(mostOfOne), String(most)], {
    env: { KLAUDIO_WORKSPACE: dir, KLAUDIO_STATE: state },
  })
}

export type TestWorkspaces = {
  workspaces: Workspaces
  git: Git
  /** Root of everything; `<root>/repos/<task>.git` are the repositories. */
  root: string
  /** A fresh task on the given source, with its base commit. */
  task(source?: Parameters<Workspaces['prepare']>[0]['source']): Promise<TestTask>
  /** The same task, seen by this server. */
  existing(task: Pick<TestTask, 'id' | 'branch' | 'base'>): TestTask
  [Symbol.asyncDispose](): Promise<void>
}

export type TestTask = {
  id: string
  branch: string
  base: string
  /** Absolute path of its bare repository. */
  dir: string
  /** A clone at the head of the task branch, or at `commit`. */
  clone(name: string, commit?: string): Promise<{ dir: string; base: string }>
  /** Collects, receives and integrates what is in a clone. */
  deliver(
    clone: { dir: string; base: string },
    agentId: string,
  ): ReturnType<Workspaces['integrate']>
  /** Text of a file at the head of the task branch. */
  read(path: string): Promise<string>
  paths(): Promise<string[]>
}

export async function openWorkspaces({
  root: givenRoot,
  ...options
}: {
  uploadsDirOf?: (taskId: string) => string
  maxBundleBytes?: number
  /** Of another one, to be a server that was started again. */
  root?: string
} = {}): Promise<TestWorkspaces> {
  const temp = givenRoot === undefined ? await openTempDir() : undefined
  const root = givenRoot ?? temp?.path ?? ''
  const git = createGit({ environment: process.env })
  const workspaces = createWorkspaces({
    git,
    dir: join(root, 'repos'),
    mirrorsDir: join(root, 'mirrors'),
    log: silentLog,
    ...options,
  })
  return {
    workspaces,
    git,
    root,
    async task(source = { kind: 'empty' }) {
      const id = newId()
      const branch = `klaudio/${id.slice(0, 8)}`
      const { prepare } = copyingEmpty(workspaces, join(root, 'repos'))
      const { baseCommit } = await prepare({ taskId: id, source, branch })
      return testTask({ workspaces, root, id, branch, base: baseCommit })
    },
    existing: (task) => testTask({ workspaces, root, ...task }),
    [Symbol.asyncDispose]: async () => temp?.[Symbol.asyncDispose](),
  }
}

export function testTask({
  workspaces,
  root,
  id,
  branch,
  base,
}: {
  workspaces: Workspaces
  root: string
  id: string
  branch: string
  base: string
}): TestTask {
  return {
    id,
    branch,
    base,
    dir: join(root, 'repos', `${id}.git`),
    async clone(name, commit) {
      const start = commit ?? (await workspaces.head(id, branch))
      const dir = join(root, 'clones', name)
      const agentBranch = `klaudio/${name}`
      const bundle = await workspaces.bundle(id, { commit: start, branch: agentBranch })
      const { code, stderr } = await seedClone(dir, { bundle, commit: start, branch: agentBranch })
      if (code !== 0) throw new Error(`seed: ${stderr}`)
      return { dir, base: start }
    },
    async deliver(clone, agentId) {
      const message = `Work of ${agentId}`
      const { code, stdout, stderr } = await collectFrom(clone.dir, { message, base: clone.base })
      if (code !== 0) throw new Error(`collect ended with ${code}: ${stderr}`)
      const input = { taskId: id, agentId, baseCommit: clone.base, bundle: stdout }
      const { commit } = await workspaces.receive(input)
      return workspaces.integrate({ taskId: id, branch, agentId, commit, message })
    },
    async read(path) {
      const head = await workspaces.head(id, branch)
      return new TextDecoder().decode(await workspaces.read(id, head, path, 1024 * 1024))
    },
    async paths() {
      const entries = await workspaces.list(id, await workspaces.head(id, branch))
      return entries.map((entry) => entry.path)
    },
  }
}
