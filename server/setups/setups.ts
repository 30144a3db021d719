/**
 * What repositories need before agents start. An image of their own (`project-images.ts`), and setup commands: run once in a container of their own, and what they leave in the workspace (what git ignores) and in the home
 * kept as an image that agents' volumes are filled from. The same commands, files, variables and image find it again.
 */
import { instanceLabels } from '#agents/container.ts'
import { AppError } from '#contract/errors.ts'
import type { Db } from '#db/open.ts'
import {
  findKeptSetup,
  findSetup,
  type KeptSetupRow,
  keepSetup,
  type TaskSetupRow,
  touchKeptSetup,
} from '#db/setups.ts'
import { findTask } from '#db/tasks.ts'
import type { Engine } from '#docker/engine.ts'
import { createMask } from '#lib/byte-mask.ts'
import type { Clock } from '#lib/clock.ts'
import { shortId } from '#lib/ids.ts'
import { createSharedWork } from '#lib/shared-work.ts'
import type { ProjectImages } from '#project-image/project-images.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { toSetupKey } from './inputs.ts'
import { createKeptImages, type KeptImagesOptions, type ProjectImage } from './project-images.ts'
import type { RunSetup, SetupEnd } from './run-setup.ts'

export type SetupOutcome =
  | { kind: 'ready'; key: string; fromCache: boolean; leftOut: string[] }
  | { kind: 'failed'; reason: string }

export type MakeOptions = {
  signal?: AbortSignal
  onOutput?: (text: string) => void
  /** The image of the repository's own is there. */
  onProjectImage?: (ownImage: ProjectImage) => void
  /** A command begins; from 1. */
  onStep?: (step: number) => void
}

export type Setups = {
  /** Builds the task's image and runs its commands, or finds what they left before. Throws what the engine throws. */
  make(taskId: string, options: MakeOptions): Promise<SetupOutcome>
  /** What an agent of the task with a clone begins with; the plain agent image when there is no setup. Makes again what is gone. */
  imageFor(taskId: string, signal?: AbortSignal): Promise<string>
  /** What anything of the task runs in whose files are there already: the image without what commands left. */
  projectImageFor(taskId: string, signal?: AbortSignal): Promise<string>
  /** Ids of what is being made. */
  isBusy(key: string): boolean
}

export type SetupsOptions = {
  db: Db
  engine: Pick<Engine, 'findImage'>
  workspaces: Pick<Workspaces, 'objects' | 'bundle' | 'submoduleFiles' | 'submoduleTree'>
  environmentOf: (taskId: string) => { values: Record<string, string>; secrets: string[] }
  /** The agent image. */
  image: (signal?: AbortSignal) => Promise<string>
  projectImages: ProjectImages
  run: RunSetup
  instanceId: string
  clock: Pick<Clock, 'now'>
}

export function createSetups(options: SetupsOptions): Setups {
  const { db, engine, clock, instanceId } = options
  const { hold, isBusy } = createHolds()
  const runCommands = createCommands(options, hold)
  const keptImages = createKeptImages({
    ...{ db, engine, hold, clock, images: options.projectImages },
    tagOf: (key) => tagOf(instanceId, key),
    labels: instanceLabels(instanceId),
  })
  const projectImageOf = (
    about: About,
    { signal, onOutput }: MakeOptions,
  ): Promise<ProjectImage> | undefined => {
    const { runsIn } = about.setup
    if (runsIn === null) return undefined
    const never = new AbortController().signal
    return keptImages.ensure(
      { ...about, runsIn },
      { signal: signal ?? never, onOutput: onOutput ?? (() => {}) },
    )
  }

  const make: Setups['make'] = async (taskId, making) => {
    const about = await read(options, taskId, making.signal)
    let ownImage: ProjectImage | undefined
    try {
      ownImage = await projectImageOf(about, making)
    } catch (error) {
      if (error instanceof AppError && error.code === 'image.failed')
        return { kind: 'failed', reason: error.message }
      throw error
    }
    if (ownImage) making.onProjectImage?.(ownImage)
    const count = about.setup.commands.length + (ownImage?.commands.length ?? 0)
    if (ownImage && count === 0)
      return { kind: 'ready', key: ownImage.key, fromCache: ownImage.fromCache, leftOut: [] }
    return await runCommands(about, ownImage, making)
  }

  const findMade = async (key: string | null, agentImage: string, signal?: AbortSignal) => {
    const kept = key === null ? undefined : findKeptSetup(db, key)
    if (kept?.baseImage !== agentImage) return undefined
    const isThere = await engine.findImage(kept.image, signal ? { signal } : {})
    return isThere ? kept.image : undefined
  }

  return {
    make,
    isBusy,
    async imageFor(taskId, signal) {
      const image = await options.image(signal)
      const row = findSetup(db, taskId)
      if (row?.state !== 'ready') return image
      const made = await findMade(row.key, image, signal)
      if (made !== undefined) return made
      // Removed by hand, or the agent image is another one by now.
      const end = await make(taskId, signal ? { signal } : {})
      if (end.kind === 'ready') return tagOf(instanceId, end.key)
      throw new AppError(
        'engine.failed',
        `What the repository's setup had left is gone, and making it again failed: ${end.reason}`,
      )
    },
    async projectImageFor(taskId, signal) {
      const image = await options.image(signal)
      const row = findSetup(db, taskId)
      if (row?.state !== 'ready' || row.runsIn === null) return image
      const made = await findMade(row.imageKey, image, signal)
      if (made !== undefined) return made
      const again = await projectImageOf(
        await read(options, taskId, signal),
        signal ? { signal } : {},
      )
      return again?.image ?? image
    },
  }
}

/** The setup commands of a task in its image. */
function createCommands(
  options: SetupsOptions,
  hold: KeptImagesOptions['hold'],
): (
  about: About,
  ownImage: ProjectImage | undefined,
  making: MakeOptions,
) => Promise<SetupOutcome> {
  const { db, clock } = options
  const shared = createSharedWork<SetupEnd>()
  return async (about, ownImage, { signal, onOutput = () => {}, onStep = () => {} }) => {
    const job = await toJob(options, about, ownImage)
    const { key, tag } = job
    return await hold(key, async () => {
      const kept = await findKept(options, job, signal)
      if (kept) {
        touchKeptSetup(db, key, clock.now())
        return { kind: 'ready', key, fromCache: true, leftOut: kept.leftOut }
      }
      let isOurs = false
      const run = async (stop: AbortSignal): Promise<SetupEnd> => {
        isOurs = true
        const end = await options.run({ ...job, signal: stop, onOutput, onStep })
        if (end.kind === 'made') keepSetup(db, toRow(job, { ...end, now: clock.now() }))
        return end
      }
      const end = await shared.join(tag, run, signal)
      if (end.kind === 'failed') return end
      return { kind: 'ready', key, fromCache: !isOurs, leftOut: end.leftOut }
    })
  }
}

/** What is in use now. */
function createHolds() {
  const busy = new Map<string, number>()
  return {
    isBusy: (key: string): boolean => busy.has(key),
    async hold<T>(key: string, work: () => Promise<T>): Promise<T> {
      busy.set(key, (busy.get(key) ?? 0) + 1)
      try {
        return await work()
      } finally {
        const left = (busy.get(key) ?? 1) - 1
        if (left > 0) busy.set(key, left)
        else busy.delete(key)
      }
    },
  }
}

const tagOf = (instanceId: string, key: string): string =>
  `klaudio-setup-${shortId(instanceId)}:${key}`

type About = {
  taskId: string
  commit: string
  repository: string
  setup: TaskSetupRow
  agentImage: string
}

async function read(
  { db, image }: SetupsOptions,
  taskId: string,
  signal: AbortSignal | undefined,
): Promise<About> {
  const task = findTask(db, taskId)
  const setup = findSetup(db, taskId)
  if (!task || !setup || task.baseCommit === null)
    throw new AppError('internal', `Task ${taskId} has no repository to set up.`)
  const { source } = task
  const own = source.kind === 'local' ? source.path : taskId
  const repository = source.kind === 'git' ? source.url : own
  return { taskId, setup, repository, commit: task.baseCommit, agentImage: await image(signal) }
}

type Job = Awaited<ReturnType<typeof toJob>>

async function toJob(
  options: SetupsOptions,
  { taskId, commit, repository, setup, agentImage }: About,
  ownImage: ProjectImage | undefined,
) {
  const { workspaces, instanceId } = options
  const { withSecrets } = setup
  const commands = [...(ownImage?.commands ?? []), ...setup.commands]
  const environment = options.environmentOf(taskId)
  const isSecret = new Set(environment.secrets)
  const open = Object.entries(environment.values).filter(([, value]) => !isSecret.has(value))
  const variables = withSecrets ? environment.values : Object.fromEntries(open)
  const baseImage = ownImage?.image ?? agentImage
  const files = await workspaces.objects(taskId, commit)
  const named = Object.entries(variables).map(([name, value]) =>
    isSecret.has(value) ? [name, null] : [name, value],
  )
  const key = toSetupKey({
    ...{ repository, commands, withSecrets, image: baseImage, files },
    submodules: await workspaces.submoduleTree(taskId, commit),
    variables: Object.fromEntries(named),
  })
  return {
    ...{ key, tag: tagOf(instanceId, key), baseImage, agentImage },
    ...{ commit, commands, variables, repository },
    secrets: environment.secrets,
    mask: createMask(environment.secrets),
    bundle: () => workspaces.bundle(taskId, { commit, branch: 'setup' }),
    submodules: () => workspaces.submoduleFiles(taskId, commit),
  }
}

/** What is on the engine under its tag is whole: the tag is given last. The row may be missing after a crash. */
async function findKept(
  { db, engine, clock }: SetupsOptions,
  job: Job,
  signal: AbortSignal | undefined,
): Promise<KeptSetupRow | undefined> {
  const limits = signal ? { signal } : {}
  const found = await engine.findImage(job.tag, limits)
  if (!found || found.labels['klaudio.setup'] !== job.key) return undefined
  const known = findKeptSetup(db, job.key)
  if (known) return known
  const base = await engine.findImage(job.baseImage, limits)
  const bytes = found.sizeBytes - (base?.sizeBytes ?? 0)
  const row = toRow(job, { bytes, leftOut: [], now: clock.now() })
  keepSetup(db, row)
  return row
}

const toRow = (
  { key, tag, agentImage, repository, commands }: Job,
  { bytes, leftOut, now }: { bytes: number; leftOut: string[]; now: number },
): KeptSetupRow => ({
  ...{ key, image: tag, baseImage: agentImage, repository, commands, from: null },
  ...{ bytes: Math.max(0, bytes), leftOut: leftOut.slice(0, 20), createdAt: now, usedAt: now },
})
