import { Hono } from 'hono'
import { AppError } from '#contract/errors.ts'
import { CheckSource, SourceCheck } from '#contract/source.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { json } from './validate.ts'

/** Ends with the request: a client that no longer asks ends the git that looks for it. */
export const sourceRoutes = ({
  workspaces,
  credentials,
}: Pick<Services, 'workspaces' | 'credentials'>) =>
  new Hono<Env>().post(
    '/check',
    answers('Looks at a repository before a task is made of it.', SourceCheck, {
      errors: ['source.invalid', 'source.unreachable', 'credential.not-found'],
    }),
    json(CheckSource),
    async (c) => {
      const { source, access_token, credential_id: id } = c.req.valid('json')
      if (source.kind !== 'git' && source.kind !== 'local')
        throw new AppError(
          'request.invalid',
          'There is nothing to check: the source is not a repository.',
        )
      const { signal } = c.req.raw
      const token = access_token ?? (id ? credentials.reveal(id) : undefined)
      return c.json(await workspaces.checkSource({ source, signal, ...(token ? { token } : {}) }))
    },
  )
