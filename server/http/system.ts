import { Hono } from 'hono'
import * as v from 'valibot'
import { DoctorReport, EngineResources, Health, ImageState } from '#contract/answers.ts'
import { ChangeConfig, PublicConfig } from '#contract/config.ts'
import { RecoveryReport } from '#contract/recovery.ts'
import { RetentionReport } from '#contract/retention.ts'
import { type Check, OrphansRemoved, SystemState } from '#contract/system.ts'
import { toIso } from '#lib/clock.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { json, query } from './validate.ts'

const encoder = new TextEncoder()

export const systemRoutes = ({ system, resources }: Pick<Services, 'system' | 'resources'>) =>
  new Hono<Env>()
    .get(
      '/system',
      answers('What the installation is doing: engine, image, slots, credentials.', SystemState),
      cached(),
      (c) => c.json(system.state()),
    )
    .get(
      '/recovery',
      answers(
        'What this start found of the server before it: agents adopted, done meanwhile, resumed or waiting, and what was removed.',
        RecoveryReport,
      ),
      cached(),
      (c) => c.json(system.recovery()),
    )
    .get(
      '/doctor',
      answers('What this machine lacks, and what to do about it.', DoctorReport),
      async (c) => {
        const checks = await system.check()
        return c.json({ healthy: checks.every((check) => check.state !== 'fail'), checks })
      },
    )
    .get(
      '/doctor/stream',
      answers('The same, each check on a line of its own as soon as it is known.', {
        media: 'application/x-ndjson',
      }),
      (c) => c.body(streamChecks(system), 200, { 'Content-Type': 'application/x-ndjson' }),
    )
    .get(
      '/resources',
      answers('Containers and volumes of this installation, and whose they are.', EngineResources, {
        errors: ['engine.unreachable', 'engine.failed'],
      }),
      async (c) => c.json({ resources: await resources.list({ measured: true }) }),
    )
    .post(
      '/resources/remove-orphans',
      answers('Removes the containers and volumes that are nobody’s.', OrphansRemoved, {
        errors: ['engine.unreachable', 'engine.failed'],
      }),
      async (c) => c.json(await resources.removeOrphans()),
    )
    .post(
      '/image/build',
      answers('Begins to build the agent image.', ImageState, {
        status: 202,
        errors: ['engine.unreachable', 'engine.failed', 'image.failed'],
      }),
      async (c) => {
        await system.buildImage()
        return c.json(system.state().image, 202)
      },
    )

function streamChecks({ check }: Pick<Services['system'], 'check'>): ReadableStream<Uint8Array> {
  const gone = new AbortController()
  return new ReadableStream({
    async start(controller) {
      const onCheck = (found: Check): void => {
        if (!gone.signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(found)}\n`))
      }
      await check({ signal: gone.signal, onCheck })
      if (!gone.signal.aborted) controller.close()
    },
    cancel: () => gone.abort(new Error('Nobody reads this any more.')),
  })
}

export const configRoutes = ({ config }: Pick<Services, 'config'>) =>
  new Hono<Env>()
    .get(
      '/',
      answers('The settings, without secrets, and where they are decided.', PublicConfig),
      cached(),
      (c) => c.json(config.show()),
    )
    .put(
      '/',
      answers(
        'Changes the settings that it names, all or none; restart_required says which of them count after a restart.',
        PublicConfig,
        { errors: ['config.fixed', 'config.invalid'] },
      ),
      json(ChangeConfig),
      (c) => {
        config.change(c.req.valid('json'))
        return c.json(config.show())
      },
    )

export const retentionRoutes = ({ retention }: Pick<Services, 'retention'>) =>
  new Hono<Env>()
    .get(
      '/',
      answers('What is no longer kept and would be removed now.', RetentionReport),
      async (c) => c.json(await retention.preview()),
    )
    .post(
      '/',
      answers('Removes what is no longer kept, and says what it was.', RetentionReport),
      async (c) => c.json(await retention.run()),
    )

const HealthQuery = v.object({ challenge: v.optional(v.pipe(v.string(), v.maxLength(100))) })

/** Alive is 200 as long as anything can be answered; what is not ready is said beside it. */
export const healthRoutes = ({
  health,
  system,
  now,
}: Pick<Services, 'health' | 'system' | 'now'>) =>
  new Hono<Env>().get(
    '/',
    answers('Whether the server lives; to those it knows also what is ready.', Health),
    query(HealthQuery),
    (c) => {
      const { challenge } = c.req.valid('query')
      const proof = challenge ? { proof: health.prove(challenge) } : {}
      const time = toIso(now())
      // To one we do not know: that it lives, and not a word more.
      if (!c.get('identity')) return c.json({ status: 'ok' as const, time, ...proof })
      const { engine, image } = system.state()
      const database = health.database()
      return c.json({
        status: 'ok' as const,
        time,
        version: health.version,
        ready: database && engine.state === 'reachable',
        database: database ? ('ok' as const) : ('failed' as const),
        engine: engine.state,
        image: image.state,
        ...proof,
      })
    },
  )
