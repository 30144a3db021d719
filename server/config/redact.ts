import type { PublicConfig } from '#contract/config.ts'
import type { Config } from './config.ts'

/** What a client may see of the configuration. Names every field, so a new key stays private until it is listed here. */
export function redactConfig(config: Config): PublicConfig {
  const { server, docker, claude, agents, database, storage, retention, state } = config
  return {
    server: {
      port: server.port,
      host: server.host,
      allowed_hosts: [...server.allowed_hosts],
      require_token: server.require_token,
      session_lifetime: toDuration(server.session_lifetime),
      trusted_proxies: [...server.trusted_proxies],
      max_requests: server.max_requests,
      max_requests_per_address: server.max_requests_per_address,
      max_sockets: server.max_sockets,
      max_sockets_per_address: server.max_sockets_per_address,
      on_shutdown: server.on_shutdown,
    },
    docker: {
      host: withoutUserinfo(docker.host),
      image_name: docker.image_name,
      network: docker.network,
      max_agents: docker.max_agents,
      max_agents_per_task: docker.max_agents_per_task,
      warm_agents: docker.warm_agents,
      standby_containers: docker.standby_containers,
      base_image: docker.base_image,
      ca_bundle: docker.ca_bundle,
      packages: [...docker.packages],
      memory: docker.memory,
      cpus: docker.cpus,
      pids: docker.pids,
    },
    claude: {
      auth_mode: claude.auth_mode,
      host_dir: claude.host_dir,
      host_json_file: claude.host_json_file,
      has_session_key: claude.session_key !== '',
      base_url: withoutUserinfo(claude.base_url),
      model: claude.model,
      planner_model: claude.planner_model,
    },
    agents: {
      subtask_timeout: toDuration(agents.subtask_timeout),
      planner_timeout: toDuration(agents.planner_timeout),
      idle_timeout: toDuration(agents.idle_timeout),
      max_attempts: agents.max_attempts,
      max_fix_rounds: agents.max_fix_rounds,
      max_turns: agents.max_turns,
      max_cost_usd: agents.max_cost_usd,
      max_output: agents.max_output,
      permission_mode: agents.permission_mode,
      shell: agents.shell,
    },
    database: { path: database.path, migration_backups: database.migration_backups },
    storage: {
      data_dir: storage.data_dir,
      states_dir: storage.states_dir,
      files_dir: storage.files_dir,
      max_upload: storage.max_upload,
      min_free: storage.min_free,
    },
    retention: { ...retention },
    state: {
      auto_save_enabled: state.auto_save_enabled,
      auto_save_interval: toDuration(state.auto_save_interval),
      max_checkpoints: state.max_checkpoints,
      retention_days: state.retention_days,
    },
  }
}

/** Milliseconds as `1h30m`, `5m`, `90s` would be written in the file. */
export function toDuration(ms: number): string {
  const units: [string, number][] = [
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1000],
    ['ms', 1],
  ]
  let rest = ms
  let text = ''
  for (const [unit, length] of units) {
    const amount = unit === 'ms' ? rest : Math.floor(rest / length)
    if (amount > 0) text += `${amount}${unit}`
    rest -= amount * length
  }
  return text || '0s'
}

function withoutUserinfo(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
}
