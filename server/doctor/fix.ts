import { closeSync, openSync } from 'node:fs'
import { AppError, toMessage } from '#contract/errors.ts'
import type { Check, OrphansRemoved } from '#contract/system.ts'
import type { Engine } from '#docker/engine.ts'
import type { AgentImage } from '#images/agent-image.ts'
import { localBase, preferredBase } from '#images/base-image.ts'
import { type Host, systemPath } from '#images/host.ts'
import type { Clock } from '#lib/clock.ts'
import type { RunCommand } from '#lib/run-command.ts'
import { type FixStep, planFix, sentenceOf } from './fix-plan.ts'

export type Fix = {
  /** What would be done about these checks, as sentences; empty when there is nothing it could do. */
  plan(checks: readonly Check[]): Promise<string[]>
  /** Looks again and does it, line by line. Rejects with a sentence when a step fails; what is done stays done. */
  repair(print: (line: string) => void): Promise<void>
}

export type FixOptions = {
  check: () => Promise<Check[]>
  engine: Pick<Engine, 'info' | 'findImage'>
  endpoint: string
  image: Pick<AgentImage, 'ensure' | 'subscribe'>
  /** `docker.base_image`. */
  baseImage: string
  host: () => Host
  run: RunCommand
  environment: Record<string, string | undefined>
  clock: Clock
  /** Absent where there is nothing of an installation on the engine. */
  removeOrphans?: (() => Promise<OrphansRemoved>) | undefined
  /** Starts a program that outlives this one, its output appended to a file. Tells whether it has ended already. */
  spawnDetached?: (
    command: string[],
    options: { env: Record<string, string | undefined>; logPath: string },
  ) => { hasEnded(): boolean }
}

export function createFix(options: FixOptions): Fix {
  const stepsFor = async (checks: readonly Check[]): Promise<FixStep[]> =>
    planFix(checks, {
      host: options.host(),
      endpoint: options.endpoint,
      hasBaseImage: await hasBaseImage(options),
    })

  return {
    plan: async (checks) => (await stepsFor(checks)).map(sentenceOf),
    async repair(print) {
      for (const step of await stepsFor(await options.check())) {
        print(`${sentenceOf(step)} ...`)
        if (step.kind === 'install') await install(options, step.packages, print)
        if (step.kind === 'start-engine') await startEngine(options, print)
        if (step.kind === 'build-image') await buildImage(options, print)
        if (step.kind === 'remove-orphans') await removeOrphans(options, print)
      }
    },
  }
}

/** True also when one was named: getting that one is the engine's business. */
async function hasBaseImage({ engine, baseImage }: FixOptions): Promise<boolean> {
  if (baseImage !== '') return true
  try {
    const found = await Promise.all([preferredBase, localBase].map((ref) => engine.findImage(ref)))
    return found.some((image) => image !== undefined)
  } catch (error) {
    if (error instanceof AppError && error.code === 'engine.unreachable') return false
    throw error
  }
}

async function install(
  { run, environment }: FixOptions,
  packages: string[],
  print: (line: string) => void,
): Promise<void> {
  const env = {
    ...environment,
    DEBIAN_FRONTEND: 'noninteractive',
    PATH: `${environment.PATH ?? ''}:${systemPath}`,
  }
  const commands = [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', ...packages],
  ]
  for (const command of commands) {
    const { exitCode, output } = await run(command, { env })
    if (exitCode === 0) continue
    const reason = output
      .trim()
      .split('\n')
      .filter((line) => /^E:/.test(line))
      .join(' ')
    throw new Error(
      `"${command.join(' ')}" ended with code ${exitCode}: ${reason || output.trim().slice(-500)}`,
    )
  }
  print(`installed ${packages.join(', ')}`)
}

const engineLog = '/var/log/klaudio-dockerd.log'
const waitMs = { service: 20_000, dockerd: 60_000, step: 250, again: 2000 }

/** The system's own way first; where no init answers for services, the engine itself in the background. */
async function startEngine(options: FixOptions, print: (line: string) => void): Promise<void> {
  const { host, run, environment, spawnDetached = spawnToFile } = options
  const env = { ...environment, PATH: `${environment.PATH ?? ''}:${systemPath}` }
  const service = host().hasSystemd
    ? ['systemctl', 'enable', '--now', 'docker']
    : ['service', 'docker', 'start']
  const { exitCode } = await run(service, { env })
  if (exitCode === 0 && (await answers(options, waitMs.service))) return print('the engine answers')
  if (host().hasSystemd) {
    throw new Error(
      `"${service.join(' ')}" did not bring the engine up: "journalctl -u docker" says why`,
    )
  }
  print(`starting dockerd in the background, output in ${engineLog}`)
  const start = () =>
    spawnDetached([host().which('dockerd') ?? 'dockerd'], { env, logPath: engineLog })
  let engine = start()
  const isUp = await answers(options, waitMs.dockerd, async () => {
    // It refuses as long as the system has not buried a killed one: "process with PID 1 is still running".
    if (!engine.hasEnded()) return
    await options.clock.sleep(waitMs.again)
    engine = start()
  })
  if (isUp) return print('the engine answers')
  throw new Error(`The Docker engine did not come up: ${engineLog} says why`)
}

async function answers(
  { engine, clock }: FixOptions,
  limitMs: number,
  mend: () => Promise<void> = async () => {},
): Promise<boolean> {
  const deadline = clock.now() + limitMs
  for (;;) {
    try {
      await engine.info()
      return true
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'engine.unreachable')) throw error
      if (clock.now() >= deadline) return false
      await mend()
      await clock.sleep(waitMs.step)
    }
  }
}

async function removeOrphans(
  { removeOrphans: remove }: FixOptions,
  print: (line: string) => void,
): Promise<void> {
  const { removed, failed } = (await remove?.()) ?? { removed: [], failed: [] }
  for (const name of removed) print(`  removed ${name}`)
  for (const { name, error } of failed) print(`  ${name} stays: ${error}`)
}

async function buildImage({ image }: FixOptions, print: (line: string) => void): Promise<void> {
  let last = ''
  const stop = image.subscribe(({ detail, step, steps }) => {
    const line = step && steps ? `[${step}/${steps}] ${detail}` : detail
    if (line !== last) print(`  ${line}`)
    last = line
  })
  try {
    print(`built ${await image.ensure()}`)
  } catch (error) {
    throw new Error(toMessage(error), { cause: error })
  } finally {
    stop()
  }
}

const spawnToFile: NonNullable<FixOptions['spawnDetached']> = (command, { env, logPath }) => {
  const log = openSync(logPath, 'a', 0o600)
  const child = Bun.spawn(command, {
    env,
    stdin: 'ignore',
    stdout: log,
    stderr: log,
    detached: true,
  })
  child.unref()
  closeSync(log)
  return { hasEnded: () => child.exitCode !== null || child.signalCode !== null }
}
