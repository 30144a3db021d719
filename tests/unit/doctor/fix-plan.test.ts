import { describe, expect, test } from 'bun:test'
import type { Check } from '#contract/system.ts'
import { type Facts, planFix, sentenceOf } from '#doctor/fix-plan.ts'

type Machine = Partial<Omit<Facts['host'], 'which' | 'hasFile'>> & {
  programs?: string[]
  files?: string[]
  endpoint?: string
  hasBaseImage?: boolean
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const system = 'unix:///var/run/docker.sock'

function plan(states: Record<string, Check['state']>, machine: Machine = {}) {
  const { programs = [], files = [keyring], endpoint = system, hasBaseImage = false } = machine
  const checks = Object.entries(states).map(([id, state]) => ({ id, title: id, state, detail: '' }))
  const host: Facts['host'] = {
    platform: 'linux',
    isRoot: true,
    isDebian: true,
    hasSystemd: false,
    arch: 'amd64',
    ...machine,
    which: (program) => (programs.includes(program) ? `/usr/bin/${program}` : undefined),
    hasFile: (path) => files.includes(path),
  }
  return planFix(checks, { host, endpoint, hasBaseImage })
}

const bare = { engine: 'fail', image: 'skip', git: 'fail' } as const
const noEngine = { engine: 'fail', image: 'skip', git: 'ok' } as const
const healthy = { engine: 'ok', image: 'ok', git: 'ok' } as const

describe('doctor --fix', () => {
  test('gets everything on a bare Debian, in an order that works', () => {
    expect(plan(bare)).toEqual([
      { kind: 'install', packages: ['docker.io', 'iptables', 'git', 'debootstrap'] },
      { kind: 'start-engine' },
      { kind: 'build-image' },
    ])
  })

  test('leaves a healthy machine alone', () => {
    expect(plan(healthy)).toEqual([])
  })

  test('installs no second engine beside one that is only stopped', () => {
    const programs = ['dockerd', 'iptables', 'debootstrap']
    expect(plan(noEngine, { programs })).toEqual([
      { kind: 'start-engine' },
      { kind: 'build-image' },
    ])
  })

  test('only builds the image where an engine answers', () => {
    const states = { ...healthy, image: 'warn' } as const
    expect(plan(states, { hasBaseImage: true })).toEqual([{ kind: 'build-image' }])
  })

  test('gets debootstrap where there is nothing to build the image on, with its keys on Ubuntu', () => {
    const states = { ...healthy, image: 'warn' } as const
    expect(plan(states, { files: [] })[0]).toEqual({
      kind: 'install',
      packages: ['debootstrap', 'debian-archive-keyring'],
    })
  })

  test('starts an engine that is there on any Linux, but installs only with apt', () => {
    const fedora = { isDebian: false, programs: ['dockerd', 'iptables'] }
    expect(plan(noEngine, fedora)).toEqual([{ kind: 'start-engine' }, { kind: 'build-image' }])
    expect(plan(noEngine, { isDebian: false })).toEqual([])
  })

  test.each<[string, Machine]>([
    ['without root', { isRoot: false }],
    ['on a Mac', { platform: 'darwin', isDebian: false, isRoot: false }],
    ['for an engine elsewhere', { endpoint: 'tcp://box:2375' }],
    ['for an engine of its own socket', { endpoint: 'unix:///home/me/.docker/run/docker.sock' }],
  ])('does nothing about a missing engine %s', (_what, machine) => {
    expect(plan(noEngine, machine)).toEqual([])
  })

  test('does not install git over one that is only too old', () => {
    expect(plan({ ...healthy, git: 'fail' }, { programs: ['git'] })).toEqual([])
  })

  test('removes what is nobody’s on the engine, and only then', () => {
    expect(plan({ ...healthy, orphans: 'warn' })).toEqual([{ kind: 'remove-orphans' }])
    expect(plan({ ...healthy, orphans: 'skip' })).toEqual([])
  })

  test('says each step as a person would', () => {
    expect(sentenceOf({ kind: 'install', packages: ['git', 'iptables'] })).toBe(
      'install git, iptables with apt-get',
    )
  })
})
