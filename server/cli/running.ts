/** Whether the server of a data directory still is where it said. */
import { timingSafeEqual } from 'node:crypto'
import { get } from 'node:http'
import { findAddress, prove, type RunningAddress } from '#config/address-file.ts'

/** `url` when it answers and is this server; `stale` is where it said that it is when it is not, as after a crash. */
export type Running = { url: string } | { stale: string } | undefined

/** One that is gone refuses at once; a busy one takes its time. */
const patienceMs = 10_000
const mostCharacters = 65_536

export async function findRunning(dataDir: string): Promise<Running> {
  const said = findAddress(dataDir)
  if (!said) return undefined
  return (await isItself(said)) ? { url: said.url } : { stale: said.url }
}

/** Nothing is sent that is worth anything to whoever listens there. */
async function isItself({ url, key }: RunningAddress): Promise<boolean> {
  if (key === '') return false
  const challenge = crypto.randomUUID()
  try {
    const text = await read(`${url}/health?challenge=${challenge}`)
    const { proof } = JSON.parse(text) as { proof?: unknown }
    const expected = Buffer.from(prove(key, challenge))
    const given = Buffer.from(typeof proof === 'string' ? proof : '')
    return given.length === expected.length && timingSafeEqual(given, expected)
  } catch {
    // Nobody there, or somebody who does not speak as Klaudio does: both are an answer.
    return false
  }
}

/** Past any proxy, which `fetch` would ask: the server is on this machine. */
function read(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { signal: AbortSignal.timeout(patienceMs) }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => {
        text += part
        if (text.length > mostCharacters)
          request.destroy(new Error('That is no state of a server.'))
      })
      answer.on('end', () => resolve(text))
      answer.on('error', reject)
    })
    request.on('error', reject)
  })
}
