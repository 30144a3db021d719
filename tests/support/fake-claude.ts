/**
 * Stands in for the CLI where a test needs many of them fast: the same lines in the same order as the recordings, a
 * transcript that survives, messages known by their uuid. The prompt says what to do: `write NAME`, `hang`, `freeze`, `exit CODE`, `ask COMMAND`
 * (for permission), `vanish` (killed before it says that it began, its answer written down); anything else is answered at once.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

type Entry = { type: 'asked' | 'answered' | 'user'; uuid: string; text: string }

const option = (name: string): string | undefined =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
const resumed = option('resume')
const sessionId = resumed ?? option('session-id') ?? 'none'
const folder = join(process.env.KLAUDIO_STATE ?? '/state', 'claude/projects/-workspace')
const transcriptPath = join(folder, `${sessionId}.jsonl`)
mkdirSync(folder, { recursive: true })
if (!resumed && existsSync(transcriptPath)) {
  process.stderr.write(`Error: Session ID ${sessionId} is already in use.\n`)
  process.exit(1)
}
const entries: Entry[] = existsSync(transcriptPath)
  ? readFileSync(transcriptPath, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  : []

const print = (line: Record<string, unknown>): void => {
  process.stdout.write(`${JSON.stringify({ ...line, session_id: sessionId })}\n`)
}
const remember = (entry: Entry): void => {
  entries.push(entry)
  appendFileSync(transcriptPath, `${JSON.stringify(entry)}\n`)
}
const lifecycle = (uuid: string, state: string): void =>
  print({ type: 'command_lifecycle', command_uuid: uuid, state, uuid: crypto.randomUUID() })
const state = (value: string): void =>
  print({ type: 'system', subtype: 'session_state_changed', state: value })

let hanging: { uuid: string } | undefined
/** Waits for an answer to its question. */
let asking: { uuid: string; requestId: string; command: string } | undefined

function work(uuid: string, text: string): void {
  state('running')
  lifecycle(uuid, 'started')
  print({
    type: 'system',
    subtype: 'init',
    cwd: '/workspace',
    tools: [],
    mcp_servers: [],
    model: 'fake',
    claude_code_version: '0.0.0',
    permissionMode: 'bypassPermissions',
    apiKeySource: 'none',
    slash_commands: [],
    output_style: 'default',
    skills: [],
    plugins: [],
    user_message_uuid: uuid,
    uuid: crypto.randomUUID(),
  })
  appendFileSync(join(process.env.KLAUDIO_STATE ?? '/state', 'turns.log'), `${uuid}\n`)
  const [word = '', argument = ''] = text.split(' ')
  if (word === 'hang') {
    hanging = { uuid }
    return
  }
  if (word === 'freeze') {
    process.kill(process.pid, 'SIGSTOP')
    return
  }
  if (word === 'ask') {
    ask(uuid, text.slice(word.length + 1))
    return
  }
  if (word === 'exit') process.exit(Number(argument))
  if (word === 'env') {
    finish(uuid, { text: `it is ${process.env[argument ?? ''] ?? 'not there'}` })
    return
  }
  if (word === 'write') writeFileSync(argument, `made by ${uuid}\n`)
  finish(uuid, { text: `did: ${text}` })
}

function ask(uuid: string, command: string): void {
  asking = { uuid, command, requestId: crypto.randomUUID() }
  hanging = { uuid }
  state('requires_action')
  print({
    type: 'control_request',
    request_id: asking.requestId,
    request: {
      subtype: 'can_use_tool',
      tool_name: 'Bash',
      display_name: 'Bash',
      input: { command },
      description: command,
      permission_suggestions: [
        {
          type: 'addRules',
          rules: [{ toolName: 'Bash', ruleContent: `${command.split(' ')[0]} *` }],
          behavior: 'allow',
          destination: 'localSettings',
        },
      ],
      decision_reason: 'This command requires approval',
      decision_reason_type: command.startsWith('rm -rf /') ? 'safetyCheck' : 'other',
      tool_use_id: `toolu_${asking.requestId}`,
    },
  })
}

type Answer = {
  request_id: string
  response: { behavior: string; message?: string; updatedInput?: { command: string } }
}

/** The first answer counts, and is repeated; another is ignored. */
function takeAnswer(response: Answer): void {
  if (asking?.requestId !== response.request_id) return
  const { uuid } = asking
  asking = undefined
  hanging = undefined
  appendFileSync(
    join(process.env.KLAUDIO_STATE ?? '/state', 'answers.log'),
    `${JSON.stringify(response)}\n`,
  )
  print({ type: 'control_response', response })
  state('running')
  const { behavior, message, updatedInput } = response.response
  finish(uuid, {
    text: behavior === 'allow' ? `ran: ${updatedInput?.command}` : `denied: ${message}`,
  })
}

function finish(uuid: string, end: { text: string } | 'interrupted'): void {
  remember({ type: 'answered', uuid, text: '' })
  const isCut = end === 'interrupted'
  print({
    type: 'result',
    subtype: isCut ? 'error_during_execution' : 'success',
    is_error: isCut,
    ...(isCut ? { errors: ['interrupted'] } : { result: end.text }),
    terminal_reason: isCut ? 'aborted_tools' : 'completed',
    stop_reason: 'end_turn',
    num_turns: 1,
    duration_ms: 1,
    duration_api_ms: 1,
    total_cost_usd: 0.01 * entries.length,
    usage: { input_tokens: 1, output_tokens: 1 },
    modelUsage: {},
    permission_denials: [],
    user_message_uuid: uuid,
    user_message_uuids: [uuid],
    uuid: crypto.randomUUID(),
  })
  lifecycle(uuid, isCut ? 'cancelled' : 'completed')
  state('idle')
}

function takeMessage(uuid: string, text: string): void {
  if (entries.some((entry) => entry.type === 'user' && entry.uuid === uuid)) {
    print({ type: 'user', message: { role: 'user', content: text }, uuid, isReplay: true })
    if (hanging?.uuid === uuid) return
    lifecycle(uuid, 'completed')
    state('idle')
    return
  }
  remember({ type: 'user', uuid, text })
  lifecycle(uuid, 'queued')
  if (text === 'vanish') {
    remember({ type: 'answered', uuid, text: '' })
    process.kill(process.pid, 'SIGKILL')
  }
  if (!hanging) work(uuid, text)
}

function takeControl(
  requestId: string,
  request: { subtype: string; settings?: unknown; mode?: string; model?: string },
): void {
  if (request.subtype === 'set_model')
    appendFileSync(join(process.env.KLAUDIO_STATE ?? '/state', 'models.log'), `${request.model}\n`)
  if (request.subtype === 'set_permission_mode')
    appendFileSync(join(process.env.KLAUDIO_STATE ?? '/state', 'modes.log'), `${request.mode}\n`)
  if (request.subtype === 'apply_flag_settings')
    appendFileSync(
      join(process.env.KLAUDIO_STATE ?? '/state', 'settings.log'),
      `${JSON.stringify(request.settings)}\n`,
    )
  print({
    type: 'control_response',
    response: { subtype: 'success', request_id: requestId, response: {} },
  })
  const interrupted = hanging
  if (request.subtype !== 'interrupt' || !interrupted) return
  hanging = undefined
  if (asking) print({ type: 'control_cancel_request', request_id: asking.requestId })
  asking = undefined
  finish(interrupted.uuid, 'interrupted')
}

// A turn that was cut off goes on by itself.
const last = entries.findLast((entry) => entry.type === 'user')
const isOpen = last && !entries.some((one) => one.type === 'answered' && one.uuid === last.uuid)
if (resumed && isOpen && process.env.CLAUDE_CODE_RESUME_INTERRUPTED_TURN === '1')
  work(last.uuid, last.text)

process.on('SIGTERM', () => process.exit(143))
for await (const line of console) {
  const message = JSON.parse(line)
  if (message.type === 'user') takeMessage(message.uuid, message.message.content)
  if (message.type === 'control_response') takeAnswer(message.response)
  if (message.type === 'control_request') takeControl(message.request_id, message.request)
}
process.exit(0)
