/** The CLI's command line and environment for each kind of agent. Flags as of 2.1.330. */
import type { PermissionMode } from '#contract/permission.ts'
import { teamServer } from '#contract/team-tools.ts'

/** `allow`: rules of the CLI for what needs no asking. */
export type Permissions = { mode: PermissionMode; allow: readonly string[] }

export type ClaudeProfile =
  | { kind: 'planner'; jsonSchema: unknown }
  | {
      kind: 'worker'
      /** Never asks when absent. */
      permissions?: Permissions
      /** Rules of the CLI for what it may not do, in any mode. A tool named whole is not even offered to the model. */
      deny?: readonly string[]
    }
  /** Reads files and uses our tools, and changes nothing itself. */
  | { kind: 'manager' }

export type ClaudeCommandOptions = {
  profile: ClaudeProfile
  model: string
  /** A UUID of ours. */
  sessionId: string
  /**
   * The session has a transcript already: a used id can only be resumed, an unused one only be begun.
   * A turn that was cut off goes on by itself, without a new message; its result names the same message.
   */
  resume: boolean
  /** Added to the CLI's own system prompt. */
  systemPrompt?: string
  limits?: { maxTurns?: number; maxCostUsd?: number }
  /** Where the Messages API is. Empty: Anthropic's. */
  baseUrl?: string
  /** Directory of transcripts and settings; must be writable, or nothing can be resumed. */
  configDir: string
  /** Sent with every API request. */
  headers?: Record<string, string>
}

export type ClaudeCommand = { argv: string[]; env: Record<string, string> }

/** Tools that reach beyond one agent in its container, or that only another model could answer. */
const outOfReach =
  'Agent,SendMessage,ListAgents,Workflow,CronCreate,ScheduleWakeup,WebSearch,EnterWorktree,ExitWorktree'
/** Tools that come with permission prompts: an agent plans and asks in its own words here. */
const disallowed = `${outOfReach},AskUserQuestion,EnterPlanMode,ExitPlanMode`

/**
 * `includeGitInstructions: false` makes a CLI that was started early safe to use late. By default it puts a snapshot of
 * the repository as of its own start (branch, user, status, recent commits) before the first prompt; with it, the request
 * holds none of that, and the git advice in the Bash tool's description is gone too. Checked in `tests/docker/claude-warm.test.ts` by
 * reading the request of a CLI that was initialized on one commit and asked on another: nothing of either tree was in it,
 * and the request came 0.1 s after the prompt. `CLAUDE_CODE_DISABLE_GIT_INSTRUCTIONS=1` does the same; `--await-initialize`
 * is not needed. What stays from the start is "Is a git repository", so a repository must be there by then. The prompt
 * says what an agent should know of branch, commits and CLAUDE.md.
 * `attribution`: no co-author line in commits.
 */
const settings = { attribution: { commit: '', pr: '' }, includeGitInstructions: false }

/**
 * Both kinds speak stream-json in both directions with stdin open: later messages continue the session.
 * `--setting-sources user` and `--strict-mcp-config` keep a repository's own hooks, environment and servers from running.
 * Credentials are not part of it: they travel to the container by themselves.
 */
export function toClaudeCommand(options: ClaudeCommandOptions): ClaudeCommand {
  const { model, sessionId, resume, systemPrompt, limits = {} } = options
  const argv = [
    'claude',
    '-p',
    '--input-format=stream-json',
    '--output-format=stream-json',
    '--verbose',
    '--include-partial-messages',
    '--replay-user-messages',
    '--setting-sources=user',
    '--strict-mcp-config',
    `--settings=${JSON.stringify(toSettings(options.profile))}`,
    `--model=${model}`,
    resume ? `--resume=${sessionId}` : `--session-id=${sessionId}`,
    ...profileArguments(options.profile),
    ...(systemPrompt ? [`--append-system-prompt=${systemPrompt}`] : []),
    ...(limits.maxTurns ? [`--max-turns=${limits.maxTurns}`] : []),
    ...(limits.maxCostUsd ? [`--max-budget-usd=${limits.maxCostUsd}`] : []),
  ]
  return { argv, env: toEnvironment(options) }
}

function profileArguments(profile: ClaudeProfile): string[] {
  if (profile.kind === 'worker') return workerArguments(profile.permissions?.mode)
  if (profile.kind === 'manager')
    return ['--tools=Read,Grep,Glob', '--dangerously-skip-permissions']
  return ['--tools=Read,Grep,Glob', `--json-schema=${JSON.stringify(profile.jsonSchema)}`]
}

/**
 * Started so that it can be told another mode later, in both directions: without `--permission-prompt-tool` the CLI answers no by itself
 * where it would ask, and without `--allow-dangerously-skip-permissions` it never stops asking.
 */
function workerArguments(mode: PermissionMode = 'bypassPermissions'): string[] {
  return [
    // Our own tools check every call themselves.
    `--allowedTools=mcp__${teamServer}`,
    '--permission-prompt-tool=stdio',
    '--allow-dangerously-skip-permissions',
    `--permission-mode=${mode}`,
    `--disallowedTools=${disallowed}`,
  ]
}

function toSettings(profile: ClaudeProfile): Record<string, unknown> {
  if (profile.kind !== 'worker') return settings
  const { permissions: { allow } = { allow: [] }, deny = [] } = profile
  if (allow.length === 0 && deny.length === 0) return settings
  const rules = { ...(allow.length > 0 && { allow }), ...(deny.length > 0 && { deny }) }
  return { ...settings, permissions: rules }
}

function toEnvironment(options: ClaudeCommandOptions): Record<string, string> {
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => `${name}: ${value}`)
  return {
    CLAUDE_CONFIG_DIR: options.configDir,
    // No telemetry, no update check: the only host it talks to is the API.
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    // A turn ends when its result says so, not when some command left behind does.
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    // The system's authorities come through NODE_EXTRA_CA_CERTS in the image: reading them twice costs 30 ms of each start.
    CLAUDE_CODE_CERT_STORE: 'bundled',
    // A call of our tools may wait for days: nearly the longest that the CLI's timer can hold, 23 days.
    MCP_TOOL_TIMEOUT: '2000000000',
    // All tools at once instead of a search for them.
    ENABLE_TOOL_SEARCH: 'false',
    // About 30 s of trying; longer waits belong to the scheduler, which can wait without holding a slot.
    CLAUDE_CODE_MAX_RETRIES: '6',
    ...(options.resume && {
      CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1',
      CLAUDE_CODE_RESUME_REASON: 'container_recreated',
    }),
    ...(options.baseUrl && { ANTHROPIC_BASE_URL: options.baseUrl }),
    ...(headers.length > 0 && { ANTHROPIC_CUSTOM_HEADERS: headers.join('\n') }),
  }
}
