/** The scripted model where the product's agents reach it, with holds: a test decides when an answer begins. */
import type { PlanDraft } from '#contract/plan.ts'
import type { ModelRequest } from '#model/request.ts'
import { createScriptedModel, type RecordedRequest } from '#model/server.ts'
import { type Cast, storyOf } from '#model/stories/story-of.ts'
import { answer, type Part, type Step, type Story } from '#model/story.ts'
import { testEngine } from './docker.ts'

export type Hold = {
  /** Resolves when a request waits here. */
  reached: Promise<ModelRequest>
  /** Lets it go on, and everything that comes later. */
  open(): void
}

/** Listens on the address of the agents' own network, as the demo's model does. */
export async function startModel(stories: Story[], network = 'klaudio-net') {
  const { gateway } = await testEngine().ensureNetwork(network, {})
  if (!gateway) throw new Error(`the network ${network} has no gateway address to listen on`)
  const holds = new Set<{
    matches: (request: ModelRequest) => boolean
    reached: PromiseWithResolvers<ModelRequest>
    opened: PromiseWithResolvers<void>
  }>()
  const model = createScriptedModel({
    host: gateway,
    stories,
    keepBodies: true,
    hold(request) {
      const found = [...holds].find(({ matches }) => matches(request))
      found?.reached.resolve(request)
      return found?.opened.promise
    },
  })
  return {
    ...model,
    /** Makes the answer to such a request wait. Without `step`, the first answer to the agent's prompt. */
    hold(wanted: { task: string; agent: string; round?: number; step?: number }): Hold {
      const { task, agent, round = 1, step = 0 } = wanted
      const entry = {
        matches: (request: ModelRequest) =>
          request.agent === agent &&
          request.round === round &&
          request.step === step &&
          isAbout(task, request),
        reached: Promise.withResolvers<ModelRequest>(),
        opened: Promise.withResolvers<void>(),
      }
      holds.add(entry)
      return {
        reached: entry.reached.promise,
        open() {
          holds.delete(entry)
          entry.opened.resolve()
        },
      }
    },
    /** Requests for answers to one task's agents. */
    asked: (task: string): RecordedRequest[] =>
      model
        .requests()
        .filter(
          ({ kind, body }) => kind === 'answer' && body !== undefined && mentions(task, body),
        ),
    async [Symbol.asyncDispose]() {
      for (const { opened } of holds) opened.resolve()
      await model.close()
    },
  }
}

/** Plays only in the task whose prompt names `task`, so that several tasks share one model. */
export function inTask(task: string, cast: Omit<Cast, 'onlyFor'>): Story {
  const story = storyOf(cast)
  return (request) => (isAbout(task, request) ? story(request) : undefined)
}

/** A planner that hands in this plan at once. */
export function planned(
  subtasks: (Partial<PlanDraft['subtasks'][number]> & { id: string })[],
): Step[][] {
  return [[toPlan(subtasks)]]
}

export function toPlan(
  subtasks: (Partial<PlanDraft['subtasks'][number]> & { id: string })[],
): Part {
  return answer({
    kind: 'plan',
    plan: {
      analysis: 'Small steps.',
      subtasks: subtasks.map((one) => ({
        name: `The ${one.id}`,
        prompt: `Do the ${one.id}.`,
        ...one,
      })),
    },
  })
}

/** Which step of which conversation a request was, as one word: what must never be asked twice. */
export const placeOf = ({ agent, sessionId, round, step }: RecordedRequest): string =>
  `${agent}/${sessionId}/${round}/${step}`

/** Places that were asked for more than once. */
export function askedTwice(requests: readonly RecordedRequest[]): string[] {
  const seen = new Set<string>()
  return requests.map(placeOf).filter((place) => seen.size === seen.add(place).size)
}

const isAbout = (task: string, { body }: ModelRequest): boolean => mentions(task, body)
const mentions = (task: string, body: ModelRequest['body']): boolean =>
  JSON.stringify(body.messages).includes(task)
