/** What the CLI asks with `can_use_tool` (2.1.330), and what it may be allowed beyond the one call. */
import * as v from 'valibot'
import { toToolCall } from './mcp.ts'
import type { PendingRequest, SessionState } from './session.ts'

export type PermissionRequest = {
  requestId: string
  tool: string
  input: Record<string, unknown>
  description?: string
  reason?: string
  blockedPath?: string
  /** Rules that would have spared the question, as the CLI's settings spell them. */
  rules: string[]
}

/** More than a person can judge, and than a row should hold. */
const maxInputLength = 256 * 1024
const maxRules = 50

const words = v.fallback(v.optional(v.string()), undefined)
const Rule = v.looseObject({
  toolName: v.pipe(v.string(), v.regex(/^[\w.-]{1,200}$/)),
  ruleContent: v.optional(v.pipe(v.string(), v.maxLength(4096))),
})
const AddRules = v.looseObject({
  type: v.literal('addRules'),
  behavior: v.literal('allow'),
  rules: v.pipe(v.array(Rule), v.minLength(1), v.maxLength(maxRules)),
})
const CanUseTool = v.looseObject({
  subtype: v.literal('can_use_tool'),
  tool_name: v.pipe(v.string(), v.nonEmpty(), v.maxLength(200)),
  input: v.record(v.string(), v.unknown()),
  description: words,
  decision_reason: words,
  decision_reason_type: words,
  blocked_path: words,
  permission_suggestions: v.fallback(v.array(v.looseObject({ type: v.string() })), []),
  suppress_always_allow_rule: v.fallback(v.optional(v.boolean()), undefined),
})
type CanUseTool = v.InferOutput<typeof CanUseTool>

/** Undefined for what is no question to a person, or not one that a person could read. */
export function toPermissionRequest({
  requestId,
  request,
}: PendingRequest): PermissionRequest | undefined {
  const parsed = v.safeParse(CanUseTool, request)
  if (!parsed.success || JSON.stringify(parsed.output.input).length > maxInputLength)
    return undefined
  const { tool_name, input, description, decision_reason, blocked_path } = parsed.output
  return {
    requestId,
    tool: tool_name,
    input,
    ...(description !== undefined && { description }),
    ...(decision_reason !== undefined && { reason: decision_reason }),
    ...(blocked_path !== undefined && { blockedPath: blocked_path }),
    rules: toRules(parsed.output),
  }
}

/** What the CLI asks in every mode, also where it was told never to ask: `rm -rf /`, for example. */
export const isSafetyCheck = ({ request }: PendingRequest): boolean =>
  v.is(v.looseObject({ decision_reason_type: v.literal('safetyCheck') }), request)

/** The CLI waits for a person, or for the answer to a call of one of our tools. */
export const isAsking = ({ pending }: Pick<SessionState, 'pending'>): boolean =>
  [...pending.values()].some((request) => toPermissionRequest(request) ?? toToolCall(request))

const editing = new Set(['Edit', 'Write', 'NotebookEdit'])

/** Of edits in the workspace it suggests another mode instead of a rule; this rule allows the same and no more. */
const editInWorkspace = 'Edit(./**)'

/** Of `cd x && touch y`, for example: it suggests a rule, and asks again whatever the rules say. */
const wantsPerson = /\bmanual approval required\b/i

function toRules(request: CanUseTool): string[] {
  if (request.suppress_always_allow_rule || wantsPerson.test(request.decision_reason ?? ''))
    return []
  const suggested = request.permission_suggestions
  const rules = suggested.flatMap((one) => (v.is(AddRules, one) ? one.rules : [])).map(toText)
  if (rules.length > 0) return [...new Set([...rules, ...pathRule(request)])].slice(0, maxRules)
  const isEdit = editing.has(request.tool_name) && request.decision_reason_type !== 'workingDir'
  return isEdit && suggested.some(({ type }) => type === 'setMode') ? [editInWorkspace] : []
}

/** What would be a pattern in a rule, or end it. */
const plainPath = /^\/[^*?[\]{}()!#\\\p{Cc}]+$/u

/**
 * A command that writes to a path is asked about for its path too: `echo hi > notes` under `Bash(echo hi *)`, or whatever lies outside
 * the workspace. Its rule is for that one file; two slashes begin a path from the root.
 */
const pathRule = ({ blocked_path: path }: CanUseTool): string[] =>
  path !== undefined && plainPath.test(path) ? [`Edit(/${path})`] : []

/** Brackets of the content would end the rule: the CLI reads them with a backslash in front. */
function toText({ toolName, ruleContent }: v.InferOutput<typeof Rule>): string {
  if (ruleContent === undefined) return toolName
  return `${toolName}(${ruleContent.replace(/[\\()]/g, '\\$&')})`
}
