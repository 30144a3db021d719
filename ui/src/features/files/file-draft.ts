/** Unsaved text of a file, kept in this browser with the version it was begun on. */
import * as v from 'valibot'
import type { FilePlace } from '../../data/file-place.ts'
import { load, save } from '../../lib/storage.ts'

const Draft = v.object({ text: v.string(), version: v.string() })
export type Draft = v.InferOutput<typeof Draft>

const keyOf = (taskId: string, { area, path }: FilePlace): string =>
  `draft.file.${taskId}.${area}.${path}`

export function loadDraft(taskId: string, place: FilePlace): Draft | undefined {
  const stored = load(keyOf(taskId, place))
  if (stored === '') return undefined
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Draft), stored)
  return parsed.success ? parsed.output : undefined
}

export function saveDraft(taskId: string, place: FilePlace, draft: Draft | undefined): void {
  save(keyOf(taskId, place), draft ? JSON.stringify(draft) : '')
}
