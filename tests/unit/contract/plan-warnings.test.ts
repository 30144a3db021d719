import { describe, expect, test } from 'bun:test'
import { validatePlan } from '#contract/plan-validation.ts'
import { planWarnings } from '#contract/plan-warnings.ts'
import type { TeamSnapshot } from '#contract/team.ts'

const subtask = (id: string, files_involved: string[], depends_on: string[] = []) => ({
  ...{ id, name: id, prompt: `Do ${id}.`, files_involved, depends_on },
  agent_role: 'developer',
})

function warn(
  subtasks: ReturnType<typeof subtask>[],
  {
    mode = 'parallel',
    strategy = 'parallel',
    team = null,
  }: Partial<Parameters<typeof planWarnings>[1] & { strategy: 'parallel' | 'sequential' }> = {},
) {
  return planWarnings({ strategy, subtasks }, { mode, team })
}

const role = (name: string, more: object = {}) => ({
  ...{ name, description: '', model: '', prompt_hint: '', max_instances: 0, run_last: false },
  ...more,
})
const team = (more: object): TeamSnapshot =>
  ({
    ...{ id: 't', name: 'T', description: '', max_agents: 3, review: false },
    ...{ roles: [role('developer')], mode: 'sequential' },
    ...more,
  }) as TeamSnapshot

describe('subtasks that may run at the same time and name the same files', () => {
  test('are named once, with all files they share, and the plan is valid all the same', () => {
    const subtasks = [
      subtask('a', ['src/one.ts', './src/two.ts', 'own.ts']),
      subtask('b', ['src/one.ts', 'src/two.ts']),
      subtask('c', ['other.ts']),
    ]
    expect(warn(subtasks)).toEqual([
      {
        subtasks: ['a', 'b'],
        files: ['src/one.ts', 'src/two.ts'],
        message:
          '"a" and "b" may run at the same time and name src/one.ts, src/two.ts: what they change may conflict. Let one depend on the other, or give the work on it to one of them.',
      },
    ])
    expect(validatePlan({ subtasks }).ok).toBe(true)
  })

  test('a file and the folder it is in are the same place', () => {
    const found = warn([
      subtask('a', ['src/']),
      subtask('b', ['src/deep/one.ts']),
      subtask('c', ['srcs']),
    ])
    expect(found).toMatchObject([{ subtasks: ['a', 'b'], files: ['src/deep/one.ts'] }])
  })

  test('what waits for the other, directly or through others, is not named', () => {
    const chain = [
      subtask('a', ['x']),
      subtask('b', [], ['a']),
      subtask('c', ['x'], ['b']),
      subtask('d', ['x'], ['a']),
    ]
    expect(warn(chain)).toMatchObject([{ subtasks: ['c', 'd'], files: ['x'] }])
  })

  test('a plan of which one after the other is worked on has none', () => {
    const both = [subtask('a', ['x']), subtask('b', ['x'])]
    expect(warn(both)).toHaveLength(1)
    expect(warn(both, { strategy: 'sequential' })).toEqual([])
    expect(warn(both, { mode: 'sequential' })).toEqual([])
    expect(warn(both, { team: team({ max_agents: 1 }) })).toEqual([])
    expect(
      warn(both, { strategy: 'sequential', team: team({ mode: 'collaborative' }) }),
    ).toHaveLength(1)
  })

  test('a team keeps apart: by file, by role, or what runs last', () => {
    const both = [subtask('a', ['x']), { ...subtask('b', ['x']), agent_role: 'tester' }]
    const roles = [role('developer', { max_instances: 1 }), role('tester')]
    expect(warn(both, { team: team({ roles }) })).toHaveLength(1)
    expect(warn(both, { team: team({ serialize_conflicts: true }) })).toEqual([])
    const last = [role('developer'), role('tester', { run_last: true })]
    expect(warn(both, { team: team({ roles: last }) })).toEqual([])
    const alike = [subtask('a', ['x']), subtask('b', ['x'])]
    expect(warn(alike, { team: team({ roles }) })).toEqual([])
  })

  test('no more are given than a person reads', () => {
    const files = Array.from({ length: 60 }, (_, n) => `f${n}`)
    const pairs = files.flatMap((file) => [
      subtask(`${file}-a`, [file]),
      subtask(`${file}-b`, [file]),
    ])
    expect(warn(pairs)).toHaveLength(20)
    const many = warn([subtask('a', files), subtask('b', files)])
    expect(many).toMatchObject([{ message: expect.stringContaining('f0, f1, f2 and 57 more') }])
  })
})
