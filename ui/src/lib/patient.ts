/**
 * Loads code or data again when the browser dropped it on the way. Chromium ends whatever waits for a connection when the machine
 * gets another network card (`ERR_NETWORK_CHANGED`), also from this machine itself, and every container that starts brings
 * several, for a second or two. Rejects with the last failure after five tries with 4.5 s between them, or at once when `signal`
 * says that nobody waits any more.
 */
export async function patiently<T>(
  load: () => Promise<T>,
  signal?: AbortSignal | null,
): Promise<T> {
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    try {
      return await load()
    } catch (error) {
      if (pauseMs > lastPauseMs || signal?.aborted) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}

const firstPauseMs = 300
const lastPauseMs = 2400
