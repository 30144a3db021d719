import type { LoginState } from '#claude-login/probe.ts'
import { toMessage } from '#contract/errors.ts'
import type { Check } from '#contract/system.ts'
import { localRootDir } from '#docker/endpoint.ts'
import type { Engine, EngineInfo } from '#docker/engine.ts'
import type { AgentImage } from '#images/agent-image.ts'
import { type ClaudeCli, type CliArch, cliPackages, cliVersion } from '#images/claude-cli.ts'
import type { Host } from '#images/host.ts'
import type { RunCommand } from '#lib/run-command.ts'
import { isLocalEndpoint } from './endpoint.ts'

type Limits = { signal?: AbortSignal }

type EngineParts = {
  engine: Pick<Engine, 'info'>
  endpoint: string
  /** The server asks nobody for a token. */
  isOpen?: boolean
}

export async function checkEngine(
  { engine, endpoint, isOpen = false }: EngineParts,
  host: Host,
  limits: Limits,
): Promise<{
  check: Check
  arch: CliArch /** When it is a folder of this machine. */
  rootDir?: string
}> {
  const about = { id: 'engine', title: 'Docker engine' }
  try {
    const info = await engine.info(limits)
    const check: Check = { ...about, ...judgeEngine(info, isOpen) }
    const rootDir = localRootDir(info, endpoint)
    return { check, arch: toArch(info.arch), ...(rootDir === undefined ? {} : { rootDir }) }
  } catch (error) {
    limits.signal?.throwIfAborted()
    const fix = engineAdvice(host, endpoint)
    const check: Check = { ...about, state: 'fail', detail: toMessage(error), fix }
    return { check, arch: toArch(host.arch) }
  }
}

const lowMemoryBytes = 2e9

export const openDesktop = {
  detail:
    'On Docker Desktop agents can reach this machine’s loopback, and with it this server, which asks for no token',
  fix: 'Set server.require_token (KLAUDIO_REQUIRE_TOKEN=true), so that no agent can drive Klaudio',
}

function judgeEngine(info: EngineInfo, isOpen: boolean): Pick<Check, 'state' | 'detail' | 'fix'> {
  const detail = `Docker ${info.version} on ${info.os}/${info.arch}, ${info.cpus} CPUs, ${(info.memoryBytes / 1e9).toFixed(1)} GB memory`
  if (info.os !== 'linux') {
    const fix = 'Switch the engine to Linux containers: agents run on Linux'
    return { state: 'fail', detail, fix }
  }
  if (info.arch !== 'amd64' && info.arch !== 'arm64') {
    const fix = 'Use an engine on amd64 or arm64: the Claude Code CLI exists for these'
    return { state: 'fail', detail, fix }
  }
  if (info.memoryBytes < lowMemoryBytes) {
    const fix =
      'Give the engine at least 2 GB of memory: each agent takes about 300 MB and its tools more'
    return { state: 'warn', detail, fix }
  }
  if (info.isDesktop && isOpen)
    return { state: 'warn', detail: `${detail}. ${openDesktop.detail}`, fix: openDesktop.fix }
  return { state: 'ok', detail }
}

/** What a person does on this kind of machine, down to the command. */
export function engineAdvice(host: Host, endpoint: string): string {
  if (!isLocalEndpoint(endpoint))
    return `Start the engine at ${endpoint}, or clear docker.host and DOCKER_HOST to use one on this machine`
  if (host.platform === 'darwin')
    return 'Install and start Docker Desktop, OrbStack or Colima ("brew install colima docker && colima start")'
  if (host.platform === 'win32') return 'Install and start Docker Desktop (with WSL 2)'
  if (host.which('dockerd')) {
    const how = host.hasSystemd ? 'systemctl start docker' : 'service docker start'
    return host.isRoot ? `Run "klaudio doctor --fix" or "${how}"` : `Run "sudo ${how}"`
  }
  if (!host.isDebian)
    return 'Install Docker with your package manager (packages "docker", "moby-engine" or "docker-ce") and start it ("systemctl enable --now docker")'
  return host.isRoot
    ? 'Run "klaudio doctor --fix" to install and start it'
    : 'Run "sudo klaudio doctor --fix" to install and start it'
}

export async function checkImage(image: Pick<AgentImage, 'check'>, limits: Limits): Promise<Check> {
  const about = { id: 'image', title: 'Agent image' }
  try {
    const { state, tag, detail } = await image.check(limits)
    if (state === 'ready') return { ...about, state: 'ok', detail: `${tag} (${detail})` }
    if (state === 'failed')
      return { ...about, state: 'fail', detail, fix: 'Correct this; the next agent tries again' }
    return {
      ...about,
      state: 'warn',
      detail: state === 'building' ? `${tag} is being built: ${detail}` : `${tag} is not built yet`,
      fix: 'Nothing needed: it is built for the first agent. "klaudio doctor --fix" builds it now',
    }
  } catch (error) {
    limits.signal?.throwIfAborted()
    const fix = 'Correct this; the next agent tries again'
    return { ...about, state: 'fail', detail: toMessage(error), fix }
  }
}

type CliParts = {
  image: { cli: Pick<ClaudeCli, 'isCached'> }
  run: RunCommand
  bunPath: string
  environment: Record<string, string | undefined>
}

/** Only asked when the image must still be built. */
export async function checkCli(parts: CliParts, arch: CliArch, limits: Limits): Promise<Check> {
  const about = { id: 'cli', title: 'Claude Code CLI' }
  const pkg = cliPackages[arch]
  const name = `${pkg.name}@${cliVersion}`
  if (await parts.image.cli.isCached(arch))
    return { ...about, state: 'ok', detail: `${cliVersion} for ${arch}, downloaded` }
  const { exitCode, output } = await parts.run(
    [parts.bunPath, 'pm', 'view', name, 'dist.integrity'],
    { env: { ...parts.environment, BUN_BE_BUN: '1' }, ...limits },
  )
  if (exitCode === 0 && output.includes(pkg.integrity))
    return { ...about, state: 'ok', detail: `The registry has ${name}` }
  return {
    ...about,
    state: 'fail',
    detail:
      exitCode === 0
        ? `The registry has another ${name} than Klaudio was built for`
        : `The npm registry does not give ${name}: ${output.trim().split('\n')[0] ?? ''}`,
    fix: 'Let this machine reach an npm registry: .npmrc, NPM_CONFIG_REGISTRY and HTTPS_PROXY apply',
  }
}

const loginStates = {
  ok: 'ok',
  unknown: 'warn',
  missing: 'fail',
  expired: 'fail',
  refused: 'fail',
} as const satisfies Record<LoginState['state'], Check['state']>

export async function checkCredentials(
  login: (signal?: AbortSignal) => Promise<LoginState>,
  limits: Limits,
): Promise<Check> {
  const { state, detail } = await login(limits.signal)
  const about = { id: 'credentials', title: 'Claude credentials', state: loginStates[state] }
  // The sentence says what is wrong first, and what to do after it.
  const [fact = detail, ...advice] = detail.split(/(?:: |\. )(?=[A-Za-z])/)
  if (about.state === 'ok' || advice.length === 0) return { ...about, detail }
  return { ...about, detail: fact, fix: capitalised(advice.join('. ')) }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function toArch(arch: string): CliArch {
  return arch === 'arm64' ? 'arm64' : 'amd64'
}
