import { Hono } from 'hono'
import { Deleted } from '#contract/answers.ts'
import { RepoMemoryAnswer, RepoMemoryQuery } from '#contract/repo-memory.ts'
import {
  RepoTemplate,
  RepoTemplateList,
  SaveRepoTemplate,
  UpdateRepoTemplate,
} from '#contract/repo-template.ts'
import { SourceCheck } from '#contract/source.ts'
import type { RepoTemplates } from '#templates/repositories.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { json, query } from './validate.ts'

const missing = ['template.not-found'] as const
const refusals = ['source.invalid', 'credential.not-found'] as const

export const repoTemplateRoutes = ({ repoTemplates }: { repoTemplates: RepoTemplates }) =>
  new Hono<Env>()
    .get('/', answers('Repository templates, oldest first.', RepoTemplateList), (c) =>
      c.json({ templates: repoTemplates.list() }),
    )
    .post(
      '/',
      answers('Makes a repository template. A token is stored as a credential.', RepoTemplate, {
        status: 201,
        errors: refusals,
      }),
      json(SaveRepoTemplate),
      (c) => c.json(repoTemplates.create(c.req.valid('json')), 201),
    )
    .get('/:tid', answers('A repository template.', RepoTemplate, { errors: missing }), (c) =>
      c.json(repoTemplates.get(c.req.param('tid'))),
    )
    .put(
      '/:tid',
      answers('Changes a repository template; what is left out stays.', RepoTemplate, {
        errors: [...missing, ...refusals],
      }),
      json(UpdateRepoTemplate),
      (c) => c.json(repoTemplates.update(c.req.param('tid'), c.req.valid('json'))),
    )
    .delete(
      '/:tid',
      answers('Deletes a repository template. Tasks keep what they were made of.', Deleted, {
        errors: missing,
      }),
      (c) => {
        repoTemplates.remove(c.req.param('tid'))
        return c.json({ status: 'deleted' as const })
      },
    )
    .post(
      '/:tid/test',
      answers('Looks at its repository, with its credential.', SourceCheck, {
        errors: [
          ...missing,
          ...refusals,
          'source.unreachable',
          'credentials.missing',
          'rate.limited',
        ],
      }),
      async (c) => c.json(await repoTemplates.test(c.req.param('tid'), c.req.raw.signal)),
    )

export const repoMemoryRoutes = ({ repoTemplates }: { repoTemplates: RepoTemplates }) =>
  new Hono<Env>()
    .get(
      '/:tid/memory',
      answers(
        'What is known of its repository, as agents are told it: languages, frameworks, key files, dependencies, commands. Null when it was not looked at yet.',
        RepoMemoryAnswer,
        { errors: missing },
      ),
      query(RepoMemoryQuery),
      (c) =>
        c.json({
          memory: repoTemplates.memory(c.req.param('tid'), c.req.valid('query')) ?? null,
        }),
    )
    .post(
      '/:tid/memory',
      answers(
        'Looks at its repository now, unless its newest commit is known. Null when it has no commits.',
        RepoMemoryAnswer,
        { errors: [...missing, ...refusals, 'source.unreachable', 'credentials.missing'] },
      ),
      async (c) =>
        c.json({
          memory: (await repoTemplates.look(c.req.param('tid'), c.req.raw.signal)) ?? null,
        }),
    )
    .delete(
      '/:tid/memory',
      answers('Forgets what is known of its repository; it is looked at anew.', Deleted, {
        errors: missing,
      }),
      (c) => {
        repoTemplates.forget(c.req.param('tid'))
        return c.json({ status: 'deleted' as const })
      },
    )
