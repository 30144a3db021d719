import { Hono } from 'hono'
import { Agent, ChangeAgent, RestartAgent, TakeOut } from '#contract/agent.ts'
import { Task } from '#contract/task.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { json } from './validate.ts'

const engine = ['engine.unreachable', 'engine.failed'] as const
const mebibyte = 1024 * 1024

/** What a person does to agents at work, below `/api/tasks`. */
export const steeringRoutes = (services: Pick<Services, 'tasks'>) =>
  new Hono<Env>().route('/', freezeRoutes(services)).route('/', changeRoutes(services))

const freezeRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>()
    .post(
      '/:id/freeze',
      answers(
        'Freezes all agents of a task, and those that come: nothing of them runs until it is unfrozen, and no limit counts.',
        Task,
        {
          errors: ['task.wrong-state', 'task.busy', ...engine],
        },
      ),
      async (c) => c.json(await tasks.freeze(c.req.param('id'))),
    )
    .post(
      '/:id/unfreeze',
      answers('Lets all agents of a task go on where they were frozen.', Task, {
        errors: ['task.wrong-state', 'task.busy', ...engine],
      }),
      async (c) => c.json(await tasks.unfreeze(c.req.param('id'))),
    )
    .post(
      '/:id/agents/:aid/freeze',
      answers('Freezes one agent in the middle of whatever it does.', Agent, {
        errors: ['agent.not-running', 'task.wrong-state', 'task.busy', ...engine],
      }),
      async (c) => c.json(await tasks.freezeAgent(c.req.param('id'), c.req.param('aid'))),
    )
    .post(
      '/:id/agents/:aid/unfreeze',
      answers('Lets an agent go on where it was frozen.', Agent, { errors: [...engine] }),
      async (c) => c.json(await tasks.unfreezeAgent(c.req.param('id'), c.req.param('aid'))),
    )

const changeRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>()
    .patch(
      '/:id/agents/:aid',
      answers('Changes the model of an agent, from its next request on.', Agent, {
        errors: ['agent.not-running'],
      }),
      json(ChangeAgent),
      (c) =>
        c.json(tasks.changeModel(c.req.param('id'), c.req.param('aid'), c.req.valid('json').model)),
    )
    .post(
      '/:id/agents/:aid/restart',
      answers('Ends the process of an agent and starts it again with instructions.', Agent, {
        errors: ['agent.not-running', 'task.wrong-state', 'task.busy', ...engine],
      }),
      json(RestartAgent, { maxBytes: mebibyte }),
      async (c) =>
        c.json(
          await tasks.restartAgent(c.req.param('id'), c.req.param('aid'), c.req.valid('json')),
        ),
    )
    .post(
      '/:id/agents/:aid/take-out',
      answers(
        'Takes a worker out of its team: its subtask ends with what it has made, or without.',
        Agent,
        {
          errors: [
            'agent.not-running',
            'subtask.wrong-state',
            'task.wrong-state',
            'task.busy',
            ...engine,
          ],
        },
      ),
      json(TakeOut),
      async (c) =>
        c.json(await tasks.takeOut(c.req.param('id'), c.req.param('aid'), c.req.valid('json'))),
    )
