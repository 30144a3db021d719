/** Settings changed while Klaudio runs: in force at once where that is possible, and there again after a restart. */
import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSettings } from '#config/settings.ts'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function open(options: { env?: Record<string, string>; dir?: string; yaml?: string } = {}) {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'klaudio-settings-'))
  dirs.push(dir)
  if (options.yaml !== undefined) writeFileSync(join(dir, 'config.yaml'), options.yaml)
  return { dir, settings: openSettings({ env: options.env ?? {}, cwd: dir, home: dir }) }
}

test('what applies at once is in force in the object that everybody reads, the rest after a restart', () => {
  const { dir, settings } = open()
  const { docker, server } = settings.config
  let told = 0
  settings.subscribe(() => told++)
  settings.change({ docker: { max_agents: 9 }, server: { port: 9000 } })
  expect({ max: docker.max_agents, port: server.port, told }).toEqual({
    max: 9,
    port: 8080,
    told: 1,
  })
  expect(settings.show()).toMatchObject({
    server: { port: 9000 },
    restart_required: ['server.port'],
  })
  const again = open({ dir }).settings
  expect(again.config.server.port).toBe(9000)
  expect(again.show().restart_required).toEqual([])
})

test('null takes a setting back to its default', () => {
  const { settings } = open()
  settings.change({ docker: { max_agents: 9, memory: '1g' } })
  settings.change({ docker: { max_agents: null } })
  expect(settings.show().docker).toMatchObject({ max_agents: 5, memory: 1024 ** 3 })
})

test('a file or a variable beats what was saved, and says that it does', () => {
  const { dir, settings } = open()
  settings.change({ docker: { max_agents: 9 }, claude: { model: 'sonnet' } })
  const { settings: again } = open({
    dir,
    yaml: 'docker:\n  max_agents: 2\n',
    env: { KLAUDIO_MODEL: 'opus' },
  })
  expect(again.config.docker.max_agents).toBe(2)
  expect(again.config.claude.model).toBe('opus')
  expect(again.show().fixed).toEqual({
    'docker.max_agents': 'config.yaml:2',
    'claude.model': 'KLAUDIO_MODEL',
  })
  expect(() => again.change({ docker: { max_agents: 3 } })).toThrow(
    'docker.max_agents is set by config.yaml:2: change it there and restart Klaudio.',
  )
})

test('a value that is not allowed leaves everything as it was, on disk too', () => {
  const { dir, settings } = open()
  settings.change({ docker: { max_agents: 4 } })
  const before = readFileSync(join(dir, 'data/settings.json'), 'utf8')
  expect(() => settings.change({ docker: { max_agents: 6, pids: 1 } })).toThrow('docker.pids')
  expect(settings.config.docker.max_agents).toBe(4)
  expect(readFileSync(join(dir, 'data/settings.json'), 'utf8')).toBe(before)
})

test('saved settings that are not allowed any more do not stop the start', () => {
  const { dir, settings } = open()
  settings.change({ docker: { max_agents: 4 } })
  writeFileSync(join(dir, 'data/settings.json'), '{"docker.max_agents": "many"}')
  const { settings: again } = open({ dir })
  expect(again.config.docker.max_agents).toBe(5)
  expect(again.warnings.join()).toContain('The saved settings are not used')
})

test.each([
  ['host', '0.0.0.0'],
  ['allowed_hosts', ['evil.example']],
  ['require_token', false],
  ['trusted_proxies', ['10.0.0.1']],
])('who may connect is not decided over the network: server.%s', (name, value) => {
  const { settings } = open()
  expect(() => settings.change({ server: { [name]: value } })).toThrow('it says who may connect')
})
