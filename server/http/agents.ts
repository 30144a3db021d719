import { Hono } from 'hono'
import { SendToAgent } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import type { TaskStats } from '#contract/stats.ts'
import { toIso } from '#lib/clock.ts'
import { toRateStates } from '#streams/rate-state.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { json } from './validate.ts'

const mebibyte = 1024 * 1024

type AgentServices = Pick<Services, 'tasks' | 'events' | 'stats' | 'now'>

/** Agents of one task, below `/api/tasks`. */
export const agentRoutes = ({ tasks, events, stats, now }: AgentServices) =>
  new Hono<Env>()
    .get('/:id/agents', (c) => c.json(tasks.agents(c.req.param('id'))))
    .get('/:id/agents/:aid', (c) => c.json(tasks.agent(c.req.param('id'), c.req.param('aid'))))
    .get('/:id/agents/:aid/inputs', (c) =>
      c.json({ inputs: tasks.inputs(c.req.param('id'), c.req.param('aid')) }),
    )
    .delete('/:id/agents/:aid/inputs/:iid', async (c) =>
      c.json(await tasks.withdraw(c.req.param('id'), c.req.param('aid'), c.req.param('iid'))),
    )
    .post('/:id/agents/:aid/interrupt', async (c) => {
      const agentId = c.req.param('aid')
      const interrupted = await tasks.interrupt(c.req.param('id'), agentId)
      return c.json({ agent_id: agentId, interrupted })
    })
    .post('/:id/agents/:aid/stop', async (c) =>
      c.json(await tasks.stopAgent(c.req.param('id'), c.req.param('aid'))),
    )
    .post('/:id/message', json(SendToAgent, { maxBytes: mebibyte }), async (c) => {
      const receipt = await tasks.send(c.req.param('id'), c.req.valid('json'))
      if (receipt.state === 'refused')
        throw new AppError('message.refused', receipt.reason ?? 'The message was not delivered.', {
          details: { delivered: false, input: receipt },
        })
      // True once the agent's CLI has it; before that it is stored and on its way.
      const delivered = ['queued', 'read', 'done'].includes(receipt.state)
      return c.json({ delivered, ...receipt })
    })
    .get('/:id/stats', async (c) => {
      const task = tasks.get(c.req.param('id'))
      const agents = await stats(task.id)
      const found: TaskStats = { task_id: task.id, agents, timestamp: toIso(now()) }
      return c.json(found)
    })
    .get('/:id/rate-limit', (c) => {
      const task = tasks.get(c.req.param('id'))
      const found = events.list({
        taskId: task.id,
        after: 0,
        limit: Number.MAX_SAFE_INTEGER,
        types: ['agent.rate-limit', 'agent.retrying'],
      })
      return c.json({ task_id: task.id, agents: toRateStates(found, now()) })
    })

/** Agents of every task that hold a container or wait for a slot. */
export const liveAgentRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>().get('/', (c) => {
    const { used, total, waiting } = tasks.queue()
    return c.json({
      agents: tasks.liveAgents(),
      slots: { used, total },
      waiting: waiting.map(({ agentId, taskId, position }) => ({
        agent_id: agentId,
        task_id: taskId,
        position,
      })),
    })
  })
