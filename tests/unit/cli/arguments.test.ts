import { describe, expect, test } from 'bun:test'
import { type Command, parseArguments } from '#cli/arguments.ts'
import type { ClientCommandName } from '#cli/client-commands.ts'
import { commandNames, commands, isGroup, verbsOf } from '#cli/commands.ts'
import { renderHelp } from '#cli/help.ts'

const parse = (line: string): Command => parseArguments(line.split(' ').filter(Boolean))

const client = (
  verb: ClientCommandName,
  words: string[],
  options: Record<string, string[]>,
): Command => ({ name: 'client', verb, words, options: new Map(Object.entries(options)) })

describe('what is understood', () => {
  const cases: [string, Command][] = [
    ['', { name: 'serve', flags: {} }],
    ['serve', { name: 'serve', flags: {} }],
    ['--config k.yaml', { name: 'serve', config: 'k.yaml', flags: {} }],
    [
      'serve --port 9000 --host 0.0.0.0 --config=k.yaml',
      {
        name: 'serve',
        config: 'k.yaml',
        flags: { 'server.port': '9000', 'server.host': '0.0.0.0' },
      },
    ],
    ['--port=0', { name: 'serve', flags: { 'server.port': '0' } }],
    ['run', { name: 'serve', flags: {} }],
    ['run /etc/klaudio.conf', { name: 'serve', config: '/etc/klaudio.conf', flags: {} }],
    ['my.yaml', { name: 'serve', config: 'my.yaml', flags: {} }],
    ['demo', { name: 'demo', once: false, flags: {} }],
    [
      'demo --once --port 1 --data-dir d',
      { name: 'demo', once: true, flags: { 'server.port': '1', 'storage.data_dir': 'd' } },
    ],
    ['doctor', { name: 'doctor', fix: false, yes: false, demo: false, json: false }],
    [
      'doctor --json --fix --yes',
      { name: 'doctor', fix: true, yes: true, demo: false, json: true },
    ],
    [
      'doctor --config c.yml',
      { name: 'doctor', config: 'c.yml', fix: false, yes: false, demo: false, json: false },
    ],
    ['--help', { name: 'help' }],
    ['-h', { name: 'help' }],
    ['help', { name: 'help' }],
    ['help demo', { name: 'help', topic: 'demo' }],
    ['demo --help', { name: 'help', topic: 'demo' }],
    ['serve --port x -h', { name: 'help', topic: 'serve' }],
    ['task', { name: 'help', topic: 'task' }],
    ['task --help', { name: 'help', topic: 'task' }],
    ['task files', { name: 'help', topic: 'task files' }],
    ['task files get -h', { name: 'help', topic: 'task files get' }],
    ['help task list', { name: 'help', topic: 'task list' }],
    ['completion zsh', { name: 'completion', shell: 'zsh' }],
    ['complete-words task --fi', { name: 'complete-words', words: ['task', '--fi'] }],
    [
      'task list --status=failed --json',
      client('task list', [], { status: ['failed'], json: [''] }),
    ],
    [
      'task create - --file a --file b --wait',
      client('task create', ['-'], { file: ['a', 'b'], wait: [''] }),
    ],
    ['task create --prompt-file -', client('task create', [], { 'prompt-file': ['-'] })],
    ['task create -- --help', client('task create', ['--help'], {})],
    ['--version', { name: 'version' }],
    ['-v', { name: 'version' }],
  ]
  test.each(cases)('klaudio %s', (line, expected) => {
    expect(parse(line)).toEqual(expected)
  })
})

describe('what is a mistake, in a sentence that helps', () => {
  test.each([
    ['docter', 'Did you mean doctor?'],
    ['banana', '"banana" is not a command. See klaudio --help.'],
    ['service install', '"service" is not a command'],
    ['serve now', 'one word too many'],
    ['run a.yaml b.yaml', '"b.yaml" is one word too many'],
    ['run a.yaml --config b.yaml', 'both name the settings'],
    ['run --config b.yaml a.yaml', 'both name the settings'],
    ['--prot 1', 'Did you mean --port?'],
    ['--port', '--port needs a value: --port N'],
    ['--port --host h', '--port needs a value'],
    ['--port=', '--port needs a value'],
    ['--port 1 --port 2', '--port is given twice'],
    ['demo --once=yes', '--once takes no value'],
    ['demo --host h', 'klaudio demo has no option --host'],
    ['doctor --port 1', 'klaudio doctor has no option --port'],
    ['-port 1', 'no option -port'],
    ['help banana', 'no help on "banana"'],
    ['task shwo', 'Did you mean show? See klaudio task --help.'],
    ['task files lst x', 'Did you mean list?'],
    ['task show', 'klaudio task show needs TASK. See klaudio task show --help.'],
    ['task retry x', 'needs SUBTASK'],
    ['task show a b', '"b" is one word too many'],
    ['task create x --mode both', '--mode is "both", but may only be parallel or sequential'],
    ['task list --token secret', 'has no option --token'],
    ['completion tcsh', 'There is no completion for "tcsh", only for bash, zsh, fish'],
    ['completion', 'needs SHELL'],
  ])('klaudio %s', (line, sentence) => {
    const command = parse(line)
    expect(command.name).toBe('mistake')
    expect(command).toMatchObject({ message: expect.stringContaining(sentence) })
  })
})

describe('help', () => {
  test('names every command', () => {
    // Those of one word: the help of a group names what is in its own groups, too.
    const topics = verbsOf('').filter(isGroup)
    const all = [renderHelp(), ...topics.map((group) => renderHelp(group))].join('\n')
    for (const name of commandNames.filter((each) => !commands[each].hidden)) {
      const [first = '', ...rest] = name.split(' ')
      expect(all).toContain(`  ${isGroup(first) ? rest.join(' ') : name}`)
    }
  })

  test.each([...commandNames])('on %s names each of its options', (name) => {
    const text = renderHelp(name)
    for (const option of commands[name].options) expect(text).toContain(`--${option.name}`)
  })

  test('fits a terminal of 100 columns', () => {
    for (const text of [renderHelp(), ...commandNames.map((name) => renderHelp(name))])
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })
})

describe('token', () => {
  test.each([
    ['token link', { verb: 'link', replace: false, json: false }],
    ['token link --new', { verb: 'link', replace: true }],
    ['token create CI --json', { verb: 'create', word: 'CI', json: true }],
    ['token revoke CI --data-dir d', { verb: 'revoke', flags: { 'storage.data_dir': 'd' } }],
    ['token list --config a.yaml', { verb: 'list', config: 'a.yaml' }],
  ])('%s', (line, expected) => {
    expect(parseArguments(line.split(' '))).toMatchObject({ name: 'token', ...expected })
  })

  test.each([
    ['token lnk', 'Did you mean link?'],
    ['token create', 'needs NAME'],
    ['token list CI', 'one word too many'],
    ['token create a b', 'one word too many'],
    ['token list --new', 'klaudio token list has no option --new'],
  ])('%s is a mistake that says what is wrong', (line, sentence) => {
    const command = parseArguments(line.split(' '))
    expect(command).toMatchObject({ name: 'mistake', message: expect.stringContaining(sentence) })
  })
})
