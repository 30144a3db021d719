/** One server at a time, and none that does not know what it finds. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDataLock, restoreMarker } from '#db/data-directory.ts'
import { startKlaudio } from '../../support/klaudio.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'klaudio-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('a data directory belongs to one server, until that one ends', () => {
  const first = createDataLock()
  const second = createDataLock()
  first.take(dir)
  first.take(dir)
  expect(() => second.take(dir)).toThrow(/Another Klaudio is at work/)
  first.release()
  second.take(dir)
  second.release()
})

test('a second server process on the same directory is refused, and a killed one leaves nothing in the way', async () => {
  const args = ['serve', '--port', '0', '--data-dir', join(dir, 'data')]
  const options = { cwd: dir, env: { DOCKER_HOST: `unix://${dir}/none.sock` } }
  const first = startKlaudio(args, options)
  await first.until(({ stdout }) => stdout().includes('Klaudio is at'))
  const second = startKlaudio(args, options)
  expect(await second.exited).toBe(1)
  await second
    .until(({ stderr }) => stderr().includes('Another Klaudio is at work on'))
    .catch(() => {})
  expect(second.stderr()).toContain('Another Klaudio is at work on')
  first.kill('SIGKILL')
  await first.exited
  const third = startKlaudio(args, options)
  await third.until(({ stdout }) => stdout().includes('Klaudio is at'))
  third.kill('SIGTERM')
  expect(await third.exited).toBe(0)
}, 60_000)

test('data of a newer version is refused with a sentence, and left as it is', () => {
  const lock = createDataLock()
  lock.take(dir)
  lock.release()
  expect(readFileSync(join(dir, 'format'), 'utf8')).toBe('1\n')
  writeFileSync(join(dir, 'format'), '2\n')
  expect(() => lock.take(dir)).toThrow(/newer version of Klaudio/)
  expect(readFileSync(join(dir, 'format'), 'utf8')).toBe('2\n')
})

test('half of a restore is never served', () => {
  const lock = createDataLock()
  writeFileSync(restoreMarker(dir), '')
  expect(() => lock.take(dir)).toThrow(/klaudio restore/)
})

test.each([
  ['missing', undefined],
  ['empty', ''],
])(
  'a database that is %s beside the work of an installation is never begun anew',
  async (what, content) => {
    const data = join(dir, 'data')
    mkdirSync(join(data, 'repos', 'task.git'), { recursive: true })
    mkdirSync(join(data, 'output'))
    for (const name of ['one', 'two']) writeFileSync(join(data, 'output', `${name}.ndjson`), '{}\n')
    const database = join(data, 'klaudio.db')
    if (content !== undefined) writeFileSync(database, content)
    const server = startKlaudio(['serve', '--port', '0', '--data-dir', data], {
      cwd: dir,
      env: { DOCKER_HOST: `unix://${dir}/none.sock` },
    })
    expect(await server.exited).toBe(1)
    await server.until(({ stderr }) => stderr().includes('klaudio restore')).catch(() => {})
    expect(server.stderr()).toContain(
      `is ${what}, but ${data} holds 1 repositories of tasks and 2 outputs of agents. Nothing was changed.`,
    )
    expect(existsSync(database) ? readFileSync(database, 'utf8') : undefined).toBe(content)
    // What was there before is what a person moves away to begin anew.
    rmSync(join(data, 'repos'), { recursive: true })
    rmSync(join(data, 'output'), { recursive: true })
    const fresh = startKlaudio(['serve', '--port', '0', '--data-dir', data], {
      cwd: dir,
      env: { DOCKER_HOST: `unix://${dir}/none.sock` },
    })
    await fresh.until(({ stdout }) => stdout().includes('Klaudio is at'))
    fresh.kill('SIGTERM')
    expect(await fresh.exited).toBe(0)
  },
  60_000,
)
