/**
 * Agent images of earlier versions. The one in use and the one before it stay, so that a step back costs no build, and so does
 * whatever is young: another installation on the same engine may be about to use it. An image that a container uses stays with the engine.
 */
import { AppError } from '#contract/errors.ts'
import type { Engine } from '#docker/engine.ts'
import { isRefusal } from '#docker/failures.ts'
import type { Clock } from '#lib/clock.ts'
import { carryTag } from './image-tag.ts'

/** `bytes` counts layers that other images may share. */
export type OldImage = { tag: string; bytes: number }

export type OldImages = {
  /** None while it is not known which image is in use, or no engine answers. */
  list(): Promise<OldImage[]>
  /** False when it is in use after all. */
  remove(tag: string): Promise<boolean>
}

export type OldImagesOptions = {
  engine: Pick<Engine, 'listImages' | 'removeImage'>
  imageName: string
  /** The tag of the image that agents are started from; empty while it is not known. */
  current: () => string
  clock: Pick<Clock, 'now'>
}

const youngMs = 24 * 60 * 60_000

export function createOldImages({
  engine,
  imageName,
  current,
  clock,
}: OldImagesOptions): OldImages {
  return {
    async list() {
      const kept = current()
      if (kept === '') return []
      const found = await engine.listImages({ 'klaudio.image': 'agent' }).catch(noneWhileAway)
      const others = found
        .flatMap(({ tags, ...image }) => tags.map((tag) => ({ ...image, tag })))
        .filter(({ tag }) => tag !== kept && tag.startsWith(`${imageName}:`))
        .sort((a, b) => b.createdAt - a.createdAt)
      return others
        .slice(1)
        .filter(({ createdAt }) => clock.now() - createdAt > youngMs)
        .map(({ tag, sizeBytes }) => ({ tag, bytes: sizeBytes }))
    },
    async remove(tag) {
      try {
        // What was made of it for other images first.
        await engine.removeImage(carryTag(tag))
        await engine.removeImage(tag)
        return true
      } catch (error) {
        if (isRefusal(error, 'in-use', 'conflict')) return false
        throw error
      }
    },
  }
}

function noneWhileAway(error: unknown): [] {
  if (error instanceof AppError && error.code === 'engine.unreachable') return []
  throw error
}
