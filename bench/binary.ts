/**
 * The compiled binary against a bare compiled Bun server: time from spawn to the first HTTP 200, and memory when idle. Needs
 * `npm run build` first. No engine is reachable here, so that nothing but the server itself is measured.
 */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printDifference, printRatio } from './lib.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 10)
const idleMs = 3000
const binary = join(import.meta.dir, '../dist/klaudio')
if (!existsSync(binary)) throw new Error('dist/klaudio is missing: run `npm run build` first')

const bareSource = `
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('ok') })
console.log('bare at ' + server.url.href)
`

/** The least a compiled server can be, with the compiler options of the product. */
async function buildBare(dir: string): Promise<string> {
  const entry = join(dir, 'bare.ts')
  const outfile = join(dir, 'bare')
  writeFileSync(entry, bareSource)
  const built = await Bun.build({
    entrypoints: [entry],
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
    format: 'esm',
    bytecode: true,
    minify: true,
  })
  if (!built.success) throw new Error(`the bare server did not compile: ${built.logs.join('\n')}`)
  return outfile
}

type Run = { startMs: number; idleMb: number }

/** Starts `command` in `dir`, waits for its address and its first answer, lets it idle if asked to, and stops it. */
async function measure(command: string[], dir: string, idle: boolean): Promise<Run> {
  const begun = performance.now()
  const child = Bun.spawn(command, {
    cwd: dir,
    env: { PATH: process.env.PATH ?? '', HOME: dir, DOCKER_HOST: 'unix:///nowhere/docker.sock' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    const url = await readUrl(child.stdout)
    const response = await fetch(url)
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
    const startMs = performance.now() - begun
    if (!idle) return { startMs, idleMb: 0 }
    await Bun.sleep(idleMs)
    return { startMs, idleMb: residentMb(child.pid) }
  } finally {
    child.kill()
    await child.exited
  }
}

async function readUrl(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stdout) {
    text += decoder.decode(chunk, { stream: true })
    const [url] = /http:\/\/\S+/.exec(text) ?? []
    if (url && text.includes('\n')) return url
  }
  throw new Error(`ended before it named its address: ${text}`)
}

function residentMb(pid: number): number {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'rss=', '-p', `${pid}`])
  return Number(stdout.toString()) / 1024
}

const dir = mkdtempSync(join(tmpdir(), 'klaudio-bench-'))
try {
  const bare = [await buildBare(dir)]
  const product = [binary, '--port', '0']
  const kept = mkdtempSync(join(dir, 'kept-'))
  const first: Run[] = []
  const again: Run[] = []
  const base: Run[] = []
  // Once unmeasured, so that both files are in the page cache.
  await measure(bare, dir, false)
  await measure(product, kept, false)
  for (let round = 0; round < rounds; round++) {
    const isIdleRound = round < 3
    base.push(await measure(bare, dir, isIdleRound))
    again.push(await measure(product, kept, isIdleRound))
    first.push(await measure(product, mkdtempSync(join(dir, 'first-')), false))
  }
  const starts = (runs: Run[]) => runs.map((run) => run.startMs)
  const idles = (runs: Run[]) => runs.flatMap(({ idleMb }) => (idleMb > 0 ? [idleMb] : []))
  const spawnToAnswer = { unit: 'ms', baseline: starts(base) }
  printRatio({ name: 'start, spawn to first 200', ours: starts(again), ...spawnToAnswer })
  printDifference({ name: 'start, spawn to first 200', ours: starts(again), ...spawnToAnswer })
  printRatio({ name: 'first start in an empty directory', ours: starts(first), ...spawnToAnswer })
  printRatio({ name: 'idle memory', ours: idles(again), baseline: idles(base), unit: 'MB' })
  const size = (file: string) => (statSync(file).size / 1_000_000).toFixed(1)
  console.log(`size on disk: ${size(binary)} MB, baseline ${size(bare[0] ?? binary)} MB`)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
