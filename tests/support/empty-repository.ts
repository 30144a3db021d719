/** Repositories of tasks that start from nothing: all alike but for the name of their branch, so one is made and then copied. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createGit } from '#git/process.ts'
import { silentLog } from '#lib/log.ts'
import { createWorkspaces } from '#workspaces/create-workspaces.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'

const anyBranch = 'klaudio/any'

let made: Promise<{ path: string; baseCommit: string }> | undefined

/** `to` is where the repository of the task belongs. */
export async function copyEmpty(branch: string, to: string): Promise<{ baseCommit: string }> {
  made ??= makeEmpty()
  const { path, baseCommit } = await made
  cpSync(path, to, { recursive: true })
  if (branch !== anyBranch) renameBranch(to, branch)
  return { baseCommit }
}

/** The same workspaces with copies for repositories that start from nothing; how those are made is tested where they are prepared. */
export const copyingEmpty = (workspaces: Workspaces, reposDir: string): Workspaces => ({
  ...workspaces,
  async prepare(input) {
    const path = join(reposDir, `${input.taskId}.git`)
    if (input.source.kind !== 'empty' || existsSync(path)) return await workspaces.prepare(input)
    return { ...(await copyEmpty(input.branch, path)), defaultBranch: 'main' }
  },
})

function renameBranch(repository: string, branch: string): void {
  const ref = join(repository, 'refs/heads', branch)
  mkdirSync(dirname(ref), { recursive: true })
  renameSync(join(repository, 'refs/heads', anyBranch), ref)
  writeFileSync(join(repository, 'HEAD'), `ref: refs/heads/${branch}\n`)
}

async function makeEmpty(): Promise<{ path: string; baseCommit: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-empty-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const git = createGit({ environment: process.env })
  const mirrorsDir = join(dir, 'mirrors')
  const workspaces = createWorkspaces({ git, dir, mirrorsDir, log: silentLog })
  const source = { kind: 'empty' } as const
  const { baseCommit } = await workspaces.prepare({ taskId: 'empty', source, branch: anyBranch })
  return { path: join(dir, 'empty.git'), baseCommit }
}
