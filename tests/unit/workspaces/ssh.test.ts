/** Repositories over SSH, with a real sshd. */
import { expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGit } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { silentLog } from '#lib/log.ts'
import { createWorkspaces } from '#workspaces/create-workspaces.ts'
import { commitAll, gitIn, makeRepository, openTempDir } from '../../support/git.ts'
import { makeKey, openSshServer, sshd } from '../../support/ssh-server.ts'

const named = (name: string): string =>
  `${name}${sshd ? '' : ' (skipped: sshd is not installed, and only root on Debian or Ubuntu gets it from npm test)'}`

test.skipIf(!sshd)(
  named('a key opens a repository over SSH, and each thing that can be wrong is told apart'),
  async () => {
    await using temp = await openTempDir()
    const root = temp.path
    const commit = await makeRepository(join(root, 'work'), { 'README.md': 'hello\n' })
    await gitIn(join(root, 'work'), 'tag', 'v1')
    const second = await commitAll(join(root, 'work'), { 'b.txt': 'b\n' }, 'second')
    await gitIn(root, 'clone', '-q', '--bare', 'work', 'a.git')
    await using server = await openSshServer(join(root, 'ssh'))
    const workspaces = createWorkspaces({
      git: createGit({
        environment: {
          ...process.env,
          PATH: `${server.bin}:${process.env.PATH}`,
          SSH_AUTH_SOCK: '',
        },
      }),
      ...{ dir: join(root, 'repos'), mirrorsDir: join(root, 'mirrors'), log: silentLog },
    })
    const url = server.urlOf(join(root, 'a.git'))
    const prepare = (more: { url?: string; ref?: string; key?: string | null } = {}) => {
      const { key = server.key, ref } = more
      const source = { kind: 'git', url: more.url ?? url, ...(ref && { ref }) } as const
      const token = key === null ? {} : { token: { privateKey: key } }
      return workspaces.prepare({ taskId: newId(), source, branch: 'klaudio/x', ...token })
    }
    const failure = (more: Parameters<typeof prepare>[0]) =>
      prepare(more).then(
        () => 'prepared',
        (error) => `${error.code}: ${error.message}`,
      )

    expect(await prepare()).toMatchObject({ baseCommit: second, defaultBranch: 'main' })
    expect(await prepare({ ref: 'v1' })).toMatchObject({ baseCommit: commit })
    // Met for the first time, it is remembered.
    expect(await readFile(server.knownHosts, 'utf8')).toContain('ssh-ed25519')

    const other = await makeKey(join(root, 'other'))
    expect(await failure({ key: other })).toBe(
      `source.unreachable: ${server.host} refused the SSH key. Add its public half to the account, or to the repository's deploy keys, and check that it may read this repository.`,
    )
    expect(await failure({ key: null })).toContain(`${server.host} refused the SSH login. Choose`)
    expect(await failure({ url: server.urlOf(join(root, 'none.git')) })).toMatch(
      /^source.invalid: There is no repository at /,
    )
    expect(await failure({ ref: 'nowhere' })).toMatch(/no branch, tag or commit "nowhere"/)

    await server.changeHostKey()
    expect(await failure({})).toBe(
      `source.unreachable: The host key of ${server.host} is not the one that is known here, so nothing was sent. If the host was set up anew, run "ssh-keygen -R '[127.0.0.1]:${server.host.split(':')[1]}'" as the user that runs Klaudio; otherwise somebody may be in between.`,
    )
  },
  60_000,
)
