/** Looks into an agent's volumes past the product. */
import { readTarFile } from '#docker/tar.ts'
import { ensureAgentImage, testEngine } from './docker.ts'

/** What the agent's CLI printed, from the volume it was printed to. */
export async function readOrigin(instance: string, agent: string): Promise<Uint8Array> {
  const engine = testEngine()
  const labels = { 'klaudio.instance': instance, 'klaudio.agent': agent }
  const volume = (await engine.listVolumes(labels)).find(({ name }) => name.endsWith('-state'))
  if (!volume) throw new Error(`agent ${agent} has no state volume`)
  const id = await engine.createContainer({
    name: `klaudio-test-${crypto.randomUUID()}`,
    image: await ensureAgentImage(),
    cmd: ['true'],
    labels: { 'klaudio.test': 'origin' },
    volumes: [{ name: volume.name, path: '/state', readOnly: true }],
    readOnlyRoot: true,
    network: 'none',
    memoryBytes: 64 * 1024 * 1024,
    cpus: 1,
    pids: 64,
    openStdin: false,
  })
  try {
    const pieces: Uint8Array[] = []
    for await (const piece of readTarFile(await engine.getArchive(id, '/state/out.ndjson')))
      pieces.push(piece.slice())
    return Buffer.concat(pieces)
  } finally {
    await engine.removeContainer(id)
  }
}
