import { toMessage } from '#contract/errors.ts'
import type { Log } from '#lib/log.ts'
import type { OpenFiles } from './open-files.ts'

/** Brings appended files to the disk in the background, each at most once per interval. */
export function createSyncer({
  files,
  intervalMs,
  log,
}: {
  files: OpenFiles
  intervalMs: number
  log: Log
}): {
  touch(path: string): void
  forget(path: string): void
  /** Before it returns, if anything waits. */
  flush(path: string): void
  close(): void
} {
  const dirty = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const syncAll = (): void => {
    timer = undefined
    for (const path of dirty) {
      dirty.delete(path)
      files.sync(path).catch((error: unknown) => {
        log.error('output not synced', { path, error: toMessage(error) })
      })
    }
  }
  return {
    touch(path) {
      dirty.add(path)
      timer ??= setTimeout(syncAll, intervalMs)
    },
    forget: (path) => void dirty.delete(path),
    flush(path) {
      if (dirty.delete(path)) files.syncNow(path)
    },
    close() {
      clearTimeout(timer)
      for (const path of dirty) files.syncNow(path)
      dirty.clear()
    },
  }
}
