/** Everything that works on tasks, built once from the bottom up. */
import { join } from 'node:path'
import type { Agents } from '#agents/agents.ts'
import { createAgents } from '#agents/create-agents.ts'
import { createEngineResources, type EngineResourcesOptions } from '#agents/engine-resources.ts'
import { createStatsSampler } from '#agents/stats.ts'
import { createCheckpoints } from '#checkpoints/create-checkpoints.ts'
import { createCheckpointViews } from '#checkpoints/look-into.ts'
import { isUsable, readCredentials, toCliEnvironment } from '#claude-login/credentials.ts'
import type { Config } from '#config/config.ts'
import { AppError } from '#contract/errors.ts'
import { createCredentials } from '#credentials/credentials.ts'
import { createEnvironments } from '#credentials/environment.ts'
import { findAgent, listAgents } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { countKeptSetups } from '#db/setups.ts'
import { findTask } from '#db/tasks.ts'
import { createDelivery, type Delivery } from '#delivery/delivery.ts'
import { createFiles } from '#files/create-files.ts'
import { workFacts } from '#files/work-facts.ts'
import { createWorks } from '#files/works.ts'
import { createForges } from '#forges/forges.ts'
import { createGit } from '#git/process.ts'
import { systemClock as clock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import { createProjectImages } from '#project-image/project-images.ts'
import { createRepoMemories } from '#repo-memory/memories.ts'
import { createKeptSetups } from '#setups/kept-setups.ts'
import { createRunSetup } from '#setups/run-setup.ts'
import { createSetups, type SetupsOptions } from '#setups/setups.ts'
import type { EventLog } from '#streams/event-log.ts'
import { createOutputStore, type OutputStore } from '#streams/output-store.ts'
import { createTasks, type TasksService } from '#tasks/create-tasks.ts'
import { createLooks } from '#tasks/looks.ts'
import { getTask } from '#tasks/records.ts'
import { createRepoTemplates } from '#templates/repositories.ts'
import { createTeams } from '#templates/teams.ts'
import { createWorkspaces } from '#workspaces/create-workspaces.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import type { Parts, Resources } from './parts.ts'
import { openVault } from './secrets.ts'

export type ServiceOptions = {
  config: Config
  environment: Record<string, string | undefined>
  db: Db
  eventLog: EventLog
  instance: string
  parts: Parts
  log: Log
}

export type Services = ReturnType<typeof createServices>

export function createServices({
  config,
  db,
  eventLog,
  instance,
  parts,
  environment,
  log,
}: ServiceOptions) {
  const { data_dir: dataDir } = config.storage
  const outputs = createOutputStore({ dir: join(dataDir, 'output'), log })
  const vault = openVault(config, db)
  const environments = createEnvironments(vault)
  const workspaces = createWorkspaces({
    git: createGit({ environment }),
    dir: join(dataDir, 'repos'),
    mirrorsDir: join(dataDir, 'mirrors'),
    uploadsDirOf: (taskId) => files.inputDir(taskId),
    log,
  })
  const works = createWorks({ workspaces, factsOf: (taskId) => workFacts(db, taskId) })
  const files = createFiles({
    workspaces,
    works,
    eventLog,
    dir: config.storage.files_dir,
    maxUploadBytes: config.storage.max_upload,
    taskOf: (taskId) => getTask(db, taskId),
  })
  const environmentOf = (id: string) => environments.open(findTask(db, id)?.environment ?? [])
  const { agents, setups, keptSetups } = createAgentServices({
    ...{ config, db, eventLog, instance, parts, log, outputs, workspaces, environmentOf },
  })
  const credentials = createCredentials({ db, vault, clock, newId })
  const checkpoints = createCheckpoints({
    ...{ db, eventLog, agents, workspaces, outputs, clock, newId, log },
    config: toCheckpointConfig(config),
  })
  const memories = createRepoMemories({ db, workspaces, clock, newId })
  const tasks = createTasks({
    ...{ memories, credentials, setups, delivery: toForges(workspaces) },
    ...{ eventLog, db, agents, workspaces, checkpoints, files, outputs, vault, clock, newId, log },
    config: toRunConfig(config),
  })
  return {
    tasks,
    checkpoints,
    checkpointViews: createCheckpointViews({ db, checkpoints, workspaces }),
    agents,
    keptSetups,
    outputs,
    files,
    works,
    teams: createTeams({ db, clock, newId }),
    repoTemplates: createRepoTemplates({
      ...{ db, vault, credentials, workspaces, memories, environments, clock, newId },
    }),
    credentials,
    looks: createLooks({ db, agents, workspaces, clock }),
    workspaces,
    ...createResources({ engine: parts.engine, db, instanceId: instance, agents }),
    sampleStats: createStatsSampler({ db, engine: parts.engine }),
    readers: createReaders(db, tasks),
  }
}

/** Agents, and what their workspaces begin with. */
function createAgentServices({
  config,
  db,
  parts,
  ...given
}: Omit<ServiceOptions, 'environment'> &
  Pick<SetupsOptions, 'environmentOf'> & { outputs: OutputStore; workspaces: Workspaces }) {
  const { engine } = parts
  const { instance: instanceId, environmentOf, workspaces, log } = given
  const settings = { instanceId, ...toContainerSettings(config) }
  const image = (signal?: AbortSignal) => parts.image.ensure(signal ? { signal } : {})
  const setups = createSetups({
    ...{ db, engine, workspaces, environmentOf, image, instanceId, clock },
    projectImages: createProjectImages({
      ...{ engine, workspaces, timeoutMs: setupTimeoutMs, memoryBytes: config.docker.memory },
      buildArgs: proxyEnvironment(config),
    }),
    run: createRunSetup({ engine, settings, clock, timeoutMs: setupTimeoutMs }),
  })
  const agents = createAgents({
    ...{ engine, db, events: given.eventLog, output: given.outputs, clock, log, settings, image },
    cloneImage: setups.imageFor,
    projectImage: setups.projectImageFor,
    credentials: () => cliCredentials(config),
    environmentOf,
    baseUrl: config.claude.base_url,
  })
  const keptSetups = createKeptSetups({ db, engine, isBusy: setups.isBusy, instanceId, clock })
  return { agents, setups, keptSetups }
}

/** Of all setup commands of a repository together, and of building its image. */
const setupTimeoutMs = 60 * 60_000

const toContainerSettings = ({ docker, ...config }: Config) => ({
  network: docker.network,
  memoryBytes: docker.memory,
  cpus: docker.cpus,
  pids: docker.pids,
  tmpBytes: docker.tmp_size,
  standbyContainers: docker.standby_containers,
  env: proxyEnvironment({ docker, ...config }),
})

const toForges = (workspaces: Workspaces): Delivery =>
  createDelivery({ workspaces, forges: createForges({ clock }) })

/** What is on the engine, for the API and for the doctor. */
function createResources({
  agents,
  ...options
}: Pick<EngineResourcesOptions, 'engine' | 'db' | 'instanceId'> & {
  agents: Pick<Agents, 'standsBy'>
}) {
  const resources = createEngineResources({ ...options, clock, standsBy: agents.standsBy })
  const ofDoctor: Resources = {
    list: (signal) => resources.list(signal ? { signal } : {}),
    countSetups: async () => countKeptSetups(options.db),
    removeOrphans: resources.removeOrphans,
  }
  return { resources, ofDoctor }
}

/** Read anew whenever it matters: settings change while tasks run. */
function toRunConfig({ docker, claude, agents }: Config) {
  return {
    get maxAgents() {
      return docker.max_agents
    },
    get maxAgentsPerTask() {
      return docker.max_agents_per_task
    },
    get warmAgents() {
      return docker.warm_agents
    },
    get model() {
      return claude.model
    },
    get plannerModel() {
      return claude.planner_model || claude.model
    },
    get subtaskTimeoutMs() {
      return agents.subtask_timeout
    },
    get plannerTimeoutMs() {
      return agents.planner_timeout
    },
    get idleTimeoutMs() {
      return agents.idle_timeout
    },
    get maxOutputBytes() {
      return agents.max_output
    },
    get maxFixRounds() {
      return agents.max_fix_rounds
    },
    get maxAttempts() {
      return agents.max_attempts
    },
    get maxTurns() {
      return agents.max_turns
    },
    get maxCostUsd() {
      return agents.max_cost_usd
    },
    get permissionMode() {
      return agents.permission_mode
    },
    allowsShells: agents.shell,
  }
}

/** Read anew whenever it matters, as above. */
function toCheckpointConfig({ state }: Config) {
  return {
    get auto() {
      return state.auto_save_enabled
    },
    get intervalMs() {
      return state.auto_save_interval
    },
    get maxCheckpoints() {
      return state.max_checkpoints
    },
    get retentionMs() {
      return state.retention_days * 24 * 60 * 60 * 1000
    },
  }
}

/** Agents reach the outside as the configuration says; both spellings, as programs differ. */
function proxyEnvironment({ docker }: Config): Record<string, string> {
  const settings = {
    http_proxy: docker.http_proxy,
    https_proxy: docker.https_proxy,
    no_proxy: docker.no_proxy,
  }
  return Object.fromEntries(
    Object.entries(settings)
      .filter(([, value]) => value !== '')
      .flatMap(([name, value]) => [
        [name, value],
        [name.toUpperCase(), value],
      ]),
  )
}

/** Read anew whenever a CLI starts. Throws `credentials.missing` with what to do. */
async function cliCredentials(config: Config): Promise<Record<string, string>> {
  const found = await readCredentials(config.claude, clock.now())
  if (!isUsable(found)) throw new AppError('credentials.missing', found.message)
  return toCliEnvironment(found)
}

/** What the sockets look up. */
function createReaders(db: Db, tasks: TasksService) {
  const over = new Set(['completed', 'failed', 'stopped', 'lost'])
  return {
    taskExists: (taskId: string) => findTask(db, taskId) !== undefined,
    agentOf(agentId: string) {
      const row = findAgent(db, agentId)
      return row ? { taskId: row.taskId, ended: over.has(row.status) } : undefined
    },
    agentsOf: (taskId: string) => listAgents(db, { taskId }).map((row) => row.id),
    messages: {
      newest: (taskId: string, limit: number) => tasks.messages(taskId, { limit }),
      after: (taskId: string, afterId: number, limit: number) =>
        tasks.messages(taskId, { afterId, limit }),
    },
  }
}
