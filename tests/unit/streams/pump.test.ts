import { expect, test } from 'bun:test'
import { createPump, type Source, type Step } from '#streams/pump.ts'

/** A source that answers with these steps, then is idle; each call is noted in `log`. */
function scripted(name: string, log: string[], steps: (Step | Promise<Step>)[]): Source {
  return {
    step() {
      log.push(name)
      return steps.shift() ?? 'idle'
    },
  }
}

const wire = { bufferedAmount: () => 0 }
const settle = () => new Promise((resolve) => setTimeout(resolve, 0))

function fail(error: unknown): never {
  throw error
}

test('sources take turns, one piece at a time', async () => {
  const log: string[] = []
  const pump = createPump({ wire, onFailure: fail })
  pump.add(scripted('a', log, ['sent', 'sent']))
  pump.add(scripted('b', log, ['sent', 'sent']))
  await settle()
  expect(log.slice(0, 4)).toEqual(['a', 'b', 'a', 'b'])
})

test('an unfinished source goes on before any other, even when one is removed meanwhile', async () => {
  const log: string[] = []
  const pump = createPump({ wire, onFailure: fail })
  const slow = Promise.withResolvers<Step>()
  const a = scripted('a', log, ['sent'])
  pump.add(a)
  pump.add(scripted('b', log, [slow.promise, 'unfinished', 'sent']))
  pump.add(scripted('c', log, ['sent']))
  await settle()
  pump.remove(a)
  slow.resolve('unfinished')
  await settle()
  expect(log.slice(0, 5)).toEqual(['a', 'b', 'b', 'b', 'c'])
})

test('a source that waits for its turn is not forgotten when another one is removed', async () => {
  const log: string[] = []
  const pump = createPump({ wire, onFailure: fail })
  const slow = Promise.withResolvers<Step>()
  const a = scripted('a', log, [])
  pump.add(a)
  pump.add(scripted('b', log, []))
  pump.add(scripted('c', log, [slow.promise]))
  pump.add(scripted('d', log, ['sent']))
  await settle()
  pump.remove(a)
  slow.resolve('idle')
  await settle()
  expect(log.slice(0, 4)).toEqual(['a', 'b', 'c', 'd'])
})

test('a long supply to a fast client lets the event loop breathe', async () => {
  let sent = 0
  let time = 0
  const pump = createPump({ wire, now: () => (time += 1), onFailure: fail })
  pump.add({ step: () => (sent++ < 1000 ? 'sent' : 'idle') })
  await Promise.resolve()
  expect(sent).toBeGreaterThan(0)
  expect(sent).toBeLessThan(1000)
  while (sent < 1000) await settle()
  pump.close()
})

test.each([
  [
    'throws',
    () => {
      throw new Error('the disk fails')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the disk fails'))],
])('a source that %s is reported once and closes the pump', async (_how, step) => {
  const failures: unknown[] = []
  const pump = createPump({ wire, onFailure: (error) => failures.push(error) })
  pump.add({ step })
  await settle()
  pump.wake()
  await settle()
  expect(failures).toEqual([new Error('the disk fails')])
})
