/** Requests as an attacker writes them, byte by byte: `fetch` would tidy them up first. */
import { connect } from 'node:net'

export type RawAnswer = { status: number; head: string; body: string }

/** Sends the bytes and resolves with what came until the server closed, or until `enough` of it came. */
export function sendRaw(
  port: number,
  bytes: string | Uint8Array,
  enough: (text: string) => boolean = isWhole,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    const finish = (): void => {
      socket.destroy()
      const [head = '', ...rest] = text.split('\r\n\r\n')
      resolve({ status: Number(head.split(' ')[1] ?? 0), head, body: rest.join('\r\n\r\n') })
    }
    socket.setEncoding('latin1')
    socket.on('data', (piece) => {
      text += piece
      if (enough(text)) finish()
    })
    socket.on('end', finish)
    socket.on('error', (error) => (text ? finish() : reject(error)))
    socket.write(bytes)
  })
}

/** One request; `target` stands in the first line as it is. */
export const ask = (
  port: number,
  target: string,
  { method = 'GET', host = `127.0.0.1:${port}`, headers = [] as string[], body = '' } = {},
): Promise<RawAnswer> =>
  sendRaw(
    port,
    Buffer.from(
      [
        `${method} ${target} HTTP/1.1`,
        `Host: ${host}`,
        ...(body ? [`Content-Length: ${Buffer.byteLength(body)}`] : []),
        ...headers,
        '',
        body,
      ].join('\r\n'),
      'latin1',
    ),
  )

/** The head and as much body as it announces. */
function isWhole(text: string): boolean {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  if (rest.length === 0) return false
  const body = rest.join('\r\n\r\n')
  if (/^transfer-encoding: chunked$/im.test(head)) return body.endsWith('0\r\n\r\n')
  return body.length >= Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0)
}
