import type { LoginState } from '#claude-login/probe.ts'
import { type Check, doctorChecks, type EngineResource } from '#contract/system.ts'
import type { Engine } from '#docker/engine.ts'
import type { AgentImage } from '#images/agent-image.ts'
import type { Host } from '#images/host.ts'
import type { RunCommand } from '#lib/run-command.ts'
import { checkCli, checkCredentials, checkEngine, checkImage } from './agent-checks.ts'
import { checkDataDir, checkDisk, checkGit, checkPort } from './machine-checks.ts'
import { checkOrphans } from './orphan-check.ts'
import { checkSetups } from './setup-check.ts'

export type Doctor = {
  /** All checks, always in the same order. Never throws for what it finds; changes nothing. */
  run(options?: RunOptions): Promise<Check[]>
}

export type RunOptions = {
  signal?: AbortSignal
  /** Told each check as soon as it is known, in the order in which they come to be. */
  onCheck?: ((check: Check) => void) | undefined
}

export type DoctorOptions = {
  engine: Pick<Engine, 'info'>
  /** `docker.host`, resolved. */
  endpoint: string
  /** The server asks nobody for a token. */
  isOpen?: boolean
  image: Pick<AgentImage, 'check' | 'cli'>
  /** Asks the API, see `probeCredentials`; absent where no account is needed, as in the demo. */
  login?: (signal?: AbortSignal) => Promise<LoginState>
  /** What this installation has on the engine; absent before it has a database. */
  resources?: (() => ListResources | undefined) | undefined
  /** What setup commands left there; absent like those. */
  setups?: (() => CountSetups | undefined) | undefined
  dataDir: string
  /** `storage.min_free`, which may change. */
  reserveBytes?: () => number
  /** Where the server will listen; absent when it listens already. */
  listen?: { host: string; port: number }
  host: () => Host
  run: RunCommand
  /** See `ClaudeCliOptions`. */
  bunPath: string
  environment: Record<string, string | undefined>
}

type ListResources = (signal?: AbortSignal) => Promise<EngineResource[]>
type CountSetups = (signal?: AbortSignal) => Promise<{ count: number; bytes: number }>

export function createDoctor(options: DoctorOptions): Doctor {
  return {
    async run({ signal, onCheck } = {}) {
      const limits = signal ? { signal } : {}
      const host = options.host()
      const told = async (check: Check | Promise<Check>): Promise<Check> => {
        const known = await check
        onCheck?.(known)
        return known
      }
      const [ofEngine, ...others] = await Promise.all([
        checkAgentParts(options, { host, limits, told }),
        told(
          options.login
            ? checkCredentials(options.login, limits)
            : skipped('credentials', 'The model is a scripted one'),
        ),
        told(checkGit(options.run, host, limits)),
        told(checkDataDir(options.dataDir, host)),
        told(checkPort(options.listen)),
        told(checkKept(options.setups?.(), limits)),
      ])
      const all = [...ofEngine, ...others]
      return doctorChecks.flatMap(({ id }) => all.filter((check) => check.id === id))
    },
  }
}

const checkKept = (
  count: CountSetups | undefined,
  limits: { signal?: AbortSignal },
): Promise<Check> | Check =>
  count ? checkSetups(count, limits) : skipped('setups', 'Nothing was ever run here')

type Telling = {
  host: Host
  limits: { signal?: AbortSignal }
  told: (check: Check | Promise<Check>) => Promise<Check>
}

/** What depends on the engine, in its order: each says what the next one looks at. */
async function checkAgentParts(
  options: DoctorOptions,
  { host, limits, told }: Telling,
): Promise<Check[]> {
  const engine = await checkEngine(options, host, limits)
  await told(engine.check)
  const isReachable = engine.check.state !== 'fail'
  const list = options.resources?.()
  const orphans = told(
    isReachable && list
      ? checkOrphans(list, limits)
      : skipped('orphans', isReachable ? 'Nothing was ever run here' : notWithoutEngine),
  )
  const image = await told(
    isReachable ? checkImage(options.image, limits) : skipped('image', notWithoutEngine),
  )
  const disk = told(
    checkDisk({
      dataDir: options.dataDir,
      reserveBytes: options.reserveBytes?.() ?? 0,
      ...(engine.rootDir === undefined ? {} : { engineDir: engine.rootDir }),
    }),
  )
  const cli = told(
    image.state === 'ok'
      ? skipped('cli', 'Part of the agent image')
      : checkCli(options, engine.arch, limits),
  )
  return [engine.check, image, ...(await Promise.all([cli, disk, orphans]))]
}

const notWithoutEngine = 'Not looked at without an engine'

function skipped(id: (typeof doctorChecks)[number]['id'], detail: string): Check {
  const title = doctorChecks.find((each) => each.id === id)?.title ?? id
  return { id, title, state: 'skip', detail }
}
