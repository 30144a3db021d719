/** A step of a story -> the message the API would send: content blocks, stop reason, token counts. */
import { type ModelRequest, withPlace } from './request.ts'
import type { Part, Parts, Step, Trouble } from './story.ts'

export type AnswerBlock =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }

export type TokenUsage = {
  input_tokens: number
  cache_creation_input_tokens: number
  cache_read_input_tokens: number
  output_tokens: number
}

export type Answer = {
  id: string
  model: string
  blocks: AnswerBlock[]
  stopReason: 'end_turn' | 'tool_use' | 'max_tokens' | 'refusal'
  usage: TokenUsage
  waitMs: number
  charsPerSecond?: number
  trouble?: Trouble
}

/** A story said something that the API could not have said. Shown to the CLI as an invalid request, so that a test sees it. */
export class StoryError extends Error {}

const over: Part = { type: 'text', text: 'That is done; there is nothing left for me to do here.' }

/** What a step says, without what arrived before its stream was cut off. */
export function toParts(steps: Step[], request: ModelRequest): Part[] {
  const step = steps[request.step]
  const parts: Parts = typeof step === 'function' ? step(request) : (step ?? over)
  const all = Array.isArray(parts) ? parts : [parts]
  const { words, calls } = request.arrived
  if (words.length === 0 && calls === 0) return all
  const missing = new Set(all.filter((part) => part.type === 'tool').slice(calls))
  const left = all.filter((part) =>
    isWords(part) ? !words.includes(part.text) : part.type !== 'tool' || missing.has(part),
  )
  return left.some((part) => isWords(part) || part.type === 'tool') ? left : [...left, over]
}

const isWords = (part: Part): part is Extract<Part, { text: string }> =>
  part.type === 'text' || part.type === 'thinking'

export function toAnswer(
  parts: Part[],
  request: ModelRequest,
  options: { prompt: Omit<TokenUsage, 'output_tokens'>; newId: (prefix: string) => string },
): Answer {
  const blocks = numberCalls(orderBlocks(parts.flatMap((part) => toBlock(part, options.newId))))
  const trouble = parts.find((part) => part.type === 'trouble')
  const isForEver = trouble?.kind === 'usage-limit' || trouble?.times === Number.POSITIVE_INFINITY
  if (blocks.length === 0 && !isForEver)
    throw new StoryError('A step must say something or call a tool.')
  checkTools(blocks, request)
  const told = parts.find((part) => part.type === 'usage')
  const pace = parts.findLast((part) => part.type === 'speed')
  return {
    id: options.newId('msg'),
    model: request.model,
    blocks,
    stopReason: stopReason(parts, blocks),
    usage: {
      ...options.prompt,
      ...(told?.inputTokens !== undefined && { input_tokens: told.inputTokens }),
      output_tokens: told?.outputTokens ?? Math.max(1, countTokens(JSON.stringify(blocks))),
    },
    waitMs: parts.reduce((total, part) => total + (part.type === 'wait' ? part.ms : 0), 0),
    ...(pace && { charsPerSecond: pace.charsPerSecond }),
    ...(trouble && { trouble }),
  }
}

/** About four characters a token, as for English and code. */
export const countTokens = (text: string): number => Math.ceil(text.length / 4)

function toBlock(part: Part, newId: (prefix: string) => string): AnswerBlock[] {
  switch (part.type) {
    case 'text':
      if (part.text.trim() === '') throw new StoryError('A text must not be empty.')
      return [{ type: 'text', text: part.text }]
    case 'thinking':
      return [
        { type: 'thinking', thinking: part.text, signature: btoa(`signed ${part.text.length}`) },
      ]
    case 'tool':
      return [{ type: 'tool_use', id: newId('toolu'), name: part.name, input: part.input }]
    default:
      return []
  }
}

/** A model thinks before it speaks, and nothing follows its tool calls. */
function orderBlocks(blocks: AnswerBlock[]): AnswerBlock[] {
  const rank = { thinking: 0, text: 1, tool_use: 2 }
  for (const [at, block] of blocks.entries()) {
    const before = blocks[at - 1]
    if (before && rank[before.type] > rank[block.type])
      throw new StoryError(`A ${block.type} cannot follow a ${before.type} in one answer.`)
  }
  return blocks
}

/** So that an answer of which only some calls arrived can be told from a whole one. */
function numberCalls(blocks: AnswerBlock[]): AnswerBlock[] {
  const calls = blocks.filter((block) => block.type === 'tool_use')
  for (const [at, call] of calls.entries()) call.id = withPlace(call.id, at + 1, calls.length)
  return blocks
}

function checkTools(blocks: AnswerBlock[], request: ModelRequest): void {
  for (const block of blocks)
    if (block.type === 'tool_use' && !request.tools.includes(block.name))
      throw new StoryError(
        `${request.agent} calls ${block.name}, but has only ${request.tools.join(', ') || 'no tools'}.`,
      )
}

function stopReason(parts: Part[], blocks: AnswerBlock[]): Answer['stopReason'] {
  const told = parts.find((part) => part.type === 'stop')
  if (told) return told.reason
  return blocks.some((block) => block.type === 'tool_use') ? 'tool_use' : 'end_turn'
}
