/**
 * A Messages API request as stories see it. Read liberally: the CLI sends `role: "system"` messages between the others,
 * puts reminders of its own into user messages and merges what follows an interrupt into one message.
 */
import * as v from 'valibot'
import { readSummary } from './summary.ts'

const Block = v.looseObject({
  type: v.string(),
  text: v.optional(v.string()),
  thinking: v.optional(v.string()),
  id: v.optional(v.string()),
  name: v.optional(v.string()),
  input: v.optional(v.unknown()),
  tool_use_id: v.optional(v.string()),
  is_error: v.optional(v.boolean()),
  content: v.optional(v.unknown()),
})
const content = v.union([v.string(), v.array(Block)])
export type Block = v.InferOutput<typeof Block>

export const MessagesBody = v.looseObject({
  model: v.pipe(v.string(), v.nonEmpty()),
  max_tokens: v.optional(v.number()),
  stream: v.optional(v.boolean(), false),
  messages: v.pipe(
    v.array(v.looseObject({ role: v.picklist(['user', 'assistant', 'system']), content })),
    v.minLength(1),
  ),
  system: v.optional(v.union([v.string(), v.array(Block)])),
  tools: v.optional(
    v.array(v.looseObject({ name: v.string(), input_schema: v.optional(v.unknown()) })),
    [],
  ),
  metadata: v.optional(v.looseObject({ user_id: v.optional(v.string()) })),
})
export type MessagesBody = v.InferOutput<typeof MessagesBody>
export type Message = MessagesBody['messages'][number]

/** A tool call of the story and what came of it in the container. */
export type ToolOutcome = {
  name: string
  input: Record<string, unknown>
  text: string
  isError: boolean
}

export type ModelRequest = {
  kind: 'answer' | 'compaction'
  /** `planner`, a subtask id, or `unknown`. */
  agent: string
  model: string
  sessionId: string
  /** What the last person or program asked, without the CLI's own additions. */
  prompt: string
  /** 1 for the first prompt of the conversation. */
  round: number
  /** Whole answers after the prompt: the place in the story. It survives a resume, a fork and a new container. */
  step: number
  /** What has arrived of this step's answer when its stream was cut off after a finished block. */
  arrived: { words: string[]; calls: number }
  /** Tool calls since the prompt, oldest first. */
  results: ToolOutcome[]
  /** Messages that came while the agent worked, and that no answer has followed yet. */
  steering: string[]
  /** Tools the model may call. */
  tools: string[]
  /** Path of the request up to `/v1/`, for servers that are told apart by it. */
  path: string
  body: MessagesBody
}

export const plannerAgent = 'planner'
export const unknownAgent = 'unknown'

const compaction = /^CRITICAL: Respond with TEXT ONLY\./
/** What the CLI says after an answer whose stream broke behind a finished block. The answer is not over. */
const cutOff = /^Your response above was (cut off|stopped)/
/** What it says after a resume. It kept the words of an answer whose tool calls never ran, and left out the calls. */
const resumed = /^Continue from where you left off\.?$/
/** What the server says to a CLI that took a turn for complete after a resume: the last answer is to be given again. */
const replaced = /^Your container was replaced\b/
/** What it gives as the result of a call that went down with its container: nobody knows whether it was done, so it is asked for again. */
const interruptedCall = /^\[Tool call interrupted: the session ended\b/
const interruptedTurn = /^\[Request interrupted by user/
/** Words of the CLI and the server in user messages. They are no prompt and start nothing new. */
const ownWords = [
  /^<system-reminder>/,
  interruptedTurn,
  cutOff,
  /^Output token limit hit/,
  /^\[structured-output-enforce\]/,
  resumed,
  replaced,
  /^Stop hook feedback/,
  compaction,
]
/** What a compaction leaves of a conversation. */
const summary = /^This session is being continued from a previous conversation/
const steering =
  /^The user sent a new message while you were working:\n([\s\S]*?)(?:\n\nThis is how Claude Code surfaces|$)/

type Place = { round: number; step: number; prompt: string; agent?: string; start: number }

export function toModelRequest(
  body: MessagesBody,
  origin: { sessionId: string; path: string },
): ModelRequest {
  const place = findPlace(body.messages)
  const since = withoutInterrupted(body.messages.slice(place.start + 1))
  const answers = toAnswers(since, place.prompt)
  const lastTexts = userTexts(body.messages.findLast((message) => message.role === 'user'))
  return {
    kind: lastTexts.some((text) => compaction.test(text)) ? 'compaction' : 'answer',
    agent: findAgent(body, place.agent),
    model: body.model,
    prompt: place.prompt,
    round: place.round,
    step: place.step + answers.filter((answer) => !answer.isCut).length,
    arrived: toArrived(answers.slice(answers.findLastIndex((answer) => !answer.isCut) + 1)),
    results: toOutcomes(since),
    steering: findSteering(since),
    tools: body.tools.map((tool) => tool.name),
    body,
    ...origin,
  }
}

/** The newest prompt, or the summary that stands for it, and how many there were. */
function findPlace(messages: Message[]): Place {
  let place: Place = { round: 0, step: 0, prompt: '', start: -1 }
  for (const [start, message] of messages.entries()) {
    if (message.role !== 'user') continue
    const texts = userTexts(message)
    const carried = texts.find((text) => summary.test(text))
    if (carried !== undefined) place = fromSummary(carried, start)
    // The CLI puts a newline behind a text when it adds one of its own.
    const prompt = texts
      .filter((text) => !isOwnWords(text))
      .map((text) => text.trimEnd())
      .join('\n')
    if (prompt === '' || isRepeated(messages.slice(place.start + 1, start + 1), { place, prompt }))
      continue
    place = { ...place, round: place.round + 1, step: 0, prompt, start }
  }
  return place
}

/**
 * A CLI that was killed again while it resumed can take the prompt of its open turn a second time, although it has the same uuid: no
 * new prompt. One that follows a finished answer or an interrupt of the person is one.
 */
function isRepeated(
  /** Up to the message that has it: the CLI merges what it says of an interrupt with what comes next. */
  since: Message[],
  { place, prompt }: { place: Place; prompt: string },
): boolean {
  if (prompt !== place.prompt) return false
  const answers = toAnswers(since.slice(0, -1), prompt)
  const isInterrupted = since
    .flatMap(userTexts)
    .some((text) => interruptedTurn.test(text.trimStart()))
  return !isInterrupted && answers.every((answer) => hasCalls(answer) || isFiller(answer))
}

function fromSummary(text: string, start: number): Place {
  return { round: 1, step: 0, prompt: text, ...readSummary(text), start }
}

const isOwnWords = (text: string) =>
  summary.test(text) || ownWords.some((pattern) => pattern.test(text.trimStart()))

function userTexts(message: Message | undefined): string[] {
  if (!message) return []
  if (typeof message.content === 'string') return [message.content]
  return message.content.flatMap((block) =>
    block.type === 'text' && block.text ? [block.text] : [],
  )
}

/** The planner is the one who must answer in a structure; workers carry their subtask's id in their prompt. */
function findAgent(body: MessagesBody, carried: string | undefined): string {
  if (body.tools.some((tool) => tool.name === 'StructuredOutput')) return plannerAgent
  for (const message of body.messages.toReversed()) {
    if (message.role !== 'user') continue
    for (const text of userTexts(message)) {
      const [, id] = /^Subtask: ([a-z0-9-]{1,40})\s*$/m.exec(text) ?? []
      if (id !== undefined) return id
    }
  }
  return carried ?? unknownAgent
}

/** The messages without the calls whose container died under them: an answer that held one is not over. */
function withoutInterrupted(messages: Message[]): Message[] {
  const interrupted = new Set(
    messages.flatMap(({ content }) =>
      typeof content === 'string'
        ? []
        : content.flatMap(({ tool_use_id, content: result }) =>
            tool_use_id && interruptedCall.test(toText(result)) ? [tool_use_id] : [],
          ),
    ),
  )
  if (interrupted.size === 0) return messages
  return messages.map((message) =>
    typeof message.content === 'string'
      ? message
      : {
          ...message,
          content: message.content.map((block) =>
            block.id && interrupted.has(block.id) ? { type: interruptedType } : block,
          ),
        },
  )
}
/** Stands where an interrupted call was. */
const interruptedType = 'interrupted'

type GivenAnswer = { blocks: Block[]; isCut: boolean }

/** One answer may come back as several messages in a row; they are one. */
function toAnswers(messages: Message[], prompt: string): GivenAnswer[] {
  const turns = messages.filter((message) => message.role !== 'system')
  const answers: GivenAnswer[] = []
  for (const [at, message] of turns.entries()) {
    const last = answers.at(-1)
    if (message.role !== 'assistant') {
      if (last) takeWords(last, userTexts(message), prompt)
    } else if (last && turns[at - 1]?.role === 'assistant') last.blocks.push(...toBlocks(message))
    else answers.push({ blocks: toBlocks(message), isCut: false })
  }
  return answers.map((answer) => ({
    ...answer,
    isCut: answer.isCut || lacksCalls(answer) || lostCalls(answer),
  }))
}

const lostCalls = ({ blocks }: GivenAnswer): boolean =>
  blocks.some(({ type }) => type === interruptedType)

/** What user messages behind an answer say about it. */
function takeWords(answer: GivenAnswer, texts: string[], prompt: string): void {
  const isSaid = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text.trim()))
  if (isSaid(cutOff) || (isSaid(resumed) && !hasCalls(answer))) answer.isCut = true
  const isAskedAgain = isSaid(replaced) || texts.some((text) => text.trimEnd() === prompt)
  if (isAskedAgain && !hasWork(answer)) Object.assign(answer, { blocks: [], isCut: true })
}

/** What a resumed CLI puts where an answer is missing. */
const isFiller = ({ blocks }: GivenAnswer): boolean =>
  blocks.every(({ text }) => text === 'No response requested.')

const toBlocks = ({ content }: Message): Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content

const hasCalls = ({ blocks }: GivenAnswer): boolean =>
  blocks.some(({ type }) => type === 'tool_use')

/** A structured answer is the end of a turn, not a step on the way. */
const hasWork = ({ blocks }: GivenAnswer): boolean =>
  blocks.some(({ type, name }) => type === 'tool_use' && name !== 'StructuredOutput')

/** The CLI runs the calls that arrived before a stream broke and says nothing of the others: their ids tell. */
function lacksCalls({ blocks }: GivenAnswer): boolean {
  const places = blocks.flatMap(({ type, id = '' }) => (type === 'tool_use' ? readPlace(id) : []))
  return places.length > 0 && places.every(({ at, of }) => at < of)
}

/** The id of a tool call with its place among the calls of its answer, from 1. */
export const withPlace = (id: string, at: number, of: number): string => `${id}_${at}of${of}`

function readPlace(id: string): { at: number; of: number }[] {
  const [, at, of] = /_(\d+)of(\d+)$/.exec(id) ?? []
  return at === undefined ? [] : [{ at: Number(at), of: Number(of) }]
}

function toArrived(answers: GivenAnswer[]): ModelRequest['arrived'] {
  const blocks = answers.flatMap((answer) => answer.blocks)
  return {
    words: blocks.flatMap(({ text, thinking }) => text ?? thinking ?? []),
    calls: blocks.filter(({ type }) => type === 'tool_use').length,
  }
}

function toOutcomes(messages: Message[]): ToolOutcome[] {
  const blocks = messages.flatMap((message) =>
    typeof message.content === 'string' ? [] : message.content,
  )
  const results = new Map(
    blocks.flatMap((block) => (block.tool_use_id ? [[block.tool_use_id, block] as const] : [])),
  )
  return blocks.flatMap((block) => {
    const result = block.type === 'tool_use' && block.id ? results.get(block.id) : undefined
    if (!result) return []
    return [
      {
        name: block.name ?? '',
        input: isRecord(block.input) ? block.input : {},
        text: toText(result.content),
        isError: result.is_error ?? false,
      },
    ]
  })
}

function findSteering(messages: Message[]): string[] {
  const lastAnswer = messages.findLastIndex((message) => message.role === 'assistant')
  return messages
    .slice(lastAnswer + 1)
    .filter((message) => message.role === 'system')
    .flatMap((message) => steering.exec(toText(message.content))?.[1] ?? [])
}

export function toText(value: unknown): string {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return ''
  return value
    .map((block) => (isRecord(block) && typeof block.text === 'string' ? block.text : ''))
    .join('')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
