import { Hono } from 'hono'
import * as v from 'valibot'
import {
  Agent,
  AgentInput,
  AgentKind,
  AgentList,
  AgentStatus,
  SendToAgent,
} from '#contract/agent.ts'
import { InputList, Interrupted, MessageReceipt, RateLimits } from '#contract/answers.ts'
import { AppError } from '#contract/errors.ts'
import { TaskStats } from '#contract/stats.ts'
import { toIso } from '#lib/clock.ts'
import { toRateStates } from '#streams/rate-state.ts'
import type { AgentFilter, AgentListPage } from '#tasks/tasks.ts'
import { cursorOf } from './cursor.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { commaList, cursor, json, query, wholeNumber } from './validate.ts'

const mebibyte = 1024 * 1024

/** The newest events of each kind that say how an agent is limited; older ones are superseded. */
const rateEvents = 1000
const pageLimit = 100

const filters = {
  limit: v.optional(wholeNumber({ min: 1, max: 500 })),
  cursor,
  /** One, or several separated by commas. */
  status: v.optional(commaList(AgentStatus), ''),
  kind: v.optional(commaList(AgentKind), ''),
}
const TaskAgentsQuery = v.object({
  ...filters,
  subtask_id: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(64))),
})
const AllQuery = v.object({
  ...filters,
  limit: v.optional(wholeNumber({ min: 1, max: 500 }), String(pageLimit)),
  /** `live`: those that hold a container or wait for a slot, oldest first; `all`: every agent there was, newest first, in pages. */
  scope: v.optional(v.picklist(['live', 'all']), 'live'),
})
const listCursor = cursorOf(
  'agents',
  v.strictObject({
    createdAt: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    id: v.pipe(v.string(), v.maxLength(64)),
  }),
)

type AgentServices = Pick<Services, 'tasks' | 'events' | 'stats' | 'now'>

/** Agents of one task, below `/api/tasks`. */
export const agentRoutes = (services: AgentServices) => {
  const { tasks } = services
  return new Hono<Env>()
    .get(
      '/:id/agents',
      answers(
        'Agents of a task: all of them, oldest first; with a filter or a limit newest first, in pages.',
        v.array(Agent),
        { headers: { 'X-Next-Cursor': 'The cursor of the next page, when there is one.' } },
      ),
      cached(),
      query(TaskAgentsQuery),
      (c) => {
        const taskId = c.req.param('id')
        const { limit, ...asked } = c.req.valid('query')
        const filter = toFilter(asked)
        // Without a word about pages or filters: the whole team, oldest first, as the reference lists it.
        if (limit === undefined && Object.keys(filter).length === 0)
          return c.json(tasks.agents(taskId))
        const page = tasks.agentPage({ taskId, limit: limit ?? pageLimit, ...filter })
        const next = toCursor(page)
        return c.json(page.agents, 200, next === null ? {} : { 'X-Next-Cursor': next })
      },
    )
    .get('/:id/agents/:aid', answers('One agent, and what it is doing.', Agent), cached(), (c) =>
      c.json(tasks.agent(c.req.param('id'), c.req.param('aid'))),
    )
    .route('/', agentVerbRoutes({ tasks }))
    .route('/', measureRoutes(services))
}

/** What a person may do with one agent. */
const agentVerbRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>()
    .get(
      '/:id/agents/:aid/inputs',
      answers('Messages to an agent, and what became of them.', InputList),
      (c) => c.json({ inputs: tasks.inputs(c.req.param('id'), c.req.param('aid')) }),
    )
    .delete(
      '/:id/agents/:aid/inputs/:iid',
      answers('Takes a message back that has not been read.', AgentInput, {
        errors: ['message.refused', 'agent.not-running', 'engine.unreachable', 'engine.failed'],
      }),
      async (c) =>
        c.json(await tasks.withdraw(c.req.param('id'), c.req.param('aid'), c.req.param('iid'))),
    )
    .post(
      '/:id/agents/:aid/interrupt',
      answers('Interrupts what an agent is doing.', Interrupted, {
        errors: ['agent.not-running', 'agent.frozen', 'engine.unreachable', 'engine.failed'],
      }),
      async (c) => {
        const agentId = c.req.param('aid')
        const interrupted = await tasks.interrupt(c.req.param('id'), agentId)
        return c.json({ agent_id: agentId, interrupted })
      },
    )
    .post(
      '/:id/agents/:aid/stop',
      answers('Stops one agent; its subtask can be tried again.', Agent, {
        errors: ['agent.not-running', 'engine.unreachable', 'engine.failed'],
      }),
      async (c) => c.json(await tasks.stopAgent(c.req.param('id'), c.req.param('aid'))),
    )
    .post(
      '/:id/message',
      answers('Sends a message to an agent, and says what became of it.', MessageReceipt, {
        errors: [
          'agent.not-found',
          'message.refused',
          'agent.not-running',
          'engine.unreachable',
          'engine.failed',
        ],
      }),
      json(SendToAgent, { maxBytes: mebibyte }),
      async (c) => {
        const receipt = await tasks.send(c.req.param('id'), c.req.valid('json'))
        if (receipt.state === 'refused')
          throw new AppError(
            'message.refused',
            receipt.reason ?? 'The message was not delivered.',
            {
              details: { delivered: false, input: receipt },
            },
          )
        // True once the agent's CLI has it; before that it is stored and on its way.
        const delivered = ['queued', 'read', 'done'].includes(receipt.state)
        return c.json({ delivered, ...receipt })
      },
    )

const measureRoutes = ({ tasks, events, stats, now }: AgentServices) =>
  new Hono<Env>()
    .get(
      '/:id/stats',
      answers('Resource use of the running agents, measured now.', TaskStats, {
        errors: ['engine.unreachable', 'engine.failed'],
      }),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const agents = await stats(task.id)
        const found: TaskStats = { task_id: task.id, agents, timestamp: toIso(now()) }
        return c.json(found)
      },
    )
    .get(
      '/:id/rate-limit',
      answers('What is known of the rate limits of agents.', RateLimits),
      (c) => {
        const task = tasks.get(c.req.param('id'))
        const found = events.list({
          taskId: task.id,
          before: Number.MAX_SAFE_INTEGER,
          limit: rateEvents,
          types: ['agent.rate-limit', 'agent.retrying'],
        })
        return c.json({ task_id: task.id, agents: toRateStates(found.reverse(), now()) })
      },
    )

/** Agents of every task: those that hold a container or wait for a slot, or any that a filter names. */
export const allAgentRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>().get(
    '/',
    answers('Agents of every task, with the slots they share.', AgentList),
    cached(),
    query(AllQuery),
    (c) => {
      const { used, total, waiting } = tasks.queue()
      const { scope, limit, cursor, status, kind } = c.req.valid('query')
      const page: AgentListPage =
        scope === 'live'
          ? { agents: tasks.liveAgents() }
          : tasks.agentPage({ limit, ...toFilter({ cursor, status, kind }) })
      return c.json({
        agents: page.agents,
        next_cursor: toCursor(page),
        slots: { used, total },
        waiting: waiting.map(({ agentId, taskId, position }) => ({
          agent_id: agentId,
          task_id: taskId,
          position,
        })),
      } satisfies AgentList)
    },
  )

type Asked = {
  cursor?: string | undefined
  status: AgentStatus[]
  kind: AgentKind[]
  subtask_id?: string | undefined
}

function toFilter({ cursor, status, kind, subtask_id }: Asked): Omit<AgentFilter, 'limit'> {
  return {
    ...(status.length > 0 ? { statuses: status } : {}),
    ...(kind.length > 0 ? { kinds: kind } : {}),
    ...(subtask_id === undefined ? {} : { subtaskId: subtask_id }),
    ...(cursor === undefined ? {} : { before: listCursor.decode(cursor) }),
  }
}

function toCursor({ next }: AgentListPage): string | null {
  return next === undefined ? null : listCursor.encode(next)
}
