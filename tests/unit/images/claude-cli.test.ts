import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import {
  type ClaudeCli,
  type CliArch,
  type CliPackage,
  cliPackages,
  cliVersion,
  createClaudeCli,
} from '#images/claude-cli.ts'
import type { CommandOptions, RunCommand } from '#lib/run-command.ts'

const good = Buffer.from('the real binary')
const sha256 = Bun.SHA256.hash(good, 'hex')

const pkg = (cpu: string): CliPackage => ({
  name: `@scope/cli-${cpu}`,
  cpu,
  integrity: 'sha512-right==',
  sha256,
  sizeBytes: good.length,
})
const packages: Record<CliArch, CliPackage> = { amd64: pkg('x64'), arm64: pkg('arm64') }

type Registry = { integrity?: string; binary?: Uint8Array; failure?: string }

describe('the Claude Code CLI', () => {
  let cacheDir = ''
  let calls: { command: string[]; options: CommandOptions }[] = []

  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'klaudio-cli-'))
    calls = []
  })
  afterEach(() => rm(cacheDir, { recursive: true }))

  /** A package installer that "installs" what the registry says. */
  const cliFrom = (registry: Registry): ClaudeCli => {
    const run: RunCommand = async (command, options = {}) => {
      calls.push({ command, options })
      if (registry.failure) return { exitCode: 1, output: registry.failure }
      const { name } = command.at(-1)?.includes('arm64') ? packages.arm64 : packages.amd64
      const target = join(options.cwd ?? '', 'node_modules', name, 'claude')
      await mkdir(dirname(target), { recursive: true })
      await Bun.write(target, registry.binary ?? good)
      const integrity = registry.integrity ?? 'sha512-right=='
      await Bun.write(join(options.cwd ?? '', 'bun.lock'), `["x", "", {}, "${integrity}"]`)
      return { exitCode: 0, output: '' }
    }
    const environment = { HOME: '/home/me', NPM_CONFIG_REGISTRY: 'http://mirror' }
    return createClaudeCli({ cacheDir, bunPath: '/opt/klaudio', environment, run, packages })
  }

  const ensure = (cli: ClaudeCli, arch: CliArch = 'amd64'): Promise<string> =>
    cli.ensure(arch, { onProgress: () => {} })

  test('is installed by our own binary, for the architecture of the engine, with the settings of this machine', async () => {
    const path = await ensure(cliFrom({}), 'arm64')
    expect(await Bun.file(path).text()).toBe('the real binary')
    expect(calls[0]?.command).toEqual([
      '/opt/klaudio',
      'add',
      '--exact',
      '--ignore-scripts',
      '--no-progress',
      '--os=linux',
      '--cpu=arm64',
      `@scope/cli-arm64@${cliVersion}`,
    ])
    expect(calls[0]?.options.env).toMatchObject({
      BUN_BE_BUN: '1',
      HOME: '/home/me',
      NPM_CONFIG_REGISTRY: 'http://mirror',
    })
  })

  test('is downloaded once and leaves nothing else behind', async () => {
    const cli = cliFrom({})
    expect(await cli.isCached('amd64')).toBe(false)
    const path = await ensure(cli)
    expect(await ensure(cli)).toBe(path)
    expect(await cli.isCached('amd64')).toBe(true)
    expect(calls).toHaveLength(1)
    expect(await readdir(join(cacheDir, 'claude-cli'))).toEqual([`${cliVersion}-linux-x64`])
  })

  test('is fetched again when the cached one is damaged', async () => {
    const cli = cliFrom({})
    const path = await ensure(cli)
    await Bun.write(path, 'the real BINARY')
    expect(await ensure(cli)).toBe(path)
    expect(await Bun.file(path).text()).toBe('the real binary')
  })

  test('with another integrity is refused, and never cached', async () => {
    const cli = cliFrom({ integrity: 'sha512-wrong==' })
    await expect(ensure(cli)).rejects.toMatchObject({ code: 'image.failed' })
    await expect(ensure(cli)).rejects.toThrow('sha512-wrong==')
    expect(await cli.isCached('amd64')).toBe(false)
  })

  test('with other content under the right integrity is refused, and never cached', async () => {
    const cli = cliFrom({ binary: Buffer.from('the evil binary') })
    await expect(ensure(cli)).rejects.toThrow('its content differs')
    expect(await cli.isCached('amd64')).toBe(false)
    expect(await readdir(join(cacheDir, 'claude-cli'))).toEqual([])
  })

  test('that the registry does not give is an error with the reason and what to check', async () => {
    const failure = 'Resolving\nerror: ConnectionRefused downloading package manifest'
    const failing = ensure(cliFrom({ failure }))
    await expect(failing).rejects.toMatchObject({ code: 'image.failed' })
    await expect(failing).rejects.toThrow('ConnectionRefused downloading package manifest')
    await expect(failing).rejects.toThrow('HTTPS_PROXY')
  })

  test('cleans up after a download that was killed long ago, not after one that runs', async () => {
    const folder = join(cacheDir, 'claude-cli')
    await mkdir(join(folder, 'download-old'), { recursive: true })
    await mkdir(join(folder, 'download-new'))
    const twoHoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000)
    await utimes(join(folder, 'download-old'), twoHoursAgo, twoHoursAgo)
    await ensure(cliFrom({}))
    expect((await readdir(folder)).sort()).toEqual([`${cliVersion}-linux-x64`, 'download-new'])
  })

  test('is pinned for both architectures by two hashes and a size', () => {
    for (const pinned of Object.values(cliPackages)) {
      expect(pinned.integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/)
      expect(pinned.sha256).toMatch(/^[0-9a-f]{64}$/)
      expect(pinned.sizeBytes).toBeGreaterThan(1e8)
    }
  })
})
