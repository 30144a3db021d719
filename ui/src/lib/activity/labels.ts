/** Words for rows, the same in Activity and Terminal. */

import { formatBytes, formatMoney, plural, splitPath } from '../text.ts'
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
  const cost =
    row.costUsd === undefined ? `${formatMoney(row.totalUsd)} in all` : formatMoney(row.costUsd)
  const calls = `${row.isPartial ? 'at least ' : ''}${plural(row.calls, 'call')}`
  const turn = row.turn === undefined ? 'Turn' : `Turn ${row.turn}`
  const facts = [calls, formatSeconds(row.ms), cost]
  return `${turn} ${row.ok ? 'done' : 'failed'} · ${facts.join(' · ')}`
}

export function describeTodo(
  items: readonly TodoItem[],
  isPartial = false,
): { current: string; count: string } {
  const done = items.filter(({ state }) => state === 'done').length
  const current =
    items.find(({ state }) => state === 'active') ?? items.find(({ state }) => state === 'pending')
  return {
    current: current?.text ?? 'All done',
    count: `${done} of ${isPartial ? 'at least ' : ''}${items.length}`,
  }
}

export function describeAsk(row: RowOf<'ask'>): string {
  const subject = row.questions.length > 0 ? 'question' : row.tool
  switch (row.state) {
    case 'open':
      return row.questions.length > 0 ? 'Asks you' : `Asks to use ${row.tool}`
    case 'allowed':
      return row.questions.length > 0 ? 'You answered' : `Allowed: ${subject}`
    case 'denied':
      return `Denied: ${subject}`
    case 'withdrawn':
      return `Withdrawn: ${subject}`
  }
}

export const describeCalling = (row: RowOf<'calling'>): string =>
  `Writing a call of ${toolName(row.name)}${row.size > 200 ? `, ${formatBytes(row.size)}` : ''}`

const toolNames: Record<string, string> = {
  StructuredOutput: 'Answer',
  WebFetch: 'Fetch',
  ExitPlanMode: 'Plan',
}
export const toolName = (name: string): string => toolNames[name] ?? name
