/** Follows a task until it ends, whoever ends it, through restarts of the server. */
import { exitCodes } from '#cli/exit-codes.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { LiveRequest } from '#contract/socket.ts'
import type { Task } from '#contract/task.ts'
import { type Call, isSet, numberOf, wordOf } from './call.ts'
import { findTask, taskPath } from './find.ts'
import { type Frame, followLive, isPassing } from './live.ts'
import { createPrompter, type Prompter } from './prompter.ts'
import { toSafeJson } from './safe-text.ts'
import { judgeTask, type Waits } from './verdict.ts'
import { createReport, type Report } from './watch-report.ts'

export async function watchTask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const after = numberOf(call, 'after') ?? 0
  const report = createReport(call, isSet(call, 'json') ? 'events' : 'lines')
  return await watch(call, task.id, { after, report, isPatient: true })
}

/** The end of a command that changed something: what it did or, with `--wait`, how the task ends. */
export async function finishOrWatch(
  call: Call,
  { id }: Pick<Task, 'id'>,
  say: () => Promise<void>,
): Promise<number> {
  if (!isSet(call, 'wait')) {
    await say()
    return exitCodes.ok
  }
  const isJson = isSet(call, 'json')
  if (!isJson) await say()
  const report = createReport(call, isJson ? 'nothing' : 'lines')
  const exitCode = await watch(call, id, { report, isPatient: false })
  if (isJson) {
    const ended = await call.api.get<Task>(taskPath({ id }))
    await call.terminal.write(`${toSafeJson(ended, 2)}\n`)
  }
  return exitCode
}

type Options = {
  /** The last event seen; when absent, only what happens from here on is of interest. */
  after?: number
  report: Report
  /** Goes on while the task waits for a person who cannot be asked here: they may answer elsewhere. */
  isPatient: boolean
}

async function watch(call: Call, id: string, options: Options): Promise<number> {
  const { api, terminal } = call
  const stop = new AbortController()
  const prompter = createPrompter(call)
  const watcher = createWatcher(call, id, { ...options, prompter })
  const frames = followLive({
    api,
    request: watcher.request,
    check: () => api.get(taskPath({ id })),
    signal: AbortSignal.any([terminal.signal, stop.signal]),
    onLost: () => terminal.note('The connection is lost; trying again.'),
    onBack: () => terminal.note('Connected again.'),
  })
  let next = frames.next()
  try {
    for (;;) {
      const got = await Promise.race([next, ...prompter.pending()])
      if (got === 'asked') continue
      if (got.done) return exitCodes.failed
      next = frames.next()
      const exitCode = await watcher.take(got.value)
      if (exitCode !== undefined) return exitCode
    }
  } finally {
    await prompter.cancel()
    stop.abort()
    await next.catch(() => {})
  }
}

type EventPage = { events: TaskEvent[]; last: number; more: boolean }

function createWatcher(
  call: Call,
  id: string,
  { after, report, isPatient, prompter }: Options & { prompter: Prompter },
): { request: () => LiveRequest; take: (frame: Frame) => Promise<number | undefined> } {
  let last = after
  /** What is stored has been told; from here on it is news. */
  let isLive = false

  /** The row is ahead of the events that are still on their way: what led to the end is told before it. */
  const tellTheRest = async (): Promise<void> => {
    if (last === undefined) return
    for (let more = true; more; ) {
      const page: EventPage = await call.api.get<EventPage>(`${taskPath({ id })}/events`, {
        after: last,
      })
      for (const event of page.events) await report.event(event, { isLive, isHeld: false })
      last = page.last
      more = page.more
    }
  }
  const wait = async (task: Task, waits: Waits): Promise<number | undefined> => {
    if (call.terminal.canAsk && !isSet(call, 'no-input')) {
      await prompter.ask(task, waits)
      return undefined
    }
    await report.waits(task, waits)
    return isPatient && !isSet(call, 'no-input') ? undefined : exitCodes.needsYou
  }
  /** The exit code when there is nothing more to wait for. */
  const look = async (): Promise<number | undefined> => {
    const task = await call.api.get<Task>(taskPath({ id }))
    const verdict = judgeTask(task)
    if (verdict.kind === 'waits') return await wait(task, verdict.for)
    await prompter.cancel()
    if (verdict.kind === 'going') return undefined
    await tellTheRest()
    await report.end(task)
    return verdict.exitCode
  }
  /** A server that went away meanwhile is looked at again when it is back. */
  const lookIfThere = (): Promise<number | undefined> =>
    look().catch((error) => {
      if (isPassing(error)) return undefined
      throw error
    })
  return {
    request: () =>
      last === undefined
        ? { type: 'events', task: id, after: 0, from_now: true }
        : { type: 'events', task: id, after: last },
    async take(frame) {
      if (frame.type === 'event') {
        last = frame.event.seq
        await report.event(frame.event, { isLive, isHeld: prompter.isAsking() })
        return isLive && changesHowItStands(frame.event.type) ? await lookIfThere() : undefined
      }
      const isStart = frame.type === 'events_live' || (frame.type === 'hello' && last === undefined)
      if (!isStart) return undefined
      isLive = true
      return await lookIfThere()
    },
  }
}

const changesHowItStands = (type: string): boolean =>
  type.startsWith('task.') || type.startsWith('plan') || type.startsWith('question.')
