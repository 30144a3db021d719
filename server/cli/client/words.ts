/** States, times and figures as people read them, in the words of the UI. */
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { Subtask } from '#contract/plan.ts'
import {
  agentStatus as agentWords,
  type StatusGlyph,
  subtaskStatus as subtaskWords,
  taskStatus as taskWords,
  type Status as Words,
} from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { glyphs, type State } from './paint.ts'

export type Status = { state: State; text: string }

const status = (state: State, word: string): Status => ({ state, text: `${glyphs[state]} ${word}` })

/** Of the shapes of a page only these are told apart in a terminal. */
const states = {
  wait: 'wait',
  run: 'run',
  need: 'need',
  review: 'merge',
  pause: 'pause',
  stopping: 'pause',
  done: 'done',
  fail: 'fail',
  skip: 'skip',
  unknown: 'fail',
} as const satisfies Record<StatusGlyph, State>

const shown = ({ glyph, word }: Words): Status => status(states[glyph], word)

export const taskStatus = (task: Parameters<typeof taskWords>[0]): Status => shown(taskWords(task))

export const subtaskStatus = (subtask: Pick<Subtask, 'status'>): Status =>
  shown(subtaskWords(subtask))

/** `task` as for `agentStatus` of the contract. */
export const agentStatus = (
  agent: Parameters<typeof agentWords>[0],
  task?: Pick<Task, 'phase'>,
): Status => shown(agentWords(agent, task))

const checkpointStatuses = {
  taking: status('run', 'Taking'),
  ready: status('done', 'Ready'),
  failed: status('fail', 'Failed'),
} as const satisfies Record<Checkpoint['status'], Status>

export const checkpointStatus = ({ status: is }: Pick<Checkpoint, 'status'>): Status =>
  checkpointStatuses[is]

export function progressOf({ progress }: Pick<Task, 'progress'>): string {
  const { total, completed, failed } = progress
  if (total === 0) return ''
  return failed > 0 ? `${completed}/${total}, ${failed} failed` : `${completed}/${total}`
}

/** "just now", "9 min ago", "3 h ago", "2 d ago". A clock a little behind the server's is no surprise. */
export function formatAgo(iso: string, now: number): string {
  const ms = now - Date.parse(iso)
  return ms < 10_000 ? 'just now' : `${formatSpan(ms)} ago`
}

export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  return hours < 24 ? `${hours} h` : `${Math.floor(hours / 24)} d`
}

export function formatMoney(usd: number): string {
  if (usd === 0) return ''
  return usd < 0.01 ? `$${usd.toFixed(3)}` : `$${usd.toFixed(2)}`
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

export const shortId = (id: string): string => id.slice(0, 8)

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`
