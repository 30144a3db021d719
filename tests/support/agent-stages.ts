/** Agents of the real CLI in real containers, each test with a scripted model of its own. */
import type { Engine } from '#docker/engine.ts'
import { createScriptedModel, type ScriptedModel } from '#model/server.ts'
import { storyOf } from '#model/stories/story-of.ts'
import type { Step } from '#model/story.ts'
import { type AgentRig, type AgentRigOptions, createAgentRig } from './agent-rig.ts'
import { ensureAgentImage } from './docker.ts'

export type AgentStage = { rig: AgentRig; model: ScriptedModel }

export type AgentStages = {
  /** Needs the image: call it first, once. */
  prepare(): Promise<void>
  open(
    scripts: { others?: Step[][]; planner?: Step[][] },
    options?: Partial<AgentRigOptions>,
  ): AgentStage
  /** Ends all that were opened, and removes what they left on the engine. */
  clear(): Promise<void>
}

export function createAgentStages(engine: Engine): AgentStages {
  let image = ''
  const stages: AgentStage[] = []
  return {
    async prepare() {
      image = await ensureAgentImage()
    },
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
  }
}
