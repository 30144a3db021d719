/** From the events of a task to bars: who worked when, and what everyone else was waiting for. */
import type { EventType, TaskEvent } from '#contract/event.ts'

/** Why nothing happened. `retry`: the attempt before had failed, and the next one had not begun. */
export const causes = ['you', 'dependency', 'slot', 'limit', 'retry', 'stopped'] as const
export type Cause = (typeof causes)[number]

export type Span = {
  /** Epoch milliseconds. */
  from: number
  to: number
  /** Still going on: `to` is now. */
  isOpen: boolean
} & ({ kind: 'plan' | 'work' | 'merge' } | { kind: 'wait'; cause: Cause })

/** Something that happened at one moment, by the event that says so. */
export type Mark = {
  at: number
  seq: number
  kind: 'question' | 'approval' | 'retry' | 'message' | 'restart' | 'fail' | 'done' | 'skip'
}

export type Row = {
  /** The subtask; empty for the task itself. */
  id: string
  spans: Span[]
  marks: Mark[]
}

export type Timeline = {
  rows: Row[]
  /** The first event. */
  from: number
  /** The last one of a task at rest, else now. */
  to: number
}

/** What bars are made from: few beside the activity of agents, however long a task runs. */
export const structuralTypes = [
  'task.created',
  'task.started',
  'task.status',
  'task.completed',
  'task.failed',
  'task.cancelled',
  'task.paused',
  'task.resumed',
  'task.recovered',
  'source.ready',
  'planner.question',
  'question.answered',
  'plan.generated',
  'plan.approved',
  'subtask.queued',
  'subtask.started',
  'subtask.retrying',
  'subtask.integrating',
  'subtask.completed',
  'subtask.failed',
  'subtask.skipped',
  'subtask.conflict',
  'subtask.resolving',
  'agent.rate-limit',
  'message.sent',
] as const satisfies readonly EventType[]

type State =
  | { kind: 'plan' | 'work' | 'merge'; since: number }
  | { kind: 'wait'; cause: Cause; since: number }
type Track = { row: Row; state: State | undefined }
type Draft = {
  task: Track
  subtasks: Map<string, Track>
  isWaiting: boolean
  openQuestions: number
}

/** `events` in their order; `order` names the subtasks as the plan has them. `isOver`: nothing goes on by itself any more. */
export function toTimeline(
  events: readonly TaskEvent[],
  { order, isOver, now }: { order: readonly string[]; isOver: boolean; now: number },
): Timeline {
  const draft: Draft = {
    task: newTrack(''),
    subtasks: new Map(order.map((id) => [id, newTrack(id)])),
    isWaiting: false,
    openQuestions: 0,
  }
  for (const event of events) take(draft, event)
  const first = timeOf(events[0]) ?? now
  const to = isOver ? (timeOf(events.at(-1)) ?? now) : Math.max(now, first)
  const tracks = [draft.task, ...draft.subtasks.values()]
  for (const track of tracks) end(track, to, !isOver)
  const rows = tracks.map(({ row }) => row)
  return {
    rows: rows.filter(({ id, spans, marks }) => id === '' || spans.length + marks.length > 0),
    from: first,
    to,
  }
}

const newTrack = (id: string): Track => ({ row: { id, spans: [], marks: [] }, state: undefined })

const timeOf = (event: TaskEvent | undefined): number | undefined =>
  event && Date.parse(event.created_at)

function end(track: Track, at: number, isOpen = false): void {
  const { state } = track
  track.state = undefined
  if (!state || at <= state.since) return
  const { since: from, ...what } = state
  track.row.spans.push({ from, to: at, isOpen, ...what })
}

type Next = { kind: 'plan' | 'work' | 'merge' } | { kind: 'wait'; cause: Cause }

function become(track: Track, at: number, next: Next | undefined): void {
  end(track, at)
  if (next) track.state = { ...next, since: at }
}

function mark(track: Track, event: TaskEvent, kind: Mark['kind']): void {
  track.row.marks.push({ at: Date.parse(event.created_at), seq: event.seq, kind })
}

function take(draft: Draft, event: TaskEvent): void {
  if (event.type.startsWith('subtask.') && event.subtask_id)
    takeSubtask(draft, event, event.subtask_id)
  else takeTask(draft, event)
}

function trackOf(draft: Draft, id: string): Track {
  const known = draft.subtasks.get(id) ?? newTrack(id)
  draft.subtasks.set(id, known)
  return known
}

function takeSubtask(draft: Draft, event: TaskEvent, id: string): void {
  const track = trackOf(draft, id)
  const at = Date.parse(event.created_at)
  switch (event.type) {
    case 'subtask.queued':
      become(track, at, { kind: 'wait', cause: draft.isWaiting ? 'limit' : 'slot' })
      break
    case 'subtask.started':
      become(track, at, { kind: 'work' })
      break
    case 'subtask.resolving':
    case 'subtask.integrating':
      become(track, at, { kind: 'merge' })
      break
    case 'subtask.retrying':
      mark(track, event, 'retry')
      // One that was skipped because of another is possible again, which is no attempt of its own.
      become(track, at, { kind: 'wait', cause: 'attempt' in event.data ? 'retry' : 'dependency' })
      break
    case 'subtask.completed':
      mark(track, event, 'done')
      become(track, at, undefined)
      break
    case 'subtask.skipped':
      mark(track, event, 'skip')
      become(track, at, undefined)
      break
    case 'subtask.failed':
    case 'subtask.conflict':
      mark(track, event, 'fail')
      become(track, at, undefined)
      break
    default:
      break
  }
}

function takeTask(draft: Draft, event: TaskEvent): void {
  const { task } = draft
  const at = Date.parse(event.created_at)
  switch (event.type) {
    case 'task.started':
      become(task, at, { kind: 'plan' })
      break
    case 'planner.question':
      draft.openQuestions = Array.isArray(event.data.questions) ? event.data.questions.length : 1
      mark(task, event, 'question')
      become(task, at, { kind: 'wait', cause: 'you' })
      break
    case 'question.answered':
      draft.openQuestions--
      if (draft.openQuestions === 0) become(task, at, { kind: 'plan' })
      break
    case 'plan.generated':
      become(task, at, { kind: 'wait', cause: 'you' })
      break
    case 'plan.approved':
      mark(task, event, 'approval')
      become(task, at, undefined)
      for (const track of draft.subtasks.values())
        if (!track.state && !isSettled(track))
          become(track, at, { kind: 'wait', cause: 'dependency' })
      break
    case 'task.recovered':
      mark(task, event, 'restart')
      break
    case 'message.sent':
      mark(event.subtask_id ? trackOf(draft, event.subtask_id) : task, event, 'message')
      break
    case 'task.status':
      takeStatus(draft, event, at)
      break
    default:
      break
  }
}

const settling = ['done', 'skip', 'fail'] as const satisfies Mark['kind'][]
const isSettled = ({ row }: Track): boolean =>
  settling.some((kind) => kind === row.marks.at(-1)?.kind)

/** A change of the whole task reaches every bar that goes on. */
function takeStatus(draft: Draft, { data }: TaskEvent, at: number): void {
  const { from, to, phase } = data
  const tracks = [draft.task, ...draft.subtasks.values()]
  switch (to) {
    case 'completed':
    case 'failed':
    case 'cancelled':
      for (const track of tracks) become(track, at, undefined)
      return
    case 'paused':
      // Agents that are being stopped still work until they have saved.
      if (phase === null) rest(tracks, at)
      return
    case 'planning':
      if (from !== 'planning') planAgain(draft, at)
      return
    default:
      if (from === 'paused' || from === 'failed') goOn(draft, at)
      limit(draft, at, phase === 'waiting')
  }
}

function rest(tracks: readonly Track[], at: number): void {
  for (const track of tracks.filter(({ state }) => state))
    become(track, at, { kind: 'wait', cause: 'stopped' })
}

function planAgain({ task, subtasks }: Draft, at: number): void {
  for (const track of subtasks.values()) become(track, at, undefined)
  become(task, at, { kind: 'plan' })
}

function limit(draft: Draft, at: number, isWaiting: boolean): void {
  draft.isWaiting = isWaiting
  for (const track of draft.subtasks.values()) {
    const { state } = track
    if (!state) continue
    if (isWaiting && !isWaitingFor(state, 'dependency'))
      become(track, at, { kind: 'wait', cause: 'limit' })
    else if (!isWaiting && isWaitingFor(state, 'limit'))
      become(track, at, { kind: 'wait', cause: 'slot' })
  }
}

/** After a stop what was under way takes a place in the queue again; its own events say more. */
function goOn(draft: Draft, at: number): void {
  for (const track of draft.subtasks.values())
    if (!isSettled(track)) become(track, at, { kind: 'wait', cause: 'dependency' })
}

const isWaitingFor = (state: State, cause: Cause): boolean =>
  state.kind === 'wait' && state.cause === cause

/** Milliseconds by what they went to, of one row or of all. */
export function sumSpans(
  spans: readonly Span[],
): Record<'work' | 'plan' | 'merge' | Cause, number> {
  const sums = {
    work: 0,
    plan: 0,
    merge: 0,
    you: 0,
    dependency: 0,
    slot: 0,
    limit: 0,
    retry: 0,
    stopped: 0,
  }
  for (const span of spans)
    sums[span.kind === 'wait' ? span.cause : span.kind] += span.to - span.from
  return sums
}
