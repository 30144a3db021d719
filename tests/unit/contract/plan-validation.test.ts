import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { describeProblems, findCycle, validatePlan } from '#contract/plan-validation.ts'

const subtask = (id: string, depends_on: string[] = [], more: object = {}) => ({
  id,
  name: `Do ${id}`,
  prompt: `Please do ${id}.`,
  depends_on,
  ...more,
})

const problemsOf = (input: unknown): string[] => {
  const check = validatePlan(input)
  return check.ok ? [] : check.problems.map(({ path, message }) => `${path} | ${message}`)
}

describe('validatePlan', () => {
  test('fills in everything a plan may leave out', () => {
    const check = validatePlan({ subtasks: [{ id: 'a', name: 'A', prompt: 'do a' }] })
    expect(check).toEqual({
      ok: true,
      plan: {
        analysis: '',
        strategy: 'parallel',
        estimated_agents: 1,
        notes: '',
        subtasks: [
          {
            id: 'a',
            name: 'A',
            description: '',
            prompt: 'do a',
            depends_on: [],
            files_involved: [],
            complexity: 'medium',
            agent_role: 'developer',
          },
        ],
      },
    })
  })

  test('drops live state and unknown keys that a client sends back', () => {
    const check = validatePlan({
      subtasks: [subtask('a', [], { status: 'completed', agent_id: 'x', hacked: true })],
      status: 'approved',
    })
    expect(check.ok && Object.keys(check.plan.subtasks[0] ?? {})).not.toContain('status')
  })

  test('keeps a repeated dependency once', () => {
    const check = validatePlan({ subtasks: [subtask('a'), subtask('b', ['a', 'a'])] })
    expect(check.ok && check.plan.subtasks[1]?.depends_on).toEqual(['a'])
  })

  const bad: { name: string; input: unknown; expected: string[] }[] = [
    { name: 'nothing', input: null, expected: [' | The plan: this must be an object, not null.'] },
    {
      name: 'a text',
      input: 'plan',
      expected: [' | The plan: this must be an object, not "plan".'],
    },
    {
      name: 'no subtasks',
      input: { subtasks: [] },
      expected: ["subtasks | The plan's subtasks: A plan needs at least one subtask."],
    },
    {
      name: 'subtasks that are not a list',
      input: { subtasks: {} },
      expected: ["subtasks | The plan's subtasks: this must be a list, not Object."],
    },
    {
      name: 'a missing prompt, named by the id of its subtask',
      input: { subtasks: [{ id: 'docs', name: 'Docs' }] },
      expected: ['subtasks.0.prompt | Subtask "docs", prompt: this is missing.'],
    },
    {
      name: 'a missing id, named by its place',
      input: { subtasks: [subtask('a'), { name: 'B', prompt: 'b' }] },
      expected: ['subtasks.1.id | Subtask number 2, id: this is missing.'],
    },
    {
      name: 'an id that could not name a branch',
      input: { subtasks: [subtask('../x')] },
      expected: [
        'subtasks.0.id | Subtask "../x", id: An id has 1 to 40 characters: a-z, 0-9 and inner dashes.',
      ],
    },
    {
      name: 'a name that is too long',
      input: { subtasks: [subtask('a', [], { name: 'x'.repeat(201) })] },
      expected: ['subtasks.0.name | Subtask "a", name: this is too long; at most 200 are allowed.'],
    },
    {
      name: 'an unknown complexity',
      input: { subtasks: [subtask('a', [], { complexity: 'huge' })] },
      expected: [
        'subtasks.0.complexity | Subtask "a", complexity: "huge" is not one of ("low" | "medium" | "high").',
      ],
    },
    {
      name: 'half an agent',
      input: { subtasks: [subtask('a')], estimated_agents: 1.5 },
      expected: ["estimated_agents | The plan's estimated_agents: this must be a whole number."],
    },
    {
      name: 'a model that is not a name',
      input: { subtasks: [subtask('a', [], { model: '--help' })] },
      expected: [
        'subtasks.0.model | Subtask "a", model: this has characters that are not allowed here.',
      ],
    },
    {
      name: 'the same id twice',
      input: { subtasks: [subtask('a'), subtask('b'), subtask('a')] },
      expected: [
        'subtasks.2.id | The id "a" is used more than once. Give every subtask its own id.',
      ],
    },
    {
      name: 'an unknown dependency',
      input: { subtasks: [subtask('a', ['ghost'])] },
      expected: [
        'subtasks.0.depends_on | Subtask "a" depends on "ghost", which is not in the plan.',
      ],
    },
    {
      name: 'a subtask that depends on itself',
      input: { subtasks: [subtask('a', ['a'])] },
      expected: ['subtasks.0.depends_on | Subtask "a" depends on itself.'],
    },
    {
      name: 'a cycle, in words',
      input: { subtasks: [subtask('api'), subtask('docs', ['tests']), subtask('tests', ['docs'])] },
      expected: [
        'subtasks.1.depends_on | These subtasks wait for each other: docs → tests → docs. Remove one of these dependencies.',
      ],
    },
    {
      name: 'a role that Klaudio plays itself',
      input: { subtasks: [subtask('a', [], { agent_role: 'Manager' })] },
      expected: [
        'subtasks.0.agent_role | Subtask "a" has the role "Manager", which belongs to Klaudio itself. Say what the agent does, for example developer, tester or writer.',
      ],
    },
  ]
  for (const { name, input, expected } of bad)
    test(`refuses ${name}`, () => expect(problemsOf(input)).toEqual(expected))

  test('refuses a plan that is too large as a whole, although each part is within its limit', () => {
    const subtasks = Array.from({ length: 11 }, (_, i) =>
      subtask(`s${i}`, [], { prompt: 'x'.repeat(100_000) }),
    )
    expect(problemsOf({ subtasks })[0]).toMatch(
      /^ \| The plan has 11\d{5} characters; at most 1000000/,
    )
  })

  test('tells every problem at once, one line each', () => {
    const check = validatePlan({
      subtasks: [subtask('a', ['ghost']), subtask('a'), subtask('b', ['b'])],
    })
    expect(check.ok ? '' : describeProblems(check.problems).split('\n')).toHaveLength(3)
  })
})

describe('findCycle', () => {
  const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 30 }).map((edges) =>
      Array.from({ length: size }, (_, id) => ({
        id: `n${id}`,
        depends_on: edges.filter(([from]) => from === id).map(([, to]) => `n${to}`),
      })),
    ),
  )

  test('names a path that really closes, exactly when no order exists', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const cycle = findCycle(nodes)
        expect(cycle === undefined).toBe(canBeOrdered(nodes))
        if (!cycle) return
        expect(cycle[0]).toBe(cycle.at(-1) as string)
        for (let i = 0; i + 1 < cycle.length; i++) {
          const node = nodes.find(({ id }) => id === cycle[i])
          expect(node?.depends_on).toContain(cycle[i + 1] as string)
        }
      }),
    )
  })
})

/** Takes away what needs nothing more, again and again: an independent way to ask the same question. */
function canBeOrdered(nodes: readonly { id: string; depends_on: string[] }[]): boolean {
  let left = nodes
  for (;;) {
    const ids = new Set(left.map(({ id }) => id))
    const blocked = left.filter(({ depends_on }) => depends_on.some((id) => ids.has(id)))
    if (blocked.length === left.length) return left.length === 0
    left = blocked
  }
}
