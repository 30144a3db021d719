/** What could come next on a line that is being typed, from the command table. */
import {
  type CommandInfo,
  type CommandName,
  commands,
  groups,
  isCommand,
  isGroup,
  type OptionInfo,
  shells,
  verbsOf,
} from './commands.ts'

/** `about` is shown beside it where a shell can. */
export type Candidate = { text: string; about: string }

/** Where the possible values come from. */
export type Wanted =
  | { kind: 'candidates'; candidates: Candidate[] }
  | { kind: 'files' }
  /** Known to the server only. `task` is what was typed for the task before. */
  | {
      kind: 'tasks' | 'subtasks' | 'agents' | 'permissions' | 'follow-ups'
      task?: string
      options: ReadonlyMap<string, string>
    }

const none: Wanted = { kind: 'candidates', candidates: [] }

/** The last word is under the cursor, perhaps empty. */
export function wantedNext(line: readonly string[]): Wanted {
  const before = line.slice(0, -1)
  const current = line.at(-1) ?? ''
  let path = ''
  let at = 0
  for (const word of before) {
    const longer = path === '' ? word : `${path} ${word}`
    if (!isCommand(longer) && !isGroup(longer)) break
    path = longer
    at++
    if (isCommand(longer)) break
  }
  if (isCommand(path)) return wantedOf(path, before.slice(at), current)
  // A line that has left the table leads nowhere.
  if (at < before.length) return none
  return startingWith(
    verbsOf(path).map((verb) => ({ text: verb, about: aboutOf(path ? `${path} ${verb}` : verb) })),
    current,
  )
}

function aboutOf(path: string): string {
  if (isCommand(path)) return commands[path].about
  return isGroup(path) ? groups[path] : ''
}

function wantedOf(name: CommandName, typed: readonly string[], current: string): Wanted {
  const info: CommandInfo = commands[name]
  const { given, words, open } = readTyped(info, typed)
  if (open) return valuesOf(open.takes ?? '', current, { values: open.values, words, given })
  if (current.startsWith('-')) return startingWith(optionsLeft(info, given), current)
  const wanted = info.words ?? []
  const next = wanted[words.length] ?? (wanted.at(-1)?.includes('...') ? wanted.at(-1) : undefined)
  return next ? valuesOf(next, current, { words, given }) : none
}

/** Options with their values, plain words, and the option whose value is under the cursor. */
function readTyped(
  info: CommandInfo,
  typed: readonly string[],
): { given: Map<string, string>; words: string[]; open?: OptionInfo } {
  const given = new Map<string, string>()
  const words: string[] = []
  let open: OptionInfo | undefined
  for (const word of typed) {
    if (open) {
      given.set(open.name, word)
      open = undefined
    } else if (word.startsWith('--')) {
      const [flag = '', value] = word.slice(2).split('=')
      given.set(flag, value ?? '')
      const option = info.options.find((each) => each.name === flag)
      if (option?.takes && value === undefined) open = option
    } else words.push(word)
  }
  return { given, words, ...(open ? { open } : {}) }
}

function optionsLeft(info: CommandInfo, given: ReadonlyMap<string, string>): Candidate[] {
  const left = info.options.filter(({ name, repeats }) => repeats || !given.has(name))
  return [...left, { name: 'help', about: 'Tell about this command' }].map(({ name, about }) => ({
    text: `--${name}`,
    about,
  }))
}

type Typed = {
  values?: readonly string[] | undefined
  words: readonly string[]
  given: ReadonlyMap<string, string>
}

/** By what the help calls it: the same word means the same everywhere. */
function valuesOf(takes: string, current: string, { values, words, given }: Typed): Wanted {
  const bare = takes.replace(/^\[|\]$|\.\.\./g, '')
  if (values)
    return startingWith(
      values.map((text) => ({ text, about: '' })),
      current,
    )
  const [task] = words
  const asked = { options: given, ...(task === undefined ? {} : { task }) }
  switch (bare) {
    case 'TASK':
      return { kind: 'tasks', options: given }
    case 'SUBTASK':
      return { kind: 'subtasks', ...asked }
    case 'FOLLOW-UP':
      return { kind: 'follow-ups', ...asked }
    case 'PERMISSION':
      return { kind: 'permissions', options: given }
    case 'AGENT':
      return { kind: 'agents', ...asked }
    case 'FILE':
    case 'DIR':
    case 'REPO':
    case 'CONFIG':
      return { kind: 'files' }
    case 'SHELL':
      return startingWith(
        shells.map((text) => ({ text, about: '' })),
        current,
      )
    default:
      return none
  }
}

export function startingWith(candidates: readonly Candidate[], current: string): Wanted {
  return {
    kind: 'candidates',
    candidates: candidates.filter(({ text }) => text.startsWith(current)),
  }
}
