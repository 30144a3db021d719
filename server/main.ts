/** The program: reads its arguments and starts what they ask for. */

import { type Command, parseArguments } from '#cli/arguments.ts'
import { confirm } from '#cli/confirm.ts'
import { runDoctor } from '#cli/doctor-command.ts'
import { renderHelp } from '#cli/help.ts'
import { runToken } from '#cli/token-command.ts'
import { loadConfig } from '#config/load.ts'
import { toMessage } from '#contract/errors.ts'
import { createLog, silentLog } from '#lib/log.ts'
import { embeddedVersion, loadEmbedded } from '../embed.ts'
import { needsToken, openTokenDesk, toUrl } from './access.ts'
import { createApp } from './app.ts'
import { runDemo } from './demo.ts'
import { createParts } from './parts.ts'
import { serve } from './serve.ts'

const bunPath = process.execPath
const environment = process.env
const print = (line: string): void => console.log(line)
const log = createLog((line) => console.error(line))

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
    case 'doctor': {
      const { config } = loadConfig(command.config ? { file: command.config } : {})
      const { agentImage } = await loadEmbedded()
      const listen = config.server
      const { doctor, fix } = createParts({
        config,
        agentImage,
        bunPath,
        environment,
        listen,
        withoutLogin: command.demo,
        log: silentLog,
      })
      return await runDoctor({
        ...command,
        yes: command.yes || environment.CI === 'true',
        check: async () => await doctor.run(),
        ...fix,
        confirm: (question) => confirm(question, { input: process.stdin, output: process.stdout }),
        print,
        colours: process.stdout.isTTY,
      })
    }
    case 'token':
      return runTokenCommand(command)
    case 'demo':
      return await runDemo({
        ...command,
        embedded: await loadEmbedded(),
        version: embeddedVersion,
        bunPath,
        environment,
        print,
      })
    case 'serve': {
      const { config, warnings } = loadConfig({
        ...(command.config ? { file: command.config } : {}),
        flags: command.flags,
      })
      for (const warning of warnings) log.warn(warning)
      const app = createApp({
        config,
        embedded: await loadEmbedded(),
        version: embeddedVersion,
        bunPath,
        environment,
        log,
      })
      return await serve(app, { print, log })
    }
  }
}

function runTokenCommand(command: Extract<Command, { name: 'token' }>): number {
  const { config } = loadConfig({
    ...(command.config ? { file: command.config } : {}),
    flags: command.flags,
  })
  const desk = openTokenDesk(config)
  try {
    return runToken({
      ...command,
      url: toUrl(config.server.host, config.server.port),
      required: needsToken(config),
      desk,
      print,
      complain: (line) => console.error(line),
    })
  } finally {
    desk.close()
  }
}

try {
  process.exit(await main(process.argv.slice(2)))
} catch (error) {
  console.error(toMessage(error))
  process.exit(1)
}
