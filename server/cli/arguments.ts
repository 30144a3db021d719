import { findNearest } from '#lib/nearest.ts'
import { type ClientCommandName, isClientCommand } from './client-commands.ts'
import {
  type CommandName,
  commands,
  type GroupName,
  isCommand,
  isGroup,
  type OptionInfo,
  type Shell,
  shells,
  verbsOf,
} from './commands.ts'
import type { TokenVerb } from './token-command.ts'

/** What a person asked for. `flags` are settings by key, as `loadConfig` takes them. */
export type Command =
  | { name: 'serve'; config?: string; flags: Record<string, string> }
  | { name: 'demo'; once: boolean; flags: Record<string, string> }
  | { name: 'doctor'; config?: string; fix: boolean; yes: boolean; demo: boolean; json: boolean }
  | {
      name: 'token'
      verb: TokenVerb
      word?: string
      config?: string
      flags: Record<string, string>
      replace: boolean
      json: boolean
    }
  | {
      name: 'backup'
      to?: string
      withSecrets: boolean
      json: boolean
      config?: string
      flags: Record<string, string>
    }
  | {
      name: 'restore'
      file: string
      force: boolean
      isCheck: boolean
      config?: string
      flags: Record<string, string>
    }
  | ClientCommand
  | { name: 'completion'; shell: Shell }
  /** Words of a line that is being typed; the last one is under the cursor. */
  | { name: 'complete-words'; words: string[] }
  | { name: 'help'; topic?: CommandName | GroupName }
  | { name: 'version' }
  /** Nothing was understood: print `message` on stderr and end with code 2. */
  | { name: 'mistake'; message: string }

/** A command for a running server. An option is a list, because some may be repeated; a switch holds one empty text. */
export type ClientCommand = {
  name: 'client'
  verb: ClientCommandName
  words: string[]
  options: ReadonlyMap<string, readonly string[]>
}

/** Options that are settings by another name. */
const settings: Readonly<Record<string, string>> = {
  port: 'server.port',
  host: 'server.host',
  'data-dir': 'storage.data_dir',
}

type Words = { given: Map<string, string[]>; positional: string[] }

/** `argv` without the program's own name. */
export function parseArguments(argv: readonly string[]): Command {
  const [first = 'serve', ...rest] = argv
  if (first === '--version' || first === '-v') return { name: 'version' }
  if (first === '--help' || first === '-h' || first === 'help') return parseHelp(rest)
  if (first.startsWith('-')) return parseCommand('serve', argv)
  // The reference's form: a settings file as the first word.
  if (/\.ya?ml$/i.test(first)) return parseCommand('run', argv)
  // What a shell asks about may hold any option.
  if (first === 'complete-words') return { name: first, words: rest }
  const words = [first, ...rest]
  const { path, name } = findCommand(words)
  if (name) return parseCommand(name, words.slice(name.split(' ').length))
  if (isGroup(path)) return parseGroup(path, words.slice(path.split(' ').length))
  return mistake(`"${first}" is not a command`, first, verbsOf(''))
}

/** The longest command the words begin with, or else the group they lead to. */
function findCommand(argv: readonly string[]): { path: string; name?: CommandName } {
  let path = ''
  for (const word of argv) {
    const longer = path === '' ? word : `${path} ${word}`
    if (isCommand(longer)) return { path: longer, name: longer }
    if (!isGroup(longer)) break
    path = longer
  }
  return { path }
}

function parseGroup(group: GroupName, [verb, ...rest]: readonly string[]): Command {
  const asks = [verb, ...rest].some((word) => word === '--help' || word === '-h')
  if (verb === undefined || asks) return { name: 'help', topic: group }
  const help = `klaudio ${group} --help`
  return mistake(`"${verb}" is nothing klaudio ${group} can do`, verb, verbsOf(group), help)
}

function parseHelp(words: readonly string[]): Command {
  if (words.length === 0) return { name: 'help' }
  const topic = words.join(' ')
  if (isCommand(topic) || isGroup(topic)) return { name: 'help', topic }
  return mistake(`There is no help on "${topic}"`, topic, verbsOf(''))
}

function parseCommand(name: CommandName, argv: readonly string[]): Command {
  const beforeEnd = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (beforeEnd.includes('--help') || beforeEnd.includes('-h')) return { name: 'help', topic: name }
  const words = readWords(name, argv)
  if ('message' in words) return words
  if (isClientCommand(name))
    return { name: 'client', verb: name, words: words.positional, options: words.given }
  return toLocalCommand(name, words)
}

function toLocalCommand(
  name: Exclude<CommandName, ClientCommandName>,
  { given, positional }: Words,
): Command {
  const flags = Object.fromEntries(
    Object.entries(settings).flatMap(([option, key]) =>
      (given.get(option) ?? []).map((value) => [key, value]),
    ),
  )
  const [first] = positional
  const config = given.get('config')?.[0]
  const withConfig = config === undefined ? {} : { config }
  switch (name) {
    case 'token link':
    case 'token create':
    case 'token list':
    case 'token revoke':
      return {
        name: 'token',
        verb: tokenVerbs[name],
        ...(first === undefined ? {} : { word: first }),
        ...withConfig,
        flags,
        replace: given.has('new'),
        json: given.has('json'),
      }
    case 'backup': {
      const to = given.get('to')?.[0]
      const how = { withSecrets: given.has('with-secrets'), json: given.has('json') }
      return { name, ...how, ...(to === undefined ? {} : { to }), ...withConfig, flags }
    }
    case 'restore': {
      const how = { force: given.has('force'), isCheck: given.has('check') }
      return { name, file: first ?? '', ...how, ...withConfig, flags }
    }
    case 'demo':
      return { name, once: given.has('once'), flags }
    case 'doctor':
      return {
        name,
        ...withConfig,
        fix: given.has('fix'),
        yes: given.has('yes'),
        demo: given.has('demo'),
        json: given.has('json'),
      }
    case 'completion': {
      const shell = shells.find((each) => each === first)
      return shell
        ? { name, shell }
        : mistake(`There is no completion for "${first}", only for ${shells.join(', ')}`)
    }
    case 'complete-words':
      return { name, words: positional }
    case 'serve':
      return { name, ...withConfig, flags }
    case 'run':
      return { name: 'serve', ...(first === undefined ? withConfig : { config: first }), flags }
  }
}

const tokenVerbs = {
  'token link': 'link',
  'token create': 'create',
  'token list': 'list',
  'token revoke': 'revoke',
} as const satisfies Record<string, TokenVerb>

type Mistake = Extract<Command, { name: 'mistake' }>

/** Options and plain words of one command, or the first thing wrong with them. */
function readWords(command: CommandName, argv: readonly string[]): Words | Mistake {
  const words: Words = { given: new Map(), positional: [] }
  const queue = [...argv]
  let areAllWords = false
  for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
    if (text === '--' && !areAllWords) {
      areAllWords = true
      continue
    }
    const isOption = !areAllWords && text.startsWith('-') && text !== '-'
    const wrong = isOption
      ? readOption(command, text, { words, queue })
      : readPlainWord(command, text, words)
    if (wrong) return wrong
  }
  const wanted = (commands[command].words ?? []).filter((word) => !word.startsWith('['))
  const missing = wanted[words.positional.length]
  return missing
    ? mistake(`klaudio ${command} needs ${missing}`, '', [], `klaudio ${command} --help`)
    : words
}

function readPlainWord(command: CommandName, text: string, words: Words): Mistake | undefined {
  const { words: wanted = [] } = commands[command]
  const isOpen = wanted.at(-1)?.includes('...') ?? false
  if (!isOpen && words.positional.length >= wanted.length)
    return mistake(`"${text}" is one word too many for klaudio ${command}`)
  if (command === 'run' && words.given.has('config'))
    return mistake(`"${text}" and --config both name the settings`)
  words.positional.push(text)
  return undefined
}

function readOption(
  command: CommandName,
  text: string,
  { words, queue }: { words: Words; queue: string[] },
): Mistake | undefined {
  const [flag, attached] = splitOnce(text.replace(/^--?/, ''), '=')
  const { options } = commands[command]
  const option = options.find((each) => each.name === flag)
  if (!option || !text.startsWith('--')) return unknownOption(command, text, options)
  const before = words.given.get(flag) ?? []
  if (before.length > 0 && !option.repeats) return mistake(`--${flag} is given twice`)
  if (flag === 'config' && command === 'run' && words.positional.length > 0)
    return mistake(`"${words.positional[0]}" and --config both name the settings`)
  const value = readValue(option, attached, queue)
  if (value === undefined)
    return mistake(
      option.takes
        ? `--${flag} needs a value: --${flag} ${option.takes}`
        : `--${flag} takes no value`,
    )
  if (option.values && !option.values.includes(value))
    return mistake(`--${flag} is "${value}", but may only be ${option.values.join(' or ')}`)
  words.given.set(flag, [...before, value])
  return undefined
}

/** The option's value, the next word when it is not attached; undefined when there is none or must be none. */
function readValue(
  option: OptionInfo,
  attached: string | undefined,
  queue: string[],
): string | undefined {
  if (!option.takes) return attached === undefined ? '' : undefined
  if (attached !== undefined) return attached === '' ? undefined : attached
  const [next] = queue
  return next?.startsWith('-') && next !== '-' ? undefined : queue.shift()
}

function unknownOption(
  command: CommandName,
  text: string,
  options: readonly OptionInfo[],
): Mistake {
  const names = [...options.map((each) => `--${each.name}`), '--help']
  const typed = text.split('=')[0] ?? text
  return mistake(`klaudio ${command} has no option ${typed}`, typed, names)
}

function mistake(
  sentence: string,
  word = '',
  candidates: readonly string[] = [],
  help = 'klaudio --help',
): Mistake {
  const near = word ? findNearest(word, candidates) : undefined
  const hint = near ? ` Did you mean ${near}?` : ''
  return { name: 'mistake', message: `${sentence}.${hint} See ${help}.` }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
