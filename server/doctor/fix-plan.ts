import type { Check } from '#contract/system.ts'
import type { Host } from '#images/host.ts'
import { isSystemEndpoint } from './endpoint.ts'

/** One thing that `doctor --fix` does, in the order it is done. */
export type FixStep =
  | { kind: 'install'; packages: string[] }
  | { kind: 'start-engine' }
  | { kind: 'build-image' }
  | { kind: 'remove-orphans' }

/** What the decision depends on besides the checks. */
export type Facts = {
  host: Host
  /** `docker.host`, resolved. */
  endpoint: string
  /** The image to build on is there, or it was named and is the engine's business. */
  hasBaseImage: boolean
}

/**
 * Which steps help, decided from what was found. Packages and the engine only as root on Debian or Ubuntu, and only when
 * the engine that is missing is this machine's own; the image wherever an engine answers or will.
 */
export function planFix(checks: readonly Check[], facts: Facts): FixStep[] {
  const { host } = facts
  const stateOf = (id: string): Check['state'] | undefined =>
    checks.find((check) => check.id === id)?.state
  const startsEngine = stateOf('engine') === 'fail' && canGetEngine(facts)
  const hasEngine = stateOf('engine') !== 'fail' || startsEngine
  const buildsImage = hasEngine && stateOf('image') !== 'ok'
  const packages = canInstall(host)
    ? [
        ...(startsEngine ? enginePackages(host) : []),
        ...(stateOf('git') === 'fail' && !host.which('git') ? ['git'] : []),
        ...(buildsImage && !facts.hasBaseImage ? debootstrapPackages(host) : []),
      ]
    : []
  const install: FixStep[] = packages.length > 0 ? [{ kind: 'install', packages }] : []
  const start: FixStep[] = startsEngine ? [{ kind: 'start-engine' }] : []
  const build: FixStep[] = buildsImage ? [{ kind: 'build-image' }] : []
  return [...install, ...start, ...build, ...planTidying(stateOf('orphans'))]
}

const planTidying = (orphans: Check['state'] | undefined): FixStep[] =>
  orphans === 'warn' ? [{ kind: 'remove-orphans' }] : []

function canInstall(host: Host): boolean {
  return host.isRoot && host.isDebian
}

function canGetEngine({ host, endpoint }: Facts): boolean {
  if (!host.isRoot || host.platform !== 'linux' || !isSystemEndpoint(endpoint)) return false
  return host.which('dockerd') !== undefined || canInstall(host)
}

function enginePackages(host: Host): string[] {
  return [
    ...(host.which('dockerd') ? [] : ['docker.io']),
    ...(host.which('iptables') ? [] : ['iptables']),
  ]
}

const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

function debootstrapPackages(host: Host): string[] {
  return [
    ...(host.which('debootstrap') ? [] : ['debootstrap']),
    ...(host.hasFile(debianKeyring) ? [] : ['debian-archive-keyring']),
  ]
}

export function sentenceOf(step: FixStep): string {
  switch (step.kind) {
    case 'install':
      return `install ${step.packages.join(', ')} with apt-get`
    case 'start-engine':
      return 'start the Docker engine'
    case 'build-image':
      return 'build the agent image (a minute or two; downloads the Claude Code CLI, about 100 MB)'
    case 'remove-orphans':
      return "remove the containers and volumes that are nobody's"
  }
}
