/**
 * From "run this turn" to the model's first request: warm on the same tree (a first subtask after approval), warm on a
 * tree that moved (a dependent), cold (nothing prepared for it; a container stands by, as in the product), and bare (not
 * even that), against `docker run` of the same image and CLI. Rounds take turns, so that all see the same machine.
 */
import type { AgentSpec } from '#agents/agents.ts'
import { newId } from '#lib/ids.ts'
import { createScriptedModel } from '#model/server.ts'
import { type AgentRig, createAgentRig } from '../tests/support/agent-rig.ts'
import { ensureAgentImage, testEngine } from '../tests/support/docker.ts'
import { createTestRepository } from '../tests/support/repository.ts'
import { printRatio } from './lib.ts'

const rounds = Number(process.argv[2] ?? 12)
const engine = testEngine()
const image = await ensureAgentImage()
const model = createScriptedModel({ host: '0.0.0.0', stories: [] })
const baseUrl = `http://host.docker.internal:${model.port}`
const rig = createAgentRig({ engine, image, baseUrl })
const standby = createAgentRig({
  engine,
  image,
  baseUrl,
  settings: { standbyContainers: 1 },
})
const repository = await createTestRepository()
const files: Record<string, string> = {}
for (let at = 0; at < 200; at += 1)
  files[`src/file-${at}.ts`] = `export const a${at} = ${at}\n`.repeat(40)
const first = await repository.commit(files)
const second = await repository.commit({ 'src/file-1.ts': 'export const changed = 1\n' })

const cloneOf = (commit: string): AgentSpec['workspace'] => ({
  kind: 'clone',
  commit,
  branch: 'work',
  bundle: (since) => repository.bundle(commit, { branch: 'work', ...(since && { since }) }),
})
const now = (): number => performance.timeOrigin + performance.now()

/** Milliseconds from `startedAt` to the first request whose prompt holds the marker. */
function requestAfter(marker: string, startedAt: number): number {
  const at = model.firstRequestAt(marker)
  if (at === undefined) throw new Error(`the model was never asked about ${marker}`)
  return at - startedAt
}

async function viaDockerRun(): Promise<number> {
  const marker = newId()
  const startedAt = now()
  const run = Bun.spawn(
    [
      'docker',
      'run',
      '--rm',
      '--init',
      '--add-host=host.docker.internal:host-gateway',
      '-e',
      `ANTHROPIC_BASE_URL=${baseUrl}`,
      '-e',
      'ANTHROPIC_API_KEY=sk-ant-test',
      image,
      'claude',
      '-p',
      '--dangerously-skip-permissions',
      '--verbose',
      '--output-format=stream-json',
      '--',
      marker,
    ],
    { stdin: 'ignore', stdout: 'ignore', stderr: 'inherit' },
  )
  if ((await run.exited) !== 0) throw new Error('docker run failed')
  return requestAfter(marker, startedAt)
}

async function viaAgent(
  { agents, newAgent }: AgentRig,
  prepared: string | undefined,
  wanted: string,
): Promise<number> {
  await agents.standBy()
  const agentId = agents.reserve('clone')
  const spec = newAgent({ agentId, workspace: cloneOf(prepared ?? wanted) })
  if (prepared !== undefined) await agents.prepare(spec)
  const marker = newId()
  const startedAt = now()
  await agents.run({ ...spec, workspace: cloneOf(wanted) }, { turnId: newId(), prompt: marker })
  const ms = requestAfter(marker, startedAt)
  await agents.discard(spec.agentId)
  return ms
}

const results = { baseline: [], warm: [], moved: [], cold: [], bare: [] } as Record<
  string,
  number[]
>
const measure = {
  baseline: viaDockerRun,
  warm: () => viaAgent(rig, first, first),
  moved: () => viaAgent(rig, first, second),
  cold: () => viaAgent(standby, undefined, first),
  bare: () => viaAgent(rig, undefined, first),
}
// The first of each kind loads the image's pages from disk.
for (let round = -1; round < rounds; round += 1) {
  for (const [name, once] of Object.entries(measure)) {
    const ms = await once()
    if (round >= 0) results[name]?.push(ms)
  }
}

const { baseline = [], warm = [], moved = [], cold = [], bare = [] } = results
const unit = 'ms'
printRatio({ name: 'warm, same tree', ours: warm, baseline, unit, target: { atMost: 0.2 } })
printRatio({ name: 'warm, moved tree', ours: moved, baseline, unit, target: { atMost: 0.4 } })
printRatio({ name: 'cold', ours: cold, baseline, unit, target: { atMost: 0.85 } })
printRatio({ name: 'cold, with no container standing by', ours: bare, baseline, unit })

await rig.dispose()
await standby.dispose()
await model.close()
repository.dispose()
