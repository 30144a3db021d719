/**
 * Agents whose volumes are folders here: the scripts that save and restore them are the real ones, run on this machine rather
 * than in a container. What a test changes in the folders, the agent has changed.
 */
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Agents } from '#agents/agents.ts'
import restoreScript from '#agents/tree/restore-tree.pl' with { type: 'text' }
import saveScript from '#agents/tree/save-tree.pl' with { type: 'text' }
import { getAgent, updateAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'

export type TreeAgents = Pick<Agents, 'save' | 'restore'> & {
  workspace(agentId: string): string
  state(agentId: string): string
}

export function createTreeAgents({
  db,
  dir,
  secrets = [],
}: {
  db: Db
  dir: string
  secrets?: readonly string[]
}): TreeAgents {
  const home = (agentId: string): string => join(dir, agentId)
  const workspace = (agentId: string): string => join(home(agentId), 'workspace')
  const state = (agentId: string): string => join(home(agentId), 'state')
  const perl = (agentId: string, args: string[]) =>
    Bun.spawn(['perl', '-e', ...args], {
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      env: {
        PATH: process.env.PATH ?? '',
        KLAUDIO_WORKSPACE: workspace(agentId),
        KLAUDIO_STATE: state(agentId),
      },
    })
  const run = async (agentId: string, args: string[], input: AsyncIterable<Uint8Array>) => {
    const child = perl(agentId, args)
    for await (const chunk of input) child.stdin.write(chunk)
    await child.stdin.end()
    if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text())
  }
  return {
    workspace,
    state,
    async save(agentId, { since }, take) {
      const row = getAgent(db, agentId)
      if (!row.holdsResources || row.phase === 'preparing') return undefined
      const what = row.kind === 'planner' ? 'conversation' : 'tree'
      const base = what === 'tree' ? (row.baseCommit ?? '-') : '-'
      const child = perl(agentId, [saveScript, what, since ?? '-', base, '3'])
      child.stdin.write(secrets.map((secret) => `${secret}\n`).join(''))
      await child.stdin.end()
      const output = await new Response(child.stdout).bytes()
      if ((await child.exited) !== 0) throw new Error(await new Response(child.stderr).text())
      const ends = [...newlines(output, 2)]
      const [head = '', kind = ''] = new TextDecoder()
        .decode(output.subarray(0, ends[1]))
        .split('\n')
      const [commit = '', , files, leftOut] = head.split(' ')
      const pack = (async function* () {
        yield output.subarray((ends[1] ?? 0) + 1)
      })()
      const saved = { commit, files: Number(files), leftOut: Number(leftOut) }
      return await take(kind === 'pack' ? { ...saved, pack } : saved)
    },
    async restore(agentId, tree) {
      rmSync(home(agentId), { recursive: true, force: true })
      mkdirSync(workspace(agentId), { recursive: true })
      mkdirSync(state(agentId))
      const none = (async function* () {})()
      if (tree.head !== null)
        await run(agentId, [restoreScript, 'unpack', 'clone'], tree.packs.clone())
      await run(agentId, [restoreScript, 'unpack', 'private'], tree.packs.saved())
      const base = getAgent(db, agentId).baseCommit ?? '-'
      const lay = ['lay', tree.commit, tree.head ?? '-', tree.branch ?? '-', base]
      await run(agentId, [restoreScript, ...lay], none)
      updateAgent(db, agentId, { phase: null })
    },
  }
}

function* newlines(bytes: Uint8Array, count: number): Generator<number> {
  for (let at = -1, found = 0; found < count; found++) {
    at = bytes.indexOf(10, at + 1)
    yield at
  }
}
