/** One sentence that says why a task stopped, or what it is waiting for, from what really happened. */
import type { TaskEvent } from '#contract/event.ts'
import type { Task } from '#contract/task.ts'
import { joinWords, plural } from '../text.ts'
import { formatClock, formatSpan } from '../time.ts'
import { type Cause, causes, type Row, type Span, sumSpans, type Timeline } from './spans.ts'

export type Explanation = {
  text: string
  /** The event that says so, to go to. */
  seq?: number
}

type Known = {
  task: Pick<Task, 'status' | 'phase' | 'error'>
  events: readonly TaskEvent[]
  timeline: Timeline
  names: ReadonlyMap<string, string>
}

export function explain(known: Known): Explanation {
  const { status, phase } = known.task
  if (phase === 'stopping') return since(known, 'Agents are saving their work', 'task.status')
  if (phase === 'restoring')
    return since(known, 'It is being taken back to a checkpoint', 'task.status')
  if (phase === 'cancelling') return since(known, 'It is being cancelled', 'task.status')
  switch (status) {
    case 'created':
      return { text: 'It has not been started.' }
    case 'planning':
      return explainPlanning(known)
    case 'planned':
      return since(known, 'It waits for you to approve the plan', 'plan.generated')
    case 'approved':
    case 'running':
      return explainRunning(known)
    case 'paused':
      return since(known, 'You stopped it, and everything is saved', 'task.paused', 'at')
    case 'completed':
      return explainCompleted(known)
    case 'failed':
      return explainFailed(known)
    case 'cancelled':
      return since(known, 'You cancelled it', 'task.cancelled', 'at')
  }
}

function findLast({ events }: Known, type: TaskEvent['type']): TaskEvent | undefined {
  return events.findLast((event) => event.type === type)
}

function since(known: Known, what: string, type: TaskEvent['type'], word = 'since'): Explanation {
  const event = findLast(known, type)
  if (!event) return { text: `${what}.` }
  return { text: `${what}, ${word} ${formatClock(Date.parse(event.created_at))}.`, seq: event.seq }
}

function explainPlanning(known: Known): Explanation {
  if (known.task.phase === 'awaiting_answers')
    return since(known, 'It waits for your answers to the planner', 'planner.question')
  if (known.task.phase === 'preparing_source')
    return since(known, 'The repository is being prepared', 'task.started')
  if (known.task.phase === 'queued')
    return since(known, 'The planner waits for a slot', 'task.started')
  return since(known, 'The planner is at work', 'task.started')
}

const currentOf = ({ spans }: Row): Span | undefined => {
  const last = spans.at(-1)
  return last?.isOpen ? last : undefined
}

/** Of one, and of several. */
const waitingFor: Record<Cause, readonly [string, string]> = {
  you: ['waits for you', 'wait for you'],
  dependency: ['waits for what it depends on', 'wait for what they depend on'],
  slot: ['waits for a slot', 'wait for a slot'],
  limit: ['waits at a usage limit', 'wait at a usage limit'],
  retry: ['waits to be tried again', 'wait to be tried again'],
  stopped: ['waits because you stopped it', 'wait because you stopped them'],
}

function explainRunning(known: Known): Explanation {
  const { task, timeline, names } = known
  if (task.phase === 'waiting') {
    const event = findLast(known, 'task.status')
    return {
      text: task.error ?? 'It waits at a usage limit.',
      ...(event ? { seq: event.seq } : {}),
    }
  }
  const open = timeline.rows
    .filter(({ id }) => id !== '')
    .map((row) => ({ row, span: currentOf(row) }))
  const working = open.filter(({ span }) => span && span.kind !== 'wait')
  const parts = [
    working.length > 0 && working.length <= 3
      ? `${joinWords(working.map(({ row }) => names.get(row.id) ?? row.id))} ${working.length === 1 ? 'is' : 'are'} at work`
      : `${plural(working.length, 'subtask')} at work`,
    ...causes.flatMap((cause) => {
      const count = open.filter(({ span }) => span?.kind === 'wait' && span.cause === cause).length
      const [one, many] = waitingFor[cause]
      return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`]
    }),
  ]
  return { text: `${parts.join('; ')}.` }
}

function explainFailed(known: Known): Explanation {
  const event = findLast(known, 'subtask.failed') ?? findLast(known, 'task.failed')
  const reason = known.task.error ?? textOf(event, 'error')
  const subtask = event?.subtask_id
  const name = subtask && (known.names.get(subtask) ?? subtask)
  const detail = textOf(event, 'error')
  const skipped = known.events.filter(({ type }) => type === 'subtask.skipped').length
  const because = name && detail ? `${name} failed: ${detail}` : reason
  const rest =
    skipped > 0
      ? ` ${plural(skipped, 'subtask')} behind it ${skipped === 1 ? 'was' : 'were'} skipped.`
      : ''
  return {
    text: `It stopped because ${sentence(because || 'it failed')}${rest}`,
    ...(event ? { seq: event.seq } : {}),
  }
}

const sentence = (text: string): string =>
  /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`

function textOf(event: TaskEvent | undefined, key: string): string {
  const value = event?.data[key]
  return typeof value === 'string' ? value : ''
}

/** How long it took, and what most of the waiting was for. */
function explainCompleted(known: Known): Explanation {
  const { timeline } = known
  const waits = sumSpans(timeline.rows.flatMap(({ spans }) => spans))
  const forYou = waits.you
  const took = formatSpan(timeline.to - timeline.from)
  const event = findLast(known, 'task.completed')
  const text =
    forYou >= 1000
      ? `Done after ${took}, ${formatSpan(forYou)} of it waiting for you.`
      : `Done after ${took}.`
  return { text, ...(event ? { seq: event.seq } : {}) }
}
