/** Images that repositories describe themselves, made once and kept like what setup commands leave. */
import type { OwnImage } from '#contract/runs-in.ts'
import type { Db } from '#db/open.ts'
import { findKeptSetup, keepSetup, touchKeptSetup } from '#db/setups.ts'
import type { Engine, Labels } from '#docker/engine.ts'
import type { Clock } from '#lib/clock.ts'
import { createSharedWork } from '#lib/shared-work.ts'
import type { ProjectImages } from '#project-image/project-images.ts'

export type ProjectImage = {
  key: string
  /** Tag of an image that is on the engine. */
  image: string
  /** Of a devcontainer.json. */
  commands: string[]
  notes: string[]
  fromCache: boolean
}

export type ImageWish = {
  taskId: string
  commit: string
  repository: string
  runsIn: OwnImage
  agentImage: string
}

export type KeptImages = {
  /** Builds it, or finds it. Throws `image.failed` when the repository has to change for it, and what the engine throws. */
  ensure(
    wish: ImageWish,
    options: { signal: AbortSignal; onOutput: (text: string) => void },
  ): Promise<ProjectImage>
}

export type KeptImagesOptions = {
  db: Db
  engine: Pick<Engine, 'findImage'>
  images: ProjectImages
  /** Keeps it while the work lasts. */
  hold: <T>(key: string, work: () => Promise<T>) => Promise<T>
  tagOf: (key: string) => string
  labels: Labels
  clock: Pick<Clock, 'now'>
}

export function createKeptImages(options: KeptImagesOptions): KeptImages {
  const { db, engine, images, hold, tagOf, clock } = options
  const shared = createSharedWork<void>()
  return {
    async ensure({ runsIn, repository, ...wish }, { signal, onOutput }) {
      const plan = await images.plan({ ...wish, runsIn }, { signal, onOutput })
      const { key, commands, notes, agentImage, from } = plan
      const image = tagOf(key)
      const ownImage = { key, image, commands, notes }
      const keep = (bytes: number): void => {
        const now = clock.now()
        keepSetup(db, {
          ...{ key, image, baseImage: agentImage, repository, from, bytes },
          ...{ commands: [], leftOut: [], createdAt: now, usedAt: now },
        })
      }
      return await hold(key, async () => {
        const found = await engine.findImage(image, { signal })
        if (found?.labels['klaudio.setup'] === key) {
          if (findKeptSetup(db, key)) touchKeptSetup(db, key, clock.now())
          else keep(found.sizeBytes)
          return { ...ownImage, fromCache: true }
        }
        let isOurs = false
        const build = async (stop: AbortSignal): Promise<void> => {
          isOurs = true
          const labels = { ...options.labels, 'klaudio.image': 'setup', 'klaudio.setup': key }
          await images.build(plan, { tag: image, labels }, { signal: stop, onOutput })
          const made = await engine.findImage(image, { signal: stop })
          keep(made?.sizeBytes ?? 0)
        }
        const joined = shared.join(key, build, signal)
        if (!isOurs) onOutput('Another task is building it.\n')
        await joined
        return { ...ownImage, fromCache: !isOurs }
      })
    },
  }
}
