import type { TaskList } from '#contract/task.ts'
import { type Call, isSet, numberOf, optionOf, print } from './call.ts'
import { renderTable } from './table.ts'
import { formatAgo, formatMoney, plural, progressOf, shortId, taskStatus } from './words.ts'

export async function listTasks(call: Call): Promise<number> {
  const list = await call.api.get<TaskList>('/api/tasks', {
    status: optionOf(call, 'status'),
    search: optionOf(call, 'search'),
    limit: numberOf(call, 'limit'),
    // A program gets all there is; a table shows no prompt.
    ...(isSet(call, 'json') ? {} : { brief: 'true' }),
  })
  await print(call, list, () => renderTasks(call, list))
  return 0
}

const columns = [
  { title: 'ID' },
  { title: 'STATUS' },
  { title: 'NAME', shrinksTo: 12 },
  { title: 'DONE', shrinksTo: 6 },
  { title: 'COST', align: 'right' },
  { title: 'CHANGED' },
] as const

function renderTasks(
  { terminal, paint }: Call,
  { tasks, total, total_is_more: isMore }: TaskList,
): string[] {
  if (tasks.length === 0) return ['There are no such tasks.']
  const now = terminal.now()
  const rows = tasks.map((task) => [
    shortId(task.id),
    taskStatus(task),
    task.name,
    progressOf(task),
    formatMoney(task.cost_usd),
    formatAgo(task.updated_at, now),
  ])
  const lines = renderTable(columns, rows, { width: terminal.columns, paint })
  if (total > tasks.length)
    lines.push(
      paint.dim(
        `${tasks.length} of ${isMore ? 'more than ' : ''}${plural(total, 'task')}; --limit shows more.`,
      ),
    )
  return lines
}
