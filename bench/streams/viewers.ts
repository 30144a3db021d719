/** Any number of viewers on the live socket, in a process of their own. Arguments: port, number, `stamps` or `bytes`. */
import { parseOutputFrame } from '#contract/socket.ts'
import { createMeter, epochMs, report } from './wire.ts'

const [port, count, mode] = process.argv.slice(2)
const meters = Array.from({ length: Number(count) }, () =>
  createMeter({ stamps: mode === 'stamps' }),
)
let started = 0
let finished = 0

for (const meter of meters) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/live`)
  socket.binaryType = 'nodebuffer'
  socket.onopen = () =>
    socket.send(JSON.stringify({ type: 'output', agent: 'bench-agent', channel: 1 }))
  socket.onclose = () => process.exit(1)
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') return
    const frame = parseOutputFrame(data)
    if (!frame) throw new Error('a frame without a header')
    if (frame.offset !== meter.bytes()) throw new Error(`a frame at ${frame.offset}`)
    if (meter.bytes() === 0 && ++started === meters.length) report({ type: 'ready' })
    const { buffer, byteOffset, length } = frame.bytes
    if (!meter.take(Buffer.from(buffer, byteOffset, length))) return
    finished += 1
    if (finished < meters.length) return
    const latencies = meters.flatMap((each) => each.latencies)
    report({ type: 'done', endedAt: epochMs(), latencies })
  }
}
