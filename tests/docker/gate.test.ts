/** The gate where it belongs: the main process of a confined container, under an init. */
import { afterEach, describe, expect, test } from 'bun:test'
import { agentContainer, outputPath, stateDir } from '#agents/container.ts'
import { type Frame, inputFrame, scriptFrame, startFrame } from '#agents/frames.ts'
import { openNewGate, reopenGate } from '#agents/gate-client.ts'
import { createRetry } from '#agents/retry.ts'
import type { Engine } from '#docker/engine.ts'
import { readTarFile } from '#docker/tar.ts'
import { systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { ensureAgentImage, requireEngine, testEngine } from '../support/docker.ts'

const noEngine = await requireEngine()
const engine = noEngine === undefined ? testEngine() : ({} as Engine)
const retry = createRetry({ clock: systemClock, budgetMs: 30_000 })
const instanceId = newId()
const longMs = 300_000

afterEach(async () => {
  const labels = { 'klaudio.instance': instanceId }
  for (const { id } of await engine.listContainers(labels)) await engine.removeContainer(id)
  for (const { name } of await engine.listVolumes(labels)) await engine.removeVolume(name)
})

async function createGate() {
  const settings = {
    instanceId,
    network: 'none',
    memoryBytes: 256 * 1024 ** 2,
    cpus: 1,
    pids: 64,
    tmpBytes: 16 * 1024 ** 2,
  }
  const ids = { agentId: newId(), taskId: newId() }
  const image = await ensureAgentImage()
  const spec = agentContainer(settings, { ...ids, run: 1, image, isReadOnly: false })
  const { extraHosts: _none, ...unconnected } = spec
  for (const { name } of spec.volumes) await engine.createVolume(name, spec.labels)
  const containerId = await engine.createContainer(unconnected)
  const options = { engine, containerId, retry, clock: systemClock }
  const gate = await openNewGate(options)
  const sent = async (...frames: Frame[]) => {
    for (const result of await gate.send(frames)) expect(result).toEqual({ ok: true })
  }
  return { gate, sent, containerId, options }
}

async function readFile(containerId: string, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of readTarFile(await engine.getArchive(containerId, path)))
    chunks.push(chunk.slice())
  return Buffer.concat(chunks).toString('utf8')
}

const echo = startFrame([
  'sh',
  '-c',
  'trap "echo told to stop; exit 9" TERM; while read l; do echo "$l"; done',
])

describe.skipIf(noEngine !== undefined)('the gate in its container', () => {
  test(
    'takes what was sent before it ran, and passes on a stop and the exit code',
    async () => {
      const { sent, gate, containerId } = await createGate()
      const early = sent(echo, inputFrame('{"n":1}'))
      await engine.startContainer(containerId)
      await early
      await sent(scriptFrame(`until grep -q n ${outputPath}; do :; done`))
      await engine.stopContainer(containerId, 10_000)
      expect(await engine.waitContainer(containerId)).toBe(9)
      await gate.closed
      expect(await readFile(containerId, outputPath)).toBe('{"n":1}\ntold to stop\n')
      expect(await readFile(containerId, `${stateDir}/exit`)).toBe('9\n')
    },
    longMs,
  )

  test(
    'is found again by another server, which goes on with the next number',
    async () => {
      const { sent, gate, containerId, options } = await createGate()
      await engine.startContainer(containerId)
      await sent(echo, inputFrame('one'))
      const attachment = await engine.attach(containerId)
      gate.close()
      // The last words of a server that was killed: half a frame.
      await attachment.write(new TextEncoder().encode('I 3 500 {"half'))
      attachment.close()
      const next = await reopenGate(options)
      expect(next.wasRunning).toBe(true)
      expect(await next.send([inputFrame('two')])).toEqual([{ ok: true }])
      expect(await next.send([scriptFrame('exit 4')])).toEqual([{ ok: false, code: '4' }])
      await next.send([scriptFrame(`until grep -q two ${outputPath}; do :; done`)])
      expect(await readFile(containerId, outputPath)).toBe('one\ntwo\n')
      next.close()
    },
    longMs,
  )

  test(
    'can write nowhere but on its volumes and in /tmp, and has no rights to give away',
    async () => {
      const { sent, containerId } = await createGate()
      await engine.startContainer(containerId)
      const cannot = (path: string) => `! touch ${path} 2> /dev/null`
      await sent(
        scriptFrame('touch /workspace/x /state/x /tmp/x'),
        scriptFrame([cannot('/x'), cannot('/usr/x'), cannot('/etc/x')].join(' && ')),
        scriptFrame(
          '[ "$(id -u)" != 0 ] && grep -q "^CapEff:.*0000000000000000" /proc/self/status',
        ),
        scriptFrame('grep -q "^NoNewPrivs:.*1" /proc/self/status'),
        scriptFrame('[ ! -e /var/run/docker.sock ]'),
      )
    },
    longMs,
  )
})
