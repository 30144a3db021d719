/** The keys of config.yaml as the settings show them. `tests/ui/settings.test.ts` holds them to the server's own list. */
import type { PublicConfig } from '#contract/config.ts'
import { permissionModes } from '#contract/permission.ts'
import { formatBytes } from '../../lib/text.ts'

export type SettingField = {
  /** As in config.yaml: "docker.max_agents". */
  key: string
  /** The variable that overrides the file. */
  env: string
  label: string
  hint?: string
  kind?: 'bytes' | 'usd' | 'turns'
  /** What an empty value means. */
  empty?: string
  /** The only values there are. */
  options?: readonly string[]
}

export type ConfigSection = 'claude' | 'engine' | 'limits' | 'storage' | 'retention' | 'access'

type Extra = Omit<SettingField, 'key' | 'env' | 'label'>
const field = (key: string, env: string, label: string, extra: Extra = {}): SettingField => ({
  ...{ key, env, label },
  ...extra,
})

export const fields: Record<ConfigSection, readonly SettingField[]> = {
  claude: [
    field('claude.auth_mode', 'KLAUDIO_AUTH_MODE', 'Log in with', {
      hint: 'host: the login of this machine; env: a key or a token of its own',
      options: ['host', 'env'],
    }),
    field('claude.host_dir', 'KLAUDIO_CLAUDE_DIR', 'Login of this machine'),
    field('claude.host_json_file', 'KLAUDIO_CLAUDE_JSON', 'Its second file'),
    field('claude.base_url', 'ANTHROPIC_BASE_URL', 'Messages API', {
      hint: 'For a gateway of your own',
      empty: "Anthropic's",
    }),
    field('claude.model', 'KLAUDIO_MODEL', 'Model', {
      hint: 'What agents run on when a task names none',
    }),
    field('claude.planner_model', 'KLAUDIO_PLANNER_MODEL', 'Model of planners', {
      empty: 'the same',
    }),
  ],
  engine: [
    field('docker.host', 'DOCKER_HOST', 'Engine', { empty: 'the one of this machine' }),
    field('docker.image_name', 'KLAUDIO_DOCKER_IMAGE', 'Agent image', {
      hint: 'Its tag is the hash of its content',
    }),
    field('docker.base_image', 'KLAUDIO_BASE_IMAGE', 'Built on', {
      hint: 'A Debian image, where the usual one cannot be pulled',
      empty: 'the usual one',
    }),
    field('docker.packages', 'KLAUDIO_PACKAGES', 'Further packages', {
      hint: 'Debian packages in the agent image',
      empty: 'none',
    }),
    field('docker.ca_bundle', 'KLAUDIO_CA_BUNDLE', 'Further authorities', {
      hint: 'A PEM file, for networks that look into TLS',
      empty: 'none',
    }),
    field('docker.network', 'KLAUDIO_NETWORK', 'Network of the agents'),
  ],
  limits: [
    field('docker.max_agents', 'KLAUDIO_MAX_AGENTS', 'Agents at once', {
      hint: 'Over all tasks; the rest waits in a queue',
    }),
    field('docker.max_agents_per_task', 'KLAUDIO_MAX_AGENTS_PER_TASK', 'Agents of one task', {
      hint: 'So that one task cannot take every slot',
    }),
    field('docker.warm_agents', 'KLAUDIO_WARM_AGENTS', 'Started ahead of time', {
      hint: 'Work begins at once, at the price of memory',
    }),
    field('agents.subtask_timeout', 'KLAUDIO_SUBTASK_TIMEOUT', 'Time for a subtask'),
    field('agents.planner_timeout', 'KLAUDIO_PLANNER_TIMEOUT', 'Time for a round of planning'),
    field('agents.idle_timeout', 'KLAUDIO_IDLE_TIMEOUT', 'Silence until stuck', {
      hint: 'An agent that prints nothing for this long has failed',
    }),
    field('agents.max_attempts', 'KLAUDIO_MAX_ATTEMPTS', 'Attempts at a subtask', {
      hint: 'The first included',
    }),
    field('agents.max_fix_rounds', 'KLAUDIO_MAX_FIX_ROUNDS', 'Rounds of changes', {
      hint: 'How often work is sent back by a reviewer or a manager; of teams that do not say',
    }),
    field('agents.max_turns', 'KLAUDIO_MAX_TURNS', 'Turns of an agent', {
      hint: '0 is no limit',
      kind: 'turns',
    }),
    field('agents.max_cost_usd', 'KLAUDIO_MAX_COST_USD', 'Cost of an agent', {
      hint: 'In US dollars; 0 is no limit',
      kind: 'usd',
    }),
    field('agents.max_output', 'KLAUDIO_MAX_OUTPUT', 'Output of an agent', {
      hint: 'One that prints more is stopped, with all of it kept; 0 is no limit',
      kind: 'bytes',
    }),
    field('agents.permission_mode', 'KLAUDIO_PERMISSION_MODE', 'Agents ask for permission', {
      hint: 'bypassPermissions: never, the container is the sandbox; acceptEdits: before commands; manual: before edits too. Of tasks that do not say',
      options: permissionModes,
    }),
    field('agents.shell', 'KLAUDIO_SHELL', 'Shells in containers', {
      hint: 'Whether a person may open a terminal in the container of an agent',
      options: ['true', 'false'],
    }),
    field('server.on_shutdown', 'KLAUDIO_ON_SHUTDOWN', 'When Klaudio is stopped', {
      hint: 'leave: agents go on working; pause: they are stopped and saved, and go on at its next start',
      options: ['leave', 'pause'],
    }),
    field('docker.memory', 'KLAUDIO_AGENT_MEMORY', 'Memory of an agent', { kind: 'bytes' }),
    field('docker.cpus', 'KLAUDIO_AGENT_CPUS', 'Processors of an agent'),
    field('docker.pids', 'KLAUDIO_AGENT_PIDS', 'Processes of an agent'),
  ],
  storage: [
    field('storage.data_dir', 'KLAUDIO_DATA_DIR', 'Data directory', {
      hint: 'Everything Klaudio keeps; only its owner can read it',
    }),
    field('database.path', 'KLAUDIO_DB_PATH', 'Database'),
    field('storage.files_dir', 'KLAUDIO_FILES_DIR', 'Uploaded files'),
    field('storage.max_upload', 'KLAUDIO_MAX_UPLOAD', 'One upload', {
      hint: 'All its files together',
      kind: 'bytes',
    }),
  ],
  retention: [
    field('storage.min_free', 'KLAUDIO_MIN_FREE', 'Kept free', {
      hint: 'With less room on a disk no new work begins; running agents go on. 0 never holds work back',
      kind: 'bytes',
    }),
    field('retention.output_days', 'KLAUDIO_OUTPUT_DAYS', 'Days of output', {
      hint: 'What agents printed, after their task ended; 0 keeps it',
    }),
    field('retention.output_total', 'KLAUDIO_OUTPUT_TOTAL', 'Output of all tasks', {
      hint: 'Beyond it that of the tasks that ended first goes; agents at work go on. 0 is no limit',
      kind: 'bytes',
    }),
    field('retention.event_days', 'KLAUDIO_EVENT_DAYS', 'Days of timelines', {
      hint: 'Of tasks that ended; how they ended stays. 0 keeps them',
    }),
    field('retention.upload_days', 'KLAUDIO_UPLOAD_DAYS', 'Days of uploaded files', {
      hint: 'After their task ended, not of a task that began from them; 0 keeps them',
    }),
    field('retention.database_total', 'KLAUDIO_DATABASE_TOTAL', 'Rows in the database', {
      hint: 'Beyond it timelines of the tasks that ended first go. 0 is no limit',
      kind: 'bytes',
    }),
    field('retention.mirror_days', 'KLAUDIO_MIRROR_DAYS', 'Days of unused repository copies', {
      hint: 'The next task on one fetches it again; 0 keeps them',
    }),
    field('retention.setup_days', 'KLAUDIO_SETUP_DAYS', 'Days of unused repository setups', {
      hint: 'What setup commands left on the engine; the next task runs them again. 0 keeps them',
    }),
    field('retention.setup_total', 'KLAUDIO_SETUP_TOTAL', 'All repository setups', {
      hint: 'Beyond it what was not used for longest goes. 0 is no limit',
      kind: 'bytes',
    }),
    field('database.migration_backups', 'KLAUDIO_MIGRATION_BACKUPS', 'Databases before an update', {
      hint: 'Copies in "backups" beside the database',
    }),
  ],
  access: [
    field('server.host', 'KLAUDIO_HOST', 'Address'),
    field('server.port', 'KLAUDIO_PORT', 'Port'),
    field('server.allowed_hosts', 'KLAUDIO_ALLOWED_HOSTS', 'Further names', {
      hint: 'That browsers may use for this server, for example behind a proxy',
      empty: 'none',
    }),
  ],
}

/** Whether what is shown stands for a value that is not given: nothing to copy. */
export function isStandIn(config: PublicConfig, { key }: SettingField): boolean {
  const value = readValue(config, key)
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

/** The value in force, as a person reads it. */
export function showValue(config: PublicConfig, { key, kind, empty }: SettingField): string {
  const value = readValue(config, key)
  if (Array.isArray(value)) return value.length === 0 ? (empty ?? 'none') : value.join(', ')
  if (value === '') return empty ?? 'not set'
  if (kind === 'bytes' && typeof value === 'number') return formatBytes(value)
  if (kind === 'turns' && value === 0) return 'no limit'
  if (kind === 'usd') return value === 0 ? 'no limit' : `$${value}`
  return String(value)
}

/** Undefined for a key that the server does not show. */
export function readValue(config: PublicConfig, key: string): unknown {
  const [section = '', name = ''] = key.split('.')
  // Sections are objects of plain values, by the contract.
  return (config as unknown as Record<string, Record<string, unknown>>)[section]?.[name]
}

/** The lines of config.yaml that say it, with what is in force now. */
export function toYaml(config: PublicConfig, { key }: SettingField): string {
  const [section, name] = key.split('.')
  return `${section}:\n  ${name}: ${JSON.stringify(readValue(config, key) ?? '')}\n`
}
