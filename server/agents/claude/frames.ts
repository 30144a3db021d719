/** Lines for the CLI's stdin, without their newline. A torn or foreign line kills the CLI, so these are the only ones. */
import type { MessagePriority } from '#contract/agent.ts'
import type { PermissionMode } from '#contract/permission.ts'

/** The CLI drops a message whose uuid it has seen, also after a resume, and tells its fate by it. */
export function toUserMessage(message: {
  uuid: string
  text: string
  priority?: MessagePriority
}): string {
  return JSON.stringify({
    type: 'user',
    message: { role: 'user', content: message.text },
    parent_tool_use_id: null,
    uuid: message.uuid,
    ...(message.priority && { priority: message.priority }),
  })
}

export type ControlSubtype =
  /** `sdkMcpServers`: names of tool servers that the CLI reaches over this pipe, `mcp.ts`. */
  | { subtype: 'initialize'; sdkMcpServers?: string[] }
  /** Stops the running turn; `cancel_queued` takes back what waits, which `cancelled` in the answer names. */
  | { subtype: 'interrupt'; cancel_queued: boolean }
  /** Takes back one message that was not read yet; the answer says `cancelled: boolean`. */
  | { subtype: 'cancel_async_message'; message_uuid: string }
  /** Any text is accepted: a model that does not exist shows at the next turn. */
  | { subtype: 'set_model'; model: string }
  /** Replaces the rules that `--settings` brought along, and nothing else of them. */
  | {
      subtype: 'apply_flag_settings'
      settings: { permissions: { allow: string[]; deny: string[] } }
    }
  /** From the next call on; what is asked already stays asked. Needs a CLI that was started with `--allow-dangerously-skip-permissions`. */
  | { subtype: 'set_permission_mode'; mode: string }
  | { subtype: 'end_session' }

/** Answered by a `control_response` with the same id. */
export function toControlRequest(requestId: string, request: ControlSubtype): string {
  return JSON.stringify({ type: 'control_request', request_id: requestId, request })
}

/** The command line says `manual`, the wire `default`. */
export function toModeChange(mode: PermissionMode): ControlSubtype {
  return { subtype: 'set_permission_mode', mode: mode === 'manual' ? 'default' : mode }
}

/** The answer to `can_use_tool`. Its input has to be said again; a denied call results in `message`. A second answer is ignored. */
export function toPermissionAnswer(
  requestId: string,
  answer:
    | { behavior: 'allow'; updatedInput: Record<string, unknown> }
    | { behavior: 'deny'; message: string },
): string {
  return JSON.stringify({
    type: 'control_response',
    response: { subtype: 'success', request_id: requestId, response: answer },
  })
}

/** Says no to a request of the CLI. */
export function toControlError(requestId: string, error: string): string {
  return JSON.stringify({
    type: 'control_response',
    response: { subtype: 'error', request_id: requestId, error },
  })
}
