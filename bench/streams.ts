/**
 * From an agent's write in its container to a viewer on the live socket, against a raw `tail -f` read by the same engine
 * client: throughput and latency with 1, 50 and 200 viewers. Needs a Docker engine; builds the agent image if need be.
 */
import { createDockerodeEngine } from '#docker/dockerode-engine.ts'
import { ensureAgentImage } from '../tests/support/docker.ts'
import { percentile, printDifference, printRatio } from './lib.ts'
import type { Report } from './streams/wire.ts'

const viewerCounts = [1, 50, 200]
/** Rounds of throughput, and megabytes written in each, by number of viewers: every viewer gets all of it. */
const throughputLoad: Record<number, { rounds: number; megabytes: number }> = {
  1: { rounds: 9, megabytes: 60 },
  50: { rounds: 5, megabytes: 10 },
  200: { rounds: 5, megabytes: 4 },
}
const latencyRounds = 3
const linesPerSecond = 50
const latencySeconds = 10

/** Writes lines as the CLI does, one system call each, with the time of the write in them. Arguments: lines, lines per second (0: as fast as it can). */
const writer = `
use Time::HiRes qw(time sleep);
open(my $out, '>>', '/state/out.ndjson') or die $!;
my ($lines, $rate) = @ARGV;
my $text = 'abcdefghij' x 20;
my $begun = time;
for my $n (1 .. $lines) {
  my $pause = $rate ? $begun + $n / $rate - time : 0;
  sleep $pause if $pause > 0;
  my $last = $n == $lines ? 'true' : 'false';
  syswrite $out, sprintf('{"type":"stream_event","at":%.3f,"n":%d,"text":"%s","last":%s}' . "\\n", time * 1000, $n, $text, $last);
}
printf '%.3f', $begun * 1000;
`
const lineBytes = 280

const labels = { 'klaudio.bench': 'streams' }
const engine = createDockerodeEngine({ host: process.env.DOCKER_HOST ?? '' })

type Child = { next: (type: Report['type']) => Promise<Report>; stop: () => Promise<void> }

function start(file: string, args: string[]): Child {
  const waiting = new Map<string, (report: Report) => void>()
  const arrived = new Map<string, Report>()
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/streams/${file}.ts`, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc(report: Report) {
      arrived.set(report.type, report)
      waiting.get(report.type)?.(report)
    },
  })
  const gone = child.exited.then((code) => {
    throw new Error(`${file} ended with ${code}`)
  })
  gone.catch(() => {})
  return {
    async next(type) {
      const early = arrived.get(type)
      if (early) return early
      return await Promise.race([gone, new Promise<Report>((done) => waiting.set(type, done))])
    },
    async stop() {
      child.kill()
      await child.exited
    },
  }
}

/** Starts the readers, lets the agent write, and waits until every reader has the last line. */
async function measure(
  containerId: string,
  load: { viewers: number; lines: number; rate: number },
) {
  const { viewers, lines, rate } = load
  const mode = rate > 0 ? 'stamps' : 'bytes'
  await run(containerId, ['rm', '-f', '/state/out.ndjson'])
  const children: Child[] = []
  try {
    if (viewers > 0) {
      const server = start('server', [containerId])
      children.push(server)
      const listening = await server.next('listening')
      const port = listening.type === 'listening' ? listening.port : 0
      children.unshift(start('viewers', [`${port}`, `${viewers}`, mode]))
    } else children.push(start('raw', [containerId, mode]))
    const [reader] = children
    if (!reader) throw new Error('nobody reads')
    await run(containerId, ['sh', '-c', 'echo \'{"type":"hello"}\' >> /state/out.ndjson'])
    await reader.next('ready')
    const args = ['perl', '-e', writer, '--', `${lines}`, `${rate}`]
    const begunAt = Number(await run(containerId, args))
    const done = await reader.next('done')
    if (done.type !== 'done') throw new Error('no figures')
    return { seconds: (done.endedAt - begunAt) / 1000, latencies: done.latencies }
  } finally {
    for (const child of children) await child.stop()
  }
}

async function run(containerId: string, cmd: string[]): Promise<string> {
  const result = await engine.exec(containerId, { cmd })
  if (result.exitCode !== 0) throw new Error(`${cmd[0]}: ${result.stderr}`)
  return new TextDecoder().decode(result.stdout)
}

async function throughput(containerId: string): Promise<void> {
  for (const viewers of viewerCounts) {
    const { rounds, megabytes } = throughputLoad[viewers] ?? { rounds: 3, megabytes: 1 }
    const lines = Math.round((megabytes * 1_000_000) / lineBytes)
    const speed = async (readers: number): Promise<number> => {
      const { seconds } = await measure(containerId, { viewers: readers, lines, rate: 0 })
      return (lines * lineBytes) / 1_000_000 / seconds
    }
    const { ours, baseline } = await alternate(rounds, {
      ours: () => speed(viewers),
      baseline: () => speed(0),
    })
    const target = viewers === 1 ? { target: { atLeast: 0.8 } } : {}
    const name = `throughput to each of ${viewers} viewers`
    printRatio({ name, ours, baseline, unit: 'MB/s', ...target })
  }
}

/** Who goes first changes every round, so that a machine that gets busier favours neither. */
async function alternate(
  rounds: number,
  { ours, baseline }: { ours: () => Promise<number>; baseline: () => Promise<number> },
) {
  const figures: { ours: number[]; baseline: number[] } = { ours: [], baseline: [] }
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 1) figures.ours.push(await ours())
    figures.baseline.push(await baseline())
    if (round % 2 === 0) figures.ours.push(await ours())
  }
  return figures
}

async function latency(containerId: string): Promise<void> {
  const lines = linesPerSecond * latencySeconds
  const p50 = (values: number[]) => percentile(values, 0.5)
  const p99 = (values: number[]) => percentile(values, 0.99)
  const raw: number[][] = []
  const seen = new Map<number, number[][]>(viewerCounts.map((viewers) => [viewers, []]))
  for (let round = 0; round < latencyRounds; round++)
    for (const viewers of [0, ...viewerCounts]) {
      const { latencies } = await measure(containerId, { viewers, lines, rate: linesPerSecond })
      ;(seen.get(viewers) ?? raw).push(latencies)
    }
  for (const [viewers, runs] of seen) {
    const name = `latency with ${viewers} viewers`
    const base = { unit: 'ms', name }
    printDifference({ ...base, name: `${name}, p50`, ours: runs.map(p50), baseline: raw.map(p50) })
    printDifference({
      ...base,
      name: `${name}, p99`,
      ours: runs.map(p99),
      baseline: raw.map(p99),
      target: { atMost: 25 },
    })
  }
}

const volume = `klaudio-bench-streams-${process.pid}`
const image = await ensureAgentImage()
await engine.createVolume(volume, labels)
let containerId: string | undefined
try {
  containerId = await engine.createContainer({
    name: volume,
    image,
    cmd: ['sleep', '3600'],
    labels,
    volumes: [{ name: volume, path: '/state' }],
    readOnlyRoot: true,
    network: 'none',
    memoryBytes: 512 * 1024 * 1024,
    cpus: 2,
    pids: 256,
    openStdin: false,
  })
  await engine.startContainer(containerId)
  const only = process.argv[2]
  if (only !== 'latency') await throughput(containerId)
  if (only !== 'throughput') await latency(containerId)
} finally {
  if (containerId !== undefined) await engine.removeContainer(containerId)
  await engine.removeVolume(volume)
}
