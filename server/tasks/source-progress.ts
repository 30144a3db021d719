/**
 * How a task's repository is being fetched, for people. What is so now is in memory; the timeline is told of it sparsely, and of nothing
 * that is over within a moment. Nothing is decided by it.
 */
import { isNoRoom } from '#contract/errors.ts'
import type { SourceProgress } from '#contract/source-progress.ts'
import { toIso } from '#lib/clock.ts'
import type { OnFetch } from '#workspaces/mirrors.ts'
import type { RunnerDeps } from './deps.ts'

const silentForMs = 1000
const everyPercent = 10
const everyMs = 10_000

export function tellSourceProgress(
  { eventLog, clock, fetching }: Pick<RunnerDeps, 'eventLog' | 'clock' | 'fetching'>,
  taskId: string,
): { hear: OnFetch; end(): void } {
  const startedAt = clock.now()
  let told: { at: number; progress: SourceProgress } | undefined

  const isNews = (progress: SourceProgress, now: number): boolean => {
    if (now - startedAt < silentForMs && progress.stage !== 'waiting') return false
    if (told?.progress.stage !== progress.stage) return true
    const more = (progress.percent ?? 0) - (told.progress.percent ?? 0)
    return more >= everyPercent || now - told.at >= everyMs
  }

  return {
    hear(heard) {
      const now = clock.now()
      const bytes = ('bytes' in heard && heard.bytes) || fetching.get(taskId)?.bytes
      const since = { started_at: toIso(startedAt) }
      const progress = { ...heard, ...since, ...(bytes && { bytes }) }
      fetching.set(taskId, progress)
      if (!isNews(progress, now)) return
      told = { at: now, progress }
      try {
        const data = { ...progress }
        eventLog.transact((_tx, record) => record({ taskId, type: 'source.progress', data }))
      } catch (error) {
        // It is only for the eye.
        if (!isNoRoom(error)) throw error
      }
    },
    end() {
      fetching.delete(taskId)
    },
  }
}
