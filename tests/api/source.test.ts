import { describe, expect } from 'bun:test'
import { refusal, scenarios } from '../support/scenario.ts'

const repository = new URL('../..', import.meta.url).pathname
const check = (json: unknown) => ({ method: 'POST', path: '/api/source/check', json }) as const

describe('POST /api/source/check', () => {
  scenarios([
    {
      name: 'refuses a source that is no repository',
      request: check({ source: { kind: 'empty' } }),
      expect: { status: 400, body: refusal('request.invalid', 'nothing to check'), events: [] },
    },
    {
      name: 'refuses a program in place of an address',
      request: check({ source: { kind: 'git', url: 'ext::sh -c id' } }),
      expect: { status: 422, body: refusal('source.invalid', 'not allowed'), events: [] },
    },
    {
      name: 'never sends a token over plain http',
      request: check({
        source: { kind: 'git', url: 'http://example.test/a.git' },
        access_token: 'hunter2',
      }),
      expect: { status: 422, body: refusal('source.invalid', 'only over https'), events: [] },
    },
    {
      name: 'says when a path is not there',
      request: check({ source: { kind: 'local', path: '/nowhere/at/all' } }),
      expect: { status: 422, body: refusal('source.invalid', 'no directory'), events: [] },
    },
    {
      name: 'says with git’s own line when a directory is no repository',
      request: check({ source: { kind: 'local', path: '/etc' } }),
      expect: {
        status: 422,
        body: {
          code: 'source.invalid',
          error: expect.stringContaining('not a git repository'),
          details: { git: expect.stringMatching(/^(fatal|error): /) },
        },
        events: [],
      },
    },
    {
      name: 'does nothing for a page of another site',
      as: 'foreign page',
      request: check({ source: { kind: 'local', path: repository } }),
      expect: { status: 403, body: refusal('auth.forbidden'), events: [] },
    },
  ])
})
