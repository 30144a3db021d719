import { beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import type { ContainerSpec } from '#docker/engine.ts'
import { readTar, readTarFile } from '#docker/tar.ts'
import { createOldImages } from '#images/old-images.ts'
import { systemClock } from '#lib/clock.ts'
import { packTar } from '#lib/pack-tar.ts'
import {
  askEngine,
  ensureAgentImage,
  ownLabels,
  requireEngine,
  testEngine,
} from '../support/docker.ts'

const noEngine = await requireEngine()
const engine = testEngine()

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

describe.skipIf(noEngine !== undefined)('the Docker engine', () => {
  const labels = ownLabels('engine')
  let image = ''
  let serial = 0

  beforeAll(async () => {
    image = await ensureAgentImage()
  }, 600_000)

  const name = (): string => {
    serial += 1
    return `klaudio-engine-test-${process.pid}-${serial}`
  }

  const spec = (cmd: string[], more: Partial<ContainerSpec> = {}): ContainerSpec => ({
    name: name(),
    image,
    cmd,
    labels,
    volumes: [],
    readOnlyRoot: true,
    network: 'none',
    memoryBytes: 512 * 2 ** 20,
    cpus: 1,
    pids: 128,
    openStdin: false,
    ...more,
  })

  const create = (cmd: string[], more: Partial<ContainerSpec> = {}): Promise<string> =>
    engine.createContainer(spec(cmd, more))

  /** A running container that does nothing until it is removed. */
  const idle = async (more: Partial<ContainerSpec> = {}): Promise<string> => {
    const id = await create(['sleep', 'infinity'], more)
    await engine.startContainer(id)
    return id
  }

  const shell = async (id: string, script: string): Promise<string> => {
    const result = await engine.exec(id, { cmd: ['sh', '-c', script] })
    return text(result.stdout) + result.stderr
  }

  test('says what it is', async () => {
    const info = await engine.info()
    expect(info).toMatchObject({ os: 'linux', arch: expect.stringMatching(/^(amd64|arm64)$/) })
    expect(info.cpus).toBeGreaterThan(0)
  })

  describe('a container', () => {
    test('is confined: no capability, no new privilege, no writable root, only what it was given', async () => {
      const volume = name()
      await engine.createVolume(volume, labels)
      const id = await idle({
        volumes: [{ name: volume, path: '/workspace' }],
        tmpfs: { '/tmp': 8 * 2 ** 20 },
      })
      const status = await shell(id, 'cat /proc/self/status')
      expect(status).toMatch(/CapEff:\t0+\n/)
      expect(status).toMatch(/CapBnd:\t0+\n/)
      expect(status).toMatch(/NoNewPrivs:\t1\n/)
      expect(await shell(id, 'id -u; touch /etc/x')).toMatch(/^1000\n.*Read-only file system/s)
      expect(await shell(id, 'touch /tmp/a /workspace/a && ls /workspace')).toBe('a\n')
      expect(await shell(id, 'head -c 20M /dev/zero > /tmp/big')).toContain('No space left')
      expect(await shell(id, 'ls /var/run/docker.sock')).toContain('No such file')
      expect(await shell(id, 'cat /proc/1/comm')).toMatch(/init/)
      expect(await shell(id, 'ls /sys/class/net')).toBe('lo\n')
    })

    test('runs out of processes and memory at its limits', async () => {
      const id = await idle({ pids: 16, memoryBytes: 64 * 2 ** 20 })
      expect(await shell(id, 'for i in $(seq 30); do sleep 60 & done')).toMatch(/fork|Resource/i)
      const hungry = await create(['python3', '-c', 'x = bytearray(300 * 2**20); print(len(x))'], {
        memoryBytes: 64 * 2 ** 20,
      })
      await engine.startContainer(hungry)
      expect(await engine.waitContainer(hungry)).toBe(137)
      expect((await engine.inspectContainer(hungry))?.oomKilled).toBe(true)
    })

    test('goes through its states, and its exit code is kept', async () => {
      const id = await create(['sh', '-c', 'trap "exit 7" TERM; sleep 60 & wait'])
      expect(await engine.inspectContainer(id)).toMatchObject({ id, status: 'created', labels })
      await engine.startContainer(id)
      await engine.pauseContainer(id)
      expect((await engine.inspectContainer(id))?.status).toBe('paused')
      await engine.unpauseContainer(id)
      const running = await engine.inspectContainer(id)
      expect(running?.status).toBe('running')
      expect(running?.exitCode).toBeUndefined()
      const exit = engine.waitContainer(id)
      await engine.killContainer(id, 'SIGTERM')
      expect(await exit).toBe(7)
      const ended = await engine.inspectContainer(id)
      expect(ended).toMatchObject({ status: 'exited', exitCode: 7, oomKilled: false })
      expect(ended?.finishedAt).toBeGreaterThanOrEqual(ended?.startedAt ?? Number.NaN)
      expect(await engine.waitContainer(id)).toBe(7)
    })

    test('is killed when it does not stop in time; stopping and removing twice is fine', async () => {
      const id = await create(['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'])
      await engine.startContainer(id)
      await engine.stopContainer(id, 1000)
      expect((await engine.inspectContainer(id))?.exitCode).toBe(137)
      await engine.stopContainer(id, 0)
      await engine.removeContainer(id)
      await engine.removeContainer(id)
      await engine.stopContainer(id, 0)
      expect(await engine.inspectContainer(id)).toBeUndefined()
    })

    test('is listed by all of its labels, running or not', async () => {
      const mark = { ...labels, 'klaudio.mark': name() }
      const id = await create(['true'], { labels: mark })
      const listed = await engine.listContainers(mark)
      expect(listed).toMatchObject([{ id, status: 'created', labels: mark }])
      expect(await engine.listContainers({ ...mark, other: 'x' })).toEqual([])
    })

    test('that does not exist is refused by name, a taken name and a missing image too', async () => {
      const taken = name()
      await create(['true'], { name: taken })
      expect(create(['true'], { name: taken })).rejects.toMatchObject({
        code: 'engine.failed',
        details: { reason: 'name-taken' },
      })
      expect(create(['true'], { image: 'klaudio/none:1' })).rejects.toMatchObject({
        details: { reason: 'no-image' },
      })
      const gone = { code: 'engine.failed', details: { reason: 'not-found' } }
      expect(engine.startContainer('none')).rejects.toMatchObject(gone)
      expect(engine.attach('none')).rejects.toMatchObject(gone)
      expect(engine.exec('none', { cmd: ['true'] })).rejects.toMatchObject(gone)
      expect(engine.getArchive('none', '/')).rejects.toMatchObject(gone)
      expect(engine.waitContainer('none')).rejects.toMatchObject(gone)
      expect(engine.stats('none')).rejects.toMatchObject(gone)
    })
  })

  describe('attach', () => {
    test('carries bytes both ways, exactly, and its end is the end of the process', async () => {
      const id = await create(['sh', '-c', 'echo noise >&2; head -c 3000000 | sha256sum; exit 3'], {
        openStdin: true,
      })
      const attachment = await engine.attach(id)
      await engine.startContainer(id)
      const bytes = crypto.getRandomValues(new Uint8Array(3000))
      const hash = new Bun.CryptoHasher('sha256')
      for (let i = 0; i < 1000; i += 1) {
        hash.update(bytes)
        await attachment.write(bytes)
      }
      const out = Buffer.concat(await Array.fromAsync(attachment.stdout)).toString()
      expect(out).toBe(`${hash.digest('hex')}  -\n`)
      expect(await engine.waitContainer(id)).toBe(3)
      expect(attachment.write(bytes)).rejects.toMatchObject({ code: 'engine.unreachable' })
    })

    test('can be closed and opened again; the container goes on', async () => {
      const id = await create(['cat'], { openStdin: true })
      const first = await engine.attach(id)
      await engine.startContainer(id)
      await first.write(Buffer.from('one\n'))
      const reader = first.stdout[Symbol.asyncIterator]()
      expect(text((await reader.next()).value)).toBe('one\n')
      first.close()
      expect((await reader.next()).done).toBe(true)
      const second = await engine.attach(id)
      await second.write(Buffer.from('two\n'))
      const next = await second.stdout[Symbol.asyncIterator]().next()
      expect(text(next.value)).toBe('two\n')
      expect((await engine.inspectContainer(id))?.status).toBe('running')
    })
  })

  describe('exec', () => {
    test('keeps stdout, stderr and exit code apart, and feeds stdin to its end', async () => {
      const id = await idle()
      const result = await engine.exec(id, {
        cmd: ['sh', '-c', 'cat; pwd; echo $GREETING >&2; exit 9'],
        env: { GREETING: 'hello' },
        workingDir: '/tmp',
        stdin: Buffer.from('in\n'),
      })
      expect(result).toMatchObject({ exitCode: 9, stderr: 'hello\n' })
      expect(text(result.stdout)).toBe('in\n/tmp\n')
    })

    test('tells the exit code of a process that never reads what it is sent', async () => {
      const id = await idle()
      const stdin = new Uint8Array(4 * 2 ** 20)
      expect((await engine.exec(id, { cmd: ['false'], stdin })).exitCode).toBe(1)
    })

    test('a program that does not exist has an exit code, a stopped container is an error', async () => {
      const id = await idle()
      expect((await engine.exec(id, { cmd: ['no-such-program'] })).exitCode).toBeGreaterThan(125)
      await engine.stopContainer(id, 0)
      expect(engine.exec(id, { cmd: ['true'] })).rejects.toMatchObject({
        details: { reason: 'not-running' },
      })
    })

    test('stops at its limit of bytes, and at its signal', async () => {
      const id = await idle()
      expect(
        engine.exec(id, { cmd: ['head', '-c', '100000', '/dev/zero'], maxBytes: 1000 }),
      ).rejects.toMatchObject({ details: { reason: 'too-much-output' } })
      const controller = new AbortController()
      const sleeping = engine.exec(id, {
        cmd: ['sh', '-c', 'touch /dev/shm/started; sleep 60'],
        signal: controller.signal,
      })
      while ((await shell(id, 'ls /dev/shm')) !== 'started\n') {}
      controller.abort(new Error('changed my mind'))
      expect(sleeping).rejects.toThrow('changed my mind')
    })

    test('as a stream waits for a slow reader, and loses nothing', async () => {
      const id = await idle()
      const megabytes = 24
      const stream = await engine.execStream(id, {
        cmd: ['sh', '-c', `head -c ${megabytes}M /dev/zero; touch /dev/shm/all-written`],
      })
      const reader = stream.stdout[Symbol.asyncIterator]()
      let size = (await reader.next()).value?.length ?? 0
      expect(await shell(id, 'ls /dev/shm')).toBe('')
      for (let next = await reader.next(); !next.done; next = await reader.next())
        size += next.value.length
      expect(size).toBe(megabytes * 2 ** 20)
      expect(await stream.exitCode()).toBe(0)
      expect(await shell(id, 'ls /dev/shm')).toBe('all-written\n')
    })

    test('as a stream is half-closed by end, and its process dies with its connection when it watches stdin', async () => {
      const id = await idle()
      const half = await engine.execStream(id, { cmd: ['sh', '-c', 'cat; echo after; exit 4'] })
      await half.write(Buffer.from('before\n'))
      half.end()
      const out = Buffer.concat(await Array.fromAsync(half.stdout)).toString()
      expect(out).toBe('before\nafter\n')
      expect(await half.exitCode()).toBe(4)

      const watcher = await engine.execStream(id, {
        cmd: ['sh', '-c', 'touch /dev/shm/watching; cat > /dev/null; rm /dev/shm/watching'],
      })
      while ((await shell(id, 'ls /dev/shm')) !== 'watching\n') {}
      watcher.close()
      while ((await shell(id, 'ls /dev/shm')) !== '') {}
    })

    test('keeps the first 64 KiB of stderr', async () => {
      const id = await idle()
      const { stderr } = await engine.exec(id, {
        cmd: ['sh', '-c', 'head -c 100000 /dev/zero | tr "\\0" e >&2'],
      })
      expect(stderr).toBe('e'.repeat(64 * 1024))
    })
  })

  describe('volumes and files', () => {
    test('a new volume belongs to the agent where the image says so', async () => {
      const volume = name()
      await engine.createVolume(volume, labels)
      await engine.createVolume(volume, labels)
      const id = await idle({ volumes: [{ name: volume, path: '/state' }] })
      expect(await shell(id, 'stat -c "%u %g" /state /state/home /state/claude')).toBe(
        '1000 1000\n1000 1000\n1000 1000\n',
      )
      expect((await engine.listVolumes(labels)).map((found) => found.name)).toContain(volume)
      expect(engine.removeVolume(volume)).rejects.toMatchObject({ details: { reason: 'in-use' } })
      await engine.removeContainer(id)
      await engine.removeVolume(volume)
      await engine.removeVolume(volume)
    })

    test('files go into a container that never ran, and come out after it is gone, through the volume', async () => {
      const volume = name()
      await engine.createVolume(volume, labels)
      const volumes = [{ name: volume, path: '/workspace' }]
      const first = await create(['true'], { volumes })
      const content = crypto.getRandomValues(new Uint8Array(700_000))
      const tar = packTar([{ path: 'deep/a.bin', content, mode: 0o755 }], { uid: 1000, gid: 1000 })
      await engine.putArchive(first, '/workspace', tar)
      await engine.removeContainer(first)

      const second = await create(['true'], { volumes })
      const out = await engine.getArchive(second, '/workspace/deep/a.bin')
      const back = Buffer.concat(await Array.fromAsync(readTarFile(out)))
      expect(back.equals(content)).toBe(true)
      const listing: string[] = []
      for await (const entry of readTar(await engine.getArchive(second, '/workspace')))
        listing.push(`${entry.type} ${entry.path}`)
      expect(listing).toContain('file workspace/deep/a.bin')
    })

    test('a path that does not exist is file.not-found', async () => {
      const id = await create(['true'])
      expect(engine.getArchive(id, '/nowhere')).rejects.toMatchObject({ code: 'file.not-found' })
    })

    test('a read-only root takes no files', async () => {
      const id = await create(['true'])
      const tar = Buffer.concat(await Array.fromAsync(packTar([{ path: 'a', content: 'x' }])))
      expect(engine.putArchive(id, '/etc', tar)).rejects.toMatchObject({
        details: { reason: 'read-only' },
      })
    })
  })

  test('a volume that is gone and comes back with a container is still found by its labels', async () => {
    const volume = name()
    const id = await create(['true'], { volumes: [{ name: volume, path: '/state' }] })
    const found = await engine.listVolumes(labels)
    expect(found.map((each) => each.name)).toContain(volume)
    await engine.removeContainer(id)
    await engine.removeVolume(volume)
  })

  test('a network is made once and tells its gateway', async () => {
    const network = 'klaudio-engine-test'
    const asked = await Promise.all(
      [1, 2, 3].map(() => testEngine().ensureNetwork(network, labels)),
    )
    const [first] = asked
    expect(first?.gateway).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
    expect(await engine.ensureNetwork(network, labels)).toEqual(first ?? {})
    const id = await idle({ network, extraHosts: { model: '10.9.8.7' } })
    expect(await shell(id, 'getent hosts model')).toContain('10.9.8.7')
    await engine.removeContainer(id)
    await askEngine('DELETE', `/networks/${network}`)
  })

  test('of two networks that older engines made under one name the first is kept, and serves again', async () => {
    const network = `${name()}-twice`
    const make = () => askEngine('POST', '/networks/create', { Name: network, Labels: labels })
    const sameName = () => askEngine('GET', `/networks?filters={"name":["${network}"]}`)
    await make()
    const [first] = v.parse(v.array(v.object({ Id: v.string() })), await sameName())
    const early = await idle({ network })
    await make()
    await engine.ensureNetwork(network, labels)
    expect(await sameName()).toMatchObject([{ Id: first?.Id }])
    const late = await idle({ network })
    await Promise.all([early, late].map((id) => engine.removeContainer(id)))
    await askEngine('DELETE', `/networks/${network}`)
  })

  test('events of labelled containers come as they happen, until the signal', async () => {
    const mark = { ...labels, 'klaudio.mark': name() }
    const controller = new AbortController()
    const seen: string[] = []
    const watching = (async () => {
      for await (const event of engine.events(mark, { signal: controller.signal })) {
        seen.push(event.action)
        if (event.action === 'die') controller.abort()
      }
    })()
    // A container of its own each time: the first ones may come before the engine has begun to report.
    while (!controller.signal.aborted) {
      const id = await create(['true'], { labels: mark })
      await engine.startContainer(id)
      await engine.waitContainer(id)
      await engine.removeContainer(id)
    }
    await watching
    expect(seen.at(-1)).toBe('die')
  })

  test('a running container can be measured', async () => {
    const id = await idle({ memoryBytes: 100 * 2 ** 20 })
    const stats = await engine.stats(id)
    expect(stats.memoryLimitBytes).toBe(100 * 2 ** 20)
    expect(stats.memoryBytes).toBeGreaterThan(0)
    expect(stats.pids).toBeGreaterThanOrEqual(1)
  })

  test('an image is imported, built on, found and removed', async () => {
    const base = `${name()}:base`
    const built = `${name()}:built`
    await engine.importImage(base, packTar([{ path: 'hello', content: 'hi' }]))
    try {
      const steps: string[] = []
      const context = packTar([
        { path: 'Dockerfile', content: 'ARG BASE\nFROM $BASE\nCOPY more /more\n' },
        { path: 'more', content: 'x' },
      ])
      await engine.buildImage({
        tag: built,
        context,
        buildArgs: { BASE: base },
        labels,
        onProgress: ({ step, steps: of }) => steps.push(`${step}/${of}`),
      })
      expect(steps).toContain('3/4')
      expect((await engine.findImage(built))?.labels).toMatchObject(labels)
      expect(await engine.listImages(labels)).toEqual([
        { tags: [built], sizeBytes: expect.any(Number), createdAt: expect.any(Number) },
      ])
      const user = await create(['sleep'], { image: built })
      const images = createOldImages({
        engine,
        imageName: '',
        current: () => '',
        clock: systemClock,
      })
      expect(await images.remove(built)).toBe(false)
      await engine.removeContainer(user)
      await engine.removeImage(built)
      await engine.removeImage(built)
      expect(await engine.findImage(built)).toBeUndefined()
    } finally {
      await engine.removeImage(base)
    }
  })

  test('a build that fails says why', async () => {
    const context = packTar([{ path: 'Dockerfile', content: 'FROM klaudio/none:1\n' }])
    const build = { tag: name(), context, buildArgs: {}, labels, onProgress: () => {} }
    expect(engine.buildImage(build)).rejects.toMatchObject({
      code: 'engine.failed',
      details: { reason: 'build-failed' },
    })
  })
})
