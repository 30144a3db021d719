import type { AccessToken, CreatedToken } from '#contract/access.ts'

export type TokenVerb = 'link' | 'create' | 'list' | 'revoke'

export type TokenCommand = {
  verb: TokenVerb
  /** For `create` the new token's name, for `revoke` a name or an id. */
  word?: string
  /** With `link`: a new token, and the old one is worth nothing. */
  replace: boolean
  json: boolean
  /** Where the server is, or will be. */
  url: string
  /** Whether the server answers there now; asked for `link` only. */
  isRunning: boolean
  /** Where the server was that ended without saying so, and is no more. */
  stale?: string
  required: boolean
  desk: {
    owner(): string
    replaceOwner(): string
    tokens(): AccessToken[]
    createToken(name: string): CreatedToken
    revokeToken(id: string): void
  }
  print: (line: string) => void
  complain: (line: string) => void
}

/**
 * The link that signs a browser in. The token stands behind the #, which browsers send to nobody: neither to the server, so that it is
 * in no log, nor to other sites as Referer. The page takes it out of the address at once.
 */
export const toSignInLink = (url: string, token: string): string => `${url}/#token=${token}`

/** Works beside a running server, which sees the change at once, and without one. Returns the exit code. */
export function runToken(command: TokenCommand): number {
  const { verb, word, desk, json, print, complain } = command
  switch (verb) {
    case 'link':
      return printLink(command)
    case 'create': {
      const created = desk.createToken(word ?? '')
      if (json) print(JSON.stringify(created, null, 2))
      else {
        print(created.token)
        complain(
          `The token "${created.name}" is shown only now. Send it as "Authorization: Bearer <token>".`,
        )
      }
      return 0
    }
    case 'list': {
      const tokens = desk.tokens()
      if (json) print(JSON.stringify({ tokens }, null, 2))
      else for (const line of toTable(tokens)) print(line)
      return 0
    }
    case 'revoke':
      return revoke(command)
  }
}

function printLink(command: TokenCommand): number {
  const { url, required, replace, json, desk, print, complain } = command
  const token = replace ? desk.replaceOwner() : desk.owner()
  const link = toSignInLink(url, token)
  print(json ? JSON.stringify({ link, token, required }, null, 2) : link)
  if (replace)
    complain('The old link is worth nothing now, and whoever signed in with it is signed out.')
  const { isRunning, stale } = command
  if (stale !== undefined)
    complain(
      `The server that was at ${stale} does not answer there any more: it ended without saying so.`,
    )
  if (!isRunning)
    complain(`No server of this directory runs now. The link is for one at ${url}: start it first.`)
  if (!required) complain('This server asks for no token: it answers only this machine.')
  return 0
}

function revoke({ word = '', json, desk, print, complain }: TokenCommand): number {
  const all = desk.tokens()
  const found = all.filter(({ id, name }) => id === word || name === word)
  const [token] = found
  if (!token || found.length > 1) {
    complain(
      token
        ? `There are ${found.length} tokens named "${word}": revoke by id, see klaudio token list.`
        : `There is no token "${word}". See klaudio token list.`,
    )
    return 1
  }
  desk.revokeToken(token.id)
  print(json ? JSON.stringify({ revoked: token.id }) : `The token "${token.name}" is revoked.`)
  return 0
}

function toTable(tokens: readonly AccessToken[]): string[] {
  const rows = [
    ['ID', 'NAME', 'CREATED', 'LAST USED'],
    ...tokens.map((each) => [
      each.id,
      toPlain(each.name),
      each.created_at,
      each.last_used_at ?? 'never',
    ]),
  ]
  const widths = [0, 1, 2].map((at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Names come from whoever may create tokens; a terminal is not to be steered by one. */
const toPlain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '?')
