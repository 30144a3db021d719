/** Uploads one by one: a few at a time, each with its progress, each to be cancelled. Knows nothing of the browser. */
export type UploadState = 'waiting' | 'sending' | 'done' | 'failed' | 'cancelled'

export type Upload = {
  id: number
  path: string
  size: number
  /** Bytes that left. */
  sent: number
  state: UploadState
  error?: string
}

export type Sending = { done: Promise<void>; cancel: () => void }

export type UploadQueue<F> = {
  add(files: readonly { path: string; size: number; file: F }[]): void
  cancel(id: number): void
  cancelAll(): void
  /** Failed and cancelled ones once more. */
  retry(id: number): void
  /** Forgets what has ended. */
  clear(): void
}

export function createUploadQueue<F>({
  send,
  onChange,
  atOnce = 2,
}: {
  send: (path: string, file: F, onSent: (bytes: number) => void) => Sending
  onChange: (uploads: readonly Upload[]) => void
  atOnce?: number
}): UploadQueue<F> {
  let uploads: readonly Upload[] = []
  const files = new Map<number, F>()
  const cancels = new Map<number, () => void>()
  let nextId = 1

  const publish = (next: readonly Upload[]): void => {
    uploads = next
    onChange(next)
  }
  const patch = (id: number, change: Partial<Upload>): void =>
    publish(uploads.map((each) => (each.id === id ? { ...each, ...change } : each)))
  const stateOf = (id: number): UploadState | undefined =>
    uploads.find((each) => each.id === id)?.state

  const start = async ({ id, path }: Upload): Promise<void> => {
    const file = files.get(id)
    if (file === undefined) return
    patch(id, { state: 'sending', sent: 0 })
    const sending = send(path, file, (sent) => {
      if (stateOf(id) === 'sending') patch(id, { sent })
    })
    cancels.set(id, sending.cancel)
    try {
      await sending.done
      patch(id, { state: 'done' })
      files.delete(id)
    } catch (error) {
      if (stateOf(id) === 'sending')
        patch(id, {
          state: 'failed',
          error: error instanceof Error ? error.message : String(error),
        })
    } finally {
      cancels.delete(id)
      pump()
    }
  }
  const pump = (): void => {
    const free = atOnce - uploads.filter(({ state }) => state === 'sending').length
    const next = uploads.filter(({ state }) => state === 'waiting').slice(0, Math.max(0, free))
    for (const upload of next) void start(upload)
  }
  const cancel = (id: number): void => {
    const state = stateOf(id)
    if (state !== 'waiting' && state !== 'sending') return
    patch(id, { state: 'cancelled' })
    cancels.get(id)?.()
    pump()
  }

  return {
    add(added) {
      const fresh = added.map(({ path, size, file }): Upload => {
        const id = nextId++
        files.set(id, file)
        return { id, path, size, sent: 0, state: 'waiting' }
      })
      publish([...uploads, ...fresh])
      pump()
    },
    cancel,
    cancelAll() {
      // Those that wait first: else they would begin as soon as there is room.
      publish(
        uploads.map((each) => (each.state === 'waiting' ? { ...each, state: 'cancelled' } : each)),
      )
      for (const { id } of uploads) cancel(id)
    },
    retry(id) {
      if (!['failed', 'cancelled'].includes(stateOf(id) ?? '')) return
      patch(id, { state: 'waiting', sent: 0, error: '' })
      pump()
    },
    clear() {
      const isOver = ({ state }: Upload): boolean => state !== 'waiting' && state !== 'sending'
      for (const each of uploads) if (isOver(each)) files.delete(each.id)
      publish(uploads.filter((each) => !isOver(each)))
    },
  }
}
