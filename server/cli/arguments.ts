import { findNearest } from '#lib/nearest.ts'
import { type CommandName, commandNames, commands, type OptionInfo } from './commands.ts'
import { type TokenVerb, tokenVerbs } from './token-command.ts'

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
  | { name: 'help'; topic?: CommandName }
  | { name: 'version' }
  /** Nothing was understood: print `message` on stderr and end with code 2. */
  | { name: 'mistake'; message: string }

/** Options that are settings by another name. */
const settings: Readonly<Record<string, string>> = {
  port: 'server.port',
  host: 'server.host',
  'data-dir': 'storage.data_dir',
}

type Words = { given: Map<string, string>; positional: string[] }

/** `argv` without the program's own name. */
export function parseArguments(argv: readonly string[]): Command {
  const [first = 'serve', ...rest] = argv
  if (first === '--version' || first === '-v') return { name: 'version' }
  if (first === '--help' || first === '-h' || first === 'help') return parseHelp(rest)
  if (first.startsWith('-')) return parseCommand('serve', argv)
  // The reference's form: a settings file as the first word.
  if (/\.ya?ml$/i.test(first)) return parseCommand('run', argv)
  if (isCommand(first)) return parseCommand(first, rest)
  return mistake(`"${first}" is not a command`, first, commandNames)
}

function parseHelp([topic]: readonly string[]): Command {
  if (topic === undefined) return { name: 'help' }
  if (isCommand(topic)) return { name: 'help', topic }
  return mistake(`There is no help on "${topic}"`, topic, commandNames)
}

function parseCommand(name: CommandName, argv: readonly string[]): Command {
  if (argv.includes('--help') || argv.includes('-h')) return { name: 'help', topic: name }
  const words = readWords(name, argv)
  if ('message' in words) return words
  const { given, positional } = words
  const flags = Object.fromEntries(
    Object.entries(settings).flatMap(([option, key]) => {
      const value = given.get(option)
      return value === undefined ? [] : [[key, value]]
    }),
  )
  const config = given.get('config') ?? positional[0]
  const withConfig = config === undefined ? {} : { config }
  if (name === 'demo') return { name, once: given.has('once'), flags }
  if (name === 'doctor')
    return {
      name,
      ...withConfig,
      fix: given.has('fix'),
      yes: given.has('yes'),
      demo: given.has('demo'),
      json: given.has('json'),
    }
  if (name === 'token') return toTokenCommand({ given, positional, flags })
  return { name: 'serve', ...withConfig, flags }
}

function toTokenCommand({
  given,
  positional: [verb = '', word],
  flags,
}: Words & { flags: Record<string, string> }): Command {
  const known = tokenVerbs.find((each) => each === verb)
  if (!known) {
    const what = verb === '' ? 'Say what to do' : `"${verb}" is nothing klaudio token can do`
    return mistake(what, verb, tokenVerbs)
  }
  const takesName = known === 'create' || known === 'revoke'
  if (takesName && !word?.trim()) return mistake(`Give a name: klaudio token ${known} NAME`)
  if (!takesName && word !== undefined)
    return mistake(`"${word}" is one word too many for klaudio token ${known}`)
  if (given.has('new') && known !== 'link') return mistake('--new goes with klaudio token link')
  const config = given.get('config')
  return {
    name: 'token',
    verb: known,
    ...(word === undefined ? {} : { word }),
    ...(config === undefined ? {} : { config }),
    flags,
    replace: given.has('new'),
    json: given.has('json'),
  }
}

type Mistake = Extract<Command, { name: 'mistake' }>

/** Options and plain words of one command, or the first thing wrong with them. */
function readWords(command: CommandName, argv: readonly string[]): Words | Mistake {
  const words: Words = { given: new Map(), positional: [] }
  const queue = [...argv]
  for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
    const wrong = text.startsWith('-')
      ? readOption(command, text, { words, queue })
      : readPlainWord(command, text, words)
    if (wrong) return wrong
  }
  return words
}

function readPlainWord(command: CommandName, text: string, words: Words): Mistake | undefined {
  const room = command === 'token' ? 2 : 1
  if (!commands[command].word || words.positional.length >= room)
    return mistake(`"${text}" is one word too many for klaudio ${command}`)
  if (command !== 'token' && words.given.has('config'))
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
  if (words.given.has(flag)) return mistake(`--${flag} is given twice`)
  if (flag === 'config' && command !== 'token' && words.positional.length > 0)
    return mistake(`"${words.positional[0]}" and --config both name the settings`)
  const value = readValue(option, attached, queue)
  if (value === undefined)
    return mistake(
      option.takes
        ? `--${flag} needs a value: --${flag} ${option.takes}`
        : `--${flag} takes no value`,
    )
  words.given.set(flag, value)
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
  return queue[0]?.startsWith('-') ? undefined : queue.shift()
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

function mistake(sentence: string, word = '', candidates: readonly string[] = []): Mistake {
  const near = word ? findNearest(word, candidates) : undefined
  const hint = near ? ` Did you mean ${near}?` : ''
  return { name: 'mistake', message: `${sentence}.${hint} See klaudio --help.` }
}

function isCommand(word: string): word is CommandName {
  return commandNames.some((name) => name === word)
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}
