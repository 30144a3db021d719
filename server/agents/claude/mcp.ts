/**
 * The Model Context Protocol as the CLI speaks it with us over its own pipe (2.1.330): JSON-RPC inside `mcp_message` control requests.
 * It connects before the first turn, asks for the tools once, and repeats every answer in its output (`--replay-user-messages`); a
 * second answer to the same request is ignored. A call may be answered days later.
 */
import * as v from 'valibot'
import type { PendingRequest } from './session.ts'

export type ToolSpec = { name: string; description: string; inputSchema: Record<string, unknown> }

export type ToolCall = {
  requestId: string
  rpcId: string | number
  toolUseId: string
  tool: string
  input: unknown
}

const rpcId = v.union([v.string(), v.number()])
const Call = v.looseObject({
  subtype: v.literal('mcp_message'),
  message: v.looseObject({
    id: rpcId,
    method: v.literal('tools/call'),
    params: v.looseObject({
      name: v.pipe(v.string(), v.maxLength(200)),
      arguments: v.optional(v.unknown(), {}),
      _meta: v.fallback(
        v.looseObject({ 'claudecode/toolUseId': v.fallback(v.optional(v.string()), undefined) }),
        {},
      ),
    }),
  }),
})
const Message = v.looseObject({
  subtype: v.literal('mcp_message'),
  message: v.looseObject({
    id: v.fallback(v.optional(rpcId), undefined),
    method: v.string(),
    params: v.fallback(v.looseObject({ protocolVersion: v.fallback(v.string(), '2025-11-25') }), {
      protocolVersion: '2025-11-25',
    }),
  }),
})

/** Undefined for what is no call of a tool. */
export function toToolCall({ requestId, request }: PendingRequest): ToolCall | undefined {
  const parsed = v.safeParse(Call, request)
  if (!parsed.success) return undefined
  const { id, params } = parsed.output.message
  return {
    requestId,
    rpcId: id,
    toolUseId: params._meta['claudecode/toolUseId'] ?? requestId,
    tool: params.name,
    input: params.arguments,
  }
}

/** The line that answers what the CLI asks of a tool server beside calls; undefined for what is none of it. */
export function toHandshakeAnswer(
  { requestId, request }: PendingRequest,
  server: { name: string; tools: readonly ToolSpec[] },
): string | undefined {
  const parsed = v.safeParse(Message, request)
  if (!parsed.success) return undefined
  const { id = 0, method, params } = parsed.output.message
  if (method === 'initialize')
    return toMcpResult(requestId, id, {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: server.name, version: '1' },
    })
  if (method === 'tools/list') return toMcpResult(requestId, id, { tools: server.tools })
  if (method === 'ping' || method.startsWith('notifications/'))
    return toMcpResult(requestId, id, {})
  return toMcp(requestId, { jsonrpc: '2.0', id, error: { code: -32601, message: 'Not offered.' } })
}

export function toToolAnswer(
  call: Pick<ToolCall, 'requestId' | 'rpcId'>,
  { text, isError }: { text: string; isError: boolean },
): string {
  const content = [{ type: 'text', text }]
  return toMcpResult(call.requestId, call.rpcId, { content, ...(isError && { isError }) })
}

const toMcpResult = (requestId: string, id: string | number, result: unknown): string =>
  toMcp(requestId, { jsonrpc: '2.0', id, result })

const toMcp = (requestId: string, message: unknown): string =>
  JSON.stringify({
    type: 'control_response',
    response: {
      subtype: 'success',
      request_id: requestId,
      response: { mcp_response: message },
    },
  })
