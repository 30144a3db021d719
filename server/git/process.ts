import { AppError } from '#contract/errors.ts'
import { type Child, collect, startChild } from './child.ts'
import { type GitProgress, parseProgress } from './progress.ts'

/** Transports git may use in one call. Everything else, `ext::` included, is refused by git itself. */
export type Protocol = 'file' | 'http' | 'https' | 'ssh'

export type GitOptions = {
  /** Absolute path of the bare repository (`GIT_DIR`), also the working directory. Git never searches for one. */
  dir: string
  input?: Uint8Array | AsyncIterable<Uint8Array>
  env?: Record<string, string>
  /** Settings for this call. They travel in the environment, never in arguments or in a file. */
  config?: readonly (readonly [key: string, value: string])[]
  protocols?: readonly Protocol[]
  /** Exit codes that are answers, besides 0. */
  accept?: readonly number[]
  /** Output kept in memory; what lies beyond is an error, or is cut off with `truncate`. */
  maxBytes?: number
  truncate?: boolean
  timeoutMs?: number
  signal?: AbortSignal
  /** Called as git gets on with a fetch that was asked for with `--progress`. */
  onProgress?: (progress: GitProgress) => void
}

export type GitResult = { code: number; stdout: Uint8Array; stderr: string; truncated: boolean }

/** Git ended with a code nobody asked for. `stderr` is for the log and for classifying, not for clients. */
export class GitError extends AppError {
  readonly exitCode: number
  readonly stderr: string

  constructor(command: string, exitCode: number, stderr: string) {
    super('git.failed', `git ${command} failed: ${lastLine(stderr) || `exit code ${exitCode}`}`)
    this.name = 'GitError'
    this.exitCode = exitCode
    this.stderr = stderr
  }
}

/**
 * Runs git as a process group of its own, so that a transport helper never outlives an abort or a timeout.
 * No configuration of the user or the system is read, no prompt appears, no hook runs.
 */
export type Git = {
  run(args: readonly string[], options: GitOptions): Promise<GitResult>
  /** Standard output as it comes. Leaving the loop ends git; a failure is thrown after the last chunk. */
  stream(args: readonly string[], options: GitOptions): AsyncIterable<Uint8Array>
  /** The environment of every call, for a wrapper that starts git by itself. */
  environment(options: Pick<GitOptions, 'dir' | 'env' | 'config' | 'protocols'>): Env
}

type Env = Record<string, string>

const defaultMaxBytes = 64 * 1024 * 1024
const defaultTimeoutMs = 120_000

/** What of the server's own environment git may see: finding programs, ssh keys, proxies and authorities. */
const inherited = [
  ...['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'SSH_AUTH_SOCK'],
  ...[
    'http_proxy',
    'https_proxy',
    'no_proxy',
    'all_proxy',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
  ],
  ...['ALL_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'],
]

const fixed: Env = {
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_PROTOCOL_FROM_USER: '0',
  GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=20',
  GIT_AUTHOR_NAME: 'Klaudio',
  GIT_AUTHOR_EMAIL: 'klaudio@klaudio.local',
  GIT_COMMITTER_NAME: 'Klaudio',
  GIT_COMMITTER_EMAIL: 'klaudio@klaudio.local',
}

const fixedConfig: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.quotePath', 'false'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  // A file larger than this is streamed, so that no single object can fill the memory.
  ['core.bigFileThreshold', '32m'],
  // Objects and refs are on disk before a row in the database names them.
  ['core.fsync', 'committed,reference'],
  ['credential.helper', ''],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '60'],
  ['init.defaultBranch', 'main'],
  ['tar.umask', '0022'],
]

/** `environment` is the server's own; only what `inherited` lists is passed on. */
export function createGit({
  environment,
  binary = 'git',
}: {
  environment: Record<string, string | undefined>
  binary?: string
}): Git {
  const base = { ...pick(environment, inherited), ...fixed }
  const fixedSettings = configEnv(fixedConfig)
  const environmentOf: Git['environment'] = ({ dir, env, config = [], protocols = [] }) => ({
    ...base,
    GIT_DIR: dir,
    GIT_ALLOW_PROTOCOL: protocols.join(':') || 'none',
    ...(config.length === 0 ? fixedSettings : configEnv([...fixedConfig, ...config])),
    ...env,
  })
  const start = (args: readonly string[], options: GitOptions): Child =>
    startChild([binary, ...args], {
      timeoutMs: defaultTimeoutMs,
      ...options,
      cwd: options.dir,
      env: environmentOf(options),
      ...(options.onProgress && { takeLine: lineTaker(options.onProgress) }),
    })

  return {
    environment: environmentOf,
    async run(args, options) {
      options.signal?.throwIfAborted()
      const child = start(args, options)
      try {
        const stdout = await collect(child, options.maxBytes ?? defaultMaxBytes)
        const code = await child.exited
        const stderr = await child.stderr
        checkEnd(child, args, { code, stderr }, { ...options, truncated: stdout.truncated })
        return { code, stdout: stdout.bytes, stderr, truncated: stdout.truncated }
      } finally {
        child.release()
      }
    },
    async *stream(args, options) {
      options.signal?.throwIfAborted()
      const child = start(args, options)
      try {
        for await (const chunk of child.stdout) yield chunk
        const code = await child.exited
        checkEnd(child, args, { code, stderr: await child.stderr }, options)
      } finally {
        child.stop('done')
        await child.exited
        child.release()
      }
    },
  }
}

/** Decoded output of a finished call, without the newline at its end. */
export const toText = (result: Pick<GitResult, 'stdout'>): string =>
  new TextDecoder().decode(result.stdout).replace(/\n$/, '')

function checkEnd(
  child: Child,
  [command = '']: readonly string[],
  { code, stderr }: { code: number; stderr: string },
  {
    accept = [],
    signal,
    timeoutMs = defaultTimeoutMs,
    ...rest
  }: Partial<GitOptions> & { truncated?: boolean },
): void {
  const reason = child.stopped()
  if (reason === 'aborted') throw signal?.reason
  const inputFailure = child.inputFailure()
  if (inputFailure) throw inputFailure.cause
  if (reason === 'timeout')
    throw new GitError(command, code, `it took longer than ${Math.round(timeoutMs / 1000)} s`)
  if (rest.truncated) {
    if (rest.truncate) return
    throw new GitError(command, code, 'its output is larger than allowed')
  }
  if (code === 0 || accept.includes(code)) return
  const failure = new GitError(command, code, stderr)
  if (/No space left on device|Disk quota exceeded|Out of diskspace/.test(stderr))
    throw new AppError('disk.full', 'The disk is full: git could not write. Free some space.', {
      cause: failure,
    })
  throw failure
}

const lineTaker =
  (onProgress: (progress: GitProgress) => void) =>
  (line: string): boolean => {
    const progress = parseProgress(line)
    if (progress) onProgress(progress)
    return progress !== undefined
  }

function configEnv(entries: readonly (readonly [string, string])[]): Env {
  const env: Env = { GIT_CONFIG_COUNT: String(entries.length) }
  for (const [index, [key, value]] of entries.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return env
}

function pick(source: Record<string, string | undefined>, names: readonly string[]): Env {
  const picked: Env = {}
  for (const name of names) {
    const value = source[name]
    if (value !== undefined) picked[name] = value
  }
  return picked
}

const lastLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('hint:'))
    .at(-1) ?? ''
