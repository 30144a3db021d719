/** What an agent is doing as one short line of text for people, from its latest tool call. */
import { isTeamVerb, teamDoings, teamServer } from '#contract/team-tools.ts'
import type { AssistantBlock, CliEvent } from './event.ts'

const maxLength = 120

/** The argument that says most, per tool. */
const telling: Record<string, string> = {
  Bash: 'command',
  Edit: 'file_path',
  Write: 'file_path',
  Read: 'file_path',
  NotebookEdit: 'notebook_path',
  Grep: 'pattern',
  Glob: 'pattern',
  WebFetch: 'url',
  WebSearch: 'query',
  Agent: 'description',
  Skill: 'skill',
}

/** `undefined` when the event says nothing about it; `cwd` is cut off paths. */
export function toActivity(event: CliEvent, cwd = '/workspace'): string | undefined {
  switch (event.type) {
    case 'assistant':
      return blocksActivity(event.blocks, cwd)
    case 'api_retry':
      return oneLine(
        `Waiting for the API: ${event.status ?? 'no answer'}, attempt ${event.attempt} of ${event.maxRetries}`,
      )
    case 'status':
      return event.status === 'compacting' ? 'Compacting the conversation' : undefined
    default:
      return undefined
  }
}

function blocksActivity(blocks: AssistantBlock[], cwd: string): string | undefined {
  const block = blocks.at(-1)
  if (block?.type === 'thinking') return 'Thinking'
  if (block?.type === 'text') return 'Writing'
  if (block?.type !== 'tool_use') return undefined
  if (block.name === 'StructuredOutput') return 'Handing in the answer'
  const [, server, tool = ''] = /^mcp__(.+?)__(.+)$/.exec(block.name) ?? []
  if (server !== undefined) return oneLine(ofServer(server, tool, block.input))
  const key = Object.hasOwn(telling, block.name) ? telling[block.name] : undefined
  const value = key === undefined ? undefined : block.input[key]
  if (typeof value !== 'string') return oneLine(block.name)
  const shown = value.startsWith(`${cwd}/`) ? value.slice(cwd.length + 1) : value
  return oneLine(`${block.name} ${shown}`)
}

function ofServer(server: string, tool: string, input: Record<string, unknown>): string {
  if (server !== teamServer || !isTeamVerb(tool)) return `${tool} of ${server}`
  return teamDoings[tool].replace(/\{(\w+)\}/, (_, name) => String(input[name] ?? '…'))
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1)}…`
}
