import { expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { unreachable } from '#docker/failures.ts'
import { createOldImages } from '#images/old-images.ts'

const dayMs = 86_400_000
const now = 100 * dayMs
const image = (tag: string, days: number) => ({
  tags: [tag],
  sizeBytes: 1e9,
  createdAt: now - days * dayMs,
})

function withImages(
  listed: ReturnType<typeof image>[],
  { current = 'agent:now', remove = async (_tag: string) => {} } = {},
) {
  return createOldImages({
    engine: {
      async listImages(labels) {
        expect(labels).toEqual({ 'klaudio.image': 'agent' })
        return listed
      },
      removeImage: remove,
    },
    imageName: 'agent',
    current: () => current,
    clock: { now: () => now },
  })
}

test('the image in use, the one before it, what is young and what has another name stay', async () => {
  const images = withImages([
    image('agent:oldest', 40),
    image('agent:before', 10),
    image('agent:now', 50),
    image('agent:old', 20),
    image('agents:other', 60),
    image('mirror/agent:other', 60),
  ])
  expect((await images.list()).map(({ tag }) => tag)).toEqual(['agent:old', 'agent:oldest'])
  const young = withImages([image('agent:now', 9), image('agent:a', 0.1), image('agent:b', 0.2)])
  expect(await young.list()).toEqual([])
})

test('nothing is old before it is known what is in use, or while no engine answers', async () => {
  const unknown = withImages([image('agent:a', 30), image('agent:b', 40)], { current: '' })
  expect(await unknown.list()).toEqual([])
  const away = createOldImages({
    engine: {
      listImages: () => Promise.reject(unreachable('nowhere')),
      removeImage: async () => {},
    },
    imageName: 'agent',
    current: () => 'agent:now',
    clock: { now: () => now },
  })
  expect(await away.list()).toEqual([])
})

test('one that a container uses stays', async () => {
  const images = withImages([], {
    remove: () =>
      Promise.reject(new AppError('engine.failed', 'In use.', { details: { reason: 'conflict' } })),
  })
  expect(await images.remove('agent:old')).toBe(false)
})
