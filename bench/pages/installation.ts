/**
 * A server of its own process for `bench/pages.ts`, with the interface that `build.ts` made. The large installation has 10,000 tasks, a
 * plan of 50 subtasks, 50 agents at work, one that printed 1 GB and a task that changed 1,000 files; the small one has five of each.
 * Says its address over the channel to its parent, which says when agents are to be at work. No engine is asked for anything.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openSettings } from '#config/settings.ts'
import type { SubtaskStatus } from '#contract/plan.ts'
import type { TaskStatus } from '#contract/task.ts'
import { updateAgent } from '#db/agents.ts'
import { type Db, openDb } from '#db/open.ts'
import { insertQuestions } from '#db/questions.ts'
import { updateTask } from '#db/tasks.ts'
import { silentLog } from '#lib/log.ts'
import { type App, createApp } from '../../server/app.ts'
import { runIn } from '../../tests/support/git.ts'
import { listUi, sessionPart, writeOutput } from '../../tests/support/output-feed.ts'
import { draft, seedAgent, seedPlan, seedTask, spec } from '../../tests/support/seed.ts'

export type Size = 'large' | 'small'
/** What the parent says: whether agents are at work. */
export type Order = { isLive: boolean }
/** What this process says, once. */
export type Ready = { url: string }

type Amounts = {
  ended: number
  active: number
  subtasks: number
  outputBytes: number
  files: number
}
const amounts: Record<Size, Amounts> = {
  large: { ended: 9_800, active: 200, subtasks: 50, outputBytes: 1_000_000_000, files: 1_000 },
  small: { ended: 5, active: 5, subtasks: 5, outputBytes: 200_000, files: 5 },
}

/** The task with a plan in every state, the one whose agents all work, and the one that changed files. */
export const taskIds = { plan: 'wide', busy: 'busy', output: 'long-run', changes: 'many-files' }
/** Of `taskIds.output`. */
export const outputAgent = 'talkative'
/** The agent of `taskIds.busy` whose output grows while agents are at work. */
export const printingAgent = 'busy-agent-0'

const hour = 3_600_000

/** Ended ones first, so that those at work are the newest, as they are in life. */
function seedLists(db: Db, { ended, active }: Amounts): void {
  const now = Date.now()
  for (let i = 0; i < ended; i++) {
    const status: TaskStatus = i % 5 === 0 ? 'failed' : 'completed'
    const at = now - hour * 2 - (ended - i) * 300_000
    seedTask(db, {
      id: `ended-${i}`,
      status,
      name: `Ended task ${i} of a long history`,
      createdAt: at,
    })
    updateTask(db, `ended-${i}`, { startedAt: at, completedAt: at + hour }, at + hour)
  }
  for (let i = 0; i < active; i++) {
    const status: TaskStatus = i % 10 === 0 ? 'planned' : i % 10 === 1 ? 'planning' : 'running'
    const id = `active-${i}`
    const at = now - hour + i * 1000
    seedTask(db, { id, status, name: `Task ${i} that is under way`, createdAt: at })
    if (status === 'planning') {
      ask(db, id, at)
      updateTask(db, id, { phase: 'awaiting_answers' }, at)
    } else seedPlan(db, id, undefined, status === 'running' ? { one: 'running' } : {})
  }
}

function ask(db: Db, taskId: string, now: number): void {
  const text = `Which of two ways for ${taskId}?`
  const question = { id: `question-of-${taskId}`, text, suggestions: [], options: ['one', 'two'] }
  const round = { taskId, agentId: `planner-of-${taskId}`, planningSession: 1, round: 1, now }
  insertQuestions(db, { ...round, questions: [question] })
}

const mixed: SubtaskStatus[] = ['completed', 'completed', 'running', 'running', 'pending']
const statusAt = (index: number, count: number): SubtaskStatus =>
  index === count - 2 ? 'failed' : (mixed[Math.floor((index / count) * mixed.length)] ?? 'pending')

/** Each depends on the one five places before it and on a second one, which makes ten layers of five. */
function seedWide(db: Db, taskId: string, statuses: SubtaskStatus[]): void {
  const now = Date.now()
  seedTask(db, {
    id: taskId,
    status: 'running',
    name: `A plan of ${statuses.length}`,
    createdAt: now,
  })
  const name = (index: number): string => `part-${index}`
  const specs = statuses.map((_, i) =>
    spec(name(i), i < 5 ? [] : [name(i - 5), ...(i % 5 < 4 && i % 3 === 0 ? [name(i - 4)] : [])]),
  )
  const states = Object.fromEntries(
    statuses.flatMap((status, i) => (status === 'pending' ? [] : [[name(i), status]])),
  )
  seedPlan(db, taskId, draft(...specs), states)
  for (const [i, status] of statuses.entries()) {
    if (status === 'pending') continue
    const id = `${taskId}-agent-${i}`
    const isRunning = status === 'running'
    seedAgent(db, taskId, {
      id,
      subtaskId: name(i),
      status: isRunning ? 'running' : status === 'failed' ? 'failed' : 'completed',
    })
    updateAgent(db, id, {
      startedAt: now - 600_000,
      ...(isRunning ? { phase: 'working', activity: 'Bash pnpm test' } : { completedAt: now }),
    })
  }
}

function seedOutput(db: Db, dataDir: string, bytes: number): void {
  seedTask(db, {
    id: taskIds.output,
    status: 'completed',
    name: 'A long run',
    createdAt: Date.now(),
  })
  seedAgent(db, taskIds.output, { id: outputAgent, status: 'completed', subtaskId: 'run' })
  updateAgent(db, outputAgent, { startedAt: Date.now() - hour, completedAt: Date.now() })
  writeOutput(join(dataDir, 'output', `${outputAgent}.ndjson`), bytes)
}

/** Two commits of a person's repository: the task starts at the first and stands at the second. */
async function seedChanges(app: App, db: Db, dir: string, files: number): Promise<void> {
  const origin = join(dir, 'origin')
  const write = (what: string): void => {
    for (let i = 0; i < files; i++) {
      const file = join(origin, `src/part-${i % 40}/file-${i}.ts`)
      mkdirSync(dirname(file), { recursive: true })
      const line = (_: unknown, n: number): string =>
        `export const value${n} = ${n % 12 === 0 ? `'${what}'` : n}\n`
      writeFileSync(file, Array.from({ length: 60 }, line).join(''))
    }
  }
  mkdirSync(origin, { recursive: true })
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await runIn(origin, ['git', ...args])
    return new TextDecoder().decode(stdout).trim()
  }
  const commit = async (message: string): Promise<string> => {
    await git('add', '--all')
    await git('commit', '--quiet', '-m', message)
    return git('rev-parse', 'HEAD')
  }
  await git('init', '--quiet', '--initial-branch=main')
  write('before')
  const baseCommit = await commit('Begin')
  write('after')
  const headCommit = await commit('Change everything')
  const taskId = taskIds.changes
  seedTask(db, { id: taskId, status: 'completed', name: 'Many files', createdAt: Date.now() })
  await app.workspaces.prepare({
    taskId,
    source: { kind: 'local', path: origin },
    branch: `klaudio/${taskId}`,
  })
  updateTask(db, taskId, { baseCommit, headCommit }, Date.now())
}

/** Every agent says something once a second, one prints 8 kB a second, and every five seconds a subtask moves. */
function work(app: App, agents: number): () => void {
  const { eventLog, outputs } = app
  const encoder = new TextEncoder()
  let turn = 0
  const say = (index: number): void =>
    eventLog.transact((_, record) =>
      record({
        taskId: taskIds.busy,
        agentId: `busy-agent-${index}`,
        ...(turn % 2 === 0
          ? { type: 'agent.activity', data: { activity: `Edit src/part-${turn}.ts` } }
          : { type: 'agent.usage', data: { cost_usd: turn / 1000, turns: turn } }),
      }),
    )
  const timer = setInterval(() => {
    const index = turn % agents
    say(index)
    if (index === 0)
      outputs.append(printingAgent, outputs.size(printingAgent), encoder.encode(sessionPart(turn)))
    if (turn % (agents * 5) === 0)
      eventLog.transact((_, record) =>
        record({ taskId: taskIds.busy, subtaskId: 'part-0', type: 'subtask.started' }),
      )
    turn++
  }, 1000 / agents)
  return () => clearInterval(timer)
}

async function open(size: Size): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-pages-'))
  const settings = openSettings({
    env: { KLAUDIO_AUTH_MODE: 'env', CLAUDE_SESSION_KEY: 'sk-ant-bench' },
    cwd: dir,
    home: dir,
    flags: { 'server.port': '0', 'docker.host': 'unix:///nowhere/docker.sock' },
  })
  const app = createApp({
    settings,
    embedded: { ui: listUi(join(import.meta.dir, '../../dist/ui')), agentImage: [] },
    version: 'bench',
    bunPath: process.execPath,
    environment: process.env,
    log: silentLog,
  })
  const url = app.listen()
  const amount = amounts[size]
  const { config } = settings
  const { db, close } = openDb(config.database.path)
  const count = { length: amount.subtasks }
  db.transaction(() => seedLists(db, amount))
  seedOutput(db, config.storage.data_dir, amount.outputBytes)
  await seedChanges(app, db, dir, amount.files)
  seedWide(
    db,
    taskIds.plan,
    Array.from(count, (_, i) => statusAt(i, amount.subtasks)),
  )
  seedWide(
    db,
    taskIds.busy,
    Array.from(count, () => 'running' as const),
  )
  app.outputs.end(outputAgent)
  let stop: (() => void) | undefined
  process.on('message', ({ isLive }: Order) => {
    stop?.()
    stop = isLive ? work(app, amount.subtasks) : undefined
  })
  process.on('disconnect', () => {
    stop?.()
    close()
    void app.close().finally(() => {
      rmSync(dir, { recursive: true, force: true })
      process.exit()
    })
  })
  process.send?.({ url } satisfies Ready)
}

if (import.meta.main) await open(process.argv[2] === 'large' ? 'large' : 'small')
