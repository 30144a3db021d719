import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { createBaseImage, localBase, preferredBase } from '#images/base-image.ts'
import type { RunCommand } from '#lib/run-command.ts'

type World = {
  images?: string[]
  /** What a pull does; it fails when absent. */
  pull?: 'works' | 'hangs' | 'engine-gone'
  configured?: string
  isRoot?: boolean
  hasDebootstrap?: boolean
  debootstrap?: RunCommand
}

const workDir = mkdtempSync(join(tmpdir(), 'klaudio-base-'))
afterAll(() => rmSync(workDir, { recursive: true }))

const noRegistry = new AppError('engine.failed', 'lookup registry: no such host')

function baseImage(world: World) {
  const images = new Set(world.images)
  const seen = { pulls: 0, imported: [] as string[], commands: [] as string[][] }
  const succeed: RunCommand = async () => ({ exitCode: 0, output: '' })
  const base = createBaseImage({
    engine: {
      findImage: async (ref) =>
        images.has(ref) ? { id: ref, sizeBytes: 1, labels: {} } : undefined,
      async pullImage(ref, { signal }) {
        seen.pulls += 1
        signal?.throwIfAborted()
        if (world.pull === 'works') images.add(ref)
        else if (world.pull === 'engine-gone') throw new AppError('engine.unreachable', 'gone')
        else if (world.pull === 'hangs')
          await new Promise((_resolve, reject) =>
            signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
          )
        else throw noRegistry
      },
      async importImage(tag, tar) {
        for await (const _chunk of tar) {
          // An empty folder's archive, read to its end as an engine does.
        }
        seen.imported.push(tag)
        images.add(tag)
      },
    },
    configured: world.configured ?? '',
    host: () => ({
      isDebian: true,
      isRoot: world.isRoot ?? true,
      arch: 'amd64',
      which: () => (world.hasDebootstrap === false ? undefined : '/usr/sbin/debootstrap'),
    }),
    run: (command, options) => {
      seen.commands.push(command)
      return (world.debootstrap ?? succeed)(command, options)
    },
    environment: process.env,
    workDir,
    patience: { firstMs: 5, nextMs: 5 },
  })
  const resolve = (engineArch = 'amd64', signal?: AbortSignal): Promise<string> =>
    base.resolve({ engineArch, onProgress: () => {}, ...(signal ? { signal } : {}) })
  return { resolve, seen }
}

describe('the base image', () => {
  test('is the configured one when the engine has it, without a pull', async () => {
    const { resolve, seen } = baseImage({ configured: 'corp/base:1', images: ['corp/base:1'] })
    expect(await resolve()).toBe('corp/base:1')
    expect(seen.pulls).toBe(0)
  })

  test('that was configured is pulled, and nothing else is put in its place', async () => {
    expect(await baseImage({ configured: 'corp/base:1', pull: 'works' }).resolve()).toBe(
      'corp/base:1',
    )
    const failing = baseImage({ configured: 'corp/base:1', images: [preferredBase, localBase] })
    await expect(failing.resolve()).rejects.toThrow('docker.base_image corp/base:1')
    await expect(failing.resolve()).rejects.toThrow('no such host')
  })

  test('is Node.js on Debian when a registry gives it', async () => {
    expect(await baseImage({ pull: 'works' }).resolve()).toBe(preferredBase)
  })

  test('is the one made on this machine when no registry answers', async () => {
    const { resolve, seen } = baseImage({ images: [localBase] })
    expect(await resolve()).toBe(localBase)
    expect(seen.commands).toEqual([])
  })

  test('is made from packages when there is none', async () => {
    const { resolve, seen } = baseImage({})
    expect(await resolve()).toBe(localBase)
    expect(seen.imported).toEqual([localBase])
    expect(seen.commands[0]?.slice(0, 3)).toEqual(['debootstrap', '--variant=minbase', 'bookworm'])
  })

  test('is not pulled again after a failure', async () => {
    const { resolve, seen } = baseImage({})
    await resolve()
    await resolve()
    expect(seen.pulls).toBe(1)
  })

  test('does not wait for a registry that never answers', async () => {
    expect(await baseImage({ pull: 'hangs', images: [localBase] }).resolve()).toBe(localBase)
  })

  test('is given up when the caller gives up', async () => {
    const signal = AbortSignal.abort(new Error('stop'))
    await expect(baseImage({ pull: 'hangs' }).resolve('amd64', signal)).rejects.toThrow('stop')
  })

  test('is not looked for elsewhere when the engine goes away', async () => {
    await expect(baseImage({ pull: 'engine-gone' }).resolve()).rejects.toMatchObject({
      code: 'engine.unreachable',
    })
  })

  test.each<[string, World, string]>([
    ['another architecture', {}, 'the engine runs on arm64, this machine on amd64'],
    ['no root', { isRoot: false }, 'that needs root'],
    ['no debootstrap', { hasDebootstrap: false }, 'debootstrap is not installed'],
    [
      'a debootstrap that fails',
      { debootstrap: async () => ({ exitCode: 1, output: 'E: no mirror\n' }) },
      'debootstrap ended with code 1: E: no mirror',
    ],
  ])('with %s cannot be made, and the error says what to do', async (what, world, reason) => {
    const failing = baseImage(world).resolve(what === 'another architecture' ? 'arm64' : 'amd64')
    await expect(failing).rejects.toMatchObject({ code: 'image.failed' })
    await expect(failing).rejects.toThrow(reason)
    await expect(failing).rejects.toThrow('docker.base_image')
  })
})
