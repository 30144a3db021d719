import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoginState } from '#claude-login/probe.ts'
import { AppError } from '#contract/errors.ts'
import type { Check, EngineResource } from '#contract/system.ts'
import type { EngineInfo } from '#docker/engine.ts'
import { engineAdvice } from '#doctor/agent-checks.ts'
import { createDoctor, type DoctorOptions } from '#doctor/doctor.ts'
import { judgeDisk } from '#doctor/machine-checks.ts'
import type { ImageState } from '#images/agent-image.ts'
import { cliPackages } from '#images/claude-cli.ts'
import type { CommandResult } from '#lib/run-command.ts'

const info: EngineInfo = {
  version: '28.0.1',
  apiVersion: '1.48',
  arch: 'amd64',
  os: 'linux',
  rootless: false,
  isDesktop: false,
  cpus: 4,
  memoryBytes: 16e9,
}

type World = {
  engine?: Partial<EngineInfo> | AppError
  isOpen?: boolean
  image?: ImageState['state'] | AppError
  isCached?: boolean
  login?: LoginState | 'not-needed'
  git?: CommandResult
  view?: CommandResult
  dataDir?: string
  listen?: { host: string; port: number }
  resources?: EngineResource[] | AppError
  setups?: { count: number; bytes: number } | AppError
}

const resource = (
  owner: EngineResource['owner'],
  kind: EngineResource['kind'],
): EngineResource => ({
  ...{ owner, kind, name: `${owner}-${kind}` },
})

const host: ReturnType<DoctorOptions['host']> = {
  platform: 'linux',
  isRoot: true,
  isDebian: true,
  hasSystemd: false,
  arch: 'amd64',
  which: () => undefined,
  hasFile: () => false,
}

describe('the doctor', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'klaudio-doctor-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const examine = async (world: World): Promise<Record<string, Check>> => {
    const { engine = {}, image = 'ready', login = { state: 'ok', detail: 'fine' } } = world
    const doctor = createDoctor({
      engine: {
        async info() {
          if (engine instanceof AppError) throw engine
          return { ...info, ...engine }
        },
      },
      endpoint: '',
      isOpen: world.isOpen ?? false,
      image: {
        async check() {
          if (image instanceof AppError) throw image
          return { state: image, tag: 'klaudio-agent:abc', detail: 'detail' }
        },
        cli: { isCached: async () => world.isCached ?? false, ensure: async () => '' },
      },
      ...(login === 'not-needed' ? {} : { login: async () => login }),
      dataDir: world.dataDir ?? folder,
      ...(world.listen ? { listen: world.listen } : {}),
      resources: () =>
        world.resources &&
        (async () => {
          if (world.resources instanceof AppError) throw world.resources
          return world.resources ?? []
        }),
      setups: () =>
        world.setups &&
        (async () => {
          if (world.setups instanceof AppError) throw world.setups
          return world.setups ?? { count: 0, bytes: 0 }
        }),
      host: () => host,
      run: async (command) =>
        command[0] === 'git'
          ? (world.git ?? { exitCode: 0, output: 'git version 2.39.5 (Apple Git-154)\n' })
          : (world.view ?? { exitCode: 0, output: `${cliPackages.amd64.integrity}\n` }),
      bunPath: 'bun',
      environment: {},
    })
    return Object.fromEntries((await doctor.run()).map((check) => [check.id, check]))
  }

  test('finds nothing on a machine that has everything, and always checks the same things', async () => {
    const checks = await examine({})
    expect(Object.keys(checks)).toEqual([
      'engine',
      'image',
      'cli',
      'credentials',
      'git',
      'data-dir',
      'disk',
      'port',
      'orphans',
      'setups',
    ])
    for (const check of Object.values(checks)) expect(check.state).not.toBe('fail')
    expect(checks.engine?.detail).toContain('Docker 28.0.1 on linux/amd64')
  })

  test('warns when agents on Docker Desktop could drive a server that asks for no token (S4)', async () => {
    const open = await examine({ engine: { isDesktop: true }, isOpen: true })
    expect(open.engine).toMatchObject({
      state: 'warn',
      detail: expect.stringContaining('asks for no token'),
      fix: expect.stringContaining('server.require_token'),
    })
    expect((await examine({ engine: { isDesktop: true } })).engine?.state).toBe('ok')
    expect((await examine({ isOpen: true })).engine?.state).toBe('ok')
  })

  test('without an engine says what to do, and still checks the rest', async () => {
    const checks = await examine({
      engine: new AppError('engine.unreachable', 'No engine answers'),
    })
    expect(checks.engine).toMatchObject({
      state: 'fail',
      detail: 'No engine answers',
      fix: expect.stringContaining('klaudio doctor --fix'),
    })
    expect(checks.image?.state).toBe('skip')
    expect(checks.git?.state).toBe('ok')
  })

  test.each<[string, Partial<EngineInfo>, Check['state']]>([
    ['Windows containers', { os: 'windows' }, 'fail'],
    ['an architecture without a CLI', { arch: 'riscv64' }, 'fail'],
    ['little memory', { memoryBytes: 1e9 }, 'warn'],
  ])('judges an engine with %s', async (_what, engine, state) => {
    expect((await examine({ engine })).engine).toMatchObject({
      state,
      fix: expect.any(String),
    })
  })

  test('an image that is not built yet is a remark, one that cannot be is a failure', async () => {
    expect((await examine({ image: 'missing' })).image?.state).toBe('warn')
    expect((await examine({ image: 'failed' })).image?.state).toBe('fail')
    const broken = new AppError('image.failed', 'bundle unreadable')
    expect((await examine({ image: broken })).image).toMatchObject({
      state: 'fail',
      detail: 'bundle unreadable',
    })
  })

  test('asks the registry for the CLI only when neither image nor cache has it', async () => {
    expect((await examine({})).cli?.state).toBe('skip')
    expect((await examine({ image: 'missing', isCached: true })).cli?.state).toBe('ok')
    expect((await examine({ image: 'missing' })).cli?.state).toBe('ok')
    const refused = { exitCode: 1, output: 'ConnectionRefused: view request failed\n' }
    expect((await examine({ image: 'missing', view: refused })).cli).toMatchObject({
      state: 'fail',
      detail: expect.stringContaining('ConnectionRefused'),
    })
    const other = { exitCode: 0, output: 'sha512-other\n' }
    expect((await examine({ image: 'missing', view: other })).cli?.state).toBe('fail')
  })

  test.each<[LoginState['state'], Check['state']]>([
    ['ok', 'ok'],
    ['unknown', 'warn'],
    ['missing', 'fail'],
    ['expired', 'fail'],
    ['refused', 'fail'],
  ])('credentials that are %s are %s', async (state, expected) => {
    const login = { state, detail: 'api.example refuses the key (HTTP 401): make a new one' }
    expect((await examine({ login })).credentials?.state).toBe(expected)
  })

  test('tells the fact and the advice about credentials apart', async () => {
    const login = { state: 'refused', detail: 'It refuses the key: make a new one' } as const
    expect((await examine({ login })).credentials).toMatchObject({
      detail: 'It refuses the key',
      fix: 'Make a new one',
    })
  })

  test('asks for no credentials where the model is scripted', async () => {
    expect((await examine({ login: 'not-needed' })).credentials?.state).toBe('skip')
  })

  test.each<[string, CommandResult, Check['state']]>([
    ['none', { exitCode: 127, output: '' }, 'fail'],
    ['too old', { exitCode: 0, output: 'git version 2.37.9' }, 'fail'],
    ['just new enough', { exitCode: 0, output: 'git version 2.38.0.windows.1' }, 'ok'],
    ['a later major version', { exitCode: 0, output: 'git version 3.0.1' }, 'ok'],
  ])('git: %s', async (_what, git, state) => {
    expect((await examine({ git })).git?.state).toBe(state)
  })

  test('a data directory must be a directory, and closed to others', async () => {
    await chmod(folder, 0o700)
    expect((await examine({}))['data-dir']?.state).toBe('ok')
    await chmod(folder, 0o755)
    expect((await examine({}))['data-dir']).toMatchObject({
      state: 'warn',
      fix: `Run "chmod 700 ${folder}"`,
    })
    expect((await examine({ dataDir: join(folder, 'new/below') }))['data-dir']?.state).toBe('ok')
    const file = join(folder, 'file')
    await Bun.write(file, '')
    expect((await examine({ dataDir: file }))['data-dir']?.state).toBe('fail')
  })

  test('a port is free or not', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    try {
      expect((await examine({ listen: { host: '127.0.0.1', port } })).port?.state).toBe('warn')
    } finally {
      await new Promise((resolve) => server.close(resolve))
    }
    expect((await examine({ listen: { host: '127.0.0.1', port } })).port?.state).toBe('ok')
    expect((await examine({ listen: { host: '192.0.2.1', port } })).port?.state).toBe('fail')
    expect((await examine({})).port?.state).toBe('skip')
  })

  test('what is nobody’s on the engine is a remark, with what takes it away', async () => {
    expect((await examine({})).orphans).toMatchObject({ state: 'skip' })
    const owned = [resource('agent', 'container'), resource('agent', 'volume')]
    expect((await examine({ resources: owned })).orphans).toEqual({
      id: 'orphans',
      title: 'Containers',
      state: 'ok',
      detail: '1 container and 1 volume on the engine',
    })
    const resources = [...owned, resource('orphan', 'volume'), resource('orphan', 'volume')]
    expect((await examine({ resources })).orphans).toMatchObject({
      state: 'warn',
      detail: "1 container and 3 volumes on the engine, 2 volumes of them nobody's",
      fix: expect.stringContaining('klaudio doctor --fix'),
    })
    const refusal = new AppError('engine.failed', 'It refuses.')
    expect((await examine({ resources: refusal })).orphans).toMatchObject({
      state: 'skip',
      detail: 'It refuses.',
    })
  })

  test('what setup commands left is told with its size and what removes it', async () => {
    expect((await examine({})).setups).toMatchObject({ state: 'skip' })
    expect((await examine({ setups: { count: 0, bytes: 0 } })).setups).toMatchObject({
      ...{ state: 'ok', detail: 'None' },
    })
    expect((await examine({ setups: { count: 3, bytes: 1.24e9 } })).setups).toEqual({
      ...{ id: 'setups', title: 'Kept setups', state: 'ok' },
      detail: '3 on the engine, 1.2 GB; "klaudio setup clear" removes them',
    })
    const refusal = new AppError('data.refused', 'Somebody is at work on it.')
    expect((await examine({ setups: refusal })).setups).toMatchObject({
      ...{ state: 'skip', detail: 'Somebody is at work on it.' },
    })
  })

  test('free disk is judged by what an image and a task take', () => {
    expect(judgeDisk([{ path: '/data', freeBytes: 50e9 }], 0)).toEqual({
      state: 'ok',
      detail: '50.0 GB at /data',
    })
    expect(judgeDisk([{ path: '/data', freeBytes: 5e9 }], 0).state).toBe('warn')
    expect(judgeDisk([{ path: '/data', freeBytes: 0.2e9 }], 0).state).toBe('fail')
  })

  test('a disk with less than its reserve fails, whosever it is, and says that new work waits', () => {
    const places = [
      { path: '/data', freeBytes: 50e9 },
      { path: '/engine', freeBytes: 1.5e9 },
    ]
    expect(judgeDisk(places, 1e9).state).toBe('warn')
    const low = judgeDisk(places, 2e9)
    expect(low).toMatchObject({ state: 'fail', detail: expect.stringContaining('new work waits') })
    expect(low.fix).toContain('storage.min_free')
  })
})

describe('advice about a missing engine', () => {
  const dockerd = (program: string): string | undefined =>
    program === 'dockerd' ? '/usr/sbin/dockerd' : undefined

  test.each<[string, Partial<typeof host>, string, string]>([
    ['Debian as root', {}, '', 'klaudio doctor --fix'],
    ['Debian as a user', { isRoot: false }, '', 'sudo klaudio doctor --fix'],
    [
      'a stopped engine',
      { isRoot: false, which: dockerd, hasSystemd: true },
      '',
      'sudo systemctl start docker',
    ],
    ['another Linux', { isDebian: false }, '', 'package manager'],
    ['a Mac', { platform: 'darwin', isDebian: false }, '', 'Docker Desktop'],
    ['Windows', { platform: 'win32', isDebian: false }, '', 'WSL 2'],
    ['an engine elsewhere', {}, 'tcp://box:2375', 'tcp://box:2375'],
  ])('on %s', (_what, more, endpoint, expected) => {
    expect(engineAdvice({ ...host, ...more }, endpoint)).toContain(expected)
  })
})
