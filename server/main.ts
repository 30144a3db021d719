/**
 * The program: reads its arguments and starts what they ask for. Each command loads what it needs when it is asked for: one that
 * only talks to a server must not open a database, nor wait for the code that could.
 */
import { type Command, parseArguments } from '#cli/arguments.ts'
import { renderHelp } from '#cli/help.ts'
import { toMessage } from '#contract/errors.ts'
import { embeddedVersion, loadEmbedded } from '../embed.ts'

const bunPath = process.execPath
const environment = process.env
const print = (line: string): void => console.log(line)

async function main(argv: string[]): Promise<number> {
  const command = parseArguments(argv)
  switch (command.name) {
    case 'help':
      print(renderHelp(command.topic))
      return 0
    case 'version':
      print(embeddedVersion)
      return 0
    case 'mistake':
      console.error(command.message)
      return 2
    case 'completion': {
      const { completionScripts } = await import('#cli/completion-script.ts')
      print(completionScripts[command.shell])
      return 0
    }
    case 'complete-words':
    case 'client':
      return await runOnTerminal(command)
    case 'doctor':
      return await runDoctorCommand(command)
    case 'token':
      return await runTokenCommand(command)
    case 'backup': {
      const { runBackup } = await import('./backup.ts')
      return await runBackup({ ...command, version: embeddedVersion, print })
    }
    case 'restore': {
      const { runRestore } = await import('./backup.ts')
      return await runRestore({ ...command, version: embeddedVersion, print })
    }
    case 'demo': {
      const { runDemo } = await import('./demo.ts')
      return await runDemo({
        ...command,
        embedded: await loadEmbedded(),
        version: embeddedVersion,
        bunPath,
        environment,
        print,
      })
    }
    case 'serve':
      return await runServer(command)
  }
}

type CommandOf<Name extends Command['name']> = Extract<Command, { name: Name }>

async function runOnTerminal(command: CommandOf<'client' | 'complete-words'>): Promise<number> {
  const { createTerminal } = await import('#cli/client/terminal.ts')
  const interrupted = new AbortController()
  const interrupt = (): void => interrupted.abort(new Error('Interrupted.'))
  process.once('SIGINT', interrupt)
  const terminal = createTerminal(process, {
    env: environment,
    cwd: process.cwd(),
    signal: interrupted.signal,
    interrupt,
  })
  if (command.name === 'client') {
    const { runClient } = await import('#cli/client/run.ts')
    return await runClient(command, terminal)
  }
  const { completeWords } = await import('#cli/client/complete-words.ts')
  await completeWords(command.words, terminal)
  return 0
}

async function runDoctorCommand(command: CommandOf<'doctor'>): Promise<number> {
  const [
    { confirm },
    { runDoctor },
    { openSettings },
    { silentLog },
    { createParts },
    { vaultSecrets },
    { openResources },
  ] = await Promise.all([
    import('#cli/confirm.ts'),
    import('#cli/doctor-command.ts'),
    import('#config/settings.ts'),
    import('#lib/log.ts'),
    import('./parts.ts'),
    import('./secrets.ts'),
    import('./resources.ts'),
  ])
  const { config } = openSettings({
    ...(command.config ? { file: command.config } : {}),
    secrets: vaultSecrets({ mayUpgrade: false }),
  })
  const { agentImage } = await loadEmbedded()
  const listen = config.server
  const resources = await openResources(config)
  const { doctor, fix } = createParts({
    config,
    agentImage,
    bunPath,
    environment,
    listen,
    withoutLogin: command.demo,
    resources: () => resources,
    log: silentLog,
  })
  return await runDoctor({
    ...command,
    yes: command.yes || environment.CI === 'true',
    check: (onCheck) => doctor.run({ onCheck }),
    ...fix,
    confirm: (question) => confirm(question, { input: process.stdin, output: process.stdout }),
    print,
    colours: process.stdout.isTTY,
  })
}

async function runTokenCommand(command: CommandOf<'token'>): Promise<number> {
  const [
    { runToken },
    { findRunning },
    { openSettings },
    { isLoopbackHost },
    { needsToken, openTokenDesk, toUrl },
    { vaultSecrets },
  ] = await Promise.all([
    import('#cli/token-command.ts'),
    import('#cli/running.ts'),
    import('#config/settings.ts'),
    import('#auth/origin.ts'),
    import('./access.ts'),
    import('./secrets.ts'),
  ])
  const { config } = openSettings({
    ...(command.config ? { file: command.config } : {}),
    flags: command.flags,
    secrets: vaultSecrets({ mayUpgrade: false }),
  })
  // A server that runs may have been started with flags that this command knows nothing of.
  const running = command.verb === 'link' ? await findRunning(config.storage.data_dir) : undefined
  const isRunning = running !== undefined && 'url' in running
  const url = isRunning ? running.url : toUrl(config.server.host, config.server.port)
  const desk = openTokenDesk(config)
  try {
    return runToken({
      ...command,
      url,
      ...(running && 'stale' in running ? { stale: running.stale } : {}),
      isRunning,
      required: needsToken(config) || !isLoopbackHost(new URL(url).hostname),
      desk,
      print,
      complain: (line) => console.error(line),
    })
  } finally {
    desk.close()
  }
}

async function runServer(command: CommandOf<'serve'>): Promise<number> {
  const [
    { openSettings },
    { createLog },
    { createApp },
    { serve },
    { vaultSecrets },
    { createDataLock },
  ] = await Promise.all([
    import('#config/settings.ts'),
    import('#lib/log.ts'),
    import('./app.ts'),
    import('./serve.ts'),
    import('./secrets.ts'),
    import('#db/data-directory.ts'),
  ])
  const lock = createDataLock()
  const log = createLog((line) => console.error(line))
  const settings = openSettings({
    ...(command.config ? { file: command.config } : {}),
    flags: command.flags,
    secrets: vaultSecrets({ mayUpgrade: true, lock }),
  })
  for (const warning of settings.warnings) log.warn(warning)
  const app = createApp({
    settings,
    lock,
    embedded: await loadEmbedded(),
    version: embeddedVersion,
    bunPath,
    environment,
    log,
  })
  return await serve(app, { print, log })
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  console.error(toMessage(error))
  process.exit(1)
}
