/** One run of setup commands in a container of its own, and what they left as an image. */
import { type ContainerSettings, instanceLabels, setupContainer } from '#agents/container.ts'
import { AppError } from '#contract/errors.ts'
import type { Engine } from '#docker/engine.ts'
import { type Mask, maskedStream } from '#lib/byte-mask.ts'
import type { Clock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import {
  commandsScript,
  laySubmodules,
  searchCommand,
  seedCommand,
  tidyCommand,
} from './scripts.ts'

export type SetupJob = {
  /** Name that the image gets. */
  tag: string
  /** What of it is looked up by. */
  key: string
  baseImage: string
  commit: string
  bundle: () => Promise<Uint8Array>
  /** Files of submodules as gzipped tar. */
  submodules: () => Promise<Uint8Array | undefined>
  commands: readonly string[]
  variables: Record<string, string>
  /** Those among the variables that must be found in no file afterwards. */
  secrets: readonly string[]
  /** Hides what is not to be shown. */
  mask: Mask
  onOutput: (text: string) => void
  /** A command begins; from 1. */
  onStep: (step: number) => void
  signal: AbortSignal
}

/** `failed`: running them again as they are gives the same; `reason` is a sentence. */
export type SetupEnd =
  | { kind: 'made'; bytes: number; leftOut: string[] }
  | { kind: 'failed'; reason: string }

export type RunSetup = (job: SetupJob) => Promise<SetupEnd>

type Context = {
  engine: Pick<
    Engine,
    | 'ensureNetwork'
    | 'createContainer'
    | 'startContainer'
    | 'removeContainer'
    | 'inspectContainer'
    | 'exec'
    | 'execStream'
    | 'commitContainer'
    | 'findImage'
  >
  settings: ContainerSettings
  clock: Pick<Clock, 'sleep'>
  timeoutMs: number
}

/** Throws what the engine throws; then nothing is left on it, or the next start of the server removes it. */
export function createRunSetup(context: Context): RunSetup {
  const { engine, settings } = context
  return async (job) => {
    job.signal.throwIfAborted()
    const labels = instanceLabels(settings.instanceId)
    await engine.ensureNetwork(settings.network, labels)
    const spec = setupContainer(settings, { id: newId(), image: job.baseImage })
    const containerId = await engine.createContainer(spec)
    try {
      await engine.startContainer(containerId)
      await seed(context, containerId, job)
      const problem = await runCommands(context, containerId, job)
      if (problem !== undefined) return { kind: 'failed', reason: problem }
      return await keep(context, containerId, job)
    } finally {
      await engine.removeContainer(containerId)
    }
  }
}

async function seed({ engine }: Context, containerId: string, job: SetupJob): Promise<void> {
  const { commit, signal } = job
  const spec = { cmd: seedCommand(commit), stdin: await job.bundle(), signal }
  const { exitCode, stderr } = await engine.exec(containerId, spec)
  if (exitCode !== 0)
    throw new AppError('git.failed', `The repository could not be set up in a container: ${stderr}`)
  const submodules = await job.submodules()
  if (!submodules) return
  const laid = await engine.exec(containerId, { cmd: laySubmodules, stdin: submodules, signal })
  if (laid.exitCode !== 0)
    throw new AppError(
      'git.failed',
      `The submodules could not be laid out in a container: ${laid.stderr}`,
    )
}

/** Why they did not all end well, as a sentence. */
async function runCommands(
  context: Context,
  containerId: string,
  job: SetupJob,
): Promise<string | undefined> {
  const { engine, settings, clock, timeoutMs } = context
  const timer = new AbortController()
  let isLate = false
  const mark = `klaudio-${newId()}`
  const stream = await engine.execStream(containerId, {
    cmd: commandsScript(job.commands, mark),
    env: { ...settings.env, ...job.variables },
  })
  job.signal.addEventListener('abort', stream.close, { once: true })
  if (job.signal.aborted) stream.close()
  clock.sleep(timeoutMs, timer.signal).then(
    () => {
      isLate = true
      stream.close()
    },
    () => {},
  )
  const reader = createReader(job, mark)
  try {
    for await (const chunk of stream.stdout) {
      reader.push(chunk)
      if (reader.code() !== undefined) break
    }
    reader.end()
    if (!isLate)
      return await toProblem(context, { containerId, job, reader, exitCode: stream.exitCode })
  } catch (error) {
    if (!isLate) throw error
  } finally {
    timer.abort()
    job.signal.removeEventListener('abort', stream.close)
    stream.close()
  }
  return `It took longer than ${Math.round(timeoutMs / 60_000)} minutes${at(job, reader.step())}.`
}

async function toProblem(
  { engine }: Context,
  ended: {
    containerId: string
    job: SetupJob
    reader: ReturnType<typeof createReader>
    exitCode: () => Promise<number>
  },
): Promise<string | undefined> {
  const { containerId, job, reader } = ended
  job.signal.throwIfAborted()
  const step = reader.step()
  const state = await engine.inspectContainer(containerId)
  if (state?.oomKilled)
    return `The container ran out of memory${at(job, step)}. Give agents more (docker.memory).`
  if (state?.status !== 'running')
    throw new AppError('engine.failed', 'The container of the setup ended before its commands did.')
  const code = reader.code() ?? (await ended.exitCode())
  if (code === 0) return undefined
  if (step === 0)
    return `The commands could not be started (${code}): the image has no bash, or cannot run it.`
  return `${toName(job, step)} ended with code ${code}.`
}

const at = (job: SetupJob, step: number): string => (step === 0 ? '' : ` at ${toName(job, step)}`)

function toName({ commands, mask }: SetupJob, step: number): string {
  const [line = ''] = mask.text(commands[step - 1] ?? '').split('\n')
  return `"${line.length > 100 ? `${line.slice(0, 99)}…` : line}"`
}

/** Takes our own lines out of what is printed. */
function createReader(job: Pick<SetupJob, 'mask' | 'onOutput' | 'onStep'>, mark: string) {
  const decoder = new TextDecoder()
  const masked = maskedStream(job.mask)
  let rest = ''
  let step = 0
  let code: number | undefined
  const take = (text: string, isLast: boolean): void => {
    const lines = (rest + text).split('\n')
    rest = isLast ? '' : (lines.pop() ?? '')
    const shown: string[] = []
    for (const line of lines) {
      if (!line.startsWith(`${mark} `)) shown.push(line)
      else if (line.startsWith(`${mark} end `)) code = Number(line.slice(mark.length + 5))
      else {
        step = Number(line.slice(mark.length + 1))
        job.onStep(step)
      }
    }
    if (shown.length > 0) job.onOutput(shown.map((line) => `${line}\n`).join(''))
  }
  return {
    push: (bytes: Uint8Array): void =>
      take(decoder.decode(masked.push(bytes), { stream: true }), false),
    end: (): void => take(decoder.decode(masked.end()), true),
    step: () => step,
    code: () => code,
  }
}

async function keep(
  { engine, settings }: Context,
  containerId: string,
  job: SetupJob,
): Promise<SetupEnd> {
  const { signal, tag, key, baseImage } = job
  const tidied = await engine.exec(containerId, { cmd: tidyCommand(job.commit), signal })
  if (tidied.exitCode !== 0)
    return {
      kind: 'failed',
      reason: `What the commands left could not be kept: ${tidied.stderr.trim()}`,
    }
  const holder = await findSecret(engine, containerId, job)
  if (holder !== undefined)
    return {
      kind: 'failed',
      reason: `The commands wrote a secret into ${holder}, where every task to come would find it. Have them remove it again, or run them without secrets.`,
    }
  signal.throwIfAborted()
  await engine.commitContainer(containerId, {
    tag,
    labels: {
      ...instanceLabels(settings.instanceId),
      'klaudio.image': 'setup',
      'klaudio.setup': key,
    },
  })
  const [made, base] = await Promise.all([engine.findImage(tag), engine.findImage(baseImage)])
  if (!made) throw new AppError('engine.failed', 'What the commands left is not on the engine.')
  const leftOut = new TextDecoder()
    .decode(tidied.stdout)
    .split('\0')
    .filter((name) => name !== '')
  return { kind: 'made', bytes: made.sizeBytes - (base?.sizeBytes ?? 0), leftOut }
}

/** A file that holds one, in the clear. */
async function findSecret(
  engine: Context['engine'],
  containerId: string,
  { secrets, signal }: SetupJob,
): Promise<string | undefined> {
  const lines = secrets
    .flatMap((each) => each.split('\n'))
    .filter((line) => line.trim().length >= 8)
  if (lines.length === 0) return undefined
  const stdin = new TextEncoder().encode(`${lines.join('\n')}\n`)
  const found = await engine.exec(containerId, { cmd: searchCommand, stdin, signal })
  if (found.exitCode !== 0)
    throw new AppError(
      'engine.failed',
      `What the setup left could not be searched: ${found.stderr}`,
    )
  return new TextDecoder().decode(found.stdout).split('\n')[0] || undefined
}
