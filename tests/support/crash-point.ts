import { Crash } from './test-tasks.ts'

/** The transaction a server dies at, counted from 1; undefined in the run that shows how many there are. */
export type CrashPoint = { number: number; when: 'before' | 'after' }

/** `onCommit` of a world whose server dies once, at this point. */
export function createCrashPoint(point?: CrashPoint): {
  onCommit(when: CrashPoint['when']): void
  /** Transactions so far. */
  commits(): number
  wasMet(): boolean
} {
  let commits = 0
  let wasMet = false
  return {
    onCommit(when) {
      if (when === 'before') commits++
      if (wasMet || commits !== point?.number || when !== point.when) return
      wasMet = true
      throw new Crash(`${when} transaction ${commits}`)
    },
    commits: () => commits,
    wasMet: () => wasMet,
  }
}
