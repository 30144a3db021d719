/**
 * Real agents under fire: the server killed at every recorded step and at random moments, agents killed, the engine gone. The
 * short form runs always; `npm run crash` runs the long one. `CRASHES` is how many random moments, `SEED` gives the same again.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectIntact, type Fire, runUnderFire } from '../support/crash-run.ts'
import { crashStory } from '../support/crash-story.ts'
import { requireEngine } from '../support/docker.ts'
import { createEngineProxy } from '../support/engine-proxy.ts'
import {
  isAgentStep,
  isTaskStep,
  killAgents,
  killAtSteps,
  killServer,
  loseEngine,
} from '../support/fires.ts'
import { startWorld } from '../support/product-world.ts'
import { createRandom, givenSeed } from '../support/random.ts'

const noEngine = await requireEngine()
const crashes = Number(process.env.CRASHES ?? 0)
const isLong = crashes > 0
/** Only ends what hangs; the long form takes its time. */
const limitMs = isLong ? 24 * 3_600_000 : 300_000

/** Plays one run in an installation of its own. */
async function play(
  name: string,
  fire: Fire,
  options: { agentsDie?: boolean; env?: Record<string, string> } = {},
): Promise<void> {
  const agentsDied = options.agentsDie ?? false
  await using world = await startWorld({
    stories: [crashStory(name, { shows: !agentsDied })],
    env: options.env ?? {},
  })
  try {
    await expectIntact(world, name, await runUnderFire(world, name, fire), { agentsDied })
  } catch (error) {
    const lines = (await world.product.log()).split('\n')
    console.error(lines.filter((line) => !line.includes('"event":"request"')).join('\n'))
    throw error
  }
}

/** Plays runs until `atLeast` blows have fallen, each run with a seed of its own. */
async function playAtRandom(
  atLeast: number,
  once: (run: { seed: number; number: number; onBlow: () => void }) => Promise<void>,
): Promise<void> {
  const first = givenSeed()
  let blows = 0
  for (let number = 0; blows < Math.max(1, atLeast); number++) {
    const seed = first + number
    console.log(`SEED=${seed} (${blows} blows before this run)`)
    await once({ seed, number, onBlow: () => void blows++ })
  }
  console.log(`${blows} blows at random moments`)
}

describe.skipIf(noEngine !== undefined)('a server that is killed', () => {
  test(
    'at every recorded step of one run has lost nothing and done nothing twice (L1)',
    async () => {
      const struck: string[] = []
      const isStep = (event: Parameters<typeof isTaskStep>[0]): boolean =>
        isTaskStep(event) || (isLong && isAgentStep(event))
      await play(
        'every-step',
        killAtSteps(
          isStep,
          ({ type, subtask_id }) => void struck.push([type, subtask_id].join(' ')),
        ),
      )
      console.log(`killed at ${struck.length} steps of one run`)
      expect(struck.length).toBeGreaterThan(10)
    },
    limitMs,
  )

  const alone = 'at each recorded step alone has lost nothing and done nothing twice'
  // The long form only: a whole run for every step.
  if (isLong)
    test(
      alone,
      async () => {
        for (let at = 1, isStruck = true; isStruck; at++) {
          isStruck = false
          let number = 0
          const isIt = (event: Parameters<typeof isTaskStep>[0]): boolean =>
            (isTaskStep(event) || isAgentStep(event)) && ++number === at
          await play(
            `step-${at}`,
            killAtSteps(isIt, ({ type, subtask_id }) => {
              isStruck = true
              console.log(`killed at step ${at}: ${type} ${subtask_id ?? ''}`)
            }),
          )
        }
      },
      limitMs,
    )

  test(
    'at random moments has lost nothing and done nothing twice (L1)',
    async () => {
      await playAtRandom(crashes, ({ seed, number, onBlow }) =>
        play(
          `server-${number}`,
          killServer({ random: createRandom(seed), times: isLong ? 5 : 3, spanMs: 4000, onBlow }),
          { env: { KLAUDIO_STANDBY_CONTAINERS: String(number % 2) } },
        ),
      )
    },
    limitMs,
  )
})

describe.skipIf(noEngine !== undefined)('agents that are killed', () => {
  test(
    'at random moments go on where they were, and the task ends by itself',
    async () => {
      await playAtRandom(crashes / 4, ({ seed, number, onBlow }) =>
        play(
          `agents-${number}`,
          killAgents({ random: createRandom(seed), times: 3, spanMs: 6000, onBlow }),
          { agentsDie: true },
        ),
      )
    },
    limitMs,
  )
})

describe.skipIf(noEngine !== undefined)('an engine that is lost', () => {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-engine-'))
  afterAll(() => rmSync(dir, { recursive: true }))

  const all = 'together with the server and all containers is recovered from'
  const losses = [
    { name: all, isShort: true, agentsDie: true, server: true },
    { name: 'is waited for', agentsDie: false },
    { name: 'with all its containers is waited for, and agents go on', agentsDie: true },
  ]
  for (const [index, { name, isShort, agentsDie, server = false }] of losses.entries()) {
    if (!isShort && !isLong) continue
    test(
      `at random moments ${name}`,
      async () => {
        await playAtRandom(crashes / 10, async ({ seed, number, onBlow }) => {
          const proxy = createEngineProxy(join(dir, `${index}-${number}.sock`))
          await proxy.open()
          const options = { random: createRandom(seed), times: 2, spanMs: 8000, onBlow }
          const fire = loseEngine(proxy, { ...options, containers: agentsDie, server })
          await play(`engine-${index}-${number}`, fire, {
            agentsDie,
            env: { DOCKER_HOST: proxy.host },
          })
          proxy.cut()
        })
      },
      limitMs,
    )
  }
})
