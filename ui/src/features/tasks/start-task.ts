/** From a filled form to a running task: create, send the files, start. Can be stopped and tried again at every step. */
import { createSignal } from 'solid-js'
import type { CreateTask } from '#contract/task.ts'
import { ApiError, toApiError } from '../../data/api.ts'
import type { UploadQueue } from '../../data/upload-queue.ts'

export type StartPhase = 'idle' | 'creating' | 'uploading' | 'starting'

export type Starter = {
  /** Reactive. */
  phase(): StartPhase
  error(): string
  /** The draft task on the server that a try has left; it is used again, or replaced when the form has changed. */
  draftId(): string | undefined
  /** The id of the started task, or undefined when it failed or was stopped. */
  run(input: CreateTask): Promise<string | undefined>
  /** Only while files travel. */
  stop(): void
}

type Server = {
  create(input: CreateTask): Promise<{ id: string }>
  remove(taskId: string): Promise<unknown>
  start(taskId: string): Promise<unknown>
}

export function createStarter(server: Server, queue: UploadQueue): Starter {
  const [phase, setPhase] = createSignal<StartPhase>('idle')
  const [error, setError] = createSignal('')
  const [draftId, setDraftId] = createSignal<string>()
  let made = ''
  let sent: readonly string[] = []

  /** The draft of the last try when it is still what is wanted. */
  const prepare = async (input: CreateTask): Promise<string> => {
    const text = JSON.stringify(input)
    const known = draftId()
    const isTakenOut = sent.some((path) => !queue.items.some((item) => item.path === path))
    if (known && made === text && !isTakenOut) return known
    if (known) {
      setDraftId(undefined)
      await server.remove(known).catch(onlyMissing)
      queue.restart()
      sent = []
    }
    const { id } = await server.create(input)
    made = text
    setDraftId(id)
    return id
  }

  const sendFiles = async (id: string): Promise<boolean> => {
    if (queue.items.length === 0) return true
    setPhase('uploading')
    const isComplete = await queue.run(id)
    sent = queue.items.filter(({ state }) => state === 'done').map(({ path }) => path)
    if (!isComplete && queue.items.some(({ state }) => state === 'failed'))
      setError('Some files could not be sent. Leave them out, or try again.')
    return isComplete
  }

  return {
    phase,
    error,
    draftId,
    stop: () => queue.stop(),
    async run(input) {
      if (phase() !== 'idle') return undefined
      setError('')
      setPhase('creating')
      try {
        const id = await prepare(input)
        if (!(await sendFiles(id))) return undefined
        setPhase('starting')
        await server.start(id)
        return id
      } catch (cause) {
        setError(toApiError(cause).message)
        return undefined
      } finally {
        setPhase('idle')
      }
    },
  }
}

function onlyMissing(error: unknown): void {
  if (!(error instanceof ApiError) || error.status !== 404) throw error
}
