import { toMessage } from '#contract/errors.ts'
import type { Check } from '#contract/system.ts'

/** What setup commands of repositories left on the engine, and how it goes. */
export async function checkSetups(
  count: (signal?: AbortSignal) => Promise<{ count: number; bytes: number }>,
  { signal }: { signal?: AbortSignal },
): Promise<Check> {
  const about = { id: 'setups', title: 'Kept setups' }
  try {
    const kept = await count(signal)
    const size = `${kept.count} on the engine, ${(kept.bytes / 1e9).toFixed(1)} GB`
    const detail = kept.count === 0 ? 'None' : `${size}; "klaudio setup clear" removes them`
    return { ...about, state: 'ok', detail }
  } catch (error) {
    signal?.throwIfAborted()
    return { ...about, state: 'skip', detail: toMessage(error) }
  }
}
