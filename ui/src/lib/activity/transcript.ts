/**
 * Lines of the CLI's own session files (seen from 2.1.330) as the lines that it prints: the same messages under slightly other names.
 * What the CLI notes for itself, such as the requests it made and reminders it added, is left out.
 */
import { asObject, asText, type Json, parseObject } from '../json.ts'

export function fromTranscript(text: string): string | undefined {
  const line = parseObject(text)
  // Said as it is, so that a damaged line is seen.
  if (!line) return text
  switch (line.type) {
    case 'user':
      return line.isCompactSummary === true ? toSummary(line) : JSON.stringify(toUser(line))
    case 'assistant':
      return JSON.stringify({
        ...toMessage(line),
        ...(line.isApiErrorMessage === true ? { is_api_error_message: true } : {}),
      })
    case 'system':
      return toSystem(line)
    default:
      return undefined
  }
}

const toMessage = ({ type, message, uuid, timestamp }: Json): Json => ({
  ...{ type, message, uuid, timestamp },
})

const toUser = (line: Json): Json => ({
  ...toMessage(line),
  ...(line.isMeta === true ? { isSynthetic: true } : {}),
  ...(line.toolUseResult === undefined ? {} : { tool_use_result: line.toolUseResult }),
})

/** What the model goes on with after a conversation became too long: the summary itself is told as one thing. */
const toSummary = (line: Json): string => JSON.stringify({ ...toMessage(line), isSynthetic: true })

/** The others tell of states that have passed. */
function toSystem(line: Json): string | undefined {
  const { type, subtype, uuid, timestamp } = line
  if (subtype !== 'compact_boundary') return undefined
  const { preTokens, postTokens } = asObject(line.compactMetadata)
  const meta = { pre_tokens: preTokens, post_tokens: postTokens }
  return JSON.stringify({ type, subtype: asText(subtype), uuid, timestamp, compact_metadata: meta })
}
