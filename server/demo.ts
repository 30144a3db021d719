/**
 * `klaudio demo`: the whole product on a real engine with real agents, against a scripted model. In the browser it waits for the
 * person; with `once` it is the person, and ends well only if everything it shows is true.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type DemoFacts, driveDemo } from '#cli/demo-drive.ts'
import { judgeDemo } from '#cli/demo-judge.ts'
import { loadConfig } from '#config/load.ts'
import { openSettings } from '#config/settings.ts'
import { toMessage } from '#contract/errors.ts'
import type { Task } from '#contract/task.ts'
import { createDataLock, type DataLock } from '#db/data-directory.ts'
import { createLog, type Log, silentLog } from '#lib/log.ts'
import { createScriptedModel, type ScriptedModel } from '#model/server.ts'
import { demoStory, demoTask, verifyDemo } from '#model/stories/demo.ts'
import { type App, type AppOptions, createApp } from './app.ts'
import { createParts } from './parts.ts'
import { vaultSecrets } from './secrets.ts'
import { serve } from './serve.ts'

export type DemoOptions = Omit<AppOptions, 'settings' | 'log' | 'lock'> & {
  once: boolean
  flags: Record<string, string>
  print: (line: string) => void
}

/** Returns the exit code. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { once, flags, print } = options
  const dataDir = resolve(
    flags['storage.data_dir'] ??
      (once ? mkdtempSync(join(tmpdir(), 'klaudio-demo-')) : 'klaudio-demo'),
  )
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = createDataLock()
  lock.take(dataDir)
  const log = once ? silentLog : createLog((line) => console.error(line))
  const model = await startModel(options, { dataDir, log })
  try {
    const settings = demoSettings(options, { dataDir, model, lock })
    const app = createApp({ ...options, settings, lock, log })
    if (!once) {
      print(
        'A demo with a scripted model: the agents are real, the model is not. It needs no account.',
      )
      return await serve(app, {
        print,
        log,
        onListen: (url) => createDemoTask(url, app.owner?.token),
      })
    }
    return await playOnce(app, { ...options, model })
  } finally {
    await model.close()
    lock.release()
    if (once && !flags['storage.data_dir']) rmSync(dataDir, { recursive: true, force: true })
  }
}

/** Settings of the demo: its own directory, the scripted model, and a key that is worth nothing. */
function demoSettings(
  { once, flags, environment }: DemoOptions,
  { dataDir, model, lock }: { dataDir: string; model: Model; lock: DataLock },
) {
  const env = {
    ...environment,
    KLAUDIO_AUTH_MODE: 'env',
    CLAUDE_SESSION_KEY: 'sk-ant-api-demo',
    ANTHROPIC_BASE_URL: model.baseUrl,
  }
  const alone = { 'server.port': '0', 'server.host': '127.0.0.1', 'server.require_token': 'false' }
  const own = once ? alone : {}
  return openSettings({
    env,
    flags: { ...own, ...flags, 'storage.data_dir': dataDir },
    secrets: vaultSecrets({ mayUpgrade: true, lock }),
  })
}

type Model = ScriptedModel & { /** As containers reach it. */ baseUrl: string }

/** Listens where containers reach this machine. The port is kept with the data: agents that outlive the demo go on asking there. */
async function startModel(
  options: DemoOptions,
  { dataDir, log }: { dataDir: string; log: Log },
): Promise<Model> {
  const { config } = loadConfig({
    env: options.environment,
    flags: { 'storage.data_dir': dataDir },
  })
  const { engine } = createParts({ ...options, config, agentImage: [], log })
  const { gateway } = await engine.ensureNetwork(config.docker.network, {})
  const portFile = join(dataDir, 'model-port')
  const known = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0
  const start = (host: string): ScriptedModel =>
    createScriptedModel({
      host,
      port: known,
      stories: [demoStory({ pace: options.once ? 0.2 : 1 })],
    })
  const { model, reach } = startWhereReached(gateway, start)
  await Bun.write(portFile, String(model.port))
  return { ...model, baseUrl: `http://${reach}:${model.port}` }
}

/**
 * On the address of the agents' own network, which nobody outside this machine can reach, where the engine runs here; on loopback
 * where it runs in a virtual machine that forwards to it (Docker Desktop) and that address is not ours to listen on.
 */
function startWhereReached(
  gateway: string | undefined,
  start: (host: string) => ScriptedModel,
): { model: ScriptedModel; reach: string } {
  try {
    if (gateway) return { model: start(gateway), reach: gateway }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRNOTAVAIL')) throw error
  }
  return { model: start('127.0.0.1'), reach: 'host.docker.internal' }
}

async function createDemoTask(url: string, token: string | undefined): Promise<void> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const list = await fetch(`${url}/api/tasks?limit=1`, { headers })
  const { tasks } = (await list.json()) as { tasks: Task[] }
  if (tasks.length > 0) return
  await fetch(`${url}/api/tasks`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ ...demoTask, auto_start: true }),
  })
}

async function playOnce(app: App, options: DemoOptions & { model: Model }): Promise<number> {
  const { print, model } = options
  const url = app.listen()
  print(`Klaudio is at ${url}`)
  const stop = new AbortController()
  const onSignal = (): void => stop.abort(new Error('Interrupted.'))
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    const facts = await driveDemo({
      url,
      task: demoTask,
      print,
      answer: () => verifyDemo.answer,
      signal: stop.signal,
    })
    print("Running the merged result's own tests in a container")
    const evidence = await gather(app, facts)
    print(evidence.program.output)
    const problems = judgeDemo({ ...evidence, modelProblems: model.problems() }, verifyDemo)
    for (const problem of problems) print(`✗ ${problem}`)
    if (problems.length === 0) print('✓ Everything the demo shows is true.')
    return problems.length === 0 ? 0 : 1
  } catch (error) {
    print(`✗ ${toMessage(error)}`)
    return 1
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    // An interrupted demo with a directory of its own can be taken up again; anything else leaves no trace.
    if (!(stop.signal.aborted && options.flags['storage.data_dir']))
      for (const { id } of app.tasks.list({ limit: 200, offset: 0 }).tasks)
        await app.tasks.delete(id)
    await app.close()
  }
}

async function gather(app: App, facts: DemoFacts) {
  const { id: taskId, branch } = facts.task
  const head = await app.workspaces.head(taskId, branch)
  const run = (cmd: string[]) =>
    app.agents.runInTree({
      taskId,
      archive: app.workspaces.archive(taskId, head),
      cmd,
      timeoutMs: 120_000,
    })
  const entries = await app.workspaces.list(taskId, head)
  const { path } = verifyDemo.answerShows
  const answer = entries.some((entry) => entry.path === path)
    ? await app.workspaces.read(taskId, head, path, 1_000_000)
    : new Uint8Array()
  return {
    ...facts,
    paths: entries.map((entry) => entry.path),
    tests: await run(verifyDemo.testCommand),
    program: await run(verifyDemo.runCommand),
    answerFile: new TextDecoder().decode(answer),
    outputBytes: new Map(facts.agents.map((agent) => [agent.id, agent.output_bytes])),
  }
}
