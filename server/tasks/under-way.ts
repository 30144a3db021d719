/** The steps of one task that are under way: started once each, aborted when no longer wanted. */
import type { StepContext } from './deps.ts'
import { Superseded } from './deps.ts'
import { type Step, stepKey } from './step.ts'

export type UnderWay = {
  has(key: string): boolean
  size(): number
  start(step: Step): void
  /** Aborts every step that is not among `wanted`, as far as it lets itself be aborted. */
  keepOnly(wanted: ReadonlySet<string>): void
  abortAll(): void
  settled(): Promise<void>
}

type Entry = { step: Step; abort: AbortController; isPinned: boolean; done: Promise<void> }

export function createUnderWay({
  taskId,
  setWaiting,
  changed,
  work,
}: Pick<StepContext, 'taskId' | 'setWaiting' | 'changed'> & {
  /** Does the step. Must not reject; called again for the same step only after it has resolved. */
  work: (step: Step, context: StepContext, ended: () => void) => Promise<void>
}): UnderWay {
  const entries = new Map<string, Entry>()

  const contextOf = (entry: Entry): StepContext => ({
    taskId,
    setWaiting,
    changed,
    signal: entry.abort.signal,
    pin() {
      entry.abort.signal.throwIfAborted()
      entry.isPinned = true
    },
    idle: async (kind, agentId) => await entries.get(`${kind}:${agentId}`)?.done,
  })

  /**
   * An agent comes to rest only when nothing else is being done with it, and is used again only when it has come to
   * rest: one that is being stopped would take its new work for interrupted. Nothing is done beside a restore that still ends.
   */
  const doneBefore = (next: Step): Promise<void>[] => {
    const restores = [...entries.values()].filter(({ step }) => step.kind === 'restore')
    if (!('agentId' in next)) return restores.map(({ done }) => done)
    return [...entries.values()]
      .filter(({ step }) => 'agentId' in step && step.agentId === next.agentId)
      .filter(({ step }) => next.kind === 'release' || step.kind === 'release')
      .concat(restores)
      .map(({ done }) => done)
  }

  return {
    has: (key) => entries.has(key),
    size: () => entries.size,
    start(step) {
      const key = stepKey(step)
      const before = doneBefore(step)
      const entry: Entry = {
        step,
        abort: new AbortController(),
        isPinned: false,
        done: Promise.resolve(),
      }
      entries.set(key, entry)
      entry.done = Promise.all(before).then(() =>
        work(step, contextOf(entry), () => entries.delete(key)),
      )
    },
    keepOnly(wanted) {
      for (const [key, { step, abort, isPinned }] of entries) {
        // Preparing goes on although the agent got its slot meanwhile; `work` waits for it.
        const isHarmless = step.kind === 'prepare' && !wanted.has(`release:${step.agentId}`)
        if (!wanted.has(key) && !isPinned && !isHarmless) abort.abort(new Superseded())
      }
    },
    abortAll() {
      for (const { abort } of entries.values()) abort.abort(new Superseded())
    },
    async settled() {
      while (entries.size > 0) await Promise.all([...entries.values()].map(({ done }) => done))
    },
  }
}
