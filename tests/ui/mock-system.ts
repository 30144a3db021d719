/** The installation around the made-up tasks, and one diff. */
import type { AccessToken, Session } from '#contract/access.ts'
import type { PublicConfig } from '#contract/config.ts'
import { type RecoveryReport, toSummary } from '#contract/recovery.ts'
import type { Check, SystemState } from '#contract/system.ts'

export const checks: Check[] = [
  {
    id: 'engine',
    title: 'Docker',
    state: 'ok',
    detail: '27.3.1 at /var/run/docker.sock, answers in 12 ms',
  },
  {
    id: 'image',
    title: 'Agent image',
    state: 'ok',
    detail: 'klaudio-agent:9f31c2, 2 days old, 801 MB',
  },
  {
    id: 'login',
    title: 'Claude login',
    state: 'fail',
    detail: 'It expired at 11:20.',
    fix: 'Run "claude setup-token" on this machine, then resume your tasks.',
  },
  {
    id: 'disk',
    title: 'Disk',
    state: 'warn',
    detail: '6.2 GB free in the data directory',
    fix: 'Free some space, or set storage.data_dir to a larger disk.',
  },
  { id: 'git', title: 'Git', state: 'ok', detail: '2.39.5' },
]

export const recovery: RecoveryReport = {
  state: 'done',
  detail:
    '2 tasks go on: 2 agents still at work, 1 agent done meanwhile, 1 agent resumed in a new container, 1 leftover removed.',
  started_at: new Date(Date.now() - 240_000).toISOString(),
  finished_at: new Date(Date.now() - 239_000).toISOString(),
  tasks: [
    {
      task_id: 'task-1',
      name: 'Rate limiting for the public API',
      status: 'running',
      agents: [
        {
          agent_id: 'agent-redis-store',
          subtask_id: 'redis-store',
          role: 'developer',
          found: 'adopted',
        },
        {
          agent_id: 'agent-middleware',
          subtask_id: 'middleware',
          role: 'developer',
          found: 'adopted',
        },
        {
          agent_id: 'agent-limit-policy',
          subtask_id: 'limit-policy',
          role: 'developer',
          found: 'finished',
        },
      ],
    },
    {
      task_id: 'task-2',
      name: 'Move the images to the new bucket',
      status: 'planning',
      agents: [{ agent_id: 'agent-planner-2', role: 'planner', found: 'resumed' }],
    },
  ],
  removed: ['klaudio-9f31c2aa-5d2f-workspace'],
  left: [],
}

export const system: SystemState = {
  engine: { state: 'reachable', detail: 'unix:///var/run/docker.sock', version: '27.3' },
  image: { state: 'ready', tag: 'klaudio-agent:9f31c2', detail: '' },
  slots: { used: 7, total: 12, queued: 6, warm: 2 },
  credentials: { state: 'ok', detail: 'Claude login' },
  recovery: toSummary(recovery),
}

export const config: PublicConfig = {
  server: {
    port: 8080,
    host: '127.0.0.1',
    allowed_hosts: [],
    require_token: false,
    session_lifetime: '720h',
    trusted_proxies: [],
    max_requests: 512,
    max_requests_per_address: 128,
    max_sockets: 1024,
    max_sockets_per_address: 128,
    on_shutdown: 'leave' as const,
  },
  docker: {
    host: 'unix:///var/run/docker.sock',
    image_name: 'klaudio-agent',
    network: 'klaudio-net',
    max_agents: 12,
    max_agents_per_task: 3,
    warm_agents: 3,
    standby_containers: 1,
    base_image: '',
    ca_bundle: '',
    packages: [],
    memory: 4 * 1024 ** 3,
    cpus: 2,
    pids: 2048,
  },
  claude: {
    auth_mode: 'host',
    host_dir: '~/.claude',
    host_json_file: '~/.claude.json',
    has_session_key: false,
    base_url: '',
    model: 'opus',
    planner_model: '',
  },
  agents: {
    subtask_timeout: '1h',
    planner_timeout: '30m',
    idle_timeout: '20m',
    max_attempts: 2,
    max_turns: 0,
    max_cost_usd: 0,
    permission_mode: 'bypassPermissions',
  },
  database: { path: 'data/klaudio.db', migration_backups: 3 },
  storage: {
    data_dir: 'data',
    states_dir: '',
    files_dir: '',
    min_free: 1024 ** 3,
    max_upload: 100 * 1024 ** 2,
  },
  state: {
    auto_save_enabled: true,
    auto_save_interval: '5m',
    max_checkpoints: 3,
    retention_days: 7,
  },
}

export const sessions: Session[] = [
  {
    id: 'session-1',
    current: true,
    user_agent: 'Mozilla/5.0 (X11; Linux x64) Chrome/150.0 Safari/537.36',
    address: '192.168.1.20',
    token_name: 'First token',
    created_at: '2026-01-01T09:00:00Z',
    last_used_at: new Date().toISOString(),
    expires_at: '2036-01-01T09:00:00Z',
  },
]

export const tokens: AccessToken[] = [
  { id: 'token-1', name: 'First token', kind: 'owner', created_at: '2026-01-01T09:00:00Z' },
  {
    id: 'token-2',
    name: 'CI',
    kind: 'program',
    created_at: '2026-01-02T09:00:00Z',
    last_used_at: '2026-01-03T09:00:00Z',
  },
]
