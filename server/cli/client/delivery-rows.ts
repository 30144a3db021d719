import type { Task } from '#contract/task.ts'

/** What a task shows of its delivery: where the work is, and what a person should know about it. */
export function deliveryRows({ delivery }: Pick<Task, 'delivery'>): [string, string][] {
  if (!delivery || delivery.state === 'off') return []
  const { branch, target, pull_request: pull, notes, conflicts = [] } = delivery
  const rows: [string, string][] = [
    ['Delivery', `${words[delivery.state]}, ${branch}${target ? ` for ${target}` : ''}`],
  ]
  if (pull) rows.push(['Request', `${pull.url} (${pull.is_draft ? 'draft' : pull.state})`])
  for (const { name, state, url } of pull?.checks ?? [])
    if (state !== 'passed') rows.push(['Check', `${name} ${state}${url ? ` (${url})` : ''}`])
  if (conflicts.length > 0) rows.push(['Conflict', conflicts.join(', ')])
  for (const note of notes) rows.push(['Note', note])
  return rows
}

const words = {
  pending: 'to come',
  delivered: 'delivered',
  unchanged: 'nothing to deliver',
  failed: 'failed',
} as const
