import { describe, expect, test } from 'bun:test'
import type { EventType, TaskEvent } from '#contract/event.ts'
import type { Task } from '#contract/task.ts'
import { createStructureReader } from '../../ui/src/data/task-events.ts'
import { actorOf, withoutActor } from '../../ui/src/features/timeline/actor.ts'
import { kindTypes } from '../../ui/src/features/timeline/words.ts'
import { describeEvent } from '../../ui/src/lib/event-words.ts'
import {
  addNewer,
  addOlder,
  type EventRead,
  type EventWindow,
  keepNewest,
  openEventWindow,
} from '../../ui/src/lib/timeline/event-window.ts'
import { explain } from '../../ui/src/lib/timeline/explain.ts'
import { clampWindow, pan, ticks, zoom } from '../../ui/src/lib/timeline/scale.ts'
import { type Span, sumSpans, toTimeline } from '../../ui/src/lib/timeline/spans.ts'
import { spread } from '../../ui/src/lib/timeline/spread.ts'

const start = Date.parse('2026-01-01T12:00:00Z')
type Short = [second: number, type: EventType, data?: Record<string, unknown>, subtask?: string]

const make = (...list: Short[]): TaskEvent[] =>
  list.map(([second, type, data = {}, subtask], index) => ({
    id: index + 1,
    task_id: 't',
    seq: index + 1,
    type,
    data,
    created_at: new Date(start + second * 1000).toISOString(),
    ...(subtask ? { subtask_id: subtask } : {}),
  }))

/** "work 5-9" for each span of a row, in seconds from the start. */
const read = (spans: readonly Span[]): string[] =>
  spans.map((span) => {
    const what = span.kind === 'wait' ? `wait:${span.cause}` : span.kind
    return `${what} ${(span.from - start) / 1000}-${(span.to - start) / 1000}${span.isOpen ? ' open' : ''}`
  })

const rowsOf = (events: TaskEvent[], more: { isOver?: boolean; second?: number } = {}) => {
  const { rows } = toTimeline(events, {
    order: ['a', 'b'],
    isOver: more.isOver ?? false,
    now: start + (more.second ?? 100) * 1000,
  })
  return Object.fromEntries(rows.map((row) => [row.id, row]))
}

const planned: Short[] = [
  [0, 'task.created'],
  [1, 'task.started'],
  [5, 'planner.question', { questions: [{ id: 'q1' }, { id: 'q2' }] }],
  [7, 'question.answered'],
  [9, 'question.answered'],
  [15, 'plan.generated'],
  [20, 'plan.approved'],
]

describe('bars', () => {
  test('the planner works, and waits for the person who answers and approves', () => {
    const rows = rowsOf(make(...planned))
    expect(read(rows['']?.spans ?? [])).toEqual([
      'plan 1-5',
      'wait:you 5-9',
      'plan 9-15',
      'wait:you 15-20',
    ])
    expect(rows['']?.marks.map(({ kind, seq }) => [kind, seq])).toEqual([
      ['question', 3],
      ['approval', 7],
    ])
  })

  test('a subtask waits for what it depends on, then for a slot, works and is merged', () => {
    const rows = rowsOf(
      make(
        ...planned,
        [20, 'subtask.queued', {}, 'a'],
        [22, 'subtask.started', {}, 'a'],
        [40, 'subtask.integrating', {}, 'a'],
        [41, 'subtask.completed', {}, 'a'],
        [41, 'subtask.queued', {}, 'b'],
        [50, 'subtask.started', {}, 'b'],
      ),
    )
    expect(read(rows.a?.spans ?? [])).toEqual(['wait:slot 20-22', 'work 22-40', 'merge 40-41'])
    expect(read(rows.b?.spans ?? [])).toEqual([
      'wait:dependency 20-41',
      'wait:slot 41-50',
      'work 50-100 open',
    ])
  })

  test('a failed attempt waits to be tried again, and its mark says where', () => {
    const rows = rowsOf(
      make(
        ...planned,
        [21, 'subtask.started', {}, 'a'],
        [30, 'subtask.retrying', { attempt: 1, reason: 'tests failed' }, 'a'],
        [33, 'subtask.queued', {}, 'a'],
        [34, 'subtask.started', {}, 'a'],
        [60, 'subtask.failed', { error: 'tests failed' }, 'a'],
      ),
    )
    expect(read(rows.a?.spans ?? [])).toEqual([
      'wait:dependency 20-21',
      'work 21-30',
      'wait:retry 30-33',
      'wait:slot 33-34',
      'work 34-60',
    ])
    expect(rows.a?.marks.map(({ kind }) => kind)).toEqual(['retry', 'fail'])
  })

  test('while the task is stopped everything that went on waits for the person', () => {
    const rows = rowsOf(
      make(
        ...planned,
        [21, 'subtask.started', {}, 'a'],
        [30, 'task.status', { from: 'running', to: 'paused', phase: 'stopping' }],
        [32, 'task.status', { from: 'paused', to: 'paused', phase: null }],
        [50, 'task.status', { from: 'paused', to: 'running', phase: null }],
        [51, 'subtask.queued', {}, 'a'],
        [52, 'subtask.started', {}, 'a'],
      ),
    )
    expect(read(rows.a?.spans ?? [])).toEqual([
      'wait:dependency 20-21',
      'work 21-32',
      'wait:stopped 32-50',
      'wait:dependency 50-51',
      'wait:slot 51-52',
      'work 52-100 open',
    ])
  })

  test('a usage limit holds what would work, and is named', () => {
    const rows = rowsOf(
      make(
        ...planned,
        [21, 'subtask.started', {}, 'a'],
        [30, 'task.status', { from: 'running', to: 'running', phase: 'waiting' }],
        [70, 'task.status', { from: 'running', to: 'running', phase: 'working' }],
        [71, 'subtask.started', {}, 'a'],
      ),
    )
    expect(read(rows.a?.spans ?? [])).toEqual([
      'wait:dependency 20-21',
      'work 21-30',
      'wait:limit 30-70',
      'wait:slot 70-71',
      'work 71-100 open',
    ])
  })

  test('nothing goes on after the end, whatever was not told', () => {
    const events = make(
      ...planned,
      [21, 'subtask.started', {}, 'a'],
      [40, 'task.status', { from: 'running', to: 'cancelled', phase: 'cancelling' }],
      [44, 'task.cancelled'],
    )
    const { rows, to } = toTimeline(events, { order: ['a', 'b'], isOver: true, now: start + 9e9 })
    expect(rows.flatMap(({ spans }) => spans.filter(({ isOpen }) => isOpen))).toEqual([])
    expect((to - start) / 1000).toBe(44)
  })

  test('spans of a row never overlap, and a restart of the server is marked', () => {
    const events = make(
      ...planned,
      [21, 'subtask.started', {}, 'a'],
      [25, 'task.recovered'],
      [30, 'message.sent', {}, 'a'],
      [31, 'subtask.integrating', {}, 'a'],
      [32, 'subtask.conflict', {}, 'a'],
    )
    const rows = rowsOf(events)
    for (const { spans } of Object.values(rows))
      for (const [at, span] of spans.entries())
        expect(span.from).toBeGreaterThanOrEqual(spans[at - 1]?.to ?? 0)
    expect(rows['']?.marks.at(-1)).toMatchObject({ kind: 'restart', seq: 9 })
    expect(rows.a?.marks.map(({ kind }) => kind)).toEqual(['message', 'fail'])
  })

  test('what time went to can be summed', () => {
    const rows = rowsOf(make(...planned))
    expect(sumSpans(rows['']?.spans ?? [])).toMatchObject({ plan: 10_000, you: 9000, work: 0 })
  })
})

describe('the sentence on top', () => {
  const names = new Map([['a', 'Redis store']])
  const say = (task: Pick<Task, 'status' | 'phase' | 'error'>, events: TaskEvent[]) => {
    const isOver = ['completed', 'failed', 'cancelled'].includes(task.status)
    const timeline = toTimeline(events, { order: ['a', 'b'], isOver, now: start + 100_000 })
    return explain({ task, events, timeline, names })
  }

  test('a failed task names the subtask, its error, and what was skipped', () => {
    const events = make(
      ...planned,
      [60, 'subtask.failed', { error: 'The tests failed' }, 'a'],
      [60, 'subtask.skipped', {}, 'b'],
    )
    expect(say({ status: 'failed', phase: null, error: '1 of 2 failed.' }, events)).toEqual({
      text: 'It stopped because Redis store failed: The tests failed. 1 subtask behind it was skipped.',
      seq: 8,
    })
  })

  test('one that waits for a person says since when, and which event says so', () => {
    expect(
      say({ status: 'planning', phase: 'awaiting_answers' }, make(...planned.slice(0, 3))),
    ).toMatchObject({
      text: expect.stringMatching(/^It waits for your answers to the planner, since .+\.$/),
      seq: 3,
    })
    expect(
      say({ status: 'planned', phase: 'awaiting_approval' }, make(...planned.slice(0, 6))),
    ).toMatchObject({
      text: expect.stringContaining('approve the plan'),
      seq: 6,
    })
  })

  test('a running one counts who works and what the others wait for', () => {
    const events = make(...planned, [21, 'subtask.started', {}, 'a'])
    expect(say({ status: 'running', phase: 'working' }, events).text).toBe(
      'Redis store is at work; 1 waits for what it depends on.',
    )
  })

  test('one at a limit says what the server says', () => {
    const error = 'The usage limit is reached until 14:00.'
    expect(say({ status: 'running', phase: 'waiting', error }, make(...planned)).text).toBe(error)
  })

  test('a completed one says how much of the time it waited for the person', () => {
    const events = make(...planned, [80, 'task.completed'])
    expect(say({ status: 'completed', phase: null }, events)).toEqual({
      text: 'Done after 1 min, 9 s of it waiting for you.',
      seq: 8,
    })
  })
})

describe('what part of time is shown', () => {
  const whole = { from: 0, to: 100_000 }
  test('stays inside, and is never shorter than a second', () => {
    expect(clampWindow({ from: -50, to: 10_000 }, whole)).toEqual({ from: 0, to: 10_050 })
    expect(clampWindow({ from: 99_999, to: 100_500 }, whole)).toEqual({ from: 99_000, to: 100_000 })
    expect(clampWindow({ from: 0, to: 1e9 }, whole)).toEqual(whole)
  })

  test('zooming keeps the moment it is done at', () => {
    expect(zoom(whole, 0.5, { around: 20_000, whole })).toEqual({ from: 10_000, to: 60_000 })
    expect(pan({ from: 10_000, to: 60_000 }, 1, whole)).toEqual({ from: 50_000, to: 100_000 })
  })

  test('ticks are round times, and not too many', () => {
    expect(ticks({ from: 1500, to: 11_000 }, 6)).toEqual([2000, 4000, 6000, 8000, 10_000])
    expect(ticks({ from: 0, to: 864e5 * 40 }, 6).length).toBeLessThanOrEqual(6)
  })
})

describe('the list of events', () => {
  /** A log as the server keeps it. */
  const log = Array.from({ length: 1000 }, (_, index) => index + 1)
  const all = make(
    ...log.map((seq): Short => [seq, seq % 10 === 0 ? 'message.sent' : 'agent.activity']),
  )
  const read: EventRead = async (query) => {
    const found = all.filter(
      ({ seq, type }) =>
        (query.types.length === 0 || query.types.includes(type)) &&
        (query.order === 'asc'
          ? seq > query.after
          : seq < (query.before ?? Number.MAX_SAFE_INTEGER)),
    )
    const ordered = query.order === 'asc' ? found : found.toReversed()
    return { events: ordered.slice(0, query.limit), more: ordered.length > query.limit }
  }
  const seqs = ({ events }: EventWindow): number[] => events.map(({ seq }) => seq)

  test('begins with the newest, and comes to the first without a hole', async () => {
    let window = await openEventWindow(read, [])
    expect(window).toMatchObject({ hasOlder: true, hasNewer: false })
    while (window.hasOlder) window = await addOlder(read, [], window)
    expect(seqs(window)).toEqual(log.toReversed())
  })

  test('begins around the event that a link names, and grows at both ends', async () => {
    let window = await openEventWindow(read, [], 400)
    expect(seqs(window)).toContain(400)
    expect(window).toMatchObject({ hasOlder: true, hasNewer: true })
    while (window.hasNewer) window = await addNewer(read, [], window)
    while (window.hasOlder) window = await addOlder(read, [], window)
    expect(seqs(window)).toEqual(log.toReversed())
  })

  test('of one kind has those only, and what comes later is put in front', async () => {
    const types = ['message.sent'] as const
    const window = await openEventWindow(read, types, 505)
    expect(seqs(window).every((seq) => seq % 10 === 0)).toBe(true)
    const later = await addNewer(read, types, { events: [], hasOlder: false, hasNewer: false })
    expect(seqs(later)[0]).toBe(1000)
    expect(await addNewer(read, types, later)).toEqual(later)
  })

  test('what bars are made from is read once, then only what is new', async () => {
    const asked: number[] = []
    const readStructure = createStructureReader(() => async (query) => {
      if (query.order === 'asc') asked.push(query.after)
      return await read({ ...query, types: ['message.sent'], limit: 40 })
    })
    const first = await readStructure('t')
    expect(first.map(({ seq }) => seq)).toEqual(log.filter((seq) => seq % 10 === 0))
    expect(await readStructure('t')).toEqual(first)
    expect(asked).toEqual([0, 400, 800, 1000])
  })
})

test('a log that only grows forgets its oldest events, and reads them again when they are wanted', () => {
  const whole: EventWindow = { events: [], hasOlder: false, hasNewer: false }
  expect(keepNewest(whole, 2)).toBe(whole)
  const events = [3, 2, 1].map((seq) => ({ seq })) as unknown as EventWindow['events']
  expect(keepNewest({ ...whole, events }, 2)).toEqual({
    events: events.slice(0, 2),
    hasOlder: true,
    hasNewer: false,
  })
})

describe('marks on one row', () => {
  test('keep to their places while they do not touch', () => {
    expect(spread([0, 30, 100], 24, 200)).toEqual([0, 30, 100])
  })

  test('move aside instead of covering each other, in their order and inside the picture', () => {
    expect(spread([90, 92, 10], 24, 100)).toEqual([52, 76, 10])
    const places = spread([5, 5, 5, 5], 24, 400).toSorted((a, b) => a - b)
    expect(places).toEqual([5, 29, 53, 77])
  })
})

describe('what happened', () => {
  const names = new Map([['store', 'Redis store']])

  test('tells what was asked to be allowed, what a person said, and a new name', () => {
    const events = make(
      [0, 'permission.asked', { tool: 'Bash' }, 'store'],
      [1, 'permission.answered', { tool: 'Bash', decision: 'allow', scope: 'task' }, 'store'],
      [2, 'permission.answered', { tool: 'Bash', decision: 'deny', message: 'not here' }, 'store'],
      [3, 'task.renamed', { from: 'Old', to: 'New' }],
    )
    expect(kindTypes.main).toEqual(expect.arrayContaining(events.map(({ type }) => type)))
    expect(
      events.map((event) => `${actorOf(event, names)}: ${describeEvent(event, names)}`),
    ).toEqual([
      'Redis store: Redis store asks for permission: Bash',
      'You: Permission answered, Redis store: Bash allowed for this task',
      'You: Permission answered, Redis store: Bash denied, not here',
      'You: Renamed: New',
    ])
  })

  test('tells who sent a message, and to whom', () => {
    const message = (from: string, to: string | null, type: string): Short => [
      ...([0, 'message.sent'] as const),
      { message_id: 1, from, to, msg_type: type },
    ]
    const events = make(
      message('user', null, 'message'),
      message('user', 'store', 'message'),
      message('manager', 'store', 'directive'),
      message('store', null, 'context'),
      message('orchestrator', null, 'system'),
    )
    expect(
      events.map((event) => `${actorOf(event, names)}: ${describeEvent(event, names)}`),
    ).toEqual([
      'You: Message from you to everybody',
      'You: Message from you to Redis store',
      'Manager: Directive from Manager to Redis store',
      'Redis store: Report from Redis store',
      'Klaudio: Signal from Klaudio',
    ])
  })

  test.each([
    ['Redis store done and merged', 'Redis store', 'Done and merged'],
    [
      'An agent asks for permission, Redis store: Bash',
      'Redis store',
      'An agent asks for permission: Bash',
    ],
    ['Message from you to Redis store', 'You', 'Message to Redis store'],
    [
      'Klaudio restarted and took the task up again',
      'Klaudio',
      'Restarted and took the task up again',
    ],
    ['Plan approved', 'You', 'Plan approved'],
  ])('says who did it once: %s', (text, actor, said) => {
    expect(withoutActor(text, actor)).toBe(said)
  })
})
