/** What tests of agents on an engine of local processes share: a repository to clone, and rigs that are gone after each test. */
import { afterAll, afterEach, beforeAll } from 'bun:test'
import type { AgentSpec } from '#agents/agents.ts'
import type { AgentRig } from './agent-rig.ts'
import type { FakeEngine } from './fake-engine.ts'
import { createTestRepository, type TestRepository } from './repository.ts'

type World = { engine: FakeEngine; rig: AgentRig }

/** Called at the top of a test file. `workspace` is a clone of one commit with `hello.txt`, to be read inside a test. */
export function useAgentWorlds(): {
  workspace(): AgentSpec['workspace']
  /** Disposed after the test. */
  add(world: World): void
} {
  let repository: TestRepository
  let commit: string
  let bundle: Uint8Array
  const worlds: World[] = []
  beforeAll(async () => {
    repository = await createTestRepository()
    commit = await repository.commit({ 'hello.txt': 'hello\n' })
    bundle = await repository.bundle(commit, { branch: 'work' })
  })
  afterAll(() => repository.dispose())
  afterEach(async () => {
    for (const { engine, rig } of worlds.splice(0)) {
      await rig.dispose()
      await engine.dispose()
    }
  })
  return {
    workspace: () => ({ kind: 'clone', commit, branch: 'work', bundle: async () => bundle }),
    add: (world) => void worlds.push(world),
  }
}
