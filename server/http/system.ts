import { Hono } from 'hono'
import { DoctorReport, Health, ImageState } from '#contract/answers.ts'
import { PublicConfig } from '#contract/config.ts'
import { AppError } from '#contract/errors.ts'
import { SystemState } from '#contract/system.ts'
import { toIso } from '#lib/clock.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'

export const systemRoutes = ({ system }: Pick<Services, 'system'>) =>
  new Hono<Env>()
    .get(
      '/system',
      answers('What the installation is doing: engine, image, slots, credentials.', SystemState),
      cached(),
      (c) => c.json(system.state()),
    )
    .get(
      '/doctor',
      answers('What this machine lacks, and what to do about it.', DoctorReport),
      async (c) => {
        const checks = await system.check()
        return c.json({ healthy: checks.every((check) => check.state !== 'fail'), checks })
      },
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

export const configRoutes = ({ config }: Pick<Services, 'config'>) =>
  new Hono<Env>()
    .get('/', answers('The settings in force, without secrets.', PublicConfig), cached(), (c) =>
      c.json(config()),
    )
    .put(
      '/',
      answers('Changes settings.', PublicConfig, { errors: ['route.method-not-allowed'] }),
      (c): never => {
        c.header('Allow', 'GET, HEAD')
        throw new AppError(
          'route.method-not-allowed',
          'Settings cannot be changed over the API: edit config.yaml or the environment and restart Klaudio.',
        )
      },
    )

/** Alive is 200 as long as anything can be answered; what is not ready is said beside it. */
export const healthRoutes = ({
  health,
  system,
  now,
}: Pick<Services, 'health' | 'system' | 'now'>) =>
  new Hono<Env>().get(
    '/',
    answers('Whether the server lives; to those it knows also what is ready.', Health),
    (c) => {
      const time = toIso(now())
      // To one we do not know: that it lives, and not a word more.
      if (!c.get('identity')) return c.json({ status: 'ok' as const, time })
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
      })
    },
  )
