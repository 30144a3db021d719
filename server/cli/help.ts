import {
  type CommandInfo,
  type CommandName,
  commandNames,
  commands,
  type GroupName,
  groups,
  isCommand,
  isGroup,
  verbsOf,
} from './commands.ts'
import { exitCodeRows } from './exit-codes.ts'

/** What `--help` prints: all commands, those of a group, or one of them with its options. */
export function renderHelp(topic?: CommandName | GroupName): string {
  if (topic === undefined) return renderAll()
  return isGroup(topic) ? renderGroup(topic) : renderTopic(topic, commands[topic])
}

function renderAll(): string {
  const rows = verbsOf('').map((verb): [string, string] => {
    if (isGroup(verb)) return [`${verb} ...`, groups[verb]]
    return isCommand(verb) ? [usage(verb), commands[verb].about] : [verb, '']
  })
  return [
    'Klaudio launches teams of Claude Code agents in Docker containers.',
    '',
    'Usage: klaudio [command] [options]',
    '',
    'Commands:',
    ...toColumns(rows),
    '',
    'Options:',
    ...toColumns([
      ...optionRows(commands.serve),
      ['--help, -h', 'This text; after a command, about that command'],
      ['--version, -v', 'Print the version'],
    ]),
    '',
    'Settings are documented in config.yaml; each has an environment variable.',
    '',
  ].join('\n')
}

function renderGroup(group: GroupName): string {
  const names = commandNames.filter(
    (name) => name.startsWith(`${group} `) && !commands[name].hidden,
  )
  return [
    `Usage: klaudio ${group} <command> [options]`,
    '',
    `${groups[group]}.`,
    '',
    'Commands:',
    ...toColumns(names.map((name) => [usage(name).slice(group.length + 1), commands[name].about])),
    '',
    'An id may be shortened as long as it names one thing only.',
    `klaudio ${group} <command> --help tells about each.`,
    '',
    ...endings(),
  ].join('\n')
}

function renderTopic(name: CommandName, info: CommandInfo): string {
  return [
    `Usage: klaudio ${usage(name)} [options]`,
    '',
    `${info.about}.`,
    '',
    'Options:',
    ...toColumns([...optionRows(info), ['--help, -h', 'This text']]),
    '',
    ...(info.notes ? [...info.notes, ''] : []),
    ...(info.options.some((option) => option.name === 'server') ? endings() : []),
  ].join('\n')
}

const endings = (): string[] => [
  'Ends with:',
  ...toColumns(exitCodeRows.map(([code, about]) => [String(code), about])),
  '',
]

function usage(name: CommandName): string {
  const { words = [] } = commands[name]
  return [name, ...words].join(' ')
}

function optionRows(info: CommandInfo): [string, string][] {
  return info.options.map(({ name, takes, about }) => [
    takes ? `--${name} ${takes}` : `--${name}`,
    about,
  ])
}

function toColumns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`)
}
