/** What the API refuses in a conversation; a transcript broken by a crash would show here. */
import type { Block, MessagesBody } from './request.ts'

type Turn = { role: 'user' | 'assistant'; blocks: Block[] }

/** The API's own sentence, or `undefined` for a good request. */
export function findFault(body: MessagesBody): string | undefined {
  const turns = toTurns(body)
  if (turns[0]?.role !== 'user') return 'messages: first message must use the "user" role'
  for (const [at, turn] of turns.entries()) {
    if (turn.role !== 'user') continue
    const fault = findMismatch(idsOf(turns[at - 1], 'tool_use'), idsOf(turn, 'tool_result'), at)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** As the API reads it: messages of one role in a row are one turn. */
function toTurns({ messages }: MessagesBody): Turn[] {
  const turns: Turn[] = []
  for (const { role, content } of messages) {
    if (role === 'system') continue
    const blocks = typeof content === 'string' ? [] : content
    const last = turns.at(-1)
    if (last?.role === role) last.blocks.push(...blocks)
    else turns.push({ role, blocks: [...blocks] })
  }
  return turns
}

function idsOf(turn: Turn | undefined, type: 'tool_use' | 'tool_result'): Set<string> {
  const ids = (turn?.blocks ?? []).map((block) => {
    if (block.type !== type) return undefined
    return type === 'tool_use' ? block.id : block.tool_use_id
  })
  return new Set(ids.filter((id) => id !== undefined))
}

function findMismatch(calls: Set<string>, results: Set<string>, at: number): string | undefined {
  const missing = [...calls].filter((id) => !results.has(id))
  if (missing.length > 0)
    return `messages.${at - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}`
  const [foreign] = [...results].filter((id) => !calls.has(id))
  if (foreign !== undefined)
    return `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${foreign}`
  return undefined
}
