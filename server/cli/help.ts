import { type CommandInfo, type CommandName, commandNames, commands } from './commands.ts'

/** What `--help` prints: all commands, or one of them with its options. */
export function renderHelp(topic?: CommandName): string {
  return topic ? renderTopic(topic, commands[topic]) : renderAll()
}

function renderAll(): string {
  return [
    'Klaudio launches teams of Claude Code agents in Docker containers.',
    '',
    'Usage: klaudio [command] [options]',
    '',
    'Commands:',
    ...toColumns(commandNames.map((name) => [usage(name), commands[name].about])),
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
  ].join('\n')
}

function usage(name: CommandName): string {
  const { word } = commands[name]
  return word ? `${name} ${word}` : name
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
