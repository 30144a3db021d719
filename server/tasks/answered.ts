/** What was asked and answered, over all tasks. */
import type { AnsweredItem } from '#contract/answered.ts'
import { type AnsweredQuery, listAnswered } from '#db/answered.ts'
import type { Tx } from '#db/open.ts'
import { toPermission } from '#db/permissions.ts'
import { findTasks } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import type { AnsweredPage } from './tasks.ts'
import { toQuestion } from './to-wire.ts'

export function createAnswered(db: Tx): { answered(query: AnsweredQuery): AnsweredPage } {
  return {
    answered({ limit, ...query }) {
      const found = listAnswered(db, { ...query, limit: limit + 1 })
      const page = found.slice(0, limit)
      const last = found.length > page.length ? page.at(-1) : undefined
      const ids = [...new Set(page.map(({ taskId }) => taskId))]
      const tasks = new Map(findTasks(db, ids).map((task) => [task.id, task]))
      const items = page.flatMap((each): AnsweredItem[] => {
        const task = tasks.get(each.taskId)
        if (!task) return []
        const common = { id: each.id, task: { id: task.id, name: task.name }, at: toIso(each.at) }
        return each.source === 'permission'
          ? [{ kind: 'permission', ...common, permission: toPermission(each.row) }]
          : [{ kind: 'question', ...common, question: toQuestion(each.row) }]
      })
      return { items, ...(last ? { next: { at: last.at, source: last.source, id: last.id } } : {}) }
    },
  }
}
