/**
 * A Messages API request as stories see it. Read liberally: the CLI sends `role: "system"` messages between the others,
 * puts reminders of its own into user messages and merges what follows an interrupt into one message.
 */
import * as v from 'valibot'
import { readSummary } from './summary.ts'

const Block = v.looseObject({
  type: v.string(),
  text: v.optional(v.string()),
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
  /** Assistant messages after the prompt: the place in the story. It survives a resume, a fork and a new container. */
  step: number
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
/** The CLI's own words in user messages. They are no prompt and start nothing new. */
const ownWords = [
  /^<system-reminder>/,
  /^\[Request interrupted by user/,
  /^Your response above was (cut off|stopped)/,
  /^Output token limit hit/,
  /^\[structured-output-enforce\]/,
  /^Continue from where you left off\.?$/,
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
  const since = body.messages.slice(place.start + 1)
  const lastTexts = userTexts(body.messages.findLast((message) => message.role === 'user'))
  return {
    kind: lastTexts.some((text) => compaction.test(text)) ? 'compaction' : 'answer',
    agent: findAgent(body, place.agent),
    model: body.model,
    prompt: place.prompt,
    round: place.round,
    step: place.step + countAnswers(since),
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
    if (prompt !== '') place = { ...place, round: place.round + 1, step: 0, prompt, start }
  }
  return place
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

/** One answer may come back as several messages in a row; they count once. */
function countAnswers(messages: Message[]): number {
  const turns = messages.filter((message) => message.role !== 'system')
  return turns.filter(
    (message, at) => message.role === 'assistant' && turns[at - 1]?.role !== 'assistant',
  ).length
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
