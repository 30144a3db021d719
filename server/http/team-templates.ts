import { Hono } from 'hono'
import { Deleted } from '#contract/answers.ts'
import { ImportTeam, SaveTeam, TeamList, TeamTemplate, UpdateTeam } from '#contract/team.ts'
import type { Teams } from '#templates/teams.ts'
import { toAttachment } from './disposition.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { json } from './validate.ts'

const missing = ['template.not-found'] as const

export const teamTemplateRoutes = ({ teams }: { teams: Teams }) =>
  new Hono<Env>()
    .get('/', answers('Team templates, oldest first.', TeamList), (c) =>
      c.json({ templates: teams.list() }),
    )
    .post(
      '/',
      answers('Makes a team template.', TeamTemplate, { status: 201 }),
      json(SaveTeam),
      (c) => c.json(teams.create(c.req.valid('json')), 201),
    )
    .post(
      '/import',
      answers(
        'Makes a team template of a YAML file, or replaces the one of its name.',
        TeamTemplate,
        {
          status: 201,
          errors: ['template.name-taken'],
          also: { 200: 'The one of that name was replaced.' },
        },
      ),
      json(ImportTeam),
      (c) => {
        const { team, isNew } = teams.importYaml(c.req.valid('json'))
        return c.json(team, isNew ? 201 : 200)
      },
    )
    .get('/:tid', answers('A team template.', TeamTemplate, { errors: missing }), (c) =>
      c.json(teams.get(c.req.param('tid'))),
    )
    .get(
      '/:tid/export',
      answers(
        'A team template as a YAML file.',
        { media: 'application/yaml' },
        { errors: missing },
      ),
      (c) => {
        const { name, yaml } = teams.exportYaml(c.req.param('tid'))
        c.header('Content-Type', 'application/yaml; charset=utf-8')
        c.header('Content-Disposition', toAttachment(`${toFileName(name)}.yaml`))
        return c.body(yaml)
      },
    )
    .put(
      '/:tid',
      answers('Changes a team template; what is left out stays. Tasks keep theirs.', TeamTemplate, {
        errors: missing,
      }),
      json(UpdateTeam),
      (c) => c.json(teams.update(c.req.param('tid'), c.req.valid('json'))),
    )
    .delete(
      '/:tid',
      answers('Deletes a team template. Tasks keep theirs.', Deleted, { errors: missing }),
      (c) => {
        teams.remove(c.req.param('tid'))
        return c.json({ status: 'deleted' as const })
      },
    )

const toFileName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'team'
