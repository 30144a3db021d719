import { all, store } from './store.ts'

/** Reactive: why no new work begins, as the server says it; undefined when there is room. */
export function storageTrouble(): string | undefined {
  const storage = store.system.get(all).value?.storage
  return storage?.state === 'low' || storage?.state === 'damaged' ? storage.detail : undefined
}
