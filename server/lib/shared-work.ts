/** One running work per key, for everybody who asks meanwhile; aborted when nobody waits any more. */
export type SharedWork<T> = {
  /** Starts the work, or joins what runs for the key. Rejects when `signal` aborts, whatever the work does. */
  join(key: string, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>
}

export function createSharedWork<T>(): SharedWork<T> {
  type Job = { done: Promise<T>; waiters: number; controller: AbortController }
  const jobs = new Map<string, Job>()

  const begin = (key: string, work: (signal: AbortSignal) => Promise<T>): Job => {
    const controller = new AbortController()
    const done = work(controller.signal).finally(() => {
      if (jobs.get(key) === job) jobs.delete(key)
    })
    // Everybody who waits gets the failure; when nobody does any more, it is the abort itself.
    done.catch(() => {})
    const job: Job = { done, waiters: 0, controller }
    jobs.set(key, job)
    return job
  }

  return {
    async join(key, work, signal) {
      signal?.throwIfAborted()
      const job = jobs.get(key) ?? begin(key, work)
      job.waiters += 1
      const { promise: aborted, reject } = Promise.withResolvers<never>()
      const leave = (): void => reject(signal?.reason)
      signal?.addEventListener('abort', leave, { once: true })
      try {
        return await Promise.race([job.done, aborted])
      } finally {
        signal?.removeEventListener('abort', leave)
        job.waiters -= 1
        if (job.waiters === 0 && jobs.get(key) === job) {
          jobs.delete(key)
          job.controller.abort(signal?.reason)
        }
      }
    },
  }
}
