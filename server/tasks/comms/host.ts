/** The server's side of the team tools: what each agent is offered, and what its calls do. */
import { toJsonSchema } from '@valibot/to-json-schema'
import type { ToolSpec } from '#agents/claude/mcp.ts'
import type { ToolHost } from '#agents/tools.ts'
import type { AgentKind } from '#contract/agent.ts'
import { teamInputs, teamServer, teamVerbNames, teamVerbs } from '#contract/team-tools.ts'
import { findAgent, getAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import type { RunConfig } from '#tasks/deps.ts'
import { getTask } from '#tasks/records.ts'
import { fixRounds } from '#tasks/reviewers.ts'
import { carryOut } from './verbs.ts'

const specs: readonly (ToolSpec & { kinds: readonly AgentKind[] })[] = teamVerbNames.map(
  (name) => ({
    name,
    kinds: teamVerbs[name].kinds,
    description: teamVerbs[name].description,
    // The check for empty texts after trimming has no word in JSON Schema; it is made when the call comes.
    inputSchema: { ...toJsonSchema(teamInputs[name], { errorMode: 'ignore' }) },
  }),
)

const reading: ReadonlySet<string> = new Set([
  'read_messages',
  'wait_for_messages',
  'team_state',
  'read_work',
])

/** `wake`: something of this task may be due now. */
export function createTeamHost(deps: {
  db: Tx
  config: Pick<RunConfig, 'maxFixRounds'>
  wake: (taskId: string) => void
}): ToolHost {
  return {
    name: teamServer,
    offered(agentId) {
      const kind = findAgent(deps.db, agentId)?.kind
      return specs
        .filter(({ kinds }) => kind !== undefined && kinds.includes(kind))
        .map(({ kinds: _kinds, ...spec }) => spec)
    },
    isReading: (tool) => reading.has(tool),
    call: ({ tx, record, now }, call) =>
      carryOut({
        tx,
        record,
        now,
        call,
        agent: getAgent(tx, call.agentId),
        maxFixRounds: fixRounds(getTask(tx, call.taskId), deps.config),
      }),
    called: deps.wake,
  }
}
