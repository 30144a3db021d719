import { newId } from '#lib/ids.ts'
import type { Agents } from './agents.ts'
import { instanceLabels, treeContainer } from './container.ts'
import type { AgentsContext } from './context.ts'

/** What is kept of the output: its end, where results and errors are. */
const maxOutputBytes = 256 * 1024

/** Exit code 124 when it took too long, as `timeout` has it. */
export async function runInTree(
  context: AgentsContext,
  input: Parameters<Agents['runInTree']>[0],
): ReturnType<Agents['runInTree']> {
  const { engine, settings } = context
  const { image: plain, cloneImage = (_, signal) => plain(signal) } = context
  const image = await cloneImage(input.taskId, input.signal)
  const labels = { ...instanceLabels(settings.instanceId), 'klaudio.task': input.taskId }
  const { container, volumes } = treeContainer(settings, { ...input, id: newId(), image })
  let containerId: string | undefined
  try {
    await engine.ensureNetwork(settings.network, instanceLabels(settings.instanceId))
    for (const name of volumes) await engine.createVolume(name, labels)
    containerId = await engine.createContainer(container)
    await engine.putArchive(containerId, '/tree', input.archive)
    return await watch(context, containerId, input)
  } finally {
    if (containerId !== undefined) await engine.removeContainer(containerId)
    for (const name of volumes) await engine.removeVolume(name)
  }
}

async function watch(
  { engine, clock }: AgentsContext,
  containerId: string,
  { timeoutMs, signal }: Pick<Parameters<Agents['runInTree']>[0], 'timeoutMs' | 'signal'>,
): ReturnType<Agents['runInTree']> {
  const attachment = await engine.attach(containerId)
  const timer = new AbortController()
  const wanted = signal ? AbortSignal.any([timer.signal, signal]) : timer.signal
  try {
    const output = readEnd(attachment.stdout)
    await engine.startContainer(containerId)
    const isLate = clock.sleep(timeoutMs, timer.signal).then(
      () => true,
      () => false,
    )
    const code = await Promise.race([
      engine.waitContainer(containerId, { signal: wanted }),
      isLate.then((late) => (late ? undefined : 0)),
    ])
    if (code === undefined) await engine.stopContainer(containerId, 0)
    return { exitCode: code ?? 124, output: await output }
  } finally {
    timer.abort()
    attachment.close()
  }
}

async function readEnd(stdout: AsyncIterable<Uint8Array>): Promise<string> {
  let end = Buffer.alloc(0)
  for await (const chunk of stdout) end = Buffer.concat([end, chunk]).subarray(-maxOutputBytes)
  return end.toString('utf8')
}
