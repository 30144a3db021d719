import * as v from 'valibot'
import { PermissionMode } from './permission.ts'

/** The configuration as `GET /api/config` shows it: no secret, durations as people write them, sizes in bytes. */
export const PublicConfig = v.object({
  server: v.object({
    port: v.number(),
    host: v.string(),
    allowed_hosts: v.array(v.string()),
    require_token: v.boolean(),
    session_lifetime: v.string(),
    trusted_proxies: v.array(v.string()),
    max_requests: v.number(),
    max_requests_per_address: v.number(),
    max_sockets: v.number(),
    max_sockets_per_address: v.number(),
    on_shutdown: v.picklist(['leave', 'pause']),
  }),
  docker: v.object({
    host: v.string(),
    image_name: v.string(),
    network: v.string(),
    max_agents: v.number(),
    max_agents_per_task: v.number(),
    warm_agents: v.number(),
    standby_containers: v.number(),
    base_image: v.string(),
    ca_bundle: v.string(),
    packages: v.array(v.string()),
    memory: v.number(),
    cpus: v.number(),
    pids: v.number(),
  }),
  claude: v.object({
    auth_mode: v.picklist(['host', 'env']),
    host_dir: v.string(),
    host_json_file: v.string(),
    has_session_key: v.boolean(),
    base_url: v.string(),
    model: v.string(),
    planner_model: v.string(),
  }),
  agents: v.object({
    subtask_timeout: v.string(),
    planner_timeout: v.string(),
    idle_timeout: v.string(),
    max_attempts: v.number(),
    max_fix_rounds: v.number(),
    max_turns: v.number(),
    max_cost_usd: v.number(),
    max_output: v.number(),
    permission_mode: PermissionMode,
    shell: v.boolean(),
  }),
  database: v.object({ path: v.string(), migration_backups: v.number() }),
  storage: v.object({
    data_dir: v.string(),
    states_dir: v.string(),
    files_dir: v.string(),
    max_upload: v.number(),
    min_free: v.number(),
  }),
  retention: v.object({
    output_days: v.number(),
    output_total: v.number(),
    event_days: v.number(),
    upload_days: v.number(),
    database_total: v.number(),
    mirror_days: v.number(),
    setup_days: v.number(),
    setup_total: v.number(),
  }),
  state: v.object({
    auto_save_enabled: v.boolean(),
    auto_save_interval: v.string(),
    max_checkpoints: v.number(),
    retention_days: v.number(),
  }),
  /** Keys that the file, the environment or a flag decides, with the place that does: they cannot be changed here. */
  fixed: v.optional(v.record(v.string(), v.string())),
  /** Keys whose new value counts after a restart. */
  restart_required: v.optional(v.array(v.string())),
})
export type PublicConfig = v.InferOutput<typeof PublicConfig>

const setting = v.nullable(
  v.union([v.string(), v.number(), v.boolean(), v.pipe(v.array(v.string()), v.maxLength(200))]),
)

/**
 * Settings to change, by section: `{ docker: { max_agents: 4 } }`. Values are as in `config.yaml`, null is the default. Keys, values and
 * their limits are those of the configuration itself; secrets can be written and are never read back.
 */
export const ChangeConfig = v.record(v.string(), v.record(v.string(), setting))
export type ChangeConfig = v.InferOutput<typeof ChangeConfig>
