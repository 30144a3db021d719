/** What can be typed, as data: the parser, the help and the hints all read it. */
export type OptionInfo = {
  /** Without the dashes. */
  name: string
  /** What it takes, as the help shows it; a switch when absent. */
  takes?: 'FILE' | 'N' | 'HOST' | 'DIR'
  about: string
}

export type CommandInfo = {
  about: string
  options: readonly OptionInfo[]
  /** A word it accepts, as the help shows it. */
  word?: string
  /** Paragraphs below the options. */
  notes?: readonly string[]
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

export const commandNames = ['serve', 'run', 'demo', 'doctor', 'token'] as const
export type CommandName = (typeof commandNames)[number]

export const commands: Readonly<Record<CommandName, CommandInfo>> = {
  serve: {
    about: 'Start the server and its UI (this is what happens without a command)',
    options: serving,
  },
  run: { about: 'The same, with the settings as a word', options: serving, word: '[config]' },
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
  token: {
    about: 'Sign in, and let programs in',
    options: [
      config,
      port,
      host,
      dataDir,
      { name: 'new', about: 'With link: a new one; the old one and its sessions end' },
      { name: 'json', about: 'Print JSON' },
    ],
    word: 'VERB [NAME]',
    notes: [
      'link prints a link to sign in with; create NAME, list and revoke NAME are for programs.',
      'Works on the data directory: beside a running server, which sees it at once, or without one.',
      'A token is shown when it is made, and never again; only its hash is kept.',
    ],
  },
}
