/** Settings changed while Klaudio runs: in force at once where that is possible, and there again after a restart. */
import { afterEach, expect, test } from 'bun:test'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSettings } from '#config/settings.ts'
import { openDb } from '#db/open.ts'
import { findSecret } from '#db/secrets.ts'
import { vaultSecrets } from '../../../server/secrets.ts'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function open(options: { env?: Record<string, string>; dir?: string; yaml?: string } = {}) {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'klaudio-settings-'))
  dirs.push(dir)
  if (options.yaml !== undefined) writeFileSync(join(dir, 'config.yaml'), options.yaml)
  return {
    dir,
    settings: openSettings({
      env: options.env ?? {},
      cwd: dir,
      home: dir,
      secrets: vaultSecrets({ mayUpgrade: true }),
    }),
  }
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

const key = 'sk-ant-api03-very-secret'
const proxy = 'http://me:pass-word@proxy.example:3128'
const savedIn = (dir: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(dir, 'data/settings.json'), 'utf8'))

/** Files below the data directory that hold one of the texts. */
const holders = (dir: string, ...texts: string[]): string[] =>
  readdirSync(join(dir, 'data'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => texts.some((text) => readFileSync(file).includes(text)))

test('a secret is in force at once and after a restart, and no file of the data directory holds it', () => {
  const { dir, settings } = open()
  settings.change({ claude: { auth_mode: 'env', session_key: key }, docker: { http_proxy: proxy } })
  expect(settings.config.claude.session_key).toBe(key)
  expect(settings.show().claude.has_session_key).toBe(true)
  expect(JSON.stringify(settings.show())).not.toContain(key)
  expect(savedIn(dir)).toEqual({
    'claude.auth_mode': 'env',
    'claude.session_key': { sealed: expect.any(String) },
    'docker.http_proxy': { sealed: expect.any(String) },
  })
  expect(holders(dir, key, 'pass-word', Buffer.from(key).toString('base64'))).toEqual([])
  expect(statSync(join(dir, 'data/vault.key')).mode & 0o777).toBe(0o600)
  const again = open({ dir }).settings
  expect(again.warnings).toEqual([])
  expect(again.config.claude.session_key).toBe(key)
  expect(again.config.docker.http_proxy).toBe(proxy)
})

test('a secret that is taken back or replaced is gone from the vault too', () => {
  const { dir, settings } = open()
  const references: string[] = []
  const note = (): number =>
    references.push((savedIn(dir)['claude.session_key'] as { sealed: string }).sealed)
  settings.change({ claude: { session_key: key } })
  note()
  settings.change({ docker: { max_agents: 3 } })
  note()
  expect(references[1]).toBe(references[0] ?? '')
  settings.change({ claude: { session_key: 'sk-ant-another' } })
  note()
  settings.change({ claude: { session_key: null } })
  expect(savedIn(dir)).toEqual({ 'docker.max_agents': 3 })
  expect(settings.show().claude.has_session_key).toBe(false)
  expect(open({ dir }).settings.config.claude.session_key).toBe('')
  const { db, close } = openDb(join(dir, 'data/klaudio.db'))
  expect(references.map((reference) => findSecret(db, reference))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  close()
})

test('a secret that an earlier version wrote as it is gets sealed at the next start', () => {
  const { dir } = open()
  mkdirSync(join(dir, 'data'), { recursive: true })
  writeFileSync(
    join(dir, 'data/settings.json'),
    JSON.stringify({ 'claude.session_key': key, 'docker.max_agents': 3 }),
  )
  const { settings } = open({ dir })
  expect(settings.config.claude.session_key).toBe(key)
  expect(savedIn(dir)).toEqual({
    'claude.session_key': { sealed: expect.any(String) },
    'docker.max_agents': 3,
  })
  expect(holders(dir, key)).toEqual([])
})

test('without its key file a secret is left out and said, the other settings stay, and it can be given again', () => {
  const { dir, settings } = open()
  settings.change({ claude: { session_key: key }, docker: { max_agents: 3 } })
  rmSync(join(dir, 'data/vault.key'))
  const { settings: again } = open({ dir })
  expect(again.warnings.join()).toContain('The saved claude.session_key is not used')
  expect(again.config.docker.max_agents).toBe(3)
  expect(again.show().claude.has_session_key).toBe(false)
  again.change({ claude: { session_key: key } })
  expect(open({ dir }).settings.config.claude.session_key).toBe(key)
})

test('a refused value or a file that cannot be written leaves no secret behind', () => {
  const { dir, settings } = open()
  const countSecrets = (): number => {
    const { db, close } = openDb(join(dir, 'data/klaudio.db'))
    const [row] = db.all<{ count: number }>('SELECT count(*) AS count FROM secrets')
    close()
    return row?.count ?? 0
  }
  settings.change({ claude: { session_key: key } })
  expect(() => settings.change({ docker: { http_proxy: proxy, pids: 1 } })).toThrow('docker.pids')
  mkdirSync(join(dir, 'data/settings.json.tmp'))
  expect(() => settings.change({ docker: { http_proxy: proxy } })).toThrow('cannot be saved')
  expect(countSecrets()).toBe(1)
  expect(settings.config.claude.session_key).toBe(key)
})

test('where there is no vault, a secret cannot be saved', () => {
  const { dir } = open()
  const settings = openSettings({ env: {}, cwd: dir, home: dir })
  expect(() => settings.change({ claude: { session_key: key } })).toThrow('CLAUDE_SESSION_KEY')
})
