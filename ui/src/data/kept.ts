/** What is in checkpoints, remembered: a checkpoint stays as it is, only what it is compared with changes. */
import type {
  CheckpointContents,
  KeptChanges,
  KeptFiles,
  KeptPart,
} from '#contract/checkpoint-contents.ts'
import { createCache } from './cache.ts'
import { keptApi } from './kept-api.ts'
import type { KeptScope } from './work.ts'

/** A tree of more files is filtered by the server. */
export const listedAtOnce = 10_000

const contents = createCache<CheckpointContents>((key) => {
  const [taskId = '', id = ''] = key.split(' ')
  return keptApi.contents(taskId, id)
})
const files = createCache<KeptFiles>((key) => {
  const { taskId, id, of, q } = parse<FilesKey>(key)
  return keptApi.files(taskId, id, { of, q, limit: listedAtOnce })
})
const changes = createCache<KeptChanges>((key) => {
  const { taskId, scope } = parse<ChangesKey>(key)
  return keptApi.changes(taskId, scope)
})

export const kept = { contents, files, changes }

type FilesKey = { taskId: string; id: string; of: KeptPart; q: string }
type ChangesKey = { taskId: string; scope: KeptScope }

export const keptContentsKey = (taskId: string, id: string): string => `${taskId} ${id}`
export const keptFilesKey = ({ taskId, id, of, q }: FilesKey): string =>
  JSON.stringify({ taskId, id, of, q })
export const keptChangesKey = (taskId: string, scope: KeptScope): string =>
  JSON.stringify({ taskId, scope })

/** What they are compared with has changed. */
export function invalidateKept(taskId: string): void {
  changes.invalidatePrefix(`{"taskId":${JSON.stringify(taskId)},`)
}

/** Keys are made by the functions above and by nothing else. */
const parse = <Key>(key: string): Key => JSON.parse(key) as Key
