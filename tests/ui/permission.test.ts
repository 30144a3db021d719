import { describe, expect, test } from 'bun:test'
import {
  isAnsweredBy,
  permissionLine,
  permissionParts,
  permissionTitle,
  showHidden,
} from '../../ui/src/lib/permission.ts'

describe('what an agent asks to be allowed', () => {
  test('is shown whole: the command however long, and every other argument', () => {
    const command = `echo ${'x'.repeat(5000)}\nrm -rf build`
    const input = { command, description: 'Say it', timeout: 1000, run_in_background: false }
    expect(permissionParts({ tool: 'Bash', input })).toEqual([
      { label: '', text: command },
      { label: 'timeout', text: '1 s' },
    ])
  })

  test('says how long a command may take, with its unit and without rounding', () => {
    const timeOf = (tool: string, timeout: unknown) =>
      permissionParts({ tool, input: { command: 'ls', timeout } }).find(
        ({ label }) => label === 'timeout',
      )?.text
    expect(timeOf('Bash', 600_000)).toBe('10 min')
    expect(timeOf('Bash', 90_000)).toBe('90 s')
    expect(timeOf('Bash', 1500)).toBe('1500 ms')
    expect(timeOf('Bash', 0)).toBe('0 ms')
    expect(timeOf('Bash', '10\n')).toBe('10\n')
    expect(timeOf('mcp__a__b', 600_000)).toBe('600000')
  })

  test('of an edit is what goes and what comes', () => {
    const input = { file_path: '/a', old_string: 'x', new_string: '', replace_all: true }
    expect(permissionParts({ tool: 'Edit', input })).toEqual([
      { label: '', text: '/a' },
      { label: 'Instead of', text: 'x', tone: 'old' },
      { label: 'Write', text: '', tone: 'new' },
      { label: 'replace_all', text: 'true' },
    ])
  })

  test('of a tool that nobody knows is every argument under its name', () => {
    const input = { to: 'all', nested: { a: [1] } }
    expect(permissionParts({ tool: 'mcp__team__send', input })).toEqual([
      { label: 'to', text: 'all' },
      { label: 'nested', text: '{\n  "a": [\n    1\n  ]\n}' },
    ])
    expect(permissionTitle({ tool: 'mcp__team__send', input })).toBe('Use send of team?')
    expect(permissionTitle({ tool: 'constructor', input })).toBe('Use constructor?')
  })

  test('is one line in a list', () => {
    expect(permissionLine({ tool: 'Bash', input: { command: 'a &&\n  b' } })).toBe('a && b')
    expect(permissionLine({ tool: 'Odd', input: {} })).toBe('Odd')
  })
})

test('what is not seen, or turns the order of characters round, is shown as what it is', () => {
  expect(showHidden('rm \u202Egpj.x\u2066')).toBe('rm ⟦U+202E⟧gpj.x⟦U+2066⟧')
  expect(showHidden('a\u200Bb\u0007\r')).toBe('a⟦U+200B⟧b⟦U+0007⟧⟦U+000D⟧')
  expect(showHidden('tab\there\nnext ünï 漢 👍')).toBe('tab\there\nnext ünï 漢 👍')
})

test.each([
  [{ status: 'allowed', scope: 'once' }, { decision: 'allow', scope: 'once' }, true],
  [{ status: 'allowed', scope: 'task' }, { decision: 'allow', scope: 'once' }, false],
  [{ status: 'denied' }, { decision: 'deny', message: '' }, true],
  [{ status: 'denied', message: 'No.' }, { decision: 'deny', message: 'No.' }, true],
  [{ status: 'denied', message: 'No.' }, { decision: 'deny', message: 'Never.' }, false],
  [{ status: 'denied' }, { decision: 'allow', scope: 'once' }, false],
  [{ status: 'withdrawn' }, { decision: 'deny', message: '' }, false],
] as const)('what was answered with %j is the answer %j: %p', (stored, answer, isSame) => {
  expect(isAnsweredBy(stored, answer)).toBe(isSame)
})
