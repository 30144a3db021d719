import { Readable } from 'node:stream'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import type { Client } from './client.ts'
import type { BuildProgress, BuildSpec, Engine, Labels } from './engine.ts'
import { isRefusal, type Refusal } from './failures.ts'
import { readJsonLines } from './json-lines.ts'
import { labelFilter } from './labels.ts'

const Inspected = v.object({
  Id: v.string(),
  Size: v.number(),
  Config: v.nullish(
    v.object({
      Labels: v.nullish(v.record(v.string(), v.string())),
      Volumes: v.nullish(v.record(v.string(), v.unknown())),
    }),
  ),
})
/** One line of a pull, an import or a classic build. */
const Message = v.object({
  stream: v.optional(v.string()),
  status: v.optional(v.string()),
  id: v.optional(v.string()),
  progress: v.optional(v.string()),
  error: v.optional(v.string()),
})

const ListedImages = v.array(
  v.object({ RepoTags: v.nullish(v.array(v.string())), Size: v.number(), Created: v.number() }),
)

type Calls = Pick<
  Engine,
  | 'findImage'
  | 'listImages'
  | 'pullImage'
  | 'importImage'
  | 'buildImage'
  | 'commitContainer'
  | 'removeImage'
>

export function imageCalls(client: Client): Calls {
  return {
    async findImage(ref, { signal } = {}) {
      try {
        const image = v.parse(
          Inspected,
          await client.json({
            what: `look up image ${ref}`,
            method: 'GET',
            path: `/images/${inPath(ref)}/json`,
            ...(signal ? { signal } : {}),
          }),
        )
        const volumes = Object.keys(image.Config?.Volumes ?? {})
        return {
          ...{ id: image.Id, sizeBytes: image.Size, labels: image.Config?.Labels ?? {} },
          ...(volumes.length > 0 && { volumes }),
        }
      } catch (error) {
        if (isRefusal(error, 'not-found', 'no-image')) return undefined
        throw error
      }
    },

    listImages: (labels) => listImages(client, labels),

    async pullImage(ref, { onProgress, signal }) {
      const what = `pull ${ref}`
      const answer = await client.stream({
        what,
        method: 'POST',
        path: '/images/create',
        // Without a tag the engine would pull every tag there is.
        query: { fromImage: ref, ...(hasTag(ref) ? {} : { tag: 'latest' }) },
        ...(signal ? { signal } : {}),
      })
      await follow(answer, { what, onProgress })
    },

    async importImage(tag, tar, { signal } = {}) {
      const what = `import ${tag}`
      const at = tag.lastIndexOf(':')
      const answer = await client.stream({
        what,
        method: 'POST',
        path: '/images/create',
        query: { fromSrc: '-', repo: tag.slice(0, at), tag: tag.slice(at + 1) },
        file: Readable.from(tar),
        ...(signal ? { signal } : {}),
      })
      await follow(answer, { what, onProgress: () => {} })
    },

    buildImage: (spec) => buildImage(client, spec),

    commitContainer: (id, image) => commitContainer(client, id, image),

    async removeImage(ref) {
      try {
        await client.json({
          what: `remove image ${ref}`,
          method: 'DELETE',
          path: `/images/${inPath(ref)}`,
        })
      } catch (error) {
        if (!isRefusal(error, 'not-found', 'no-image')) throw error
      }
    },
  }
}

async function buildImage(client: Client, spec: BuildSpec): Promise<void> {
  const what = `build ${spec.tag}`
  const answer = await client.stream({
    what,
    method: 'POST',
    path: '/build',
    query: {
      t: spec.tag,
      buildargs: JSON.stringify(spec.buildArgs),
      labels: JSON.stringify(spec.labels),
      ...(spec.dockerfile !== undefined && { dockerfile: spec.dockerfile }),
      ...(spec.target !== undefined && { target: spec.target }),
      ...(spec.memoryBytes !== undefined && { memory: spec.memoryBytes }),
      rm: true,
      forcerm: true,
    },
    file: Readable.from(spec.context),
    ...(spec.signal ? { signal: spec.signal } : {}),
  })
  await follow(answer, { what, onProgress: spec.onProgress })
}

async function commitContainer(
  client: Client,
  id: string,
  { tag, labels }: { tag: string; labels: Labels },
): Promise<void> {
  const at = tag.lastIndexOf(':')
  await client.json({
    what: `keep container ${id} as ${tag}`,
    method: 'POST',
    path: '/commit',
    query: { container: id, repo: tag.slice(0, at), tag: tag.slice(at + 1), pause: true },
    body: { Labels: labels },
    // As long as it takes to copy what was written.
    timeoutMs: 0,
  })
}

async function listImages(client: Client, labels: Labels): ReturnType<Engine['listImages']> {
  const listed = await client.json({
    what: 'list images',
    method: 'GET',
    path: '/images/json',
    query: { filters: labelFilter(labels) },
  })
  return v.parse(ListedImages, listed).map((image) => ({
    tags: (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
    sizeBytes: image.Size,
    createdAt: image.Created * 1000,
  }))
}

const keptLines = 20

/** A failed build or pull is a successful request whose stream holds an `error`. */
async function follow(
  answer: AsyncIterable<Uint8Array>,
  { what, onProgress }: { what: string; onProgress: (progress: BuildProgress) => void },
): Promise<void> {
  const lines: string[] = []
  let at: Pick<BuildProgress, 'step' | 'steps'> = {}
  for await (const line of readJsonLines(answer)) {
    const message = v.safeParse(Message, line)
    if (!message.success) continue
    if (message.output.error !== undefined) throw failed(what, message.output.error, lines)
    for (const text of toLines(message.output)) {
      at = stepOf(text) ?? at
      lines.push(text)
      if (lines.length > keptLines) lines.shift()
      onProgress({ ...at, text })
    }
  }
}

function failed(what: string, reason: string, lines: string[]): AppError {
  return new AppError('engine.failed', `The Docker engine could not ${what}: ${reason.trim()}`, {
    details: { reason: 'build-failed' satisfies Refusal, log: lines.join('\n') },
  })
}

function toLines({ stream, status, id, progress }: v.InferOutput<typeof Message>): string[] {
  if (status !== undefined)
    return [[id, status, progress].filter((part) => part !== undefined).join(' ')]
  return (stream ?? '').split('\n').filter((line) => line.trim() !== '')
}

function stepOf(text: string): { step: number; steps: number } | undefined {
  const [, step, steps] = /^Step (\d+)\/(\d+) :/.exec(text) ?? []
  return step && steps ? { step: Number(step), steps: Number(steps) } : undefined
}

function hasTag(ref: string): boolean {
  return ref.includes('@') || ref.lastIndexOf(':') > ref.lastIndexOf('/')
}

function inPath(ref: string): string {
  return ref.split('/').map(encodeURIComponent).join('/')
}
