import type { Plan } from '#contract/plan.ts'
import type { Call } from './call.ts'
import { toSafeLine } from './safe-text.ts'
import { renderTable, wrapText } from './table.ts'
import { plural, subtaskStatus } from './words.ts'

const columns = [
  { title: 'SUBTASK' },
  { title: 'STATUS' },
  { title: 'NAME', shrinksTo: 12 },
  { title: 'ROLE', shrinksTo: 8 },
  { title: 'AFTER', shrinksTo: 8 },
] as const

export function renderPlan(
  { terminal, paint }: Pick<Call, 'paint'> & { terminal: Pick<Call['terminal'], 'columns'> },
  plan: Plan,
): string[] {
  const rows = plan.subtasks.map((subtask) => [
    subtask.id,
    subtaskStatus(subtask),
    subtask.name,
    subtask.agent_role,
    subtask.depends_on.join(', '),
  ])
  const problems = plan.subtasks.flatMap((subtask) =>
    subtask.error ? [`${subtask.id}: ${subtask.error}`] : [],
  )
  const title = `Plan, version ${plan.version}: ${plural(plan.subtasks.length, 'subtask')}, ${plan.strategy}`
  return [
    paint.strong(title),
    ...(plan.analysis ? wrapText(toSafeLine(plan.analysis), terminal.columns) : []),
    ...renderTable(columns, rows, { width: terminal.columns, paint }),
    ...problems.flatMap((problem) => wrapText(toSafeLine(problem), terminal.columns)),
    ...(plan.warnings ?? []).flatMap(({ message }) =>
      wrapText(toSafeLine(`Note: ${message}`), terminal.columns),
    ),
  ]
}
