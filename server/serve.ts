/** Keeps an app running until a signal asks it to end. Agents go on in their containers; the next start finds them again. */
import { exitCodes } from '#cli/exit-codes.ts'
import { toSignInLink } from '#cli/token-command.ts'
import type { Log } from '#lib/log.ts'
import type { App } from './app.ts'

export type ServeOptions = {
  print: (line: string) => void
  log: Log
  /** Runs once the server answers. */
  onListen?: (url: string) => Promise<void>
}

/** Resolves with the exit code after SIGINT or SIGTERM, within seconds whatever hangs; a second signal ends at once. */
export async function serve(app: App, { print, log, onListen }: ServeOptions): Promise<number> {
  tellWhatIsMissing(app, print)
  // Before anything is left behind that has to be taken away in the end.
  const stopped = whenStopped()
  const url = app.listen()
  print(`Klaudio is at ${url}`)
  for (const line of howToSignIn(app, url)) print(line)
  await onListen?.(url)
  // A defect in one place must not take the agents of all tasks down with it: it is recorded, and the server goes on.
  process.on('unhandledRejection', (reason) =>
    log.error('unhandled rejection', { error: String(reason) }),
  )
  process.on('uncaughtException', (error) =>
    log.error('uncaught exception', { error: error.stack ?? error.message }),
  )
  const signal = await stopped
  log.info('stopping', { signal })
  const left = await app.close({ isPolite: true })
  if (left.length > 0) log.warn('ended without waiting any longer', { left: left.join(', ') })
  log.info('stopped')
  return exitCodes.ok
}

/** How a process ends that was told to a second time, as a shell says it: 128 and the number of the signal. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const

/** Resolves with the name of the first signal; the second one, whichever it is, ends the process at once. */
function whenStopped(): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        if (isStopping) process.exit(signals[name])
        isStopping = true
        resolve(name)
      })
    }
  })
}

/** The link is shown once, when its token is new: what is printed may be kept in a log. */
function howToSignIn({ owner }: App, url: string): string[] {
  if (!owner) return []
  if (!owner.isNew)
    return ['It asks for a token: "klaudio token link" prints a link to sign in with.']
  return [
    'Sign in with this link. It is shown only now; "klaudio token link" prints it again.',
    `  ${toSignInLink(url, owner.token)}`,
  ]
}

/** In plain words, at every change: the log is for programs. What was fine from the start goes without saying. */
function tellWhatIsMissing({ system }: App, print: (line: string) => void): void {
  const last = new Map<string, string>()
  const tell = (what: string, isFine: boolean, sentence: string): void => {
    if (last.get(what) === sentence) return
    if (!isFine) print(`! ${sentence}`)
    else if (last.has(what)) print(`✓ ${sentence}`)
    last.set(what, sentence)
  }
  system.subscribe(({ engine, credentials }) => {
    if (engine.state !== 'unknown') tell('engine', engine.state === 'reachable', engine.detail)
    if (credentials.state !== 'unknown')
      tell('login', credentials.state === 'ok', credentials.detail)
  })
}
