/**
 * Work that may run together, and work that must be alone, for each key. Work that must be alone waits until nothing else
 * runs and does not hold up what comes meanwhile: it is never urgent.
 */
export type SharedLock = {
  shared<T>(key: string, work: () => Promise<T>): Promise<T>
  alone<T>(key: string, work: () => Promise<T>): Promise<T>
}

type State = { running: number; isAlone: boolean; waiting: (() => void)[] }

export function createSharedLock(): SharedLock {
  const states = new Map<string, State>()
  const stateOf = (key: string): State => {
    const state = states.get(key) ?? { running: 0, isAlone: false, waiting: [] }
    states.set(key, state)
    return state
  }
  const enter = async (key: string, canEnter: (state: State) => boolean): Promise<State> => {
    const state = stateOf(key)
    while (!canEnter(state)) await new Promise<void>((resolve) => state.waiting.push(resolve))
    return state
  }
  const leave = (key: string, state: State): void => {
    const woken = state.waiting.splice(0)
    for (const wake of woken) wake()
    if (woken.length === 0 && state.running === 0 && !state.isAlone) states.delete(key)
  }
  return {
    async shared(key, work) {
      const state = await enter(key, ({ isAlone }) => !isAlone)
      state.running += 1
      try {
        return await work()
      } finally {
        state.running -= 1
        leave(key, state)
      }
    },
    async alone(key, work) {
      const state = await enter(key, ({ isAlone, running }) => !isAlone && running === 0)
      state.isAlone = true
      try {
        return await work()
      } finally {
        state.isAlone = false
        leave(key, state)
      }
    },
  }
}
