import type { LoginState } from '#claude-login/probe.ts'
import type { Check } from '#contract/system.ts'
import type { Engine } from '#docker/engine.ts'
import type { AgentImage } from '#images/agent-image.ts'
import type { Host } from '#images/host.ts'
import type { RunCommand } from '#lib/run-command.ts'
import { checkCli, checkCredentials, checkEngine, checkImage } from './agent-checks.ts'
import { checkDataDir, checkDisk, checkGit, checkPort } from './machine-checks.ts'

export type Doctor = {
  /** All checks, always in the same order. Never throws for what it finds; changes nothing. */
  run(options?: { signal?: AbortSignal }): Promise<Check[]>
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

export function createDoctor(options: DoctorOptions): Doctor {
  return {
    async run({ signal } = {}) {
      const limits = signal ? { signal } : {}
      const host = options.host()
      const engine = await checkEngine(options, host, limits)
      const isReachable = engine.check.state !== 'fail'
      const image = isReachable
        ? await checkImage(options.image, limits)
        : skipped('image', 'Agent image', 'Not looked at without an engine')
      const [git, cli, credentials, dataDir, disk, port] = await Promise.all([
        checkGit(options.run, host, limits),
        image.state === 'ok'
          ? skipped('cli', 'Claude Code CLI', 'Part of the agent image')
          : checkCli(options, engine.arch, limits),
        options.login
          ? checkCredentials(options.login, limits)
          : skipped('credentials', 'Claude credentials', 'The model is a scripted one'),
        checkDataDir(options.dataDir, host),
        checkDisk({
          dataDir: options.dataDir,
          reserveBytes: options.reserveBytes?.() ?? 0,
          ...(engine.rootDir === undefined ? {} : { engineDir: engine.rootDir }),
        }),
        checkPort(options.listen),
      ])
      return [engine.check, image, cli, credentials, git, dataDir, disk, port]
    },
  }
}

function skipped(id: string, title: string, detail: string): Check {
  return { id, title, state: 'skip', detail }
}
