/** Runs work one at a time per key, in the order asked; different keys run side by side. */
export type KeyedQueue = {
  /** With a signal nobody waits for a turn that is not wanted any more; work that has begun ends by itself. */
  run<T>(key: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** Whether work of that key has not ended. */
  isBusy(key: string): boolean
}

export function createKeyedQueue(): KeyedQueue {
  const tails = new Map<string, Promise<unknown>>()
  return {
    isBusy: (key) => tails.has(key),
    run(key, work, signal) {
      const previous = tails.get(key) ?? Promise.resolve()
      const turn = signal && createTurn(signal)
      const begin = async () => {
        turn?.begin()
        return await work()
      }
      const current = previous.then(begin, begin)
      const tail = current.catch(() => {})
      tails.set(key, tail)
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
      return turn ? Promise.race([current, turn.missed]) : current
    },
  }
}

/** `missed` rejects when the signal comes before `begin`, which throws then. */
function createTurn(signal: AbortSignal): { begin(): void; missed: Promise<never> } {
  const missed = Promise.withResolvers<never>()
  // Nobody may be waiting for it.
  missed.promise.catch(() => {})
  const onAbort = (): void => missed.reject(signal.reason)
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  return {
    missed: missed.promise,
    begin() {
      signal.removeEventListener('abort', onAbort)
      signal.throwIfAborted()
    },
  }
}
