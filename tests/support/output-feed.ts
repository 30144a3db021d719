/**
 * A server with agents whose outputs are as long as one likes, and one that goes on printing: for looking at the page and for
 * measuring it. No engine is asked for anything, so nothing else happens.
 *
 *     node_modules/.bin/bun tests/support/output-feed.ts [port] [bytes, default 1e9] [bytes per minute, default 1e8]
 */
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openSettings } from '#config/settings.ts'
import type { AgentStatus } from '#contract/agent.ts'
import { insertAgent, updateAgent } from '#db/agents.ts'
import { openDb } from '#db/open.ts'
import { silentLog } from '#lib/log.ts'
import { createApp } from '../../server/app.ts'
import { seedTask } from './seed.ts'

const encoder = new TextEncoder()
export const feedTask = 'long-run'

/** Some ten kilobytes of a believable session: calls with coloured output, reads, edits, prose, an error now and then. */
export function sessionPart(index: number): string {
  const at = new Date(Date.parse('2026-01-01T12:00:00Z') + index * 4000).toISOString()
  const lines: unknown[] = []
  const call = (name: string, input: unknown, content: string, isError = false): void => {
    const id = `toolu_${index}_${lines.length}`
    const use = { type: 'tool_use', id, name, input }
    const result = { type: 'tool_result', tool_use_id: id, content, is_error: isError }
    lines.push({ type: 'assistant', timestamp: at, message: { content: [use] } })
    lines.push({ type: 'user', timestamp: at, message: { content: [result] } })
  }
  const output = Array.from(
    { length: 60 },
    (_, line) => `\u001b[32mok\u001b[0m ${index}.${line} - keeps the order of calls, case ${line}`,
  ).join('\n')
  lines.push({
    type: 'assistant',
    timestamp: at,
    message: {
      content: [{ type: 'text', text: `Part ${index}: the window moves with every call.` }],
    },
  })
  call(
    'Read',
    { file_path: `/workspace/src/part-${index}.ts` },
    'export const part = 1\n'.repeat(20),
  )
  call('Grep', { pattern: `part-${index}` }, `src/part-${index}.ts:1: export const part`)
  const isError = index % 40 === 39
  call(
    'Bash',
    { command: `pnpm test --filter part-${index}` },
    isError ? `Exit code 1\nFAIL part ${index}\n${output}` : output,
    isError,
  )
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

export function writeOutput(file: string, bytes: number): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const handle = openSync(file, 'w', 0o600)
  const block = { text: '', index: 0, written: 0 }
  while (block.written < bytes) {
    block.text = ''
    while (block.text.length < 4_000_000) block.text += sessionPart(block.index++)
    block.written += writeSync(handle, encoder.encode(block.text))
  }
  closeSync(handle)
}

export type FeedAgent = { id: string; status: AgentStatus; bytes: number }

/** The interface comes from `dist/ui`: build it first. */
export function openFeed({ port, agents }: { port: number; agents: FeedAgent[] }) {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-feed-'))
  const settings = openSettings({
    env: { KLAUDIO_AUTH_MODE: 'env', CLAUDE_SESSION_KEY: 'sk-ant-test' },
    cwd: dir,
    home: dir,
    flags: { 'server.port': String(port), 'docker.host': 'unix:///nowhere/docker.sock' },
  })
  const { config } = settings
  const dataDir = config.storage.data_dir
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  seed(config.database.path, agents)
  for (const { id, bytes } of agents)
    if (bytes > 0) writeOutput(join(dataDir, 'output', `${id}.ndjson`), bytes)
  const app = createApp({
    settings,
    embedded: { ui: listUi(join(import.meta.dir, '../../dist/ui')), agentImage: [] },
    version: 'feed',
    bunPath: process.execPath,
    environment: process.env,
    log: silentLog,
  })
  const url = app.listen()
  return {
    url,
    outputs: app.outputs,
    /** Prints into an agent at a steady rate; returns the way to stop. */
    firehose(agentId: string, bytesPerMinute: number): () => void {
      let index = 0
      let printed = 0
      const since = Date.now()
      const timer = setInterval(() => {
        while (printed < ((Date.now() - since) / 60_000) * bytesPerMinute) {
          const bytes = encoder.encode(sessionPart(index++))
          app.outputs.append(agentId, app.outputs.size(agentId), bytes)
          printed += bytes.length
        }
      }, 20)
      return () => clearInterval(timer)
    },
    async close() {
      await app.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function seed(databasePath: string, agents: readonly FeedAgent[]): void {
  mkdirSync(dirname(databasePath), { recursive: true, mode: 0o700 })
  const { db, close } = openDb(databasePath)
  const now = Date.now()
  seedTask(db, {
    id: feedTask,
    status: 'completed',
    name: 'A long run',
    createdAt: now - 3_600_000,
  })
  for (const [index, { id, status }] of agents.entries()) {
    insertAgent(db, {
      id,
      taskId: feedTask,
      kind: 'worker',
      role: 'developer',
      status,
      model: 'claude-opus-5-5',
      attempt: 1,
      sessionId: `session-${id}`,
      subtaskId: id,
      createdAt: now - 3_600_000 + index,
    })
    const isOver = status === 'completed' || status === 'failed'
    updateAgent(db, id, {
      startedAt: now - 3_500_000,
      phase: status === 'running' ? 'working' : null,
      activity: status === 'running' ? 'Bash pnpm test' : null,
      ...(isOver ? { completedAt: now - 60_000 } : {}),
    })
  }
  close()
}

/** Files of a built interface, as the binary carries them. */
export function listUi(dir: string): { path: string; bytes: Uint8Array }[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file.slice(dir.length + 1), bytes: readFileSync(file) }))
}

if (import.meta.main) {
  const [port = '21610', bytes = '1e9', rate = '1e8'] = process.argv.slice(2)
  const many = Array.from({ length: 12 }, (_, index): FeedAgent => {
    const status = (['running', 'completed', 'failed'] as const)[index % 3] ?? 'running'
    return { id: `agent-${index}`, status, bytes: 200_000 }
  })
  const feed = openFeed({
    port: Number(port),
    agents: [
      { id: 'huge', status: 'completed', bytes: Number(bytes) },
      { id: 'firehose', status: 'running', bytes: 0 },
      ...many,
    ],
  })
  feed.outputs.end('huge')
  feed.firehose('firehose', Number(rate))
  console.log(`${feed.url}/tasks/${feedTask}/agents/huge`)
}
