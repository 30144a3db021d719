/** A small real repository and bundles of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type TestRepository = {
  dir: string
  git(...args: string[]): Promise<string>
  /** Writes files and commits; returns the commit. */
  commit(files: Record<string, string>, message?: string): Promise<string>
  bundle(commit: string, options: { branch: string; since?: string }): Promise<Uint8Array>
  /** Takes a bundle in and returns the commit it brings. */
  receive(bundle: Uint8Array): Promise<string>
  dispose(): void
}

export async function createTestRepository(): Promise<TestRepository> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-repository-'))
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'A Person',
    GIT_AUTHOR_EMAIL: 'person@example.org',
    GIT_COMMITTER_NAME: 'A Person',
    GIT_COMMITTER_EMAIL: 'person@example.org',
  }
  const git = async (...args: string[]): Promise<string> => {
    const run = Bun.spawn(['git', ...args], { cwd: dir, env, stdout: 'pipe', stderr: 'pipe' })
    const [out, err, code] = await Promise.all([
      new Response(run.stdout).text(),
      new Response(run.stderr).text(),
      run.exited,
    ])
    if (code !== 0) throw new Error(`git ${args.join(' ')}: ${err}`)
    return out.trim()
  }
  await git('init', '-q', '-b', 'main')
  return {
    dir,
    git,
    async commit(files, message = 'a change') {
      for (const [path, content] of Object.entries(files)) {
        await Bun.write(join(dir, path), content)
      }
      await git('add', '-A')
      await git('commit', '-q', '--allow-empty', '-m', message)
      return await git('rev-parse', 'HEAD')
    },
    async bundle(commit, { branch, since }) {
      const ref = `refs/bundles/${branch}`
      await git('update-ref', ref, commit)
      const path = join(dir, '.git', `bundle-${crypto.randomUUID()}`)
      await git('bundle', 'create', '-q', path, ref, ...(since ? [`^${since}`] : []))
      return await Bun.file(path).bytes()
    },
    async receive(bundle) {
      const path = join(dir, '.git', `received-${crypto.randomUUID()}`)
      writeFileSync(path, bundle)
      await git('fetch', '-q', path, '+HEAD:refs/received/head')
      return await git('rev-parse', 'refs/received/head')
    },
    dispose: () => rmSync(dir, { recursive: true, force: true }),
  }
}
