/** What the palette lists: actions of the page, tasks, agents; ranked by what was typed and what was used last. */
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import type { Action } from '../../data/actions.ts'
import { matchFuzzy } from '../../lib/fuzzy.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'

export type PaletteItem = {
  id: string
  group: string
  label: string
  /** Beside the label: the task of an agent, the repository of a task. */
  detail?: string
  /** Tells it from others of the same name: when it changed last. Not searched. */
  aside?: string
  /** More to find it by. */
  words?: string
  glyph?: GlyphName
  keys?: string
  /** Why it cannot be done now. */
  disabled?: string
  run: () => unknown
}

export type Found = { item: PaletteItem; at: readonly number[] }
export type FoundGroup = { name: string; found: Found[] }

const maxEmpty = 8
const maxFound = 40

/** Nothing typed: what was used last, then the actions. Something typed: the best of everything, in groups by their best. */
export function findItems(
  items: readonly PaletteItem[],
  query: string,
  recent: readonly string[],
): FoundGroup[] {
  if (query.trim() === '') return listUnasked(items, recent)
  const scored = items
    .map((item) => ({ item, ...scoreItem(item, query, recent) }))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, maxFound)
  const groups = Map.groupBy(scored, ({ item }) => item.group)
  return [...groups].map(([name, found]) => ({ name, found }))
}

function scoreItem(
  item: PaletteItem,
  query: string,
  recent: readonly string[],
): { score: number; at: readonly number[] } {
  const label = matchFuzzy(query, item.label)
  const other = matchFuzzy(query, `${item.detail ?? ''} ${item.words ?? ''}`)
  const best = Math.max(label?.score ?? 0, (other?.score ?? 0) * 0.5)
  // What cannot be done stands below what can; what was used lately above what was not.
  const used = recent.indexOf(item.id)
  const score = best + (used >= 0 && best > 0 ? 4 - Math.min(3, used * 0.5) : 0)
  return { score: item.disabled ? score * 0.6 : score, at: label?.at ?? [] }
}

function listUnasked(items: readonly PaletteItem[], recent: readonly string[]): FoundGroup[] {
  const toFound = (item: PaletteItem): Found => ({ item, at: [] })
  const used = recent.flatMap((id) => items.find((item) => item.id === id) ?? []).slice(0, maxEmpty)
  const rest = items.filter((item) => !used.includes(item))
  const groups = [...Map.groupBy(rest, ({ group }) => group)].map(([name, list]) => ({
    name,
    found: list.slice(0, maxEmpty).map(toFound),
  }))
  return used.length > 0 ? [{ name: 'Recent', found: used.map(toFound) }, ...groups] : groups
}

export const toActionItem = (action: Action, keys: string | undefined): PaletteItem => ({
  id: `action ${action.id}`,
  group: action.group,
  label: action.label,
  run: action.run,
  ...(action.words ? { words: action.words } : {}),
  ...(keys ? { keys } : {}),
  ...(action.disabled ? { disabled: action.disabled } : {}),
})

export function toTaskItem(
  task: Task,
  {
    glyph,
    word,
    detail,
    aside,
    run,
  }: { glyph: GlyphName; word: string; detail: string; aside: string; run: () => unknown },
): PaletteItem {
  return {
    id: `task ${task.id}`,
    group: 'Tasks',
    label: task.name,
    detail: `${word} · ${detail}`,
    aside,
    glyph,
    run,
  }
}

export function toAgentItem(
  agent: Agent,
  { name, task, run }: { name: string; task: Task | undefined; run: () => unknown },
): PaletteItem {
  const { glyph, word } = agentStatus(agent, task)
  const detail = [word, task?.name].filter(Boolean).join(' · ')
  return { id: `agent ${agent.id}`, group: 'Agents', label: name, detail, glyph, run }
}

const maxRecent = 12

/** The newest first, each once. */
export const pushRecent = (recent: readonly string[], id: string): string[] =>
  [id, ...recent.filter((each) => each !== id)].slice(0, maxRecent)
