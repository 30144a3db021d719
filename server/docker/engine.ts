/**
 * The container engine as Klaudio needs it, and nothing more. Implemented over dockerode in
 * `dockerode-engine.ts`; kept small enough that another engine can stand behind it. No call takes a host path:
 * files travel as tar archives or through exec. Every call that can wait takes a signal.
 */
import type { TerminalSize } from '#contract/socket.ts'

/** Thrown as `AppError('engine.unreachable')` when the engine does not answer, `engine.failed` when it refuses. */
export type Labels = Record<string, string>

export type EngineInfo = {
  version: string
  apiVersion: string
  /** Go-style: `amd64`, `arm64`. */
  arch: string
  os: string
  rootless: boolean
  /** Docker Desktop, whose containers reach what listens on the loopback of the machine (host.docker.internal). */
  isDesktop: boolean
  /** Where it keeps images and volumes, as a path of the machine it runs on. */
  rootDir?: string
  cpus: number
  memoryBytes: number
}

export type ContainerSpec = {
  name: string
  image: string
  cmd: string[]
  entrypoint?: string[]
  env?: Record<string, string>
  labels: Labels
  workingDir?: string
  /** `uid:gid`; the image's own user when absent. */
  user?: string
  volumes: { name: string; path: string; readOnly?: boolean }[]
  /** tmpfs mounts: path -> size in bytes. */
  tmpfs?: Record<string, number>
  readOnlyRoot: boolean
  network: string
  /** `name -> address`, `host-gateway` allowed. */
  extraHosts?: Record<string, string>
  memoryBytes: number
  cpus: number
  pids: number
  /** Keep stdin open for `attach`. */
  openStdin: boolean
}

export type ContainerState = {
  id: string
  name: string
  labels: Labels
  image: string
  status: 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead' | 'removing'
  exitCode?: number
  oomKilled: boolean
  /** Epoch ms. */
  startedAt?: number
  finishedAt?: number
}

export type ContainerSummary = {
  id: string
  name: string
  labels: Labels
  status: ContainerState['status']
  /** Epoch ms. */
  createdAt?: number
}

/** The container's main process: raw stdout bytes come out, bytes go in. One writer at a time. */
export type Attachment = {
  stdout: AsyncIterable<Uint8Array>
  /** Resolves when the engine has taken the bytes. Rejects with `engine.unreachable` once the stream is gone. */
  write(bytes: Uint8Array): Promise<void>
  /** Drops the connection; the container goes on. */
  close(): void
}

export type ExecSpec = {
  cmd: string[]
  env?: Record<string, string>
  user?: string
  workingDir?: string
}

export type ExecStream = {
  stdout: AsyncIterable<Uint8Array>
  /** Collected, capped at 64 KiB. Complete once `stdout` has ended. */
  stderr: () => string
  write(bytes: Uint8Array): Promise<void>
  /** Half-closes stdin: the process sees EOF, output goes on. */
  end(): void
  /** Exit code after `stdout` ended; rejects with `engine.unreachable` when the stream broke instead. */
  exitCode(): Promise<number>
  close(): void
}

/** A process on a terminal of its own: what it prints comes out as it is, what a person types goes in. */
export type ExecTerminal = {
  output: AsyncIterable<Uint8Array>
  write(bytes: Uint8Array): Promise<void>
  resize(size: TerminalSize): Promise<void>
  /** After `output` ended; rejects with `engine.unreachable` when the stream broke instead. */
  exitCode(): Promise<number>
  /** Drops the connection. The process does not notice. */
  close(): void
}

export type ExecResult = { exitCode: number; stdout: Uint8Array; stderr: string }

export type BuildProgress = { step?: number; steps?: number; text: string }

export type FoundImage = {
  id: string
  sizeBytes: number
  labels: Labels
  /** Paths at which each container of it gets a volume; absent without any. */
  volumes?: string[]
}

export type BuildSpec = {
  tag: string
  /** A tar stream: the build context. */
  context: AsyncIterable<Uint8Array>
  /** In the context; `Dockerfile` when absent. */
  dockerfile?: string
  /** The stage to build; the last one when absent. */
  target?: string
  /** Of one step. The engine's own limit when absent. */
  memoryBytes?: number
  buildArgs: Record<string, string>
  labels: Labels
  onProgress: (progress: BuildProgress) => void
  signal?: AbortSignal
}

export type ContainerStats = {
  cpuPercent: number
  memoryBytes: number
  memoryLimitBytes: number
  netRxBytes: number
  netTxBytes: number
  blockReadBytes: number
  blockWriteBytes: number
  pids: number
}

export type EngineEvent = { action: string; containerId: string; labels: Labels; atMs: number }

type Signal = { signal?: AbortSignal }

export type Engine = {
  /** Rejects with `engine.unreachable`, whose message says what was tried and what to do. */
  info(options?: Signal): Promise<EngineInfo>

  findImage(ref: string, options?: Signal): Promise<FoundImage | undefined>
  pullImage(
    ref: string,
    options: { onProgress: (progress: BuildProgress) => void } & Signal,
  ): Promise<void>
  /** A root file system as tar becomes the image `tag`. */
  importImage(tag: string, tar: AsyncIterable<Uint8Array>, options?: Signal): Promise<void>
  buildImage(spec: BuildSpec): Promise<void>
  /**
   * What a container has written outside its volumes, on top of its image, becomes the image `tag`: with the labels of the container and these,
   * and with its environment. The container goes on.
   */
  commitContainer(id: string, image: { tag: string; labels: Labels }): Promise<void>
  /** Of images that carry all the labels. `createdAt` is in epoch ms. */
  listImages(labels: Labels): Promise<{ tags: string[]; sizeBytes: number; createdAt: number }[]>
  /** Takes the tag away, and the image with its last one. Never one that a container uses: that is refused. Gone already is fine. */
  removeImage(ref: string): Promise<void>

  createVolume(name: string, labels: Labels): Promise<void>
  /** `createdAt` in epoch ms, when the engine tells. */
  listVolumes(labels: Labels): Promise<{ name: string; labels: Labels; createdAt?: number }[]>
  /** Gone already is fine. */
  removeVolume(name: string): Promise<void>

  /** Creates the network when it does not exist; returns its gateway address when the engine tells one. */
  ensureNetwork(name: string, labels: Labels): Promise<{ gateway?: string }>

  /** Returns the container's id. A name already taken is `engine.failed` with `details.reason = 'name-taken'`. */
  createContainer(spec: ContainerSpec): Promise<string>
  startContainer(id: string): Promise<void>
  /** SIGTERM, then SIGKILL after `graceMs`. Gone or stopped already is fine. */
  stopContainer(id: string, graceMs: number): Promise<void>
  killContainer(id: string, signalName: string): Promise<void>
  pauseContainer(id: string): Promise<void>
  unpauseContainer(id: string): Promise<void>
  /** Forced; gone already is fine. */
  removeContainer(id: string): Promise<void>
  inspectContainer(idOrName: string): Promise<ContainerState | undefined>
  /** Running or not, every container that carries all the labels. */
  listContainers(labels: Labels): Promise<ContainerSummary[]>
  /** Resolves with the exit code once the container is not running. Always survives a lost connection by inspecting again. */
  waitContainer(id: string, options?: Signal): Promise<number>

  attach(id: string): Promise<Attachment>
  exec(
    id: string,
    spec: ExecSpec & { stdin?: Uint8Array; maxBytes?: number } & Signal,
  ): Promise<ExecResult>
  execStream(id: string, spec: ExecSpec): Promise<ExecStream>
  execTerminal(id: string, spec: ExecSpec & { size: TerminalSize }): Promise<ExecTerminal>

  /** Unpacks a tar into `path`; works on a container that was created and never started. */
  putArchive(id: string, path: string, tar: AsyncIterable<Uint8Array> | Uint8Array): Promise<void>
  /** The path as tar; `file.not-found` when it does not exist. */
  getArchive(id: string, path: string): Promise<AsyncIterable<Uint8Array>>

  stats(id: string, options?: Signal): Promise<ContainerStats>
  /** Container events that carry the labels, until the signal aborts. Ends (does not throw) when the engine goes away. */
  events(labels: Labels, options: { signal: AbortSignal }): AsyncIterable<EngineEvent>
}
