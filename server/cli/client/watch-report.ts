/** What a person or a program sees of a task that is watched. */
import type { TaskEvent } from '#contract/event.ts'
import type { Task } from '#contract/task.ts'
import type { Call } from './call.ts'
import { toEventLine } from './event-line.ts'
import { glyphs } from './paint.ts'
import { toSafeJson, toSafeLine } from './safe-text.ts'
import { cutText, wrapText } from './table.ts'
import type { Waits } from './verdict.ts'
import { formatMoney, progressOf, shortId, taskStatus } from './words.ts'

export type Report = {
  event(event: TaskEvent, now: { isLive: boolean; isHeld: boolean }): Promise<void>
  waits(task: Task, waits: Waits): Promise<void>
  end(task: Task): Promise<void>
}

/** `events`: one event of the API per line, as it came. */
export function createReport(call: Call, shows: 'lines' | 'events' | 'nothing'): Report {
  const { terminal, paint } = call
  /** Lines that wait while a person is typing. */
  let held: string[] = []
  let told = ''

  const write = async (lines: readonly string[]): Promise<void> => {
    const all = [...held, ...lines]
    held = []
    if (all.length > 0) await terminal.write(`${all.join('\n')}\n`)
  }
  return {
    async event(event, { isLive, isHeld }) {
      if (shows === 'events') await terminal.write(`${toSafeJson(event)}\n`)
      const line = shows === 'lines' ? toLine(call, event, isLive) : undefined
      if (line === undefined) return
      if (isHeld) held.push(line)
      else await write([line])
    },
    async waits(task, waits) {
      const sentence = `${sentences[waits]} klaudio task ${verbs[waits]} ${shortId(task.id)}`
      if (sentence === told) return
      told = sentence
      terminal.note(sentence)
    },
    async end(task) {
      if (shows !== 'lines') return
      const { state, text } = taskStatus(task)
      const facts = [progressOf(task), formatMoney(task.cost_usd), task.branch].filter(Boolean)
      const why = task.error ? wrapText(toSafeLine(task.error), terminal.columns) : []
      await write([
        `${paint.state(state, text)}  ${toSafeLine(task.name)}  ${paint.dim(facts.join(', '))}`,
        ...why,
      ])
    },
  }
}

const sentences = {
  start: 'The task is a draft. To start it:',
  answers: 'The planner waits for answers. To give them:',
  approval: 'The plan waits for your approval. To give it:',
} as const satisfies Record<Waits, string>

const verbs = { start: 'start', answers: 'answer', approval: 'approve' } as const satisfies Record<
  Waits,
  string
>

/** Undefined when it goes without saying. */
function toLine({ terminal, paint }: Call, event: TaskEvent, isLive: boolean): string | undefined {
  const shown = toEventLine(event)
  if (!shown || (shown.isPassing && !isLive)) return undefined
  const { state, text, isPassing } = shown
  const room = terminal.columns === undefined ? undefined : terminal.columns - clockWidth
  const words = isPassing ? paint.dim(room === undefined ? text : cutText(text, room)) : text
  return `${paint.dim(clock(event))}  ${paint.state(state, glyphs[state])} ${words}`
}

/** Of the time, the glyph and the spaces around them. */
const clockWidth = 12

/** In the time of whoever reads it. */
function clock({ created_at: at }: TaskEvent): string {
  const date = new Date(at)
  const two = (value: number): string => String(value).padStart(2, '0')
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
}
