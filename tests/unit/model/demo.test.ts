import { describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { PlannerOutput } from '#contract/plan.ts'
import { verifyDemo } from '#model/stories/demo.ts'
import {
  monthInFact,
  monthInMind,
  moonFiles,
  type Place,
  placeFile,
} from '#model/stories/moon/files.ts'
import { question, readPlace, toPlace, toPlan } from '#model/stories/moon/plan.ts'

const answered = (answer: string) =>
  toPlace(
    `Here is what the person says.\n\nQuestion:\n\`\`\`\nNorth or south of the equator?\n\`\`\`\nAnswer:\n\`\`\`\n${answer}\n\`\`\`\n\nGo on.`,
  )

describe('the answer to the demo’s question', () => {
  const cases: [string, Place][] = [
    ['Southern hemisphere', { name: 'Wellington', hemisphere: 'south' }],
    ['Northern hemisphere', { name: 'Lisbon', hemisphere: 'north' }],
    ['From Ushuaia, in the southern hemisphere', { name: 'Ushuaia', hemisphere: 'south' }],
    ['somewhere in the south, from São Paulo', { name: 'São Paulo', hemisphere: 'south' }],
    ['whatever you like', { name: 'Lisbon', hemisphere: 'north' }],
  ]
  for (const [answer, place] of cases)
    test(`“${answer}” is ${place.name}, ${place.hemisphere}`, () => {
      expect(answered(answer)).toEqual(place)
    })

  test('reaches the agents through the prompts of the plan', () => {
    const place: Place = { name: 'Hobart', hemisphere: 'south' }
    for (const { id, prompt } of toPlan(place).plan.subtasks)
      if (id === 'canvas' || id === 'postcard') expect(readPlace(prompt)).toEqual(place)
  })

  test('cannot break out of the file it is written to', () => {
    const file = placeFile({ name: 'D’Arcy "X\n', hemisphere: 'north' })
    const evaluate = new Function(file.replace('export const place =', 'return'))
    expect(evaluate()).toEqual({ name: 'D’Arcy "X\n', hemisphere: 'north' })
  })

  test('question and plan are what a planner may return', () => {
    expect(v.safeParse(PlannerOutput, question).success).toBe(true)
    const plan = v.parse(PlannerOutput, toPlan({ name: 'x', hemisphere: 'north' }))
    expect(plan.kind === 'plan' && plan.plan.subtasks.map(({ id }) => id)).toEqual(
      verifyDemo.subtasks,
    )
  })
})

describe('the demo’s program', () => {
  const node = Bun.which('node')

  async function build(files: Record<string, string>): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'klaudio-moon-'))
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
    return directory
  }
  async function runTests(files: Record<string, string>): Promise<number> {
    const directory = await build(files)
    const { exitCode } = Bun.spawnSync([node ?? 'node', '--test'], { cwd: directory })
    await rm(directory, { recursive: true })
    return exitCode
  }

  for (const hemisphere of ['north', 'south'] as const)
    test(`passes its tests when it is written for the ${hemisphere}`, async () => {
      const place = placeFile({ name: 'Here', hemisphere })
      expect(await runTests({ ...moonFiles, 'src/place.js': place })).toBe(0)
    })

  test('fails them with the month everybody remembers, and only because of it', async () => {
    const rounded = moonFiles['src/moon.js'].replace(monthInFact, monthInMind)
    expect(rounded).not.toBe(moonFiles['src/moon.js'])
    const only = {
      'package.json': moonFiles['package.json'],
      'test/moon.test.js': moonFiles['test/moon.test.js'],
    }
    expect(await runTests({ ...only, 'src/moon.js': rounded })).not.toBe(0)
    expect(await runTests({ ...only, 'src/moon.js': moonFiles['src/moon.js'] })).toBe(0)
  })
})
