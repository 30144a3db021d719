/** States, times and figures as people read them, in the words of the UI. */
import type { Agent } from '#contract/agent.ts'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { Subtask } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { glyphs, type State } from './paint.ts'

export type Status = { state: State; text: string }

const status = (state: State, word: string): Status => ({ state, text: `${glyphs[state]} ${word}` })

export function taskStatus({ status: is, phase }: Pick<Task, 'status' | 'phase'>): Status {
  if (phase === 'stopping') return status('pause', 'Stopping')
  if (phase === 'cancelling') return status('skip', 'Cancelling')
  if (phase === 'restoring') return status('pause', 'Restoring')
  if (phase === 'queued') return status('wait', 'Queued')
  switch (is) {
    case 'created':
      return status('wait', 'Draft')
    case 'planning':
      if (phase === 'awaiting_answers') return status('need', 'Needs you')
      return status('run', phase === 'preparing_source' ? 'Starting' : 'Planning')
    case 'planned':
      return status('need', 'Plan ready')
    case 'approved':
      return status('wait', 'Queued')
    case 'running':
      return phase === 'waiting' ? status('pause', 'Waiting') : status('run', 'Running')
    case 'paused':
      return status('pause', 'Stopped')
    case 'completed':
      return status('done', 'Done')
    case 'failed':
      return status('fail', 'Failed')
    case 'cancelled':
      return status('skip', 'Cancelled')
  }
}

const subtaskStatuses = {
  pending: status('wait', 'Waiting'),
  queued: status('wait', 'Queued'),
  running: status('run', 'Running'),
  integrating: status('merge', 'Merging'),
  completed: status('done', 'Done'),
  failed: status('fail', 'Failed'),
  skipped: status('skip', 'Skipped'),
} as const satisfies Record<Subtask['status'], Status>

const checkpointStatuses = {
  taking: status('run', 'Taking'),
  ready: status('done', 'Ready'),
  failed: status('fail', 'Failed'),
} as const satisfies Record<Checkpoint['status'], Status>

export const checkpointStatus = ({ status: is }: Pick<Checkpoint, 'status'>): Status =>
  checkpointStatuses[is]

export const subtaskStatus = ({ status: is }: Pick<Subtask, 'status'>): Status =>
  subtaskStatuses[is]

export function agentStatus({ status: is, phase }: Pick<Agent, 'status' | 'phase'>): Status {
  if (phase === 'stopping') return status('pause', 'Stopping')
  switch (is) {
    case 'queued':
      return status('wait', 'Queued')
    case 'created':
      return status('wait', phase === 'warm' ? 'Ready' : 'Starting')
    case 'running':
      return status('run', phase === 'idle' ? 'Idle' : 'Running')
    case 'completed':
      return status('done', 'Done')
    case 'failed':
      return status('fail', 'Failed')
    case 'stopped':
      return status('pause', 'Stopped')
    case 'lost':
      return status('fail', 'Lost contact')
  }
}

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
