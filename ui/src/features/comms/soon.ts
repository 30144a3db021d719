import { onCleanup } from 'solid-js'

/** Does it once some time after it was first asked for, and once more when it could not be done. */
export function createSoon(ms: number, work: () => Promise<boolean>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const ask = (): void => {
    timer ??= setTimeout(async () => {
      timer = undefined
      if (!(await work())) ask()
    }, ms)
  }
  return ask
}
