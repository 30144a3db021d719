/** Options that most commands have that talk to a running server. */
import type { OptionInfo } from './commands.ts'

export const server: OptionInfo = {
  name: 'server',
  takes: 'URL',
  about: 'Server to talk to (default: KLAUDIO_SERVER, else of this directory)',
}
export const tokenFile: OptionInfo = {
  name: 'token-file',
  takes: 'FILE',
  about: 'File that holds your access token (default: KLAUDIO_TOKEN holds it)',
}
export const json: OptionInfo = { name: 'json', about: 'Print what the API answers, as JSON' }
export const later: OptionInfo = {
  name: 'later',
  about: 'After its present turn, not during it',
}
export const common = [json, server, tokenFile] as const

export const runsIn: OptionInfo = {
  name: 'runs-in',
  takes: 'WHAT',
  about: 'standard, devcontainer, dockerfile:PATH or image:NAME, for its agents',
}

/** Of commands that print a file or save it. */
export const saving: readonly OptionInfo[] = [
  { name: 'to', takes: 'FILE', about: 'Save it there (default: print it)' },
  { name: 'force', about: 'With --to: replace a file that is there' },
  server,
  tokenFile,
]
/** Of commands that read a file. */
export const stdinNote = 'A FILE of - is stdin. Nothing changes when anything in it is wrong.'
