/** Whether the engine is away, for steps that cannot go on without it: their task says what it waits for. */
export type EngineWatch = {
  /** Told at once when it is away, and at every change; a sentence for a person, undefined while it answers. Returns the way to stop. */
  subscribe(listener: (sentence: string | undefined) => void): () => void
}

export function createEngineWatch(): EngineWatch & { tell(sentence: string | undefined): void } {
  const listeners = new Set<(sentence: string | undefined) => void>()
  let present: string | undefined
  return {
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
