/**
 * Loads code or data again when the browser dropped it on the way. Chromium ends whatever it is loading when the machine
 * gets another network card (`ERR_NETWORK_CHANGED`), also from this machine itself, and every container that starts brings
 * one. Rejects with the last failure after three tries.
 */
export async function patiently<T>(load: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await load()
    } catch (error) {
      if (tries === 3) throw error
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  }
}
