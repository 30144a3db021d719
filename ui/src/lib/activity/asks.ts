/** What the agent asks a person: permissions and questions, as the CLI's `can_use_tool` requests. */
import { asArray, asObject, asText, type Json, toPretty } from '../json.ts'
import type { AskedQuestion } from './rows.ts'
import { type Activity, addRow, clampText, type From, patchRow } from './state.ts'

export function reduceAsk(activity: Activity, from: From): void {
  const request = asObject(from.line.request)
  if (request.subtype !== 'can_use_tool') return
  const requestId = asText(from.line.request_id)
  const callId = asText(request.tool_use_id)
  const tool = asText(request.display_name) || asText(request.tool_name)
  const input = asObject(request.input)
  const id = addRow(activity, {
    ...from,
    body: {
      kind: 'ask',
      state: 'open',
      requestId,
      callId,
      tool,
      input: clampText(toExact(input)),
      reason: toReason(request),
      answer: '',
      questions: toQuestions(input),
    },
  })
  activity.asks.set(requestId, id)
  if (callId !== '') activity.asks.set(callId, id)
}

/** The CLI takes a question back, for example when it is interrupted. */
export function reduceWithdrawal(activity: Activity, line: Json): void {
  settle(activity, asText(line.request_id), { state: 'withdrawn', answer: '' })
}

/** The CLI repeats what it was answered. Answers to questions are told by what the call returned. */
export function reduceReply(activity: Activity, line: Json): void {
  const response = asObject(line.response)
  const { behavior, message } = asObject(response.response)
  const id = activity.asks.get(asText(response.request_id))
  patchRow(activity, { id, kind: 'ask' }, ({ state, questions }) => {
    if (state !== 'open' || questions.length > 0) return {}
    if (behavior === 'allow') return { state: 'allowed' }
    return behavior === 'deny' ? { state: 'denied', answer: asText(message) } : {}
  })
}

/**
 * Where the answer itself is not in the output, what the call did shows it. A call that was allowed and then failed
 * reads the same as one that was denied, except that a denial says so.
 */
export function reduceAnswer(
  activity: Activity,
  { callId, text, failed }: { callId: string; text: string; failed: boolean },
): void {
  const isDenied = failed && /permission|denied|reject|doesn.t want/i.test(text)
  const isClosed = failed && text.includes('stream closed')
  settle(activity, callId, {
    state: isClosed ? 'withdrawn' : isDenied ? 'denied' : 'allowed',
    answer: isDenied || text.startsWith('Your questions') ? text : '',
  })
}

function settle(
  activity: Activity,
  key: string,
  change: { state: 'allowed' | 'denied' | 'withdrawn'; answer: string },
): void {
  const id = activity.asks.get(key)
  patchRow(activity, { id, kind: 'ask' }, ({ state }) => (state === 'open' ? change : {}))
}

function toExact(input: Json): string {
  if (typeof input.command === 'string') return input.command
  if (typeof input.plan === 'string') return input.plan
  return toPretty(input)
}

function toReason(request: Json): string {
  const rule = asText(request.matched_ask_rule) || asText(request.decision_reason)
  if (rule !== '') return rule
  const path = asText(request.blocked_path)
  return path === '' ? '' : `${path} may not be changed without asking.`
}

function toQuestions(input: Json): AskedQuestion[] {
  return asArray(input.questions)
    .map(asObject)
    .map((each) => ({
      question: asText(each.question),
      options: asArray(each.options).map((option) => asText(asObject(option).label)),
    }))
}
