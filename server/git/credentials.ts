/**
 * A token reaches git as one request header, set for exactly one origin and only in the environment of the call:
 * an argument or a URL would show it to every process of the machine and leave it in `.git/config`.
 */
export function credentialConfig(
  url: string,
  login: string | { username: string; password: string } | undefined,
): readonly (readonly [string, string])[] {
  if (login === undefined) return []
  const { origin, hostname } = new URL(url)
  const pair =
    typeof login === 'string'
      ? `${userFor(hostname)}:${login}`
      : `${login.username}:${login.password}`
  const basic = Buffer.from(pair).toString('base64')
  return [
    [`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`],
    // Git keeps sending its headers after a redirect, whatever host that leads to.
    ['http.followRedirects', 'false'],
  ]
}

/** `text` without the token in any form git could print, and without user names and passwords in URLs. */
export function redact(text: string, token?: string): string {
  const plain = text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s'"@]*@/gi, '$1')
  const headers = plain.replace(/(authorization:\s*\w+\s+)\S+/gi, '$1***')
  return token ? headers.replaceAll(token, '***') : headers
}

function userFor(hostname: string): string {
  if (/(^|\.)github\./.test(hostname)) return 'x-access-token'
  if (/(^|\.)bitbucket\./.test(hostname)) return 'x-token-auth'
  return 'oauth2'
}
