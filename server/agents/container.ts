/** How an agent's container is named, labelled and confined. Everything follows from ids, so it is found again after a crash. */
import type { ContainerSpec, Labels } from '#docker/engine.ts'
import { shortId } from '#lib/ids.ts'

export type ContainerSettings = {
  /** This installation: two of them can share an engine. */
  instanceId: string
  network: string
  memoryBytes: number
  cpus: number
  pids: number
  /** Size of the tmpfs at `/tmp`. */
  tmpBytes: number
  /** How many containers of each kind stand by for agents to come; none when absent. */
  standbyContainers?: number
  /** For every process in the container, for example proxies. Never credentials: anyone who may inspect sees it. */
  env?: Record<string, string>
}

export type AgentIds = { agentId: string; taskId: string }

export const stateDir = '/state'
export const workspaceDir = '/workspace'
export const outputPath = `${stateDir}/out.ndjson`
export const errorLogPath = `${stateDir}/err.log`
export const configDir = `${stateDir}/claude`
const scripts = '/usr/local/lib/klaudio'
export const seedPath = `${scripts}/seed`
export const gatePath = `${scripts}/gate`
export const collectPath = `${scripts}/collect`
export const lookPath = `${scripts}/look`

export const instanceLabels = (instanceId: string): Labels => ({ 'klaudio.instance': instanceId })

/** Finds everything of an agent, also what was made before its task was known. */
export function ownerLabels(instanceId: string, agentId: string): Labels {
  return { ...instanceLabels(instanceId), 'klaudio.agent': agentId }
}

/** What is made for an agent carries these. */
export function agentLabels(instanceId: string, { agentId, taskId }: AgentIds): Labels {
  return { ...ownerLabels(instanceId, agentId), 'klaudio.task': taskId }
}

const baseName = (instanceId: string, agentId: string): string =>
  `klaudio-${shortId(instanceId)}-${shortId(agentId)}`

export function containerName(instanceId: string, agentId: string, run: number): string {
  return `${baseName(instanceId, agentId)}-${run}`
}

export function volumeNames(
  instanceId: string,
  agentId: string,
): { workspace: string; state: string } {
  const base = baseName(instanceId, agentId)
  return { workspace: `${base}-workspace`, state: `${base}-state` }
}

/** The container in which the gate and the CLI run. */
export function agentContainer(
  settings: ContainerSettings,
  options: AgentIds & { run: number; image: string; isReadOnly: boolean },
): ContainerSpec {
  return gateContainer(settings, options, agentLabels(settings.instanceId, options))
}

/** The same for the first run of an agent to come, whose task nobody knows yet. */
export function standbyContainer(
  settings: ContainerSettings,
  options: { agentId: string; image: string; isReadOnly: boolean },
): ContainerSpec {
  const labels = ownerLabels(settings.instanceId, options.agentId)
  return gateContainer(settings, { ...options, run: 1 }, labels)
}

function gateContainer(
  settings: ContainerSettings,
  options: { agentId: string; run: number; image: string; isReadOnly: boolean },
  labels: Labels,
): ContainerSpec {
  const { agentId, run } = options
  const volumes = volumeNames(settings.instanceId, agentId)
  return {
    ...confined(settings, options.image),
    name: containerName(settings.instanceId, agentId, run),
    cmd: [gatePath],
    labels: {
      ...labels,
      'klaudio.run': String(run),
      'klaudio.role': 'agent',
    },
    volumes: [
      { name: volumes.workspace, path: workspaceDir, readOnly: options.isReadOnly },
      { name: volumes.state, path: stateDir },
    ],
    openStdin: true,
  }
}

/** A container on the agent's volumes that does one thing beside or after the real one. */
export function helperContainer(
  settings: ContainerSettings,
  options: AgentIds & { id: string; image: string; cmd: string[] },
): ContainerSpec {
  const volumes = volumeNames(settings.instanceId, options.agentId)
  return {
    ...confined(settings, options.image),
    name: `${baseName(settings.instanceId, options.agentId)}-helper-${shortId(options.id)}`,
    cmd: options.cmd,
    labels: { ...agentLabels(settings.instanceId, options), 'klaudio.role': 'helper' },
    volumes: [
      { name: volumes.workspace, path: workspaceDir },
      { name: volumes.state, path: stateDir },
    ],
    openStdin: false,
  }
}

/** A throw-away container whose `/tree` is unpacked before the start and copied to `/workspace`, owned by the agent's user. */
export function treeContainer(
  settings: ContainerSettings,
  options: { id: string; taskId: string; image: string; cmd: string[] },
): { container: ContainerSpec; volumes: string[] } {
  const name = `klaudio-${shortId(settings.instanceId)}-check-${shortId(options.id)}`
  const volumes = [`${name}-tree`, `${name}-workspace`, `${name}-state`] as const
  return {
    volumes: [...volumes],
    container: {
      ...confined(settings, options.image),
      name,
      cmd: [
        'sh',
        '-c',
        `cp -R /tree/. ${workspaceDir}/ && cd ${workspaceDir} && exec "$@" 2>&1`,
        'sh',
        ...options.cmd,
      ],
      labels: {
        ...instanceLabels(settings.instanceId),
        'klaudio.task': options.taskId,
        'klaudio.role': 'check',
      },
      volumes: [
        { name: volumes[0], path: '/tree' },
        { name: volumes[1], path: workspaceDir },
        { name: volumes[2], path: stateDir },
      ],
      openStdin: false,
    },
  }
}

/**
 * A container in which a repository is set up. It has no volumes and may write to its root, so that what it leaves can be kept as an image;
 * nothing that is to stay out of that is in its environment.
 */
export function setupContainer(
  { env: _, ...settings }: ContainerSettings,
  options: { id: string; image: string },
): ContainerSpec {
  return {
    ...confined(settings, options.image),
    readOnlyRoot: false,
    name: `klaudio-${shortId(settings.instanceId)}-setup-${shortId(options.id)}`,
    // It waits for what is run in it.
    cmd: ['sleep', '86400'],
    labels: { ...instanceLabels(settings.instanceId), 'klaudio.role': 'setup' },
    volumes: [],
    openStdin: false,
  }
}

type Confinement = Pick<
  ContainerSpec,
  | 'image'
  | 'entrypoint'
  | 'env'
  | 'workingDir'
  | 'tmpfs'
  | 'readOnlyRoot'
  | 'network'
  | 'extraHosts'
  | 'memoryBytes'
  | 'cpus'
  | 'pids'
>

function confined(settings: ContainerSettings, image: string): Confinement {
  return {
    image,
    // The image of a project may have an entrypoint of its own.
    entrypoint: [],
    workingDir: workspaceDir,
    tmpfs: { '/tmp': settings.tmpBytes },
    readOnlyRoot: true,
    network: settings.network,
    // Lets an agent reach a model served on the engine's host, as the demo's is.
    extraHosts: { 'host.docker.internal': 'host-gateway' },
    memoryBytes: settings.memoryBytes,
    cpus: settings.cpus,
    pids: settings.pids,
    ...(settings.env && { env: settings.env }),
  }
}
