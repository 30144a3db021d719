/**
 * An engine whose containers are local processes and whose volumes are temporary directories: the real gate and the real
 * scripts run, only the CLI is a stand-in. Paths inside a container are mapped by name, so nothing here confines
 * anything. Any call can be made to fail, and every stream to break.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type {
  Attachment,
  ContainerSpec,
  ContainerState,
  Engine,
  ExecStream,
  Labels,
} from '#docker/engine.ts'
import { readTar } from '#docker/tar.ts'
import { packTar } from '#lib/pack-tar.ts'

/**
 * `refuse`: the engine says no, nothing happened. `away`: it could not be reached, nothing happened. `lost`: it did what was
 * asked, and the answer got lost. `cut`: every open stream breaks just before the call. `die-before`, `die-after`: the caller
 * is killed, so it never hears of the call again.
 */
export type FaultKind = 'refuse' | 'away' | 'lost' | 'cut' | 'die-before' | 'die-after'

export type FakeEngine = Engine & {
  /** Calls so far. */
  calls(): number
  /** Call number `at` (from 1, counted from now) fails once. */
  failOnce(at: number, kind: FaultKind): Fault
  /** Kills a container's processes the way a crash does, and returns when it has ended. */
  crash(containerId: string): Promise<void>
  volumePath(name: string): string
  dispose(): Promise<void>
}

export type Fault = {
  hasStruck(): boolean
  /** Resolves when it strikes. */
  struck: Promise<void>
  /** Takes it back. */
  heal(): void
}

type Process = ReturnType<typeof spawn>
type Container = {
  id: string
  spec: ContainerSpec
  status: ContainerState['status']
  exitCode?: number
  process?: Process
  stdin?: (bytes: Uint8Array) => Promise<void>
  /** Written before the start. */
  early: Uint8Array[]
  listeners: Set<(chunk: Uint8Array | undefined) => void>
  /** What the program prints before somebody listens is lost, as with an engine that keeps no logs. */
  ended: Promise<void>
  settleEnded: () => void
}

const root = join(import.meta.dir, '../..')

export function createFakeEngine(): FakeEngine {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-engine-'))
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'claude'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'tests/support/fake-claude.ts')}' "$@"\n`,
    { mode: 0o755 },
  )
  const containers = new Map<string, Container>()
  const volumes = new Map<string, Labels>()
  const execs = new Set<Process>()
  const cuts = new Set<() => void>()
  let count = 0
  let fault: { at: number; kind: FaultKind; hasStruck: boolean; settle: () => void } | undefined
  const volumePath = (name: string): string => join(dir, 'volumes', name)

  const find = (id: string): Container => {
    const found = containers.get(id) ?? [...containers.values()].find((c) => c.spec.name === id)
    if (!found) throw refused('not-found', `No such container: ${id}`)
    return found
  }
  const mapped = ({ spec }: Container, text: string): string => {
    const known = spec.volumes.map(({ name, path }) => [path, volumePath(name)] as const)
    const places = [...known, ['/usr/local/lib/klaudio', join(root, 'agent-image')] as const]
    return places.reduce(
      (result, [from, to]) =>
        result.replaceAll(new RegExp(`(?<![\\w.])${from}(?=[/\\s";]|$)`, 'g'), to),
      text,
    )
  }
  const environment = (container: Container): Record<string, string> => ({
    PATH: `${bin}:${process.env.PATH}`,
    HOME: dir,
    GIT_CONFIG_NOSYSTEM: '1',
    KLAUDIO_STATE: mapped(container, '/state'),
    KLAUDIO_WORKSPACE: mapped(container, '/workspace'),
  })
  const run = (container: Container, cmd: string[]): Process =>
    spawn(
      cmd.map((arg) => mapped(container, arg)),
      { env: environment(container), cwd: mapped(container, '/workspace') },
    )
  const running = (id: string): Container => {
    const container = find(id)
    if (container.status !== 'running')
      throw refused('not-running', `Container ${id} is not running`)
    return container
  }
  const kill = (container: Container, signal: NodeJS.Signals): void => {
    const { process: started } = container
    if (!started || (container.status !== 'running' && container.status !== 'paused')) return
    if (signal === 'SIGKILL') killTree(started)
    else started.kill(signal)
  }
  const connect = (container: Container): Attachment => {
    const queue = createQueue()
    const listener = (chunk: Uint8Array | undefined): void =>
      chunk ? queue.push(chunk) : queue.end()
    container.listeners.add(listener)
    let isOpen = true
    const close = (): void => {
      isOpen = false
      container.listeners.delete(listener)
      cuts.delete(close)
      queue.end()
    }
    cuts.add(close)
    if (container.exitCode !== undefined) queue.end()
    return {
      stdout: queue.read(),
      async write(bytes) {
        if (!isOpen) throw away()
        if (!container.stdin) container.early.push(bytes)
        else
          await container.stdin(bytes).catch(() => {
            throw away()
          })
      },
      close,
    }
  }
  const start = (container: Container): void => {
    const started = run(container, container.spec.cmd)
    container.process = started
    container.status = 'running'
    container.stdin = async (bytes) => {
      started.stdin.write(bytes)
      await started.stdin.flush()
    }
    for (const bytes of container.early.splice(0)) void container.stdin(bytes)
    const pump = async (): Promise<void> => {
      for await (const chunk of started.stdout)
        for (const listener of container.listeners) listener(chunk.slice())
      const code = await started.exited
      container.status = 'exited'
      container.exitCode = started.signalCode ? 137 : code
      for (const listener of container.listeners) listener(undefined)
      container.settleEnded()
    }
    void pump()
  }
  const execStream = async (id: string, cmd: string[]): Promise<ExecStream> => {
    const container = running(id)
    const started = run(container, cmd)
    execs.add(started)
    let isCut = false
    const close = (): void => {
      cuts.delete(cut)
      killTree(started)
    }
    const cut = (): void => {
      isCut = true
      close()
    }
    cuts.add(cut)
    void container.ended.then(close)
    void started.exited.then(() => execs.delete(started))
    return {
      stdout: started.stdout,
      stderr: () => '',
      async write(bytes) {
        started.stdin.write(bytes)
        await started.stdin.flush()
      },
      end: () => void started.stdin.end(),
      async exitCode() {
        const code = await started.exited
        if (isCut) throw away()
        return code
      },
      close,
    }
  }

  const engine: Engine = {
    async info() {
      return {
        version: 'fake',
        apiVersion: '1.41',
        arch: 'amd64',
        os: 'linux',
        rootless: false,
        isDesktop: false,
        cpus: 2,
        memoryBytes: 4e9,
      }
    },
    findImage: async () => ({ id: 'fake', sizeBytes: 1, labels: {} }),
    pullImage: async () => {},
    importImage: async () => {},
    buildImage: async () => {},
    commitContainer: async () => {},
    listImages: async () => [],
    removeImage: async () => {},
    async createVolume(name, labels) {
      mkdirSync(volumePath(name), { recursive: true })
      if (!volumes.has(name)) volumes.set(name, labels)
    },
    listVolumes: async (labels) =>
      [...volumes]
        .filter(([, own]) => carries(own, labels))
        .map(([name, own]) => ({ name, labels: own })),
    async removeVolume(name) {
      const user = [...containers.values()].find(({ spec }) =>
        spec.volumes.some((volume) => volume.name === name),
      )
      if (user) throw refused('in-use', `volume is in use by ${user.id}`)
      volumes.delete(name)
      rmSync(volumePath(name), { recursive: true, force: true })
    },
    ensureNetwork: async () => ({}),
    async createContainer(spec) {
      if ([...containers.values()].some((container) => container.spec.name === spec.name))
        throw refused('name-taken', `The name ${spec.name} is already in use`)
      for (const { name } of spec.volumes) {
        if (!volumes.has(name)) volumes.set(name, spec.labels)
        mkdirSync(volumePath(name), { recursive: true })
      }
      const ended = Promise.withResolvers<void>()
      const id = crypto.randomUUID().replaceAll('-', '')
      containers.set(id, {
        id,
        spec,
        status: 'created',
        listeners: new Set(),
        early: [],
        ended: ended.promise,
        settleEnded: ended.resolve,
      })
      return id
    },
    async startContainer(id) {
      const container = find(id)
      if (container.status === 'created') start(container)
    },
    async stopContainer(id, graceMs) {
      const container = containers.get(id)
      if (container?.status !== 'running') return
      kill(container, 'SIGTERM')
      const timer = setTimeout(() => kill(container, 'SIGKILL'), graceMs)
      await container.ended
      clearTimeout(timer)
    },
    async killContainer(id, signalName) {
      const signals: Record<string, NodeJS.Signals> = { SIGTERM: 'SIGTERM', SIGINT: 'SIGINT' }
      kill(running(id), signals[signalName] ?? 'SIGKILL')
    },
    async pauseContainer(id) {
      const container = running(id)
      container.status = 'paused'
      for (const one of familyOf(container)) signal(one, 'SIGSTOP')
    },
    async unpauseContainer(id) {
      const container = find(id)
      if (container.status !== 'paused')
        throw refused('not-running', `Container ${id} is not paused`)
      container.status = 'running'
      for (const one of familyOf(container)) signal(one, 'SIGCONT')
    },
    async removeContainer(id) {
      const container = containers.get(id)
      if (!container) return
      if (container.status === 'running' || container.status === 'paused') {
        kill(container, 'SIGKILL')
        await container.ended
      }
      containers.delete(id)
    },
    async inspectContainer(idOrName) {
      const container = [...containers.values()].find(
        (one) => one.id === idOrName || one.spec.name === idOrName,
      )
      if (!container) return undefined
      return {
        id: container.id,
        name: container.spec.name,
        labels: container.spec.labels,
        image: container.spec.image,
        status: container.status,
        oomKilled: false,
        ...(container.exitCode !== undefined && { exitCode: container.exitCode }),
      }
    },
    listContainers: async (labels) =>
      [...containers.values()]
        .filter(({ spec }) => carries(spec.labels, labels))
        .map(({ id, spec, status }) => ({ id, name: spec.name, labels: spec.labels, status })),
    async waitContainer(id) {
      const container = find(id)
      await container.ended
      return container.exitCode ?? 0
    },
    async attach(id) {
      const container = find(id)
      if (container.status === 'paused') throw refused('not-running', `Container ${id} is paused`)
      return connect(container)
    },
    async exec(id, { cmd }) {
      const started = run(running(id), cmd)
      const [stdout, exitCode] = await Promise.all([
        new Response(started.stdout).bytes(),
        started.exited,
      ])
      return { exitCode, stdout, stderr: '' }
    },
    execStream: (id, { cmd }) => execStream(id, cmd),
    async execTerminal(id, { cmd }) {
      const { stdout, write, exitCode, close } = await execStream(id, cmd)
      return { output: stdout, write, exitCode, close, resize: async () => {} }
    },
    async putArchive(id, path, tar) {
      const target = mapped(find(id), path)
      for await (const entry of readTar(toIterable(tar))) {
        if (entry.type !== 'file') continue
        mkdirSync(join(target, entry.path, '..'), { recursive: true })
        await Bun.write(join(target, entry.path), await toBytes(entry.content))
      }
    },
    async getArchive(id, path) {
      const file = Bun.file(mapped(find(id), path))
      if (!(await file.exists())) throw new AppError('file.not-found', `There is no ${path}`)
      return packTar([{ path: path.split('/').at(-1) ?? '', content: await file.bytes() }])
    },
    stats: async () => {
      throw refused('other', 'the fake engine counts nothing')
    },
    async *events() {},
  }

  const strike = (): FaultKind | undefined => {
    count += 1
    if (!fault || fault.hasStruck || count !== fault.at) return undefined
    fault.hasStruck = true
    fault.settle()
    if (fault.kind === 'cut') for (const cut of [...cuts]) cut()
    return fault.kind
  }
  const forever = new Promise<never>(() => {})
  const before: Partial<Record<FaultKind, (name: string) => Promise<never>>> = {
    refuse: (name) => Promise.reject(refused('other', `${name} was refused`)),
    away: () => Promise.reject(away()),
    'die-before': () => forever,
  }
  const after: Partial<Record<FaultKind, () => Promise<never>>> = {
    lost: () => Promise.reject(away()),
    'die-after': () => forever,
  }
  const faulty = new Proxy(engine, {
    get(target, name: keyof Engine) {
      const call = target[name] as (...args: unknown[]) => Promise<unknown>
      if (name === 'events' || name === 'info') return call
      return async (...args: unknown[]) => {
        // As with a real engine, every answer takes a turn of the event loop.
        await new Promise((resolve) => setImmediate(resolve))
        const kind = strike()
        await (kind && before[kind]?.(name))
        const result = await call(...args)
        await (kind && after[kind]?.())
        return result
      }
    },
  })
  return Object.assign(Object.create(faulty) as Engine, {
    calls: () => count,
    failOnce(at: number, kind: FaultKind): Fault {
      const { promise: struck, resolve: settle } = Promise.withResolvers<void>()
      const planned = { at: count + at, kind, hasStruck: false, settle }
      fault = planned
      return {
        struck,
        hasStruck: () => planned.hasStruck,
        heal: () => {
          fault = undefined
        },
      }
    },
    async crash(id: string) {
      const container = find(id)
      kill(container, 'SIGKILL')
      await container.ended
    },
    volumePath,
    async dispose() {
      for (const started of execs) killTree(started)
      for (const container of containers.values()) kill(container, 'SIGKILL')
      await Promise.all(
        [...containers.values()].filter(({ process: p }) => p).map(({ ended }) => ended),
      )
      rmSync(dir, { recursive: true, force: true })
    },
  })
}

function spawn(cmd: string[], options: { env: Record<string, string>; cwd: string }) {
  return Bun.spawn(cmd, {
    ...options,
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'ignore',
    detached: true,
  })
}

/** The processes that are there now, also those of an exec. */
function familyOf({ process: started }: Pick<Container, 'process'>): number[] {
  const family = new Set(started ? [started.pid] : [])
  const parents = listParents()
  for (let size = -1; size !== family.size; ) {
    size = family.size
    for (const [child, parent] of parents) if (family.has(parent)) family.add(child)
  }
  return [...family]
}

/** A container's processes, whatever groups they made. They are stopped before they are counted, so none is born unseen. */
function killTree({ pid, exitCode, signalCode }: Process): void {
  // Its number may be another's by now.
  if (exitCode !== null || signalCode !== null) return
  const family = new Set<number>()
  let found = [pid]
  while (found.length > 0) {
    for (const one of found) signal(one, 'SIGSTOP')
    for (const one of found) family.add(one)
    const parents = listParents()
    found = parents.flatMap(([child, parent]) =>
      family.has(parent) && !family.has(child) ? [child] : [],
    )
  }
  for (const one of family) signal(one, 'SIGKILL')
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** The parent of every process. A program of its own for each question was the dearest thing in these tests. */
const listParents = (): [pid: number, parent: number][] =>
  existsSync('/proc/self/stat') ? readProc() : askPs()

function readProc(): [pid: number, parent: number][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // "pid (name) state parent ...", and the name may hold anything.
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]]
      } catch {
        // Ended since the folder was read.
        return []
      }
    })
}

function askPs(): [pid: number, parent: number][] {
  const listed = Bun.spawnSync(['ps', '-A', '-o', 'pid=,ppid='], { stdout: 'pipe' })
  return listed.stdout
    .toString()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent]) => (pid && parent !== undefined ? [[pid, parent]] : []))
}

function createQueue() {
  const chunks: Uint8Array[] = []
  let isEnded = false
  let wake = (): void => {}
  return {
    push(chunk: Uint8Array) {
      chunks.push(chunk)
      wake()
    },
    end() {
      isEnded = true
      wake()
    },
    async *read(): AsyncGenerator<Uint8Array> {
      for (;;) {
        const chunk = chunks.shift()
        if (chunk) yield chunk
        else if (isEnded) return
        else
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
    },
  }
}

async function* toIterable(tar: AsyncIterable<Uint8Array> | Uint8Array) {
  if (tar instanceof Uint8Array) yield tar
  else yield* tar
}

async function toBytes(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const carries = (own: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => own[name] === value)

function refused(reason: string, message: string): AppError {
  return new AppError('engine.failed', message, { details: { reason } })
}

function away(): AppError {
  return new AppError('engine.unreachable', 'The fake engine is away.')
}
