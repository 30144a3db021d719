/** Agents of the real CLI in real containers on one small repository, each test with a scripted model of its own. */
import type { AgentSpec } from '#agents/agents.ts'
import type { Engine } from '#docker/engine.ts'
import { createScriptedModel, type ScriptedModel } from '#model/server.ts'
import { storyOf } from '#model/stories/story-of.ts'
import type { Step } from '#model/story.ts'
import { type AgentRig, type AgentRigOptions, createAgentRig } from './agent-rig.ts'
import { ensureAgentImage } from './docker.ts'
import { createTestRepository, type TestRepository } from './repository.ts'

export type AgentStage = { rig: AgentRig; model: ScriptedModel }

export type AgentStages = {
  /** Needs the image: call it first, once. Resolves to the repository and the commit with these files in it. */
  prepare(files?: Record<string, string>): Promise<{ repository: TestRepository; commit: string }>
  /** A clone of the repository at a commit, on a branch `work`. */
  clone(commit: string): AgentSpec['workspace']
  open(
    scripts: { others?: Step[][]; planner?: Step[][] },
    options?: Partial<AgentRigOptions>,
  ): AgentStage
  /** Ends all that were opened, and removes what they left on the engine. */
  clear(): Promise<void>
  /** Removes the repository. */
  dispose(): void
}

export function createAgentStages(engine: Engine): AgentStages {
  let image = ''
  let repository: TestRepository | undefined
  const stages: AgentStage[] = []
  return {
    async prepare(files = { 'hello.txt': 'hello\n' }) {
      image = await ensureAgentImage()
      const made = await createTestRepository()
      repository = made
      return { repository: made, commit: await made.commit(files) }
    },
    clone: (commit) => ({
      kind: 'clone',
      commit,
      branch: 'work',
      async bundle(since) {
        if (!repository) throw new Error('prepare() was not called.')
        return repository.bundle(commit, {
          branch: 'work',
          ...(since !== undefined && { since }),
        })
      },
    }),
    open(scripts, options = {}) {
      const model = createScriptedModel({
        host: '0.0.0.0',
        stories: [storyOf(scripts)],
        keepBodies: true,
      })
      const baseUrl = `http://host.docker.internal:${model.port}`
      const stage = { model, rig: createAgentRig({ engine, image, baseUrl, ...options }) }
      stages.push(stage)
      return stage
    },
    async clear() {
      for (const { rig, model } of stages.splice(0)) {
        await rig.dispose()
        const labels = { 'klaudio.instance': rig.instanceId }
        for (const { id } of await engine.listContainers(labels)) await engine.removeContainer(id)
        for (const { name } of await engine.listVolumes(labels)) await engine.removeVolume(name)
        await model.close()
      }
    },
    dispose: () => repository?.dispose(),
  }
}
