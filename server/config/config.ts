import * as v from 'valibot'
import { PermissionMode } from '#contract/permission.ts'

const port = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))
const count = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const text = v.pipe(v.string(), v.maxLength(4096))
/** "5m", "90s", "1h30m", "500ms" as milliseconds. */
const duration = v.pipe(
  v.string(),
  v.regex(/^(\d+(\.\d+)?(ms|s|m|h))+$/, 'a duration such as 90s, 5m or 1h30m'),
  v.transform(toMs),
)
/** "2g", "512m", "1024k" or plain bytes. */
const size = v.pipe(
  v.union([v.string(), v.number()]),
  v.transform(String),
  v.regex(/^\d+(\.\d+)?[kmgt]?b?$/i, 'a size such as 512m or 4g'),
  v.transform(toBytes),
)

/** The whole configuration, every key with its default. `config.yaml` documents each for people. */
export const ConfigSchema = v.strictObject({
  server: v.strictObject({
    port: v.optional(port, 8080),
    host: v.optional(text, '127.0.0.1'),
    /** Further names a browser may use for this server, for example behind a proxy. */
    allowed_hosts: v.optional(v.array(text), []),
    /** Ask on loopback too; on any other address a token is always asked for. */
    require_token: v.optional(v.boolean(), false),
    session_lifetime: v.optional(v.pipe(duration, v.minValue(60_000)), '720h'),
    /** Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed. */
    trusted_proxies: v.optional(v.array(text), []),
    max_requests: v.optional(count(1, 100_000), 512),
    max_requests_per_address: v.optional(count(1, 100_000), 128),
    max_sockets: v.optional(count(1, 100_000), 1024),
    max_sockets_per_address: v.optional(count(1, 100_000), 128),
    on_shutdown: v.optional(v.picklist(['leave', 'pause']), 'leave'),
  }),
  docker: v.strictObject({
    /** Empty: DOCKER_HOST, else the platform's local socket. */
    host: v.optional(text, ''),
    image_name: v.optional(
      v.pipe(text, v.regex(/^[a-z0-9][a-z0-9._/-]*$/, 'a lower-case image name')),
      'klaudio-agent',
    ),
    network: v.optional(
      v.pipe(text, v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, 'a network name')),
      'klaudio-net',
    ),
    max_agents: v.optional(count(1, 512), 5),
    max_agents_per_task: v.optional(count(1, 512), 3),
    /** Idle agents started ahead of time; they cost memory, no slot. */
    warm_agents: v.optional(count(0, 64), 3),
    /** Containers of each kind (planner, worker) that run ahead of any task, with nothing in them. */
    standby_containers: v.optional(count(0, 16), 1),
    base_image: v.optional(text, ''),
    ca_bundle: v.optional(text, ''),
    packages: v.optional(
      v.array(v.pipe(text, v.regex(/^[a-z0-9][a-z0-9+.-]*$/, 'a Debian package name'))),
      [],
    ),
    http_proxy: v.optional(text, ''),
    https_proxy: v.optional(text, ''),
    no_proxy: v.optional(text, ''),
    memory: v.optional(size, '4g'),
    cpus: v.optional(v.pipe(v.number(), v.minValue(0.1), v.maxValue(512)), 2),
    pids: v.optional(count(64, 1_000_000), 2048),
    tmp_size: v.optional(size, '1g'),
  }),
  claude: v.strictObject({
    auth_mode: v.optional(v.picklist(['host', 'env']), 'host'),
    host_dir: v.optional(text, '~/.claude'),
    host_json_file: v.optional(text, '~/.claude.json'),
    session_key: v.optional(text, ''),
    /** Where the Messages API is, for a gateway of your own. Empty: Anthropic's. */
    base_url: v.optional(v.union([v.literal(''), v.pipe(v.string(), v.url('an http(s) URL'))]), ''),
    model: v.optional(text, 'opus'),
    planner_model: v.optional(text, ''),
  }),
  agents: v.strictObject({
    subtask_timeout: v.optional(duration, '1h'),
    planner_timeout: v.optional(duration, '30m'),
    /** No output for this long counts as stuck. */
    idle_timeout: v.optional(duration, '20m'),
    max_attempts: v.optional(count(1, 10), 2),
    /** How often work is sent back after a review, or by the manager of a team; of teams that do not say. */
    max_fix_rounds: v.optional(count(0, 20), 3),
    /** 0: no limit. */
    max_turns: v.optional(count(0, 10_000), 0),
    max_cost_usd: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10_000)), 0),
    /** Bytes that one agent may print; 0: no limit. */
    max_output: v.optional(size, '1g'),
    /** Of tasks that do not say. */
    permission_mode: v.optional(PermissionMode, 'bypassPermissions'),
    /** Whether a person may open a terminal in an agent's container. */
    shell: v.optional(v.boolean(), true),
  }),
  database: v.strictObject({
    path: v.optional(text, ''),
    /** Copies of databases before they were migrated. */
    migration_backups: v.optional(count(0, 100), 3),
  }),
  storage: v.strictObject({
    data_dir: v.optional(text, 'data'),
    states_dir: v.optional(text, ''),
    files_dir: v.optional(text, ''),
    max_upload: v.optional(size, '100m'),
    /** Below this much free space no new work begins; 0 never holds it back. */
    min_free: v.optional(size, '1g'),
  }),
  /** What goes by itself; 0 keeps it. */
  retention: v.strictObject({
    output_days: v.optional(count(0, 36_500), 90),
    output_total: v.optional(size, '20g'),
    event_days: v.optional(count(0, 36_500), 365),
    upload_days: v.optional(count(0, 36_500), 365),
    database_total: v.optional(size, '4g'),
    mirror_days: v.optional(count(0, 36_500), 30),
    setup_days: v.optional(count(0, 36_500), 30),
    setup_total: v.optional(size, '20g'),
  }),
  state: v.strictObject({
    auto_save_enabled: v.optional(v.boolean(), true),
    auto_save_interval: v.optional(duration, '5m'),
    max_checkpoints: v.optional(count(1, 10_000), 3),
    retention_days: v.optional(count(1, 36_500), 7),
  }),
})
/** Durations are milliseconds, sizes are bytes, empty paths are filled in by `loadConfig`. */
export type Config = v.InferOutput<typeof ConfigSchema>

function toMs(value: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  let total = 0
  for (const [, amount = '0', unit = 'ms'] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    total += Number(amount) * (units[unit] ?? 0)
  return total
}

function toBytes(value: string): number {
  const [, amount = '0', unit = ''] = /^(\d+(?:\.\d+)?)([kmgt]?)/i.exec(value) ?? []
  return Math.round(Number(amount) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '))
}
