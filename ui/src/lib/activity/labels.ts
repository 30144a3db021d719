/** Words for rows, the same in Activity and Terminal. */

import { formatMoney, plural, splitPath } from '../text.ts'
import { formatSeconds } from '../time.ts'
import type { RowOf, TodoItem } from './rows.ts'

export function describeReads({ items }: RowOf<'reads'>): { title: string; detail: string } {
  const [only] = items
  if (items.length === 1 && only)
    return { title: only.tool, detail: [only.target, only.result].filter(Boolean).join('  ') }
  const names = items.map((item) =>
    item.tool === 'Read' ? splitPath(item.target).name : `“${item.target}”`,
  )
  const searches = items.some((item) => item.tool !== 'Read')
  return {
    title: searches ? `${items.length} reads and searches` : `${items.length} reads`,
    detail: [...new Set(names)].join(', '),
  }
}

export function describeThinking({ live, ms, tokens }: RowOf<'thinking'>): string {
  if (live) return tokens === undefined ? 'Thinking' : `Thinking, ${tokens} tokens`
  return ms === undefined || ms < 500 ? 'Thought' : `Thought for ${Math.round(ms / 1000)} s`
}

export function describeRetry(row: RowOf<'retry'>): string {
  const cause =
    row.status === '529'
      ? 'API busy (529)'
      : row.status === '429'
        ? 'API limit (429)'
        : `API error (${row.status})`
  if (!row.over)
    return `${cause}, try ${row.attempt} of ${row.max}, next in ${formatSeconds(row.delayMs)}`
  const times =
    row.attempt === 1
      ? 'retried once'
      : row.attempt === 2
        ? 'retried twice'
        : `retried ${row.attempt} times`
  return `${cause}, ${times}, ${formatSeconds(row.lostMs)} lost`
}

export function describeResult(row: RowOf<'result'>): string {
  const facts = [plural(row.calls, 'call'), formatSeconds(row.ms), formatMoney(row.costUsd)]
  return `Turn ${row.turn} ${row.ok ? 'done' : 'failed'} · ${facts.join(' · ')}`
}

export function describeTodo(items: readonly TodoItem[]): { current: string; count: string } {
  const done = items.filter(({ state }) => state === 'done').length
  const current =
    items.find(({ state }) => state === 'active') ?? items.find(({ state }) => state === 'pending')
  return { current: current?.text ?? 'All done', count: `${done} of ${items.length}` }
}

const toolNames: Record<string, string> = {
  StructuredOutput: 'Answer',
  WebFetch: 'Fetch',
  ExitPlanMode: 'Plan',
}
export const toolName = (name: string): string => toolNames[name] ?? name
