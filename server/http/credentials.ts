import { Hono } from 'hono'
import {
  CreateCredential,
  Credential,
  CredentialDeleted,
  CredentialList,
  UpdateCredential,
} from '#contract/credential.ts'
import type { Credentials } from '#credentials/credentials.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { json } from './validate.ts'

const missing = ['credential.not-found'] as const

export const credentialRoutes = ({ credentials }: { credentials: Credentials }) =>
  new Hono<Env>()
    .get('/', answers('Credentials by name, without their values.', CredentialList), (c) =>
      c.json({ credentials: credentials.list() }),
    )
    .post(
      '/',
      answers('Stores a credential; its value is never shown again.', Credential, {
        status: 201,
        errors: ['credential.name-taken'],
      }),
      json(CreateCredential),
      (c) => c.json(credentials.create(c.req.valid('json')), 201),
    )
    .get(
      '/:id',
      answers('A credential, without its value.', Credential, { errors: missing }),
      (c) => c.json(credentials.get(c.req.param('id'))),
    )
    .put(
      '/:id',
      answers('Gives a credential another name or value; what is left out stays.', Credential, {
        errors: [...missing, 'credential.name-taken'],
      }),
      json(UpdateCredential),
      (c) => c.json(credentials.update(c.req.param('id'), c.req.valid('json'))),
    )
    .delete(
      '/:id',
      answers('Deletes a credential and takes it from all that use it.', CredentialDeleted, {
        errors: missing,
      }),
      (c) => c.json(credentials.remove(c.req.param('id'))),
    )
