/**
 * Images that repositories describe themselves, made fit for agents. `plan` reads what is wanted from the files of a commit and gives it a key;
 * `build` makes it on the engine. The project's own lines are run by the engine, with nothing of the machine and no secret in reach.
 */
import { AppError } from '#contract/errors.ts'
import { describeRunsIn, type OwnImage } from '#contract/runs-in.ts'
import type { BuildProgress, Engine, Labels } from '#docker/engine.ts'
import { isRefusal } from '#docker/failures.ts'
import { pull } from '#images/base-image.ts'
import { carryTag } from '#images/image-tag.ts'
import { packTar } from '#lib/pack-tar.ts'
import { createSharedWork } from '#lib/shared-work.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { type BuildContext, readTree, type Tree, toContext } from './context.ts'
import { type Devcontainer, findDevcontainer, parseDevcontainer } from './devcontainer.ts'
import {
  adoptProblem,
  carryDockerfile,
  coveringVolume,
  layerDockerfile,
  layerVersion,
} from './layer.ts'
import { insideTree } from './paths.ts'
import { refusal } from './refusal.ts'

export type ProjectImagePlan = {
  /** 24 hexadecimal digits: the same files, settings and agent image give the same. */
  key: string
  agentImage: string
  base: Base
  env: Record<string, string>
  /** Of a devcontainer.json: to be run in it once. */
  commands: string[]
  /** What is not obeyed, as sentences. */
  notes: string[]
  /** What it is made from, as a phrase. */
  from: string
}

type Base =
  | { kind: 'image'; image: string }
  | { kind: 'build'; context: BuildContext; target?: string; args: Record<string, string> }

type Listening = { signal: AbortSignal; onOutput: (text: string) => void }

export type ProjectImages = {
  /** Throws `image.failed` when what the repository says cannot be had; what the engine throws otherwise. */
  plan(
    wanted: { taskId: string; commit: string; runsIn: OwnImage; agentImage: string },
    listening: Listening,
  ): Promise<ProjectImagePlan>
  /** Makes it as `tag`, with the labels. Throws like `plan`; then nothing is left but what the engine caches. */
  build(
    plan: ProjectImagePlan,
    made: { tag: string; labels: Labels },
    listening: Listening,
  ): Promise<void>
}

export type ProjectImagesOptions = {
  engine: Pick<Engine, 'findImage' | 'pullImage' | 'buildImage' | 'removeImage'>
  workspaces: Pick<Workspaces, 'list' | 'objects' | 'read' | 'archive' | 'submoduleTree'>
  /** Proxies, for the build. */
  buildArgs: Record<string, string>
  /** Of one step of a build. */
  memoryBytes: number
  timeoutMs: number
}

const patience = { firstMs: 30_000, nextMs: 120_000 }

export function createProjectImages(options: ProjectImagesOptions): ProjectImages {
  const { engine, workspaces } = options
  const carrying = createSharedWork<string>()
  return {
    async plan({ taskId, commit, runsIn, agentImage }, listening) {
      const tree = await readTree(workspaces, taskId, commit)
      const { from, base, ...rest } = await read(tree, runsIn)
      if (base.kind === 'image') {
        const id = await ensureImage(engine, base.image, listening)
        const decides = { base: { image: base.image, id }, env: rest.env }
        return { ...rest, from, agentImage, base, key: toKey(agentImage, decides) }
      }
      const context = await toContext(tree, base)
      const { files, dockerfile } = context
      const { kind, target, args } = base
      const wanted = { kind, args, ...(target !== undefined && { target }) }
      const decides = { base: { ...wanted, dockerfile, files }, env: rest.env }
      return {
        ...rest,
        from,
        agentImage,
        base: { ...wanted, context },
        key: toKey(agentImage, decides),
      }
    },
    async build({ base, env, agentImage, from }, { tag, labels }, listening) {
      const timed = AbortSignal.any([listening.signal, AbortSignal.timeout(options.timeoutMs)])
      const within = { ...listening, signal: timed }
      const ownTag = base.kind === 'build' ? `${tag}-base` : undefined
      try {
        if (base.kind === 'build')
          await buildProject(options, { base, tag: `${tag}-base`, labels, from }, within)
        const projectImage = base.kind === 'build' ? `${tag}-base` : base.image
        await checkVolumes(engine, projectImage)
        const carryImage = await carrying.join(
          agentImage,
          (signal) => ensureCarry(engine, agentImage, { ...within, signal }),
          timed,
        )
        listening.onOutput(`Putting what agents need on top of ${from}\n`)
        await buildLayer(
          engine,
          { tag, labels, dockerfile: layerDockerfile({ carryImage, projectImage, env }) },
          within,
        )
      } catch (error) {
        if (timed.aborted && !listening.signal.aborted)
          throw refusal(
            `Building ${from} took longer than ${Math.round(options.timeoutMs / 60_000)} minutes.`,
            error,
          )
        throw error
      } finally {
        if (ownTag !== undefined) await engine.removeImage(ownTag)
      }
    },
  }
}

function toKey(agentImage: string, decides: object): string {
  const canonical = JSON.stringify({ layerVersion, agentImage, ...decides })
  return Bun.SHA256.hash(canonical, 'hex').slice(0, 24)
}

type Described = Omit<Devcontainer, 'base'> & { base: Devcontainer['base']; from: string }

async function read(tree: Tree, runsIn: OwnImage): Promise<Described> {
  const from = describeRunsIn(runsIn)
  const none = { env: {}, commands: [], notes: [] }
  if (runsIn.kind === 'image')
    return { base: { kind: 'image', image: runsIn.image }, from, ...none }
  if (runsIn.kind === 'dockerfile') {
    const { path, context = '' } = runsIn
    const build = { dockerfile: insideTree('', path), context: insideTree('', context), args: {} }
    return { base: { kind: 'build', ...build }, from, ...none }
  }
  const path =
    runsIn.path === undefined
      ? findDevcontainer(tree.entries.map((entry) => entry.path))
      : insideTree('', runsIn.path)
  return { ...parseDevcontainer(await tree.text(path), path), from: path }
}

/** The id of the image, fetched when it is not there. */
async function ensureImage(
  engine: Pick<Engine, 'findImage' | 'pullImage'>,
  ref: string,
  { signal, onOutput }: Listening,
): Promise<string> {
  const there = await engine.findImage(ref, { signal })
  if (there) return there.id
  const onProgress = (text: string): void => onOutput(`${text}\n`)
  const failure = await pull({ engine, ref, patience, onProgress, signal })
  if (failure !== undefined)
    throw refusal(
      `The image ${ref} is not on the engine and cannot be pulled: ${failure}. Pull or load it there by hand, or name another one.`,
    )
  const pulled = await engine.findImage(ref, { signal })
  if (!pulled) throw refusal(`The image ${ref} is not on the engine although it was pulled.`)
  return pulled.id
}

async function buildProject(
  { engine, buildArgs, memoryBytes }: ProjectImagesOptions,
  {
    base,
    tag,
    labels,
    from,
  }: { base: Extract<Base, { kind: 'build' }>; tag: string; labels: Labels; from: string },
  { signal, onOutput }: Listening,
): Promise<void> {
  const { context, target, args } = base
  try {
    await engine.buildImage({
      ...{ tag, labels, memoryBytes, signal },
      context: context.tar(),
      dockerfile: context.dockerfile,
      ...(target !== undefined && { target }),
      buildArgs: { ...buildArgs, ...args },
      onProgress: ({ text }: BuildProgress) => {
        if (!isOurs(text)) onOutput(`${text}\n`)
      },
    })
  } catch (error) {
    if (!isRefusal(error, 'build-failed')) throw error
    throw refusal(`Building ${from} failed: ${reasonOf(error)}`, error)
  }
}

/** What the builder says of itself between the lines of a Dockerfile. */
const isOfBuilder = (line: string): boolean =>
  /^(Step \d|\s*--->|Removing intermediate|Successfully )/.test(line)

/** Of those, what nobody asked for; the steps of the project are shown. */
const isOurs = (line: string): boolean =>
  (isOfBuilder(line) && !line.startsWith('Step ')) || /^Step \d+\/\d+ : LABEL klaudio\./.test(line)

/** What the engine said, and the last lines before it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof AppError)) return String(error)
  const said = error.message
    .replace(/^The Docker engine could not build \S+: /, '')
    .replace(/\.*$/, '.')
  const lines = typeof error.details.log === 'string' ? error.details.log.split('\n') : []
  const printed = lines.filter((line) => !isOfBuilder(line))
  const hint = /code: 137/.test(said)
    ? ' It may have run out of memory (docker.memory).'
    : /BuildKit/.test(said)
      ? ' Dockerfiles are built without BuildKit here: take out what needs it.'
      : ''
  const last = printed.slice(-4).join('\n')
  return `${said}${hint}${last === '' ? '' : ` The last lines were:\n${last}`}`
}

async function checkVolumes(engine: Pick<Engine, 'findImage'>, ref: string): Promise<void> {
  const found = await engine.findImage(ref)
  const covering = coveringVolume(found?.volumes ?? [])
  if (covering !== undefined)
    throw refusal(
      `The image declares ${covering} as a VOLUME, which would lie over what agents stand on. Take that out of it.`,
    )
}

async function ensureCarry(
  engine: Pick<Engine, 'findImage' | 'buildImage'>,
  agentImage: string,
  { signal, onOutput }: Listening,
): Promise<string> {
  const tag = carryTag(agentImage)
  if (await engine.findImage(tag, { signal })) return tag
  onOutput('Gathering what agents need, once for all images\n')
  await engine.buildImage({
    ...{ tag, signal, buildArgs: {} },
    labels: { 'klaudio.image': 'carry' },
    context: packTar([{ path: 'Dockerfile', content: carryDockerfile(agentImage) }]),
    onProgress: () => {},
  })
  return tag
}

async function buildLayer(
  engine: Pick<Engine, 'buildImage'>,
  { tag, labels, dockerfile }: { tag: string; labels: Labels; dockerfile: string },
  { signal, onOutput }: Listening,
): Promise<void> {
  const log: string[] = []
  try {
    await engine.buildImage({
      ...{ tag, signal, buildArgs: {} },
      labels: { ...labels, ...noOnesLabels },
      context: packTar([{ path: 'Dockerfile', content: dockerfile }]),
      onProgress: ({ text }) => {
        log.push(text)
        if (!isOfBuilder(text)) onOutput(`${text}\n`)
      },
    })
  } catch (error) {
    if (!isRefusal(error, 'build-failed')) throw error
    throw refusal(
      `Agents cannot run in it. ${adoptProblem(log.join('\n')) ?? reasonOf(error)}`,
      error,
    )
  }
}

/** Containers inherit the labels of their image: none of a project's may name somebody's agent. */
const noOnesLabels: Labels = {
  'klaudio.agent': '',
  'klaudio.task': '',
  'klaudio.run': '',
  'klaudio.role': '',
}
