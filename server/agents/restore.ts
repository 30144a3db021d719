/** Laying a save into fresh volumes. The script travels with the call, so it also runs in a container of an older image. */
import { AppError } from '#contract/errors.ts'
import { getAgent, updateAgent } from '#db/agents.ts'
import { isRefusal } from '#docker/failures.ts'
import type { AgentSpec } from './agents.ts'
import { agentLabels, instanceLabels, volumeNames } from './container.ts'
import type { AgentsContext } from './context.ts'
import { withRunningHelper } from './helper.ts'
import { removeResources } from './removal.ts'
import restoreScript from './tree/restore-tree.pl' with { type: 'text' }
import { fillReadOnly } from './workspace.ts'

export type TreeToRestore = {
  commit: string
  /** HEAD of the clone, a parent of the commit; null for an agent without a clone. */
  head: string | null
  branch: string | null
  /** Commits of its history whose parents are not in the packs. */
  ends?: readonly string[]
  packs: { clone: () => AsyncIterable<Uint8Array>; saved: () => AsyncIterable<Uint8Array> }
  /** Of an agent without a clone: what it has instead. */
  readOnly?: { archive: () => AsyncIterable<Uint8Array>; files: AgentSpec['files'] }
}

/** Fresh volumes for an agent whose row says `preparing`; begins anew when asked again. */
export async function restore(
  context: AgentsContext,
  agentId: string,
  tree: TreeToRestore,
  signal?: AbortSignal,
): Promise<void> {
  const { engine, settings, retry } = context
  const row = getAgent(context.db, agentId)
  const ids = { agentId, taskId: row.taskId }
  await removeResources(context, row, signal)
  const labels = agentLabels(settings.instanceId, ids)
  const { workspace, state } = volumeNames(settings.instanceId, agentId)
  for (const name of [workspace, state])
    await retry(() => engine.createVolume(name, labels), signal)
  const ours = instanceLabels(settings.instanceId)
  await retry(() => engine.ensureNetwork(settings.network, ours), signal)
  const head = tree.head ?? '-'
  await withRunningHelper(context, ids, async (containerId) => {
    const script = (...args: string[]): string[] => ['perl', '-e', restoreScript, ...args]
    if (tree.head !== null)
      await feed(context, containerId, script('unpack', 'clone'), tree.packs.clone())
    await feed(context, containerId, script('unpack', 'private'), tree.packs.saved())
    const names = [tree.commit, head, tree.branch ?? '-', row.baseCommit ?? '-']
    const lay = script('lay', ...names, ...(tree.ends ?? []))
    await feed(context, containerId, lay, [])
  })
  const { readOnly } = tree
  if (readOnly) await fillReadOnly(context, { ...ids, files: readOnly.files }, readOnly.archive())
  updateAgent(context.db, agentId, { phase: null })
}

async function feed(
  { engine }: AgentsContext,
  containerId: string,
  cmd: string[],
  input: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const stream = await engine.execStream(containerId, { cmd })
  try {
    const output = drain(stream.stdout)
    try {
      for await (const chunk of input) await stream.write(chunk)
    } catch (error) {
      // A script that ended early says why below.
      if (!isRefusal(error, 'not-running') && !stream.stderr().trim()) throw error
    }
    stream.end()
    await output
    if ((await stream.exitCode()) !== 0) {
      const reason = stream.stderr().trim().split('\n').at(-1)?.slice(0, 500)
      throw new AppError(
        'git.failed',
        `The agent's files could not be restored: ${reason || 'the script ended without a word'}.`,
      )
    }
  } finally {
    stream.close()
  }
}

async function drain(stdout: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of stdout);
}
