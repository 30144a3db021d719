/** The baseline: one `tail -f` in the container, read by the same engine client. Arguments: container id, `stamps` or `bytes`. */
import { createDockerodeEngine } from '#docker/dockerode-engine.ts'
import { createMeter, epochMs, report } from './wire.ts'

const [containerId = '', mode] = process.argv.slice(2)
const engine = createDockerodeEngine({ host: process.env.DOCKER_HOST ?? '' })
const path = '/state/out.ndjson'
const script = `: >> ${path}; tail -c +1 -f ${path} & t=$!; cat > /dev/null; kill $t`
const stream = await engine.execStream(containerId, { cmd: ['sh', '-c', script] })
const meter = createMeter({ stamps: mode === 'stamps' })
for await (const chunk of stream.stdout) {
  if (meter.bytes() === 0) report({ type: 'ready' })
  if (meter.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))) break
}
report({ type: 'done', endedAt: epochMs(), latencies: meter.latencies })
