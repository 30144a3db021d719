/** What one agent has changed, over all rounds: where its clone begins moves on when it is brought up to date between two of them. */
import type { FileChange, Workspaces } from '#workspaces/workspaces.ts'

export async function changesBy(
  workspaces: Pick<Workspaces, 'changes' | 'mergesOf'>,
  { taskId, agentId, from, to }: { taskId: string; agentId: string; from: string; to: string },
): Promise<FileChange[]> {
  const ranges = [...(await workspaces.mergesOf(taskId, agentId)), { from, to }]
  const byPath = new Map<string, FileChange>()
  for (const range of ranges)
    for (const change of await workspaces.changes(taskId, range.from, range.to))
      byPath.set(change.path, change)
  return [...byPath.values()]
}
