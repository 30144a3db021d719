import { expect, test } from 'bun:test'
import { untilDone } from '#lib/backoff.ts'
import { createTestClock } from '../../support/test-clock.ts'

const options = (signal: AbortSignal, pauses: number[]) => ({
  clock: createTestClock(),
  signal,
  firstMs: 1_000,
  longestMs: 5_000,
  onFailure: (_error: unknown, pauseMs: number) => void pauses.push(pauseMs),
})

test('what fails is tried again with growing pauses until it succeeds', async () => {
  const pauses: number[] = []
  let tries = 0
  const work = async (): Promise<string> => {
    if (++tries < 6) throw new Error('not yet')
    return 'done'
  }
  expect(await untilDone(work, options(new AbortController().signal, pauses))).toBe('done')
  expect(pauses).toEqual([1_000, 2_000, 4_000, 5_000, 5_000])
})

test('nothing is tried any more once it is called off', async () => {
  const closing = new AbortController()
  const pauses: number[] = []
  let tries = 0
  const work = async (): Promise<void> => {
    if (++tries === 3) closing.abort(new Error('closing'))
    throw new Error('not yet')
  }
  await expect(untilDone(work, options(closing.signal, pauses))).rejects.toThrow('closing')
  expect(tries).toBe(3)
})
