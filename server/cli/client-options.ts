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
export const common = [json, server, tokenFile] as const
