/** Whether something is missing, such as an engine or room on a disk, for steps that cannot go on without it: their task says what it waits for. */
export type EngineWatch = {
  /** Told at once when it is away, and at every change; a sentence for a person, undefined while it answers. Returns the way to stop. */
  subscribe(listener: (sentence: string | undefined) => void): () => void
}

export function createEngineWatch(): EngineWatch & {
  tell(sentence: string | undefined): void
  isMissing(): boolean
} {
  const listeners = new Set<(sentence: string | undefined) => void>()
  let present: string | undefined
  return {
    isMissing: () => present !== undefined,
    subscribe(listener) {
      listeners.add(listener)
      if (present !== undefined) listener(present)
      return () => listeners.delete(listener)
    },
    tell(sentence) {
      if (sentence === present) return
      present = sentence
      for (const listener of [...listeners]) listener(sentence)
    },
  }
}

/** Resolves when nothing is missing; `say` is told what is until then. Rejects when `signal` aborts. */
export async function whenThere(
  watch: EngineWatch,
  { signal, say }: { signal: AbortSignal; say: (sentence: string | undefined) => void },
): Promise<void> {
  signal.throwIfAborted()
  const found = Promise.withResolvers<void>()
  let isMissing = false
  const stop = watch.subscribe((sentence) => {
    isMissing = sentence !== undefined
    say(sentence)
    if (!isMissing) found.resolve()
  })
  const onAbort = (): void => found.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    if (isMissing) await found.promise
  } finally {
    stop()
    signal.removeEventListener('abort', onAbort)
    if (isMissing) say(undefined)
  }
}
