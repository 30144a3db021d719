/** Where a file of a task is: on the task branch, in what an agent handed in, or in a checkpoint. */
import type { KeptPart } from '#contract/checkpoint-contents.ts'
import type { FileArea } from '#contract/file.ts'

export type FilePlace = {
  area: FileArea
  path: string
  /** What this agent handed in, in place of the task branch. */
  agentId?: string | undefined
  /** As a checkpoint keeps it. */
  kept?: { checkpointId: string; of: KeptPart } | undefined
}

const id = encodeURIComponent

export const keptPath = (taskId: string, checkpointId: string): string =>
  `/api/tasks/${id(taskId)}/checkpoints/${id(checkpointId)}`

export const fileQuery = ({ area, path, agentId }: FilePlace): string =>
  `type=${area}&path=${id(path)}${agentId ? `&agent=${id(agentId)}` : ''}`

export const fileUrl = (taskId: string, place: FilePlace): string =>
  place.kept
    ? `${keptPath(taskId, place.kept.checkpointId)}/file?of=${id(place.kept.of)}&path=${id(place.path)}`
    : `/api/tasks/${id(taskId)}/files/${id(place.path.split('/').at(-1) || 'file')}?${fileQuery(place)}`

/** It can be read and nothing else: what an agent handed in and what a checkpoint keeps stay as they are. */
export const isReadOnly = ({ agentId, kept }: FilePlace): boolean =>
  agentId !== undefined || kept !== undefined
