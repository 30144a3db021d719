/** An answer as server-sent events, in the order and the pieces of the Messages API, at the story's speed. */
import type { Answer, AnswerBlock } from './answer.ts'

export type Timing = {
  /** Resolves after `ms`, or rejects when the client is gone. */
  sleep(ms: number): Promise<void>
}

/** Thrown inside the stream to break the connection without an end. */
export class ConnectionCut extends Error {}

/** Characters in one delta: what a person can watch, or what is quickly done. */
const pieceLength = { watched: 24, quick: 160 }
const pingEveryMs = 10_000

export async function* toEvents(answer: Answer, timing: Timing): AsyncGenerator<string> {
  const { trouble } = answer
  yield event('message_start', {
    message: {
      ...toMessage(answer),
      content: [],
      stop_reason: null,
      usage: { ...answer.usage, output_tokens: 1 },
    },
  })
  yield event('ping', {})
  yield* silence(answer.waitMs, timing)
  if (trouble?.kind === 'hang') yield* silence(Number.POSITIVE_INFINITY, timing)
  for (const [index, block] of answer.blocks.entries()) {
    const broken = breaksAt(answer, index)
    yield* toBlockEvents(block, index, broken ? 1 : Number.POSITIVE_INFINITY, answer, timing)
    if (broken?.kind === 'cut') await cutOff(timing)
    if (broken?.kind === 'stream-error') {
      yield event('error', { error: { type: broken.error, message: 'Overloaded' } })
      return
    }
    yield event('content_block_stop', { index })
  }
  if (trouble?.kind === 'cut') await cutOff(timing)
  yield event('message_delta', {
    delta: { stop_reason: answer.stopReason, stop_sequence: null },
    usage: answer.usage,
  })
  yield event('message_stop', {})
}

/** What was said before is given the time to leave, or it would be lost with the connection. */
async function cutOff(timing: Timing): Promise<never> {
  await timing.sleep(50)
  throw new ConnectionCut('as the story says')
}

function breaksAt({ trouble }: Answer, index: number) {
  const breaks = trouble?.kind === 'cut' || trouble?.kind === 'stream-error'
  return breaks && trouble.afterBlocks === index ? trouble : undefined
}

/** The whole message, for `stream: false`. */
export function toMessage(answer: Answer): Record<string, unknown> {
  return {
    id: answer.id,
    type: 'message',
    role: 'assistant',
    model: answer.model,
    content: answer.blocks,
    stop_reason: answer.stopReason,
    stop_sequence: null,
    usage: { ...answer.usage, service_tier: 'standard' },
  }
}

async function* toBlockEvents(
  block: AnswerBlock,
  index: number,
  maxPieces: number,
  answer: Answer,
  timing: Timing,
): AsyncGenerator<string> {
  const delta = (value: Record<string, unknown>) =>
    event('content_block_delta', { index, delta: value })
  yield event('content_block_start', { index, content_block: emptyBlock(block) })
  const { type, key, text } = streamed(block)
  if (block.type === 'tool_use') yield delta({ type, [key]: '' })
  let pieces = 0
  for (const piece of cutUp(
    text,
    answer.charsPerSecond ? pieceLength.watched : pieceLength.quick,
  )) {
    if (pieces++ >= maxPieces) return
    if (answer.charsPerSecond) await timing.sleep((piece.length / answer.charsPerSecond) * 1000)
    yield delta({ type, [key]: piece })
  }
  if (block.type === 'thinking' && pieces < maxPieces)
    yield delta({ type: 'signature_delta', signature: block.signature })
}

function emptyBlock(block: AnswerBlock): AnswerBlock {
  if (block.type === 'text') return { type: 'text', text: '' }
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' }
  return { ...block, input: {} }
}

function streamed(block: AnswerBlock): { type: string; key: string; text: string } {
  if (block.type === 'text') return { type: 'text_delta', key: 'text', text: block.text }
  if (block.type === 'thinking')
    return { type: 'thinking_delta', key: 'thinking', text: block.thinking }
  return { type: 'input_json_delta', key: 'partial_json', text: JSON.stringify(block.input) }
}

/** Pieces of whole characters. */
function* cutUp(text: string, length: number): Generator<string> {
  let piece = ''
  for (const character of text) {
    piece += character
    if (piece.length < length) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}

/** The API pings while nothing else happens. */
async function* silence(ms: number, timing: Timing): AsyncGenerator<string> {
  let left = ms
  while (left > 0) {
    const pause = Math.min(left, pingEveryMs)
    await timing.sleep(pause)
    left -= pause
    if (left > 0) yield event('ping', {})
  }
}

function event(type: string, data: Record<string, unknown>): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`
}
