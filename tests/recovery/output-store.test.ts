import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOutputStore } from '#streams/output-store.ts'
import { until } from '../support/fake-viewer.ts'

const script = join(import.meta.dir, '../support/append-forever.ts')

test('a server killed in the middle of storing output goes on with the next byte, none lost and none twice', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-kill-'))
  try {
    for (let kill = 0; kill < 12; kill++) {
      const before = sizeOf(dir)
      const child = Bun.spawn([process.execPath, script, dir], { stdout: 'pipe' })
      await until(() => sizeOf(dir) > before + 1_000_000 * Math.random(), 'it has stored something')
      child.kill('SIGKILL')
      await child.exited
      expect(Number(await new Response(child.stdout).text())).toBe(before)
    }
    const stored = readFileSync(join(dir, 'a.ndjson'))
    expect(stored.length).toBe(sizeOf(dir))
    expect(stored.findIndex((byte, at) => byte !== at % 251)).toBe(-1)
  } finally {
    rmSync(dir, { recursive: true })
  }
}, 60_000)

function sizeOf(dir: string): number {
  const store = createOutputStore({ dir })
  try {
    return store.size('a')
  } finally {
    store.close()
  }
}

test.skipIf(process.platform !== 'linux')(
  'a disk that fails is told as that, stores nothing by halves, and the same bytes are taken once it works',
  () => {
    const dir = mkdtempSync(join(tmpdir(), 'klaudio-failing-'))
    const store = createOutputStore({ dir })
    const bytes = new TextEncoder().encode('one line\n')
    // Writing to what is mapped nowhere is answered with EIO.
    symlinkSync('/proc/self/mem', join(dir, 'a.ndjson'))
    expect(() => store.append('a', 0, bytes)).toThrow('could not be written')
    expect(store.size('a')).toBe(0)
    store.close()
    rmSync(join(dir, 'a.ndjson'))
    const after = createOutputStore({ dir })
    expect(after.append('a', 0, bytes)).toBe(bytes.length)
    after.close()
    rmSync(dir, { recursive: true })
  },
)
