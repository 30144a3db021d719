import { type ClaudeCommandOptions, toClaudeCommand } from '#agents/claude/command.ts'
import type { CliEvent } from '#agents/claude/event.ts'
import { toUserMessage } from '#agents/claude/frames.ts'
import { createLineReader } from '#agents/claude/lines.ts'
import { parseLine } from '#agents/claude/parse.ts'
import { newSession, reduce, type SessionState, type TurnResult } from '#agents/claude/session.ts'
import type { Engine, Labels } from '#docker/engine.ts'
import type { ScriptedModel } from '#model/server.ts'

/** Where a container reaches a server on this machine that listens on all addresses. */
export const hostName = 'host.docker.internal'

export type Cli = {
  containerId: string
  events: readonly CliEvent[]
  /** Raw lines, for what the parser does not keep. */
  lines: readonly string[]
  state(): SessionState
  send(line: string): Promise<void>
  /** Sends a message and resolves with the result of the turn that answered it. */
  ask(text: string, options?: { uuid?: string }): Promise<TurnResult>
  /** The first event, past or to come, that matches. */
  until<T>(find: (events: readonly CliEvent[], state: SessionState) => T | undefined): Promise<T>
  turnOf(uuid: string): Promise<TurnResult>
  exited(): Promise<number>
}

/** The real CLI as the main process of a container, with the arguments the server would use. */
export async function startCli(options: {
  engine: Engine
  image: string
  labels: Labels
  model: ScriptedModel
  command: Partial<ClaudeCommandOptions>
  env?: Record<string, string>
  /** /state is where the session lives. */
  volumes?: { name: string; path: string }[]
  /** Runs in /workspace before the CLI. */
  prepare?: string
  changeArguments?: (argv: string[]) => string[]
}): Promise<Cli> {
  const { engine, labels } = options
  const { argv, env } = toClaudeCommand({
    profile: { kind: 'worker' },
    model: 'opus',
    sessionId: crypto.randomUUID(),
    resume: false,
    configDir: '/state/claude',
    baseUrl: `http://${hostName}:${options.model.port}`,
    ...options.command,
  })
  const script = `${options.prepare ?? 'true'} && exec "$@"`
  const containerId = await engine.createContainer({
    name: `klaudio-test-${crypto.randomUUID().slice(0, 12)}`,
    image: options.image,
    cmd: ['sh', '-c', script, 'sh', ...(options.changeArguments?.(argv) ?? argv)],
    env: { ...env, ANTHROPIC_API_KEY: 'scripted', ...options.env },
    labels,
    workingDir: '/workspace',
    volumes: options.volumes ?? [],
    readOnlyRoot: false,
    network: 'bridge',
    extraHosts: { [hostName]: 'host-gateway' },
    memoryBytes: 2 * 1024 ** 3,
    cpus: 2,
    pids: 512,
    openStdin: true,
  })
  const attachment = await engine.attach(containerId)
  await engine.startContainer(containerId)

  const events: CliEvent[] = []
  const lines: string[] = []
  let state = newSession()
  const turns: TurnResult[] = []
  let ended = false
  const waiting = new Set<() => void>()
  const wake = () => {
    for (const check of [...waiting]) check()
  }
  const take = (text: string) => {
    const event = parseLine(text)
    lines.push(text)
    events.push(event)
    const step = reduce(state, event)
    state = step.state
    turns.push(...step.effects.flatMap((effect) => (effect.type === 'turn' ? [effect.result] : [])))
    wake()
  }
  const follow = async () => {
    const reader = createLineReader()
    for await (const chunk of attachment.stdout)
      for (const line of reader.push(chunk)) if ('text' in line) take(line.text)
    ended = true
    wake()
  }
  const reading = follow()

  const until: Cli['until'] = (find) =>
    new Promise((resolve, reject) => {
      const check = () => {
        const found = find(events, state)
        if (found === undefined && !ended) return
        waiting.delete(check)
        if (found !== undefined) resolve(found)
        else reject(new Error(`the CLI ended: ${lines.slice(-3).join('\n')}`))
      }
      waiting.add(check)
      check()
    })
  const turnOf: Cli['turnOf'] = (uuid) =>
    until(() => turns.find(({ messageIds }) => messageIds.includes(uuid)))
  const send = (line: string) => attachment.write(new TextEncoder().encode(`${line}\n`))
  return {
    containerId,
    events,
    lines,
    state: () => state,
    send,
    until,
    turnOf,
    async ask(text, { uuid = crypto.randomUUID() } = {}) {
      await send(toUserMessage({ uuid, text }))
      return turnOf(uuid)
    },
    async exited() {
      const code = await engine.waitContainer(containerId)
      await reading
      return code
    },
  }
}
