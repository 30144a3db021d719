import { describe, expect, test } from 'bun:test'
import { isYes } from '#cli/confirm.ts'
import { type DoctorCommand, renderCheck, runDoctor } from '#cli/doctor-command.ts'
import type { Check } from '#contract/system.ts'

const good: Check = { id: 'git', title: 'Git', state: 'ok', detail: 'git 2.39' }
const remark: Check = {
  id: 'disk',
  title: 'Disk',
  state: 'warn',
  detail: '3 GB',
  fix: 'Free some.',
}
const bad: Check = {
  id: 'engine',
  title: 'Engine',
  state: 'fail',
  detail: 'nothing answers',
  fix: 'Start Docker:\n  systemctl start docker',
}

/** A doctor whose repair makes the engine's check pass. */
function doctor(checks: Check[], options: Partial<DoctorCommand> = {}) {
  const seen = { lines: [] as string[], asked: 0, repaired: 0 }
  const run = () =>
    runDoctor({
      fix: false,
      yes: false,
      json: false,
      colours: false,
      async check(onCheck) {
        const found =
          seen.repaired > 0 ? checks.map((each) => (each.state === 'fail' ? good : each)) : checks
        for (const each of found) onCheck?.(each)
        return found
      },
      plan: async () => ['install the engine'],
      repair: async () => {
        seen.repaired++
      },
      confirm: async () => {
        seen.asked++
        return true
      },
      print: (line) => seen.lines.push(line),
      ...options,
    })
  return { run, seen }
}

describe('the exit code', () => {
  test('is 0 when all is well, and with a mere remark', async () => {
    expect(await doctor([good]).run()).toBe(0)
    expect(await doctor([good, remark]).run()).toBe(0)
  })

  test('is 1 when something needed is missing', async () => {
    expect(await doctor([good, bad]).run()).toBe(1)
  })
})

describe('fixing', () => {
  test('nothing is asked or done without --fix', async () => {
    const { run, seen } = doctor([bad])
    await run()
    expect(seen).toMatchObject({ asked: 0, repaired: 0 })
  })

  test('asks, repairs and checks again', async () => {
    const { run, seen } = doctor([bad], { fix: true })
    expect(await run()).toBe(0)
    expect(seen).toMatchObject({ asked: 1, repaired: 1 })
    expect(seen.lines).toContain('  - install the engine')
  })

  test('a no changes nothing', async () => {
    const { run, seen } = doctor([bad], { fix: true, confirm: async () => false })
    expect(await run()).toBe(1)
    expect(seen.repaired).toBe(0)
    expect(seen.lines).toContain('Nothing was changed.')
  })

  test('--yes does not ask', async () => {
    const { run, seen } = doctor([bad], { fix: true, yes: true })
    expect(await run()).toBe(0)
    expect(seen).toMatchObject({ asked: 0, repaired: 1 })
  })

  test('a machine that needs nothing is left alone, in silence', async () => {
    const perfect = doctor([good], { fix: true, yes: true })
    await perfect.run()
    expect(perfect.seen.repaired).toBe(0)
    const remarkable = doctor([good, remark], { fix: true, yes: true, plan: async () => [] })
    await remarkable.run()
    expect(remarkable.seen.repaired).toBe(0)
    expect(remarkable.seen.lines.join('\n')).not.toContain('fixed automatically')
  })

  test('a remark that can be improved is', async () => {
    const { run, seen } = doctor([good, remark], { fix: true, yes: true })
    expect(await run()).toBe(0)
    expect(seen.repaired).toBe(1)
  })

  test('where nothing can be done it says so and keeps the advice', async () => {
    const { run, seen } = doctor([bad], { fix: true, yes: true, plan: async () => [] })
    expect(await run()).toBe(1)
    expect(seen.repaired).toBe(0)
    expect(seen.lines.join('\n')).toContain('systemctl start docker')
  })

  test('a repair that fails is not swallowed', async () => {
    const { run } = doctor([bad], {
      fix: true,
      yes: true,
      repair: async () => {
        throw new Error('apt-get ended with 100')
      },
    })
    await expect(run()).rejects.toThrow('apt-get ended with 100')
  })
})

describe('what is printed', () => {
  test('a line per check with its fact as soon as it is known, advice below it, a sum at the end', async () => {
    const { run, seen } = doctor([good, bad], {
      async check(onCheck) {
        onCheck?.(bad)
        expect(seen.lines[0]).toBe('✗ Engine              nothing answers')
        onCheck?.(good)
        return [good, bad]
      },
    })
    await run()
    expect(seen.lines).toEqual([
      '✗ Engine              nothing answers',
      '    Start Docker:',
      '      systemctl start docker',
      '✓ Git                 git 2.39',
      '',
      '1 of 2 checks failed.',
    ])
  })

  test('colours only where they are wanted', () => {
    expect([good, bad, remark].flatMap((each) => renderCheck(each, false)).join('')).not.toContain(
      '\u001b',
    )
    expect(renderCheck(bad, true)[0]).toStartWith('\u001b[31m✗')
  })

  test('--json prints one JSON value and nothing else', async () => {
    const { run, seen } = doctor([bad], { fix: true, yes: true, json: true })
    await run()
    expect(JSON.parse(seen.lines.join('\n'))).toEqual({ healthy: true, checks: [good] })
  })
})

test.each([
  ['y', true],
  [' YES ', true],
  ['', false],
  ['no', false],
  ['yeah', false],
])('"%s" as an answer is %p', (answer, expected) => {
  expect(isYes(answer)).toBe(expected)
})
