import { describe, expect, test } from 'bun:test'
import type { ForgeKind } from '#contract/delivery.ts'
import { ForgeError } from '#forges/forge.ts'
import { createForges } from '#forges/forges.ts'
import { limitedFor } from '#forges/limits.ts'
import { kindOf, placeOf } from '#forges/locate.ts'
import { serveForge } from '../../support/forges/world.ts'
import { createTestClock } from '../../support/test-clock.ts'

describe('where the API of a repository is', () => {
  test.each<[string, ForgeKind, string, string[]]>([
    [
      'https://github.com/vercel/next.js',
      'github',
      'https://api.github.com',
      ['vercel', 'next.js'],
    ],
    [
      'https://github.com/a/b.github.io.git',
      'github',
      'https://api.github.com',
      ['a', 'b.github.io'],
    ],
    ['https://github.acme.com/a/b.git', 'github', 'https://github.acme.com/api/v3', ['a', 'b']],
    ['https://acme.ghe.com/a/b', 'github', 'https://api.acme.ghe.com', ['a', 'b']],
    [
      'https://gitlab.com/g/s/t/app.git',
      'gitlab',
      'https://gitlab.com/api/v4',
      ['g', 's', 't', 'app'],
    ],
    [
      'https://gitlab.acme.com:8443/g/a',
      'gitlab',
      'https://gitlab.acme.com:8443/api/v4',
      ['g', 'a'],
    ],
    [
      'https://bitbucket.org/w/my.app.git',
      'bitbucket',
      'https://api.bitbucket.org/2.0',
      ['w', 'my.app'],
    ],
    [
      'https://code.acme.com/scm/proj/app.git',
      'bitbucket-server',
      'https://code.acme.com/rest/api/latest',
      ['proj', 'app'],
    ],
    [
      'https://acme.com/git/scm/~ann/app.git',
      'bitbucket-server',
      'https://acme.com/git/rest/api/latest',
      ['~ann', 'app'],
    ],
    ['https://codeberg.org/a/b.git/', 'gitea', 'https://codeberg.org/api/v1', ['a', 'b']],
    ['https://forgejo.acme.com/a/b', 'gitea', 'https://forgejo.acme.com/api/v1', ['a', 'b']],
  ])('of %s', (url, kind, api, path) => {
    expect(kindOf(new URL(url))).toBe(kind)
    expect(placeOf(url, kind)).toEqual({ kind, api, path, host: new URL(url).host })
  })

  test('a name inside a name or a path is no host', () => {
    expect(kindOf(new URL('https://git.acme.com/github.com/app.git'))).toBeUndefined()
    expect(kindOf(new URL('https://notgithub.com/a/b'))).toBeUndefined()
  })

  test('an address without a repository is refused', () => {
    expect(() => placeOf('https://github.com/only', 'github')).toThrow(ForgeError)
  })

  test.each(['github', 'gitlab', 'gitea', 'bitbucket-server'] as const)(
    'of an unknown host that is %s is found by asking it, without the token',
    async (kind) => {
      await using world = await serveForge(kind)
      // Nothing in this address tells.
      const url = `${world.origin}/${kind === 'gitlab' ? 'group/team' : 'team'}/next.app.git`
      const forges = createForges({ clock: createTestClock() })
      const forge = await forges.open({ url, token: world.token })
      expect(forge.kind).toBe(kind)
      expect(world.requests.every(({ authorization }) => authorization === null)).toBe(true)
    },
  )

  test('of a host that is nothing known is asked of the person', async () => {
    using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hi') })
    const forges = createForges({ clock: createTestClock() })
    const opening = forges.open({ url: `http://127.0.0.1:${server.port}/a/b.git`, token: 't' })
    expect(opening).rejects.toThrow('Say it in the delivery settings')
  })
})

describe('a rate limit', () => {
  const now = Date.UTC(2026, 0, 1)
  const seconds = String(now / 1000 + 90)
  test.each<[number, Record<string, string>, number | undefined]>([
    [200, { 'x-ratelimit-remaining': '0' }, undefined],
    [403, {}, undefined],
    [403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': seconds }, 90_000],
    [403, { 'retry-after': '30' }, 30_000],
    [429, { 'retry-after': new Date(now + 5000).toUTCString() }, 5000],
    [429, { 'ratelimit-reset': seconds }, 90_000],
    [429, {}, 5000],
  ])('of %i with %o lasts %p ms', (status, headers, ms) => {
    expect(limitedFor(new Response('', { status, headers }), now)).toBe(ms as number)
  })
})
