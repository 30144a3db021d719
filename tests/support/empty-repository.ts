/** Repositories of tasks that start from nothing: the same for every task, so one is made for each branch and then copied. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGit } from '#git/process.ts'
import { silentLog } from '#lib/log.ts'
import { createWorkspaces } from '#workspaces/create-workspaces.ts'

type Made = { path: string; baseCommit: string }
const made = new Map<string, Promise<Made>>()

/** `to` is where the repository of the task belongs. */
export async function copyEmpty(branch: string, to: string): Promise<{ baseCommit: string }> {
  const making = made.get(branch) ?? makeEmpty(branch)
  made.set(branch, making)
  const { path, baseCommit } = await making
  cpSync(path, to, { recursive: true })
  return { baseCommit }
}

async function makeEmpty(branch: string): Promise<Made> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-empty-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  const git = createGit({ environment: process.env })
  const mirrorsDir = join(dir, 'mirrors')
  const workspaces = createWorkspaces({ git, dir, mirrorsDir, log: silentLog })
  const source = { kind: 'empty' } as const
  const { baseCommit } = await workspaces.prepare({ taskId: 'empty', source, branch })
  return { path: join(dir, 'empty.git'), baseCommit }
}
