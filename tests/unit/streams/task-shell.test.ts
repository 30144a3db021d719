/** A client at a terminal: order, sizes, ends, and a client that goes. */
import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { silentLog } from '#lib/log.ts'
import { createTaskShell, type Terminal } from '#streams/task-shell.ts'

function start(open?: () => Promise<Terminal>) {
  const frames: string[] = []
  const typed: string[] = []
  const closed = Promise.withResolvers<number>()
  const printed = Promise.withResolvers<void>()
  let isClosed = false
  const terminal: Terminal = {
    output: (async function* () {
      yield new TextEncoder().encode('$ ')
      await printed.promise
    })(),
    async write(bytes) {
      typed.push(new TextDecoder().decode(bytes))
    },
    async resize({ cols, rows }) {
      typed.push(`${cols}x${rows}`)
    },
    exitCode: async () => 7,
    close() {
      isClosed = true
    },
  }
  const session = createTaskShell({
    wire: {
      send: (frame) =>
        frames.push(typeof frame === 'string' ? frame : `> ${new TextDecoder().decode(frame)}`),
      bufferedAmount: () => 0,
      close: closed.resolve,
    },
    open: open ?? (async () => terminal),
    log: silentLog,
  })
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
  }
  return { session, frames, typed, closed, until, exit: printed.resolve, isClosed: () => isClosed }
}

describe('a shell on a socket', () => {
  test('passes keys and sizes on in their order, and says how it ended', async () => {
    const { session, frames, typed, closed, until, exit } = start()
    session.receive(new TextEncoder().encode('ls'))
    session.receive('{"type":"resize","cols":100,"rows":40}')
    session.receive('{"type":"resize","cols":1,"rows":40}')
    session.receive('nonsense')
    session.receive(new TextEncoder().encode('\r'))
    await until(() => typed.length === 3)
    expect(typed).toEqual(['ls', '100x40', '\r'])
    exit()
    expect(await closed.promise).toBe(1000)
    expect(frames).toEqual(['> $ ', '{"type":"exit","code":7}'])
  })

  test('ends with its socket, also when that goes before it is there', async () => {
    const one = start()
    one.session.close()
    await one.until(one.isClosed)
    expect(one.frames.filter((frame) => !frame.startsWith('>'))).toEqual([])
  })

  test('that is refused says why, and nothing of what broke inside', async () => {
    const refused = start(() => Promise.reject(new AppError('agent.frozen', 'Unfreeze it first.')))
    expect(await refused.closed.promise).toBe(1008)
    expect(refused.frames).toEqual([
      '{"type":"error","error":"Unfreeze it first.","code":"agent.frozen"}',
    ])
    const broken = start(() => Promise.reject(new Error('secret')))
    await broken.closed.promise
    expect(broken.frames.join('')).not.toContain('secret')
  })
})
