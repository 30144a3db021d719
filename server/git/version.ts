import { mkdir } from 'node:fs/promises'
import { AppError } from '#contract/errors.ts'
import { type Git, toText } from './process.ts'

/** `git merge-tree --write-tree` came with it: merging without a working tree. */
const oldest = [2, 38] as const

/** A check that asks git once, and again only after it failed. `dir` is where git runs; it is made if need be. */
export function createVersionCheck(git: Git): (dir: string) => Promise<void> {
  let isRecent = false
  return async (dir) => {
    if (isRecent) return
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const version = toText(await git.run(['version'], { dir }))
    if (!isRecentGit(version))
      throw new AppError(
        'git.failed',
        `Klaudio needs git ${oldest.join('.')} or newer; this machine has ${version}.`,
      )
    isRecent = true
  }
}

/** Of `git version 2.39.5 (Apple Git-154)` and the like. */
export function isRecentGit(version: string): boolean {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(version) ?? []
  return Number(major) > oldest[0] || (Number(major) === oldest[0] && Number(minor) >= oldest[1])
}
