import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import type { Check } from '#contract/system.ts'
import { createFix } from '#doctor/fix.ts'
import type { ImageState } from '#images/agent-image.ts'

type World = {
  engineIsUp?: boolean
  hasSystemd?: boolean
  /** Which command brings the engine up. */
  startsBy?: 'service' | 'systemctl' | 'dockerd' | 'nothing'
  /** A command that fails, by its first words. */
  fails?: string
  /** So often `dockerd` ends as soon as it is started. */
  refusals?: number
}

function machine(world: World) {
  const {
    engineIsUp = false,
    hasSystemd = false,
    startsBy = 'service',
    fails,
    refusals = 0,
  } = world
  const state = { isUp: engineIsUp, nowMs: 0 }
  const seen = { commands: [] as string[], detached: [] as string[], lines: [] as string[] }
  const listeners = new Set<(image: ImageState) => void>()
  const checks = (): Check[] => [
    { id: 'engine', title: '', state: state.isUp ? 'ok' : 'fail', detail: '' },
    { id: 'image', title: '', state: state.isUp ? 'warn' : 'skip', detail: '' },
    { id: 'git', title: '', state: 'ok', detail: '' },
  ]
  const away = new AppError('engine.unreachable', 'away')
  const fix = createFix({
    check: async () => checks(),
    engine: {
      async info() {
        if (!state.isUp) throw away
        return {
          version: '1',
          apiVersion: '1',
          arch: 'amd64',
          os: 'linux',
          rootless: false,
          isDesktop: false,
          cpus: 1,
          memoryBytes: 1,
        }
      },
      async findImage() {
        if (!state.isUp) throw away
        return undefined
      },
    },
    endpoint: 'unix:///var/run/docker.sock',
    image: {
      subscribe(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      async ensure() {
        for (const listener of listeners)
          listener({ state: 'building', tag: 't', detail: 'Step', step: 1, steps: 2 })
        return 'klaudio-agent:abc'
      },
    },
    baseImage: '',
    host: () => ({
      platform: 'linux',
      isRoot: true,
      isDebian: true,
      hasSystemd,
      arch: 'amd64',
      which: () => undefined,
      hasFile: () => true,
    }),
    async run(command) {
      seen.commands.push(command.join(' '))
      if (fails && command.join(' ').startsWith(fails))
        return { exitCode: 100, output: 'Reading...\nE: Unable to locate package docker.io\n' }
      if (command[0] === startsBy) state.isUp = true
      return { exitCode: 0, output: '' }
    },
    environment: {},
    clock: {
      now: () => state.nowMs,
      async sleep(ms) {
        state.nowMs += ms
      },
    },
    spawnDetached(command) {
      seen.detached.push(command.join(' '))
      const isRefused = seen.detached.length <= refusals
      if (startsBy === 'dockerd' && !isRefused) state.isUp = true
      return { hasEnded: () => isRefused }
    },
  })
  const repair = (): Promise<void> => fix.repair((line) => seen.lines.push(line))
  return { fix, checks, repair, seen, listeners }
}

describe('doctor --fix', () => {
  test('says first what it would do', async () => {
    const { fix, checks, seen } = machine({})
    const sentences = await fix.plan(checks())
    expect(sentences).toEqual([
      'install docker.io, iptables, debootstrap with apt-get',
      'start the Docker engine',
      expect.stringContaining('build the agent image'),
    ])
    expect(seen.commands).toEqual([])
  })

  test('installs, starts and builds, and says how far it is', async () => {
    const { repair, seen, listeners } = machine({})
    await repair()
    expect(seen.commands).toEqual([
      'apt-get update',
      'apt-get install -y --no-install-recommends docker.io iptables debootstrap',
      'service docker start',
    ])
    expect(seen.detached).toEqual([])
    expect(seen.lines).toContain('  [1/2] Step')
    expect(seen.lines.at(-1)).toBe('built klaudio-agent:abc')
    expect(listeners.size).toBe(0)
  })

  test('starts the engine by systemd where that runs the machine', async () => {
    const { repair, seen } = machine({ hasSystemd: true, startsBy: 'systemctl' })
    await repair()
    expect(seen.commands).toContain('systemctl enable --now docker')
  })

  test('starts the engine again when it ends at once, as it does while a killed one is not buried yet', async () => {
    const { repair, seen } = machine({ startsBy: 'dockerd', refusals: 2 })
    await repair()
    expect(seen.detached).toEqual(['dockerd', 'dockerd', 'dockerd'])
    expect(seen.lines.at(-1)).toBe('built klaudio-agent:abc')
  })

  test('starts the engine itself where no service manager does', async () => {
    const { repair, seen } = machine({ startsBy: 'dockerd' })
    await repair()
    expect(seen.detached).toEqual(['dockerd'])
    expect(seen.lines.at(-1)).toBe('built klaudio-agent:abc')
  })

  test('stops at a package that cannot be installed, with the reason of apt', async () => {
    const { repair, seen } = machine({ fails: 'apt-get install' })
    await expect(repair()).rejects.toThrow('E: Unable to locate package docker.io')
    expect(seen.commands).not.toContain('service docker start')
  })

  test('gives up on an engine that does not come up, and names its log', async () => {
    await expect(machine({ startsBy: 'nothing' }).repair()).rejects.toThrow('dockerd.log')
    await expect(machine({ startsBy: 'nothing', hasSystemd: true }).repair()).rejects.toThrow(
      'journalctl -u docker',
    )
  })

  test('only builds the image where the engine answers already', async () => {
    const { repair, seen } = machine({ engineIsUp: true })
    await repair()
    expect(seen.commands).toEqual([
      'apt-get update',
      'apt-get install -y --no-install-recommends debootstrap',
    ])
    expect(seen.lines.at(-1)).toBe('built klaudio-agent:abc')
  })
})
