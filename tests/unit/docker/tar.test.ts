import { describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { readTar, readTarFile } from '#docker/tar.ts'
import { packTar, type TarFile } from '#lib/pack-tar.ts'

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function toBytes(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source))
}

type Read = { path: string; mode: number; content: string }

async function readAll(source: AsyncIterable<Uint8Array>): Promise<Read[]> {
  const entries: Read[] = []
  for await (const entry of readTar(source)) {
    const content = (await toBytes(entry.content)).toString('hex')
    entries.push({ path: entry.path, mode: entry.mode, content })
  }
  return entries
}

const name = fc.string({
  unit: fc.constantFrom('a', 'B', '-', '.x', 'é', '日', '/y'),
  minLength: 1,
  maxLength: 150,
})
const file = fc.record({
  path: name.map((text) => `f${text}`),
  content: fc.uint8Array({ maxLength: 1500 }),
  mode: fc.constantFrom(0o600, 0o644, 0o755),
})

describe('tar', () => {
  test('files come out as they went in, whatever their names, sizes and the cuts between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { maxLength: 5 }),
        fc.integer({ min: 1, max: 700 }),
        async (files, size) => {
          const packed = await toBytes(packTar(files))
          expect(await readAll(cut(packed, size))).toEqual(
            files.map(({ path, mode, content }) => ({
              path,
              mode,
              content: Buffer.from(content).toString('hex'),
            })),
          )
        },
      ),
      { numRuns: 50 },
    )
  })

  test('the tar program of the system unpacks it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'klaudio-tar-'))
    try {
      const long = `${'deep/'.repeat(30)}file.txt`
      const files: TarFile[] = [
        { path: 'run.sh', content: 'echo hi\n', mode: 0o755 },
        { path: long, content: 'far down' },
      ]
      await Bun.write(join(folder, 'a.tar'), await toBytes(packTar(files)))
      const unpacked = Bun.spawnSync(['tar', '-xf', 'a.tar'], { cwd: folder })
      expect(unpacked.exitCode).toBe(0)
      expect(await Bun.file(join(folder, long)).text()).toBe('far down')
      expect((await Bun.file(join(folder, 'run.sh')).stat()).mode & 0o777).toBe(0o755)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('equal files give equal bytes', async () => {
    const files: TarFile[] = [{ path: 'a', content: 'same' }]
    expect(await toBytes(packTar(files))).toEqual(await toBytes(packTar(files)))
  })

  test('a file that is not as long as it said is an error', async () => {
    const open = (): AsyncGenerator<Uint8Array> => cut(Buffer.from('abc'), 2)
    const packed = toBytes(packTar([{ path: 'a', content: { sizeBytes: 5, open } }]))
    expect(packed).rejects.toThrow('a has 3 bytes instead of 5')
  })

  test('leaving early ends the source of the file that was being packed', async () => {
    let ended = false
    async function* open(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(1000)
      } finally {
        ended = true
      }
    }
    for await (const chunk of packTar([{ path: 'a', content: { sizeBytes: 1e9, open } }]))
      if (chunk.length === 1000) break
    expect(ended).toBe(true)
  })

  test('content that nobody reads is skipped', async () => {
    const files = [
      { path: 'big', content: new Uint8Array(200_000) },
      { path: 'after', content: 'x' },
    ]
    const paths: string[] = []
    for await (const entry of readTar(packTar(files))) paths.push(entry.path)
    expect(paths).toEqual(['big', 'after'])
  })

  test('a cut archive is an error, not a short file', async () => {
    const packed = await toBytes(packTar([{ path: 'a', content: new Uint8Array(5000) }]))
    expect(toBytes(readTarFile(cut(packed.subarray(0, 3000), 512)))).rejects.toThrow()
  })

  test('an archive without a file says so', () => {
    expect(toBytes(readTarFile(packTar([])))).rejects.toMatchObject({ code: 'file.not-found' })
  })
})
