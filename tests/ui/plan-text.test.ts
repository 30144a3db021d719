import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { comparePlans, describeComparison } from '../../ui/src/lib/plan/compare.ts'
import { changeSubtask, type PlanEdit, removeSubtask, toEdit } from '../../ui/src/lib/plan/edit.ts'
import { diffTexts } from '../../ui/src/lib/plan/text-diff.ts'
import { parseText, toText } from '../../ui/src/lib/plan/yaml.ts'
import { makePlan, plans } from './mock-data.ts'

const edit = toEdit(
  makePlan('t', [
    ['docs', 'Docs', 'pending', []],
    ['tests', 'Tests', 'pending', ['docs']],
  ]),
)

/** Every text, also those that YAML could take for something else. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(
    'yes',
    '1.0',
    'null',
    '~',
    '# no',
    '- a',
    'a: b',
    '  led',
    'two\nlines\n',
    '\ttab',
    '',
    '\n',
    ' x\n\n y ',
    'a\r\nb',
  ),
)
const anyEdit: fc.Arbitrary<PlanEdit> = fc.record({
  strategy: fc.constantFrom('parallel', 'sequential'),
  analysis: anyText,
  notes: anyText,
  subtasks: fc.array(
    fc.record(
      {
        id: anyText,
        name: anyText,
        description: anyText,
        prompt: anyText,
        depends_on: fc.array(anyText, { maxLength: 3 }),
        files_involved: fc.array(anyText, { maxLength: 3 }),
        complexity: fc.constantFrom('low', 'medium', 'high'),
        agent_role: anyText,
        model: fc.string({ minLength: 1 }),
      },
      {
        requiredKeys: [
          'id',
          'name',
          'description',
          'prompt',
          'depends_on',
          'files_involved',
          'complexity',
          'agent_role',
        ],
      },
    ),
    { minLength: 1, maxLength: 4 },
  ),
})

describe('a plan as text', () => {
  test('says the same when it is read again', () => {
    fc.assert(
      fc.property(anyEdit, (any) => {
        expect(parseText(toText(any)).edit).toEqual(any)
      }),
    )
    for (const plan of Object.values(plans)) {
      const known = toEdit(plan)
      expect(parseText(toText(known))).toEqual({ edit: known, problems: [] })
    }
  })

  test('leaves out what says nothing, and writes a prompt as lines', () => {
    const text = toText(changeSubtask(edit, 'docs', { prompt: 'One.\n\nTwo.', files_involved: [] }))
    expect(text).toContain('    prompt: |-\n      One.\n\n      Two.\n')
    expect(text).not.toContain('complexity')
    expect(text).not.toContain('model')
  })

  const whatIsAt = (text: string): string[] =>
    parseText(text).problems.map(({ from, to, message }) => `${text.slice(from, to)} | ${message}`)

  test('a mistake of form is told where it is, and no plan is made of it', () => {
    const text = 'subtasks:\n  - id: a\n    name: "unclosed\n'
    const { edit: read, problems } = parseText(text)
    expect(read).toBeUndefined()
    expect(problems[0]?.from).toBeGreaterThan(text.indexOf('name'))
    expect(problems[0]?.message).toContain('quote')
  })

  test('a field that does not exist, or of the wrong kind, is told in words', () => {
    expect(whatIsAt('subtasks:\n  - id: a\n    promt: x\n')).toEqual([
      expect.stringMatching(/A subtask has no "promt"\. Known are id, name/),
    ])
    expect(whatIsAt('subtasks:\n  - id: 7\n    name: A\n    prompt: x\n')).toEqual([
      '7 | "id" must be a text. Put it in quotes.',
    ])
    expect(whatIsAt('subtasks: none\n')[0]).toContain('a list, every entry with a dash')
    expect(whatIsAt('just words\n')[0]).toContain('A plan is a list of fields')
    expect(whatIsAt('')).toHaveLength(1)
  })

  test('what a plan may not say is told where it stands, and the plan is read', () => {
    const text = toText({
      ...edit,
      subtasks: edit.subtasks.map((each) => ({ ...each, depends_on: ['gone'] })),
    })
    const { edit: read, problems } = parseText(text)
    expect(read?.subtasks).toHaveLength(2)
    expect(problems[0]?.message).toBe('Subtask "docs" depends on "gone", which is not in the plan.')
    expect(text.slice(problems[0]?.from, problems[0]?.to)).toContain('gone')
  })

  test('a loop is marked', () => {
    const looped = changeSubtask(edit, 'docs', { depends_on: ['tests'] })
    expect(whatIsAt(toText(looped))[0]).toContain('docs → tests → docs')
  })
})

describe('two versions of a plan', () => {
  test('differ by subtask and by field, prompts line by line', () => {
    const next = changeSubtask({ ...edit, strategy: 'sequential' }, 'docs', {
      agent_role: 'writer',
      prompt: edit.subtasks[0]?.prompt.replace('Write tests', 'Write no tests') ?? '',
    })
    const comparison = comparePlans(edit, {
      ...next,
      subtasks: [...next.subtasks, { ...next.subtasks[1], id: 'new', name: 'New' } as never],
    })
    expect(describeComparison(comparison)).toBe('1 added, 1 changed, order changed')
    const [changed, added] = comparison.subtasks
    expect(changed?.fields.map(({ field }) => field)).toEqual(['Role', 'Prompt'])
    const prompt = changed?.fields[1]
    if (prompt?.kind !== 'text') throw new Error('the prompt is a text')
    expect(prompt.lines.map(({ kind }) => kind)).toEqual(['same', 'same', 'del', 'add'])
    expect(added).toMatchObject({ id: 'new', kind: 'added' })
  })

  test('a removed subtask and what it was joined to are both told', () => {
    const result = removeSubtask(edit, 'docs', { join: true })
    if (!result.ok) throw new Error(result.reason)
    const comparison = comparePlans(edit, result.edit)
    expect(describeComparison(comparison)).toBe('1 changed, 1 removed')
    expect(comparison.subtasks[0]?.fields).toEqual([
      { field: 'Runs after', kind: 'list', added: [], removed: ['docs'] },
    ])
  })

  test('the same twice differs in nothing', () => {
    expect(describeComparison(comparePlans(edit, edit))).toBe('Nothing differs')
  })
})

test('a text’s difference can be applied: old and new lines come out of it', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 30 })
  fc.assert(
    fc.property(lines, lines, (old, now) => {
      const hunks = diffTexts(old.join('\n'), now.join('\n'))
      const take = (signs: string): string[] =>
        hunks
          .flatMap((hunk) => hunk.lines.filter((line) => signs.includes(line[0] ?? '')))
          .map((line) => line.slice(1))
      const isPart = (part: string[], whole: string[]): boolean => {
        let at = 0
        for (const each of whole) if (each === part[at]) at++
        return at === part.length
      }
      const before = old.join('\n') === '' ? [] : old
      const after = now.join('\n') === '' ? [] : now
      expect(isPart(take(' -'), before)).toBe(true)
      expect(isPart(take(' +'), after)).toBe(true)
      expect(take('+').length - take('-').length).toBe(after.length - before.length)
    }),
  )
})
