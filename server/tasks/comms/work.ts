/** A worker's work as its manager reads it. */
import * as v from 'valibot'
import type { ToolAnswer } from '#agents/tools.ts'
import { toMessage } from '#contract/errors.ts'
import { teamInputs } from '#contract/team-tools.ts'
import { findAgent } from '#db/agents.ts'
import { findSubtask, type SubtaskRow } from '#db/subtasks.ts'
import type { ToolCallRow } from '#db/tool-calls.ts'
import type { TaskDeps } from '#tasks/deps.ts'
import { quote } from '#tasks/prompts.ts'

/** What fits well into a conversation. */
const maxDiffBytes = 60_000

/** Never rejects: what cannot be read is said. */
export async function describeWork(
  deps: Pick<TaskDeps, 'db' | 'workspaces'>,
  { taskId, input }: ToolCallRow,
): Promise<ToolAnswer> {
  const { worker } = v.parse(teamInputs.read_work, input)
  const row = findSubtask(deps.db, taskId, worker)
  if (!row) return { text: `There is no worker "${worker}" any more.`, isError: true }
  const head = [`${row.id} is ${row.status}.`]
  if (row.error) head.push(`Error: ${row.error}`)
  if (row.summary) head.push(`It reported:\n\n${quote(row.summary)}`)
  return { text: [...head, await describeDiff(deps, row)].join('\n\n') }
}

async function describeDiff(
  { db, workspaces }: Pick<TaskDeps, 'db' | 'workspaces'>,
  { taskId, agentId, workCommit }: SubtaskRow,
): Promise<string> {
  const from = agentId === null ? undefined : findAgent(db, agentId)?.baseCommit
  if (!from || workCommit === null) return 'It has handed in nothing yet.'
  try {
    const diff = await workspaces.diff(taskId, from, workCommit, { maxBytes: maxDiffBytes })
    return diff === '' ? 'It changed no files.' : `It changed:\n\n${quote(diff)}`
  } catch (error) {
    return `Its changes cannot be read now: ${toMessage(error)}`
  }
}
