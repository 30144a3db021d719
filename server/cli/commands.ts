/** What can be typed, as data: the parser, the help, the hints and the shell completion all read it. */
import { type ClientCommandName, clientCommands } from './client-commands.ts'

export type OptionInfo = {
  /** Without the dashes. */
  name: string
  /** What it takes, as the help shows it; a switch when absent. */
  takes?: string
  about: string
  /** May be given more than once. */
  repeats?: boolean
  /** The only values it takes. */
  values?: readonly string[]
}

export type CommandInfo = {
  about: string
  options: readonly OptionInfo[]
  /** Words it takes, as the help shows them: `TASK` is required, `[TEXT]` is not, `FILE...` may be several. */
  words?: readonly string[]
  /** Paragraphs below the options. */
  notes?: readonly string[]
  /** Of no use to a person: understood, but neither shown nor completed. */
  hidden?: boolean
}

const config: OptionInfo = {
  name: 'config',
  takes: 'FILE',
  about: 'Settings to use (default: KLAUDIO_CONFIG, else ./config.yaml when it exists)',
}
const port: OptionInfo = { name: 'port', takes: 'N', about: 'Port to listen on; 0 takes any' }
const host: OptionInfo = { name: 'host', takes: 'HOST', about: 'Address to listen on' }
const dataDir: OptionInfo = {
  name: 'data-dir',
  takes: 'DIR',
  about: 'Where everything is kept',
}

const serving = [config, port, host, dataDir] as const

const jsonOutput: OptionInfo = { name: 'json', about: 'Print JSON' }
/** Whose tokens: found as the server finds its own settings. */
const tokenPlace = [config, port, host, dataDir] as const
const tokenNotes = [
  'Works on the data directory: beside a running server, which sees it at once, or without one.',
] as const

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

const localCommands = {
  serve: {
    about: 'Start the server and its UI (this is what happens without a command)',
    options: serving,
  },
  run: { about: 'The same, with the settings as a word', options: serving, words: ['[CONFIG]'] },
  demo: {
    about: 'Watch a real team at work, with a scripted model: no account needed',
    options: [
      { name: 'once', about: 'Answer and approve by itself, then end: 0 when all went well' },
      port,
      dataDir,
    ],
    notes: [
      'Agents are real Claude Code CLIs in real containers; only the model is played.',
      'In the browser the demo waits for you to answer a question and to approve the plan.',
    ],
  },
  doctor: {
    about: 'Check that this machine has what Klaudio needs',
    options: [
      config,
      { name: 'fix', about: 'Install and start what is missing; asks first' },
      { name: 'yes', about: 'With --fix: do not ask' },
      { name: 'demo', about: 'Only what the demo needs: no credentials' },
      { name: 'json', about: 'Print the checks as JSON' },
    ],
    notes: ['Ends with 0 when everything needed is there, else with 1.'],
  },
  'token link': {
    about: 'Print the link to sign in with',
    options: [
      { name: 'new', about: 'A new one; the old one and its sessions end' },
      jsonOutput,
      ...tokenPlace,
    ],
    notes: tokenNotes,
  },
  'token create': {
    about: 'Make a token for a program',
    words: ['NAME'],
    options: [jsonOutput, ...tokenPlace],
    notes: [
      ...tokenNotes,
      'A token is shown when it is made, and never again; only its hash is kept.',
    ],
  },
  'token list': {
    about: 'List who may come in',
    options: [jsonOutput, ...tokenPlace],
    notes: tokenNotes,
  },
  'token revoke': {
    about: 'Let a program in no longer',
    words: ['NAME'],
    options: [jsonOutput, ...tokenPlace],
    notes: ['NAME is the name of a token or its id.', ...tokenNotes],
  },
  backup: {
    about: 'Write everything Klaudio keeps into one file, also while it runs',
    options: [
      { name: 'to', takes: 'FILE', about: 'The file (default: klaudio-backup-<time>.tar.gz here)' },
      { name: 'with-secrets', about: 'With the vault’s key and the access token' },
      jsonOutput,
      config,
      dataDir,
    ],
    notes: [
      'In it: tasks, plans, events and messages (the database as it is at one moment), repositories,',
      'output, uploads, checkpoints and saved settings. Not in it: caches, the agent image, config.yaml,',
      'and without --with-secrets what opens saved credentials.',
    ],
  },
  restore: {
    about: 'Put a backup in place of what is there, all of it or nothing',
    words: ['FILE'],
    options: [
      { name: 'force', about: 'Also when something is there: it is kept beside what is restored' },
      { name: 'check', about: 'Only say whether the file is whole' },
      config,
      dataDir,
    ],
    notes: [
      'Every file is held to its hash before anything changes. Not while a server runs there.',
      'A restore that is cut off is finished by the same command.',
    ],
  },
  completion: {
    about: 'Print what makes your shell complete klaudio commands',
    options: [],
    words: ['SHELL'],
    notes: [
      'bash: add  eval "$(klaudio completion bash)"  to ~/.bashrc',
      'zsh:  add  eval "$(klaudio completion zsh)"  to ~/.zshrc, after compinit',
      'fish: klaudio completion fish > ~/.config/fish/completions/klaudio.fish',
    ],
  },
  'complete-words': {
    about: 'What the completion of a shell asks',
    options: [],
    words: ['[WORD...]'],
    hidden: true,
  },
} as const satisfies Record<string, CommandInfo>

export type LocalCommandName = keyof typeof localCommands
export type CommandName = LocalCommandName | ClientCommandName

export const commands: Readonly<Record<CommandName, CommandInfo>> = {
  ...localCommands,
  ...clientCommands,
}

/** The keys of `commands`, in the order of the help. */
export const commandNames = Object.keys(commands).filter(isCommand)

/** First words that stand for several commands. */
export const groups = {
  task: 'Create, watch and steer tasks on a running server',
  'task files': 'The files of a task',
  'task comment': 'Comments on lines of the work of a task',
  'task follow-up': 'What the pull request of a task calls for',
  checkpoint: 'Moments of a task that are kept',
  team: 'Teams that tasks can be given',
  repo: 'Repositories that tasks start from',
  setup: 'What setup commands of repositories left',
  credential: 'What opens repositories',
  webhook: 'An address of yours that is told of what happens',
  agent: 'See and steer the agents at work',
  token: 'Sign in, and let programs in',
} as const
export type GroupName = keyof typeof groups

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name)
}

export function isGroup(name: string): name is GroupName {
  return Object.hasOwn(groups, name)
}

/** The next words that are possible after `path`, hidden ones left out. */
export function verbsOf(path: string): string[] {
  const prefix = path === '' ? '' : `${path} `
  const verbs = commandNames
    .filter((name) => name.startsWith(prefix) && !commands[name].hidden)
    .map((name) => name.slice(prefix.length).split(' ')[0] ?? '')
  return [...new Set(verbs)]
}
