/** A viewer of one agent's output on the live socket. */
import { parseOutputFrame } from '#contract/socket.ts'

/** Every byte from the first to the end of the agent. Rejects on a gap and when the socket closes early. */
export function watchOutput(url: string, agent: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    let size = 0
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/live`)
    socket.binaryType = 'arraybuffer'
    const onBytes = (data: ArrayBuffer): void => {
      const frame = parseOutputFrame(new Uint8Array(data))
      if (frame?.offset === size) {
        pieces.push(frame.bytes.slice())
        size += frame.bytes.length
      } else fail(`bytes from ${frame?.offset} came after ${size}`)
    }
    const fail = (reason: string): void => {
      reject(new Error(reason))
      socket.close()
    }
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: 'output', agent, from: 0, channel: 1 }))
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) onBytes(data)
      else onText(String(data))
    }
    const onText = (text: string): void => {
      const frame: { type: string; size?: number; error?: string } = JSON.parse(text)
      if (frame.type === 'gap' || frame.type === 'error') fail(`${frame.type}: ${frame.error}`)
      if (frame.type !== 'output_end') return
      if (frame.size === size) resolve(Buffer.concat(pieces))
      else fail(`the output ends at ${frame.size}, but ${size} bytes came`)
      socket.close()
    }
    socket.onclose = () => reject(new Error('the live socket closed before the output ended'))
  })
}
