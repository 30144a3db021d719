/** Questions and permissions that nobody waits for any more: answered, or taken back. */
import * as v from 'valibot'
import { Permission } from './permission.ts'
import { Question } from './plan.ts'
import { Task } from './task.ts'

/** In this order where several were answered in the same millisecond. */
export const answeredSources = ['permission', 'question'] as const
export type AnsweredSource = (typeof answeredSources)[number]

const common = {
  id: v.string(),
  task: v.object({ id: Task.entries.id, name: Task.entries.name }),
  /** When it was answered or taken back. */
  at: v.string(),
}

export const AnsweredItem = v.variant('kind', [
  v.object({ ...common, kind: v.literal('permission'), permission: Permission }),
  v.object({ ...common, kind: v.literal('question'), question: Question }),
])
export type AnsweredItem = v.InferOutput<typeof AnsweredItem>

/** Newest first. */
export const AnsweredList = v.object({
  items: v.array(AnsweredItem),
  next_cursor: v.nullable(v.string()),
})
export type AnsweredList = v.InferOutput<typeof AnsweredList>
