import { isAbsolute } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { type GitLogin, isKey } from '#git/login.ts'
import type { GitError, Protocol } from '#git/process.ts'

export type Remote = { url: string; protocol: Protocol; host: string }

/**
 * The address of a `git` source, checked: https, http, ssh, or `user@host:path`. Throws `source.invalid`, and never
 * repeats a password it was given.
 */
export function parseRemote(
  address: string,
  options: { hasToken?: boolean; login?: GitLogin | undefined },
): Remote {
  const text = address.trim()
  if (text.startsWith('-') || hasControlCharacter(text)) throw invalid(notAnAddress)
  const remote = /^[a-z][a-z0-9+.-]*:(\/\/|:)/i.test(text) ? parseUrl(text) : parseScpLike(text)
  if (isKey(options.login)) checkKeyFits(remote)
  else if (options.hasToken || options.login !== undefined) checkTokenFits(remote)
  return remote
}

/** The path of a `local` source, checked. Throws `source.invalid`. */
export function parseLocalPath(path: string): string {
  if (path.includes('\0') || !isAbsolute(path))
    throw invalid('Give the absolute path of the repository, for example /home/me/project.')
  return path
}

/** A branch, tag or commit name that git can only read as one. Throws `source.invalid`. */
export function parseRef(ref: string): string {
  if (
    /^[A-Za-z0-9_][A-Za-z0-9_./+@#=-]*$/.test(ref) &&
    !/\.\.|@\{|\/\/|\.lock(\/|$)|[./]$/.test(ref)
  )
    return ref
  throw invalid(`"${ref}" cannot be the name of a branch, tag or commit.`)
}

/** What a failed clone or fetch means, for the person who gave the address. */
export function explainRemoteFailure(
  error: GitError,
  { host, url }: Remote,
  hasToken: boolean,
): AppError {
  const found = findFailure(error)
  const sentence =
    found?.sentence({ host, url, hasToken }) ??
    `${url} could not be read: git ended with code ${error.exitCode}.`
  return new AppError(found?.code ?? 'source.unreachable', sentence)
}

/** False for a failure that says nothing about the remote, so that our own copy may be at fault. */
export const isKnownFailure = (error: GitError): boolean => findFailure(error) !== undefined

const findFailure = (error: GitError) =>
  remoteFailures.find(({ pattern }) => pattern.test(`${error.stderr}\n${error.message}`))

export const invalid = (sentence: string): AppError => new AppError('source.invalid', sentence)

type Failure = { host: string; url: string; hasToken: boolean }

const remoteFailures: {
  pattern: RegExp
  code: 'source.invalid' | 'source.unreachable'
  sentence: (failure: Failure) => string
}[] = [
  {
    pattern: /could not resolve proxy|from proxy|proxy connect|http code 407/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `The proxy on the way to ${host} cannot be used. Check HTTPS_PROXY and NO_PROXY in the environment of the server.`,
  },
  {
    pattern:
      /could not resolve host|name or service not known|temporary failure in name resolution/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `The host ${host} is unknown. Check the address and this machine's network.`,
  },
  {
    pattern:
      /authentication failed|could not read (username|password)|returned error: 40[13]|terminal prompts disabled/i,
    code: 'source.unreachable',
    sentence: ({ host, hasToken }) =>
      hasToken
        ? `${host} refused the access token. Check that it is valid and may read this repository.`
        : `${host} asks for a login. Give an access token that may read this repository.`,
  },
  {
    pattern: /remote host identification has changed/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `The host key of ${host} is not the one that is known here, so nothing was sent. If the host was set up anew, run "ssh-keygen -R ${knownAs(host)}" as the user that runs Klaudio; otherwise somebody may be in between.`,
  },
  {
    pattern: /host key verification failed/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `The host key of ${host} is not known here. Connect to it once by hand as the user that runs Klaudio and compare the key it shows, or choose an SSH key: with one a new host is remembered.`,
  },
  {
    pattern: /permission denied/i,
    code: 'source.unreachable',
    sentence: ({ host, hasToken }) =>
      hasToken
        ? `${host} refused the SSH key. Add its public half to the account, or to the repository's deploy keys, and check that it may read this repository.`
        : `${host} refused the SSH login. Choose an SSH key that it accepts, load one into the SSH agent of the server, or use an https address with a token.`,
  },
  {
    pattern: /unable to update url base from redirection|redirect|returned error: 30\d/i,
    code: 'source.invalid',
    sentence: ({ host }) =>
      `${host} answers from another address. Give the repository's final address: a token is never sent on.`,
  },
  {
    pattern:
      /repository .*not found|returned error: 404|does not appear to be a git repository|not a git repository|not valid: is this a git|not found: did you run git update-server-info/i,
    code: 'source.invalid',
    sentence: ({ url, hasToken }) =>
      hasToken
        ? `There is no repository at ${url} that the access token may read.`
        : `There is no repository at ${url}. If it is private, give an access token.`,
  },
  {
    pattern: /mismatched algorithms|unsupported hash|object format/i,
    code: 'source.invalid',
    sentence: ({ url }) => `${url} stores its objects as SHA-256, which Klaudio cannot read yet.`,
  },
  {
    pattern: /returned error: (429|5\d\d)/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `${host} answers with an error of its own, or that it is asked too much. Nothing is wrong with what you gave: try again later.`,
  },
  {
    pattern: /certificate (has expired|is not yet valid)|certificate has expired/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `The TLS certificate of ${host} is out of its time. Check the clock of the server's machine; else who runs ${host} has to renew it.`,
  },
  {
    pattern: /does not match target host name|no alternative certificate subject name/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `The TLS certificate of ${host} is for another name. Give the address with the name that the certificate is for.`,
  },
  {
    pattern: /certificate|ssl|tls/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `The TLS certificate of ${host} is not trusted by this machine. Add its authority to the system's certificates, or name the file that has it in GIT_SSL_CAINFO in the environment of the server.`,
  },
  {
    pattern: /it took longer|operation too slow|timed out/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `${host} took too long, or sent nothing for a minute. Check the network and try again.`,
  },
  {
    pattern:
      /connection refused|could not connect|failed to connect|network is unreachable|no route to host|early eof|hung up/i,
    code: 'source.unreachable',
    sentence: ({ host }) =>
      `${host} could not be reached, or broke off. Check the network and try again.`,
  },
]

/** As the file of known hosts has it. */
const knownAs = (host: string): string => {
  const [name = '', port] = host.split(/:(?=\d+$)/)
  return port ? `'[${name}]:${port}'` : name
}

const notAnAddress =
  'Give a repository address such as https://host/owner/name.git or git@host:owner/name.git.'

const protocols: Record<string, Protocol> = { 'https:': 'https', 'http:': 'http', 'ssh:': 'ssh' }

function parseUrl(text: string): Remote {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw invalid(notAnAddress)
  const protocol = protocols[url.protocol]
  if (!protocol)
    throw invalid(
      `Addresses that start with ${url.protocol} are not allowed. Use https or ssh${url.protocol === 'file:' ? ', or a local source with the path' : ''}.`,
    )
  if (url.password || (url.username && protocol !== 'ssh'))
    throw invalid(
      'Leave the user name and password out of the address: give an access token instead.',
    )
  if (!url.hostname || url.hostname.startsWith('-') || url.username.startsWith('-'))
    throw invalid(notAnAddress)
  if (url.pathname.length < 2) throw invalid('The address names a host but no repository.')
  url.hash = ''
  return { url: url.href, protocol, host: url.host }
}

function parseScpLike(text: string): Remote {
  const [, user, host = '', path = ''] =
    /^(?:([^@:/\s]+)@)?(\[[0-9a-f:]+\]|[^@:/\s[\]]+):([^:].*)$/i.exec(text) ?? []
  const isWindowsPath = host.length === 1 && user === undefined
  if (!host || !path || isWindowsPath) throw invalid(notAnAddress)
  if ([user ?? '', host, path].some((part) => part.startsWith('-'))) throw invalid(notAnAddress)
  return { url: text, protocol: 'ssh', host }
}

function checkKeyFits({ protocol }: Remote): void {
  if (protocol !== 'ssh')
    throw invalid(
      'An SSH key works only with an ssh address, such as git@host:owner/name.git. Change the address, or choose an access token.',
    )
}

function checkTokenFits({ protocol, url }: Remote): void {
  if (protocol === 'ssh')
    throw invalid(
      'An access token works only with an https address. Remove the token or change the address.',
    )
  if (protocol === 'http' && !isLoopback(new URL(url).hostname))
    throw invalid(
      'An access token is sent only over https: this address would show it to the network.',
    )
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const hasControlCharacter = (text: string): boolean => /[\u0000-\u001f\u007f]/.test(text)
