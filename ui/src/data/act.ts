/** A button's deed: busy while it runs, its failure in words. */
import { createSignal } from 'solid-js'
import { toApiError } from './api.ts'

export type Act = {
  busy: () => boolean
  /** Empty when the last run went well. */
  error: () => string
  run(work: () => Promise<unknown>): Promise<boolean>
  clear(): void
}

export function createAct(): Act {
  const [busy, setBusy] = createSignal(false)
  const [error, setError] = createSignal('')
  return {
    busy,
    error,
    clear: () => setError(''),
    async run(work) {
      if (busy()) return false
      setBusy(true)
      setError('')
      try {
        await work()
        return true
      } catch (cause) {
        setError(toApiError(cause).message)
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}
