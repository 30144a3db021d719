/** Agents that try to get something run, read or pushed by the server that delivers their work: nothing leaves but their files. */
import { expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDeliveries, play } from '../../support/delivered.ts'
import { gitIn, runIn } from '../../support/git.ts'
import { put } from '../../support/git-world.ts'

type Clone = { dir: string; canary: string; elsewhere: string }
type Trick = {
  does: (clone: Clone) => Promise<void>
  /** `failed`: the work is refused when it is handed in. */
  ends: 'completed' | 'failed'
  /** Mode and path of what must have arrived. */
  arrives?: string[]
}

/** What an agent's own git runs in its container is its own affair: there the workspace is named. */
const payload = (canary: string): string =>
  `#!/bin/sh\n[ -n "$KLAUDIO_WORKSPACE" ] || echo ran "$0" >> '${canary}'\n`

function script(path: string, canary: string): string {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, payload(canary))
  chmodSync(path, 0o755)
  return path
}

const hooks = [
  ...['pre-push', 'post-commit', 'post-merge', 'post-checkout', 'reference-transaction'],
  ...['pre-receive', 'update', 'post-update', 'pre-commit', 'commit-msg'],
]

const gitlink = (dir: string, path: string): Promise<string> =>
  gitIn(dir, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},${path}`)

const tricks: Record<string, Trick> = {
  'a rewritten .git/config': {
    ends: 'completed',
    arrives: ['100644 a.txt'],
    async does({ dir, canary, elsewhere }) {
      const run = script(join(dir, '..', 'evil.sh'), canary)
      const settings: Record<string, string> = {
        'core.fsmonitor': run,
        'core.sshCommand': run,
        'core.askPass': run,
        'credential.helper': `!${run}`,
        'remote.origin.url': elsewhere,
        'remote.origin.pushurl': elsewhere,
        'remote.origin.receivepack': run,
        [`url.${elsewhere}.pushInsteadOf`]: 'http://',
        'push.default': 'matching',
        'push.followTags': 'true',
        'uploadpack.packObjectsHook': run,
        'filter.evil.clean': `${run}; cat`,
      }
      for (const [name, value] of Object.entries(settings)) await gitIn(dir, 'config', name, value)
      await put(dir, '.gitattributes', '*.txt filter=evil diff=evil merge=evil export-subst\n')
    },
  },
  'hooks of every kind': {
    ends: 'completed',
    arrives: ['100755 .githooks/pre-push', '100644 a.txt'],
    async does({ dir, canary }) {
      for (const name of hooks) {
        script(join(dir, '.git', 'hooks', name), canary)
        script(join(dir, '.githooks', name), canary)
      }
      await gitIn(dir, 'config', 'core.hooksPath', '.githooks')
    },
  },
  'links that lead out': {
    ends: 'completed',
    arrives: ['120000 key', '120000 out', '100644 a.txt'],
    async does({ dir }) {
      symlinkSync('../../../../key', join(dir, 'key'))
      symlinkSync('/etc', join(dir, 'out'))
    },
  },
  'a submodule whose address is a command': {
    ends: 'failed',
    async does({ dir, canary }) {
      const url = `ext::sh -c touch% ${canary}`
      await put(dir, '.gitmodules', `[submodule "x"]\n\tpath = x\n\turl = -${url}\n`)
      await gitlink(dir, 'x')
    },
  },
  'a submodule that is a place of its own': {
    ends: 'failed',
    async does({ dir }) {
      const text = '[submodule "../../hooks"]\n\tpath = x\n\turl = https://example.com/x\n'
      await put(dir, '.gitmodules', text)
      await gitlink(dir, 'x')
    },
  },
  'a tree with a .git in it': {
    ends: 'failed',
    async does({ dir, canary }) {
      const hash = async (type: string, input: Uint8Array | string): Promise<string> => {
        const made = await runIn(
          dir,
          ['git', 'hash-object', '-t', type, '-w', '--literally', '--stdin'],
          {
            input: typeof input === 'string' ? new TextEncoder().encode(input) : input,
          },
        )
        return new TextDecoder().decode(made.stdout).trim()
      }
      const blob = await hash('blob', payload(canary))
      const entry = Buffer.concat([Buffer.from('100755 .git\0'), Buffer.from(blob, 'hex')])
      const tree = await hash('tree', new Uint8Array(entry))
      const parent = await gitIn(dir, 'rev-parse', 'HEAD')
      const who = 'x <x@example.com> 1700000000 +0000'
      const text = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\nx\n`
      const made = await hash('commit', text)
      await gitIn(dir, 'update-ref', 'HEAD', made)
      await gitIn(dir, 'read-tree', '--empty')
    },
  },
  'a commit that is malformed': {
    ends: 'failed',
    async does({ dir }) {
      const tree = await gitIn(dir, 'write-tree')
      const parent = await gitIn(dir, 'rev-parse', 'HEAD')
      const who = 'x <x <<x> 99999999999999999999 +9999999'
      const text = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\nx\n`
      const hash = ['git', 'hash-object', '-t', 'commit', '-w', '--literally', '--stdin']
      const made = await runIn(dir, hash, { input: new TextEncoder().encode(text) })
      await gitIn(dir, 'update-ref', 'HEAD', new TextDecoder().decode(made.stdout).trim())
    },
  },
  'a file larger than is taken in': {
    ends: 'failed',
    async does({ dir }) {
      await put(dir, 'huge.bin', Buffer.from(randomBytes(700_000)).toString('base64'))
    },
  },
  'branches and tags that look like options': {
    ends: 'completed',
    arrives: ['100644 a.txt'],
    async does({ dir, canary }) {
      const head = await gitIn(dir, 'rev-parse', 'HEAD')
      for (const name of [
        'refs/heads/--receive-pack=touch',
        'refs/heads/-f',
        'refs/heads/main',
        'refs/tags/--exec=x',
        `refs/heads/$(touch${canary.replaceAll('/', '-')})`,
      ])
        await gitIn(dir, 'update-ref', name, head)
      await gitIn(dir, 'checkout', '-q', '-b', 'other')
    },
  },
}

test.each(Object.entries(tricks))(
  '%s',
  async (_, { does, ends, arrives = [] }) => {
    let canary = ''
    await using setup = await createDeliveries({
      maxBundleBytes: 500_000,
      work: async (_turn, dir) => {
        await put(dir, 'a.txt', 'by an agent\n')
        await does({ dir, canary, elsewhere: `${setup.forge.origin}/elsewhere/` })
      },
    })
    canary = join(setup.git.root, 'canary')
    const { forge, world, served } = setup
    const main = forge.tip('main')
    const { id, branch } = setup.create()
    const task = await play(world, id)
    expect(`${task.status} ${ends === 'completed' ? (task.error ?? '') : ''}`.trim()).toBe(ends)
    expect(existsSync(canary)).toBe(false)
    const refs = (await served('for-each-ref', '--format=%(refname)')).split('\n')
    const mine = ends === 'completed' ? [`refs/heads/${branch}`] : []
    expect(refs).toEqual([...mine, 'refs/heads/main'])
    expect(forge.tip('main')).toBe(main ?? '')
    expect(forge.requests.some(({ path }) => path.includes('elsewhere'))).toBe(false)
    if (ends === 'failed') return
    const listed = await served('ls-tree', '-r', '--format=%(objectmode) %(path)', branch)
    for (const line of arrives) expect(listed.split('\n')).toContain(line)
    expect(await served('show', `${branch}:a.txt`)).toBe('by an agent')
  },
  60_000,
)
