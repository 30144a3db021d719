import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '#config/load.ts'
import { AppError } from '#contract/errors.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'klaudio-config-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

type Options = { env?: Record<string, string>; flags?: Record<string, string>; file?: string }
const load = (yaml: string | undefined, { env = {}, ...rest }: Options = {}) => {
  if (yaml !== undefined) writeFileSync(join(dir, 'config.yaml'), yaml, { mode: 0o600 })
  return loadConfig({ env, cwd: dir, home: join(dir, 'home'), platform: 'linux', ...rest })
}
function problemsOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError && error.code === 'config.invalid') return error.message
    throw error
  }
  throw new Error('the configuration was accepted')
}

describe('where settings come from', () => {
  test('with nothing written the defaults hold: loopback, five agents, data in the working directory', () => {
    const { config, file, warnings } = load(undefined)
    expect(file).toBeUndefined()
    expect(warnings).toEqual([])
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 8080, require_token: false })
    expect(config.docker.max_agents).toBe(5)
    expect(config.storage.data_dir).toBe(join(dir, 'data'))
    expect(config.state.auto_save_interval).toBe(300_000)
  })

  test('the environment beats the file, and a flag beats both', () => {
    const yaml = 'server: { port: 1001, host: 10.0.0.1 }\ndocker: { max_agents: 7 }\n'
    const { config } = load(yaml, {
      env: { KLAUDIO_PORT: '1002', KLAUDIO_HOST: '10.0.0.2' },
      flags: { 'server.port': '1003' },
    })
    expect(config.server.port).toBe(1003)
    expect(config.server.host).toBe('10.0.0.2')
    expect(config.docker.max_agents).toBe(7)
  })

  test('an argument names the file before KLAUDIO_CONFIG, which comes before ./config.yaml', () => {
    writeFileSync(join(dir, 'a.yaml'), 'server: { port: 1 }')
    writeFileSync(join(dir, 'b.yaml'), 'server: { port: 2 }')
    const env = { KLAUDIO_CONFIG: 'b.yaml' }
    const port = (options: Options) => load('server: { port: 3 }', options).config.server.port
    expect(port({ file: 'a.yaml', env })).toBe(1)
    expect(port({ env })).toBe(2)
    expect(port({})).toBe(3)
  })

  test('a file that was named and does not exist stops the start', () => {
    expect(problemsOf(() => load(undefined, { file: 'missing.yaml' }))).toContain('missing.yaml')
  })

  test('an empty file, an empty section and an empty key mean the defaults', () => {
    const { config } = load(undefined)
    expect(load('').config).toEqual(config)
    expect(load('# nothing\n').config).toEqual(config)
    expect(load('server:\nclaude:\n  session_key:\n').config).toEqual(config)
  })

  test('an empty variable counts as not set', () => {
    expect(load('server: { port: 9 }', { env: { KLAUDIO_PORT: '' } }).config.server.port).toBe(9)
  })

  const variables: [string, string, (c: ReturnType<typeof load>['config']) => unknown, unknown][] =
    [
      ['KLAUDIO_PORT', '0', (c) => c.server.port, 0],
      ['KLAUDIO_HOST', '::1', (c) => c.server.host, '::1'],
      [
        'KLAUDIO_ALLOWED_HOSTS',
        'a.test, b.test,',
        (c) => c.server.allowed_hosts,
        ['a.test', 'b.test'],
      ],
      ['KLAUDIO_REQUIRE_TOKEN', 'yes', (c) => c.server.require_token, true],
      ['KLAUDIO_SESSION_LIFETIME', '12h', (c) => c.server.session_lifetime, 43_200_000],
      ['KLAUDIO_TRUSTED_PROXIES', '10.0.0.1', (c) => c.server.trusted_proxies, ['10.0.0.1']],
      ['KLAUDIO_MAX_REQUESTS', '9', (c) => c.server.max_requests, 9],
      ['KLAUDIO_MAX_REQUESTS_PER_ADDRESS', '8', (c) => c.server.max_requests_per_address, 8],
      ['KLAUDIO_MAX_SOCKETS', '7', (c) => c.server.max_sockets, 7],
      ['KLAUDIO_MAX_SOCKETS_PER_ADDRESS', '6', (c) => c.server.max_sockets_per_address, 6],
      ['KLAUDIO_ON_SHUTDOWN', 'pause', (c) => c.server.on_shutdown, 'pause'],
      ['DOCKER_HOST', 'tcp://engine:2376', (c) => c.docker.host, 'tcp://engine:2376'],
      ['KLAUDIO_DOCKER_IMAGE', 'team/agent', (c) => c.docker.image_name, 'team/agent'],
      ['KLAUDIO_MAX_AGENTS', '12', (c) => c.docker.max_agents, 12],
      ['KLAUDIO_MAX_AGENTS_PER_TASK', '4', (c) => c.docker.max_agents_per_task, 4],
      ['KLAUDIO_WARM_AGENTS', '0', (c) => c.docker.warm_agents, 0],
      ['KLAUDIO_STANDBY_CONTAINERS', '0', (c) => c.docker.standby_containers, 0],
      ['KLAUDIO_BASE_IMAGE', 'debian:local', (c) => c.docker.base_image, 'debian:local'],
      ['KLAUDIO_PACKAGES', 'golang', (c) => c.docker.packages, ['golang']],
      ['KLAUDIO_AGENT_CPUS', '0.5', (c) => c.docker.cpus, 0.5],
      ['KLAUDIO_AGENT_MEMORY', '512m', (c) => c.docker.memory, 512 * 1024 * 1024],
      ['KLAUDIO_CLAUDE_DIR', '~/elsewhere', (c) => c.claude.host_dir, 'HOME/elsewhere'],
      ['CLAUDE_SESSION_KEY', 'sk-x', (c) => c.claude.session_key, 'sk-x'],
      ['ANTHROPIC_BASE_URL', 'http://m.test', (c) => c.claude.base_url, 'http://m.test'],
      ['KLAUDIO_MODEL', 'sonnet', (c) => c.claude.model, 'sonnet'],
      ['KLAUDIO_DB_PATH', 'x.db', (c) => c.database.path, 'DIR/x.db'],
      ['KLAUDIO_DATA_DIR', '/srv/k', (c) => c.storage.data_dir, '/srv/k'],
      ['KLAUDIO_STATES_DIR', '/srv/s', (c) => c.storage.states_dir, '/srv/s'],
      ['KLAUDIO_FILES_DIR', '/srv/f', (c) => c.storage.files_dir, '/srv/f'],
      ['KLAUDIO_AUTOSAVE_ENABLED', 'off', (c) => c.state.auto_save_enabled, false],
      ['KLAUDIO_AUTOSAVE_INTERVAL', '1h30m', (c) => c.state.auto_save_interval, 5_400_000],
      ['KLAUDIO_MAX_CHECKPOINTS', '9', (c) => c.state.max_checkpoints, 9],
      ['KLAUDIO_RETENTION_DAYS', '30', (c) => c.state.retention_days, 30],
    ]
  test.each(variables)('%s=%s is understood', (name, text, read, expected) => {
    const { config } = load(undefined, { env: { [name]: text } })
    const value = read(config)
    if (typeof expected !== 'string') expect(value).toEqual(expected)
    else expect(value).toBe(expected.replace('HOME', join(dir, 'home')).replace('DIR', dir))
  })

  test('auth_mode env needs a key and takes it from the environment', () => {
    const env = { KLAUDIO_AUTH_MODE: 'env' }
    expect(problemsOf(() => load(undefined, { env }))).toContain('CLAUDE_SESSION_KEY')
    const { config } = load(undefined, { env: { ...env, CLAUDE_SESSION_KEY: 'sk-x' } })
    expect(config.claude.auth_mode).toBe('env')
  })
})

describe('the two spellings', () => {
  test('the block of the original README is understood', () => {
    const { config } = load(
      'storage:\n  data_dir: d\n  auto_save_enabled: false\n  auto_save_interval: 10m\n  max_checkpoints: 4\n',
    )
    expect(config.state).toEqual({
      auto_save_enabled: false,
      auto_save_interval: 600_000,
      max_checkpoints: 4,
      retention_days: 7,
    })
  })

  test('two spellings that disagree stop the start, two that agree do not', () => {
    const yaml = (other: number) =>
      `storage:\n  max_checkpoints: 4\nstate:\n  max_checkpoints: ${other}\n`
    const message = problemsOf(() => load(yaml(5)))
    expect(message).toContain('config.yaml:4: state.max_checkpoints')
    expect(message).toContain('storage.max_checkpoints (config.yaml:2)')
    expect(load(yaml(4)).config.state.max_checkpoints).toBe(4)
  })
})

describe('what stops the start', () => {
  test('every problem is listed at once, each with place, key, value and what is allowed', () => {
    const yaml = 'server:\n  prot: 1\n  port: 99999\ndokcer:\n  x: 1\n'
    const message = problemsOf(() => load(yaml, { env: { KLAUDIO_MAX_AGENTS: 'many' } }))
    expect(message).toContain('4 problems')
    expect(message).toContain('config.yaml:2: server.prot')
    expect(message).toContain('did you mean port?')
    expect(message).toContain('config.yaml:3: server.port is 99999')
    expect(message).toContain('0 to 65535')
    expect(message).toContain('config.yaml:4: dokcer')
    expect(message).toContain('KLAUDIO_MAX_AGENTS: docker.max_agents is "many"')
  })

  test.each([
    ['a word for a number', 'server: { port: abc }', 'server.port is "abc"'],
    ['a fraction for a whole number', 'docker: { max_agents: 1.5 }', 'docker.max_agents is 1.5'],
    ['nothing at all for a limit', 'docker: { max_agents_per_task: 0 }', 'from 1 to 512'],
    ['a bare number for a duration', 'state: { auto_save_interval: 5 }', 'such as 90s'],
    ['a mode that does not exist', 'claude: { auth_mode: magic }', 'host or env'],
    ['a word for a switch', 'state: { auto_save_enabled: maybe }', 'true or false'],
    ['a list for a text', 'server: { host: [a] }', 'server.host is ["a"]'],
    ['an address that is none', 'claude: { base_url: nowhere }', 'an http(s) URL'],
    ['an image name with capitals', 'docker: { image_name: Agent }', 'lower-case'],
    ['a package that is an option', 'docker: { packages: [--force] }', 'docker.packages'],
    ['a bundle that is not there', 'docker: { ca_bundle: no.pem }', 'does not exist'],
    ['a section that is a word', 'server: on', 'server must hold keys'],
    ['a list as the whole file', '- server', 'must hold sections'],
  ])('%s', (_name, yaml, sentence) => {
    expect(problemsOf(() => load(yaml))).toContain(sentence)
  })

  test('broken YAML is reported with its line', () => {
    expect(problemsOf(() => load('server:\n  port: 1\n host: "x\n'))).toMatch(
      /config\.yaml:[34]: not/,
    )
  })

  test('a key written twice is reported', () => {
    expect(problemsOf(() => load('server:\n  port: 1\n  port: 2\n'))).toContain('config.yaml:3')
  })

  test('a bad flag is called by its name', () => {
    expect(problemsOf(() => load('', { flags: { 'server.port': 'x' } }))).toContain('--port')
  })

  test('a secret is never part of a message', () => {
    const secret = 'sk-ant-very-secret'
    const message = problemsOf(() =>
      load(`claude: { session_key: [${secret}] }\ndocker: { http_proxy: [${secret}] }`),
    )
    expect(message).toContain('claude.session_key')
    expect(message).not.toContain('very-secret')
  })
})

describe('paths', () => {
  test('directories follow data_dir unless they are named', () => {
    const { config } = load('storage: { data_dir: ~/k, files_dir: f }')
    const home = join(dir, 'home')
    expect(config.storage.states_dir).toBe(join(home, 'k/states'))
    expect(config.storage.files_dir).toBe(join(dir, 'f'))
    expect(config.database.path).toBe(join(home, 'k/klaudio.db'))
    expect(config.claude.host_json_file).toBe(join(home, '.claude.json'))
  })

  test('the CA bundle of the machine is taken when its file exists', () => {
    writeFileSync(join(dir, 'ca.pem'), '')
    const env = { NODE_EXTRA_CA_CERTS: join(dir, 'gone.pem'), SSL_CERT_FILE: join(dir, 'ca.pem') }
    expect(load(undefined, { env }).config.docker.ca_bundle).toBe(join(dir, 'ca.pem'))
    expect(load(undefined).config.docker.ca_bundle).toBe('')
  })

  test('on Windows the engine is a named pipe', () => {
    const { config } = loadConfig({ env: {}, cwd: dir, home: dir, platform: 'win32' })
    expect(config.docker.host).toStartWith('npipe://')
  })

  test('without the system socket a rootless one is found', () => {
    mkdirSync(join(dir, 'run'))
    writeFileSync(join(dir, 'run/docker.sock'), '')
    const { config } = load(undefined, { env: { XDG_RUNTIME_DIR: join(dir, 'run') } })
    expect([`unix://${dir}/run/docker.sock`, 'unix:///var/run/docker.sock']).toContain(
      config.docker.host,
    )
  })
})

test('the result is frozen to the bottom', () => {
  const { config } = load(undefined)
  expect(Object.isFrozen(config)).toBe(true)
  expect(Object.isFrozen(config.docker.packages)).toBe(true)
})

test('a variable that looks like ours and is none is a warning', () => {
  const { warnings } = load(undefined, { env: { KLAUDIO_PROT: '1', KLAUDIO_CONFIG: '' } })
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('KLAUDIO_PROT')
})

test('a key in a file that others can read is a warning', () => {
  const yaml = 'claude: { session_key: sk-x }'
  expect(load(yaml).warnings).toEqual([])
  chmodSync(join(dir, 'config.yaml'), 0o644)
  expect(load(yaml).warnings[0]).toContain('chmod 600')
})
