import { toMessage } from '#contract/errors.ts'
import type { Check, EngineResource } from '#contract/system.ts'

/** What this installation has on the engine, and whether all of it is somebody's. */
export async function checkOrphans(
  list: (signal?: AbortSignal) => Promise<EngineResource[]>,
  { signal }: { signal?: AbortSignal },
): Promise<Check> {
  const about = { id: 'orphans', title: 'Containers' }
  try {
    const all = await list(signal)
    const orphans = all.filter(({ owner }) => owner === 'orphan')
    const detail = all.length === 0 ? 'None on the engine' : `${countKinds(all)} on the engine`
    if (orphans.length === 0) return { ...about, state: 'ok', detail }
    return {
      ...about,
      state: 'warn',
      detail: `${detail}, ${countKinds(orphans)} of them nobody's`,
      fix: 'Run "klaudio doctor --fix" to remove what is nobody\'s; no agent loses anything by it',
    }
  } catch (error) {
    signal?.throwIfAborted()
    // Whatever is in the way here is no lack of this machine's.
    return { ...about, state: 'skip', detail: toMessage(error) }
  }
}

/** "2 containers and 4 volumes". */
export function countKinds(resources: readonly Pick<EngineResource, 'kind'>[]): string {
  const containers = resources.filter(({ kind }) => kind === 'container').length
  const volumes = resources.length - containers
  const words = [
    ...(containers > 0 ? [`${containers} ${containers === 1 ? 'container' : 'containers'}`] : []),
    ...(volumes > 0 ? [`${volumes} ${volumes === 1 ? 'volume' : 'volumes'}`] : []),
  ]
  return words.join(' and ')
}
