/**
 * Every key of the configuration as a person meets it: its environment variable, how a text becomes its value, and
 * what is allowed in words. The rules themselves are in `config.ts`; a test holds the two together.
 */
export type KeyInfo = {
  /** The environment variable that overrides the file. */
  env: string
  kind: 'text' | 'path' | 'number' | 'boolean' | 'list'
  /** Completes "allowed: ...". */
  allowed: string
  /** Its value is never shown. */
  secret?: true
}

const duration = 'a duration such as 90s, 5m or 1h30m'
const size = 'a size such as 512m or 4g'
const path = 'a path; ~ is your home directory'
const days = 'a whole number from 0 to 36500 (0: for ever)'
const switchWords = 'true or false'
const many = 'a whole number from 1 to 100000'

export const keys: Readonly<Record<string, KeyInfo>> = {
  'server.port': {
    env: 'KLAUDIO_PORT',
    kind: 'number',
    allowed: 'a whole number from 0 to 65535 (0 takes any free port)',
  },
  'server.host': { env: 'KLAUDIO_HOST', kind: 'text', allowed: 'an address or host name' },
  'server.allowed_hosts': {
    env: 'KLAUDIO_ALLOWED_HOSTS',
    kind: 'list',
    allowed: 'a list of host names',
  },
  'server.require_token': { env: 'KLAUDIO_REQUIRE_TOKEN', kind: 'boolean', allowed: switchWords },
  'server.session_lifetime': {
    env: 'KLAUDIO_SESSION_LIFETIME',
    kind: 'text',
    allowed: 'a duration of at least 1m, such as 12h or 720h',
  },
  'server.trusted_proxies': {
    env: 'KLAUDIO_TRUSTED_PROXIES',
    kind: 'list',
    allowed: 'a list of IP addresses',
  },
  'server.max_requests': { env: 'KLAUDIO_MAX_REQUESTS', kind: 'number', allowed: many },
  'server.max_requests_per_address': {
    env: 'KLAUDIO_MAX_REQUESTS_PER_ADDRESS',
    kind: 'number',
    allowed: many,
  },
  'server.max_sockets': { env: 'KLAUDIO_MAX_SOCKETS', kind: 'number', allowed: many },
  'server.max_sockets_per_address': {
    env: 'KLAUDIO_MAX_SOCKETS_PER_ADDRESS',
    kind: 'number',
    allowed: many,
  },
  'server.on_shutdown': {
    env: 'KLAUDIO_ON_SHUTDOWN',
    kind: 'text',
    allowed: 'leave or pause',
  },
  'docker.host': {
    env: 'DOCKER_HOST',
    kind: 'text',
    allowed: 'an engine address such as unix:///var/run/docker.sock or tcp://host:2376',
  },
  'docker.image_name': {
    env: 'KLAUDIO_DOCKER_IMAGE',
    kind: 'text',
    allowed: 'a lower-case image name without a tag',
  },
  'docker.network': { env: 'KLAUDIO_NETWORK', kind: 'text', allowed: 'a network name' },
  'docker.max_agents': {
    env: 'KLAUDIO_MAX_AGENTS',
    kind: 'number',
    allowed: 'a whole number from 1 to 512',
  },
  'docker.max_agents_per_task': {
    env: 'KLAUDIO_MAX_AGENTS_PER_TASK',
    kind: 'number',
    allowed: 'a whole number from 1 to 512',
  },
  'docker.warm_agents': {
    env: 'KLAUDIO_WARM_AGENTS',
    kind: 'number',
    allowed: 'a whole number from 0 to 64',
  },
  'docker.standby_containers': {
    env: 'KLAUDIO_STANDBY_CONTAINERS',
    kind: 'number',
    allowed: 'a whole number from 0 to 16',
  },
  'docker.base_image': { env: 'KLAUDIO_BASE_IMAGE', kind: 'text', allowed: 'an image name' },
  'docker.ca_bundle': {
    env: 'KLAUDIO_CA_BUNDLE',
    kind: 'path',
    allowed: 'the path of an existing PEM file',
  },
  'docker.packages': {
    env: 'KLAUDIO_PACKAGES',
    kind: 'list',
    allowed: 'a list of Debian package names',
  },
  // A proxy address may hold a password.
  'docker.http_proxy': {
    env: 'KLAUDIO_HTTP_PROXY',
    kind: 'text',
    allowed: 'a proxy URL',
    secret: true,
  },
  'docker.https_proxy': {
    env: 'KLAUDIO_HTTPS_PROXY',
    kind: 'text',
    allowed: 'a proxy URL',
    secret: true,
  },
  'docker.no_proxy': {
    env: 'KLAUDIO_NO_PROXY',
    kind: 'text',
    allowed: 'host names separated by commas',
  },
  'docker.memory': { env: 'KLAUDIO_AGENT_MEMORY', kind: 'text', allowed: size },
  'docker.cpus': {
    env: 'KLAUDIO_AGENT_CPUS',
    kind: 'number',
    allowed: 'a number from 0.1 to 512',
  },
  'docker.pids': {
    env: 'KLAUDIO_AGENT_PIDS',
    kind: 'number',
    allowed: 'a whole number from 64 to 1000000',
  },
  'docker.tmp_size': { env: 'KLAUDIO_AGENT_TMP_SIZE', kind: 'text', allowed: size },
  'claude.auth_mode': { env: 'KLAUDIO_AUTH_MODE', kind: 'text', allowed: 'host or env' },
  'claude.host_dir': { env: 'KLAUDIO_CLAUDE_DIR', kind: 'path', allowed: path },
  'claude.host_json_file': { env: 'KLAUDIO_CLAUDE_JSON', kind: 'path', allowed: path },
  'claude.session_key': {
    env: 'CLAUDE_SESSION_KEY',
    kind: 'text',
    allowed: 'an API key or a long-lived token, in quotes',
    secret: true,
  },
  'claude.base_url': { env: 'ANTHROPIC_BASE_URL', kind: 'text', allowed: 'an http(s) URL' },
  'claude.model': {
    env: 'KLAUDIO_MODEL',
    kind: 'text',
    allowed: 'a name such as "opus" or a full model id',
  },
  'claude.planner_model': {
    env: 'KLAUDIO_PLANNER_MODEL',
    kind: 'text',
    allowed: 'a name such as "opus" or a full model id',
  },
  'agents.subtask_timeout': { env: 'KLAUDIO_SUBTASK_TIMEOUT', kind: 'text', allowed: duration },
  'agents.planner_timeout': { env: 'KLAUDIO_PLANNER_TIMEOUT', kind: 'text', allowed: duration },
  'agents.idle_timeout': { env: 'KLAUDIO_IDLE_TIMEOUT', kind: 'text', allowed: duration },
  'agents.max_attempts': {
    env: 'KLAUDIO_MAX_ATTEMPTS',
    kind: 'number',
    allowed: 'a whole number from 1 to 10',
  },
  'agents.max_fix_rounds': {
    env: 'KLAUDIO_MAX_FIX_ROUNDS',
    kind: 'number',
    allowed: 'a whole number from 0 to 20',
  },
  'agents.max_turns': {
    env: 'KLAUDIO_MAX_TURNS',
    kind: 'number',
    allowed: 'a whole number from 0 to 10000 (0: no limit)',
  },
  'agents.max_cost_usd': {
    env: 'KLAUDIO_MAX_COST_USD',
    kind: 'number',
    allowed: 'a number from 0 to 10000 (0: no limit)',
  },
  'agents.max_output': {
    env: 'KLAUDIO_MAX_OUTPUT',
    kind: 'text',
    allowed: 'a size such as 512m or 2g (0: no limit)',
  },
  'agents.shell': { env: 'KLAUDIO_SHELL', kind: 'boolean', allowed: 'true or false' },
  'agents.permission_mode': {
    env: 'KLAUDIO_PERMISSION_MODE',
    kind: 'text',
    allowed: 'bypassPermissions, acceptEdits or manual',
  },
  'database.path': { env: 'KLAUDIO_DB_PATH', kind: 'path', allowed: path },
  'database.migration_backups': {
    env: 'KLAUDIO_MIGRATION_BACKUPS',
    kind: 'number',
    allowed: 'a whole number from 0 to 100',
  },
  'storage.data_dir': { env: 'KLAUDIO_DATA_DIR', kind: 'path', allowed: path },
  'storage.states_dir': { env: 'KLAUDIO_STATES_DIR', kind: 'path', allowed: path },
  'storage.files_dir': { env: 'KLAUDIO_FILES_DIR', kind: 'path', allowed: path },
  'storage.max_upload': { env: 'KLAUDIO_MAX_UPLOAD', kind: 'text', allowed: size },
  'storage.min_free': {
    env: 'KLAUDIO_MIN_FREE',
    kind: 'text',
    allowed: 'a size such as 512m or 4g (0: never hold work back)',
  },
  'retention.output_days': { env: 'KLAUDIO_OUTPUT_DAYS', kind: 'number', allowed: days },
  'retention.output_total': {
    env: 'KLAUDIO_OUTPUT_TOTAL',
    kind: 'text',
    allowed: 'a size such as 512m or 20g (0: no limit)',
  },
  'retention.event_days': { env: 'KLAUDIO_EVENT_DAYS', kind: 'number', allowed: days },
  'retention.upload_days': { env: 'KLAUDIO_UPLOAD_DAYS', kind: 'number', allowed: days },
  'retention.database_total': {
    env: 'KLAUDIO_DATABASE_TOTAL',
    kind: 'text',
    allowed: 'a size such as 512m or 4g (0: no limit)',
  },
  'retention.mirror_days': { env: 'KLAUDIO_MIRROR_DAYS', kind: 'number', allowed: days },
  'retention.setup_days': { env: 'KLAUDIO_SETUP_DAYS', kind: 'number', allowed: days },
  'retention.setup_total': {
    env: 'KLAUDIO_SETUP_TOTAL',
    kind: 'text',
    allowed: 'a size such as 512m or 20g (0: no limit)',
  },
  'state.auto_save_enabled': {
    env: 'KLAUDIO_AUTOSAVE_ENABLED',
    kind: 'boolean',
    allowed: switchWords,
  },
  'state.auto_save_interval': {
    env: 'KLAUDIO_AUTOSAVE_INTERVAL',
    kind: 'text',
    allowed: duration,
  },
  'state.max_checkpoints': {
    env: 'KLAUDIO_MAX_CHECKPOINTS',
    kind: 'number',
    allowed: 'a whole number from 1 to 10000',
  },
  'state.retention_days': {
    env: 'KLAUDIO_RETENTION_DAYS',
    kind: 'number',
    allowed: 'a whole number from 1 to 36500',
  },
}

/** Second spellings that the README of the original shows, and the keys they mean. */
export const aliases: Readonly<Record<string, string>> = {
  'storage.auto_save_enabled': 'state.auto_save_enabled',
  'storage.auto_save_interval': 'state.auto_save_interval',
  'storage.max_checkpoints': 'state.max_checkpoints',
}

export const sections: readonly string[] = [
  ...new Set(Object.keys(keys).map((key) => key.slice(0, key.indexOf('.')))),
]

/** Names of the keys in a section, without the section. */
export function keysOf(section: string): string[] {
  const prefix = `${section}.`
  return Object.keys(keys)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
}
