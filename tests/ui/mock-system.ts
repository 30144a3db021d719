/** The installation around the made-up tasks, and one diff. */
import type { AccessToken, Session } from '#contract/access.ts'
import type { PublicConfig } from '#contract/config.ts'
import { type RecoveryReport, toSummary } from '#contract/recovery.ts'
import type { Check, EngineResource, SystemState } from '#contract/system.ts'

const checks: Check[] = [
  {
    ...{ id: 'engine', title: 'Docker engine', state: 'ok' },
    detail: 'Docker 27.3.1 on linux/amd64, 8 CPUs, 31.2 GB memory',
  },
  { id: 'git', title: 'git', state: 'ok', detail: 'git version 2.39.5' },
  { id: 'data-dir', title: 'Data directory', state: 'ok', detail: '/home/ada/.klaudio' },
  {
    ...{ id: 'disk', title: 'Free disk', state: 'warn', detail: '6.2 GB at /home/ada/.klaudio' },
    fix: 'Free some space: the agent image takes 1 GB, each task its repository and output',
  },
  { id: 'port', title: 'Port', state: 'skip', detail: 'The server listens already' },
  {
    ...{ id: 'orphans', title: 'Containers', state: 'warn' },
    detail: "4 containers and 4 volumes on the engine, 1 container and 1 volume of them nobody's",
    fix: 'Run "klaudio doctor --fix" to remove what is nobody\'s; no agent loses anything by it',
  },
  { id: 'image', title: 'Agent image', state: 'ok', detail: 'klaudio-agent:9f31c2 (801 MB)' },
  { id: 'cli', title: 'Claude Code CLI', state: 'skip', detail: 'Part of the agent image' },
  {
    ...{ id: 'credentials', title: 'Claude credentials', state: 'fail' },
    detail: 'It expired at 11:20',
    fix: 'Run "claude setup-token" on this machine, then resume your tasks',
  },
]

const pauseMs = 400

/** One check after the other, as a machine has them. */
export function streamChecks(): Response {
  const encoder = new TextEncoder()
  const lines = new ReadableStream({
    async start(controller) {
      for (const check of checks) {
        await Bun.sleep(pauseMs)
        controller.enqueue(encoder.encode(`${JSON.stringify(check)}\n`))
      }
      controller.close()
    },
  })
  return new Response(lines, { headers: { 'Content-Type': 'application/x-ndjson' } })
}

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
const task = { task_id: 'rate-limits', task_name: 'Rate limits for the public API' }

export const resources: EngineResource[] = [
  ...['redis-store', 'middleware'].flatMap((agent_name, index): EngineResource[] => {
    const agent = { ...task, agent_id: `agent-${agent_name}`, agent_name, owner: 'agent' as const }
    const name = `klaudio-08223213-66663f0${index}`
    return [
      {
        ...{ kind: 'container', name: `${name}-1`, state: 'running', created_at: ago(12 + index) },
        ...agent,
        memory_bytes: 312_000_000 + index * 90_000_000,
      },
      { kind: 'volume', name: `${name}-state`, created_at: ago(12 + index), ...agent },
      { kind: 'volume', name: `${name}-workspace`, created_at: ago(12 + index), ...agent },
    ]
  }),
  {
    ...{ kind: 'container', name: 'klaudio-08223213-37fdec6d-1', owner: 'standby' },
    ...{ state: 'running', created_at: ago(3), memory_bytes: 18_000_000 },
  },
  {
    ...{ kind: 'container', name: 'klaudio-08223213-aa19c1f0-2', owner: 'orphan' },
    ...{ state: 'exited', created_at: ago(3000), reason: 'No agent has its id' },
  },
  {
    ...{ kind: 'volume', name: 'klaudio-08223213-aa19c1f0-workspace', owner: 'orphan' },
    ...{ created_at: ago(3000), reason: 'No agent has its id' },
  },
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
    max_fix_rounds: 3,
    max_turns: 0,
    max_cost_usd: 0,
    max_output: 1024 ** 3,
    permission_mode: 'bypassPermissions',
    shell: true,
  },
  database: { path: 'data/klaudio.db', migration_backups: 3 },
  storage: {
    data_dir: 'data',
    states_dir: '',
    files_dir: '',
    min_free: 1024 ** 3,
    max_upload: 100 * 1024 ** 2,
  },
  retention: {
    output_days: 90,
    output_total: 20 * 1024 ** 3,
    event_days: 365,
    upload_days: 365,
    database_total: 4 * 1024 ** 3,
    mirror_days: 30,
    setup_days: 30,
    setup_total: 20 * 1024 ** 3,
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
