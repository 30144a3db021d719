/**
 * Builds the UI and compiles the binary: `npm run build` for this platform into `dist/klaudio`, `npm run build -- --all` for every
 * released platform into `dist/release`, with checksums.
 */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { compileProgram } from './.ci/compile.ts'
import manifest from './package.json'

/** Everything a release contains. `baseline` runs on processors without AVX2. */
const targets = [
  'linux-x64',
  'linux-x64-baseline',
  'linux-arm64',
  'linux-x64-musl',
  'linux-x64-musl-baseline',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'windows-x64',
  'windows-x64-baseline',
] as const
type Target = (typeof targets)[number]

const top = import.meta.dir
const uiDir = join(top, 'dist', 'ui')

async function main(args: string[]): Promise<void> {
  const known = ['--all', '--skip-ui']
  const unknown = args.filter((arg) => !known.includes(arg) && !arg.startsWith('--target='))
  if (unknown.length > 0)
    throw new Error(
      `unknown argument ${unknown.join(' ')}; known: ${known.join(' ')} --target=NAME`,
    )
  if (!args.includes('--skip-ui') || !existsSync(join(uiDir, 'index.html'))) await buildUi()
  const named = args
    .filter((arg) => arg.startsWith('--target='))
    .map((arg) => toTarget(arg.slice('--target='.length)))
  if (args.includes('--all') || named.length > 0)
    await release(named.length > 0 ? named : [...targets])
  else await compile(join(top, 'dist', 'klaudio'))
}

function toTarget(name: string): Target {
  const target = targets.find((candidate) => candidate === name)
  if (!target) throw new Error(`unknown target ${name}; known: ${targets.join(' ')}`)
  return target
}

async function buildUi(): Promise<void> {
  rmSync(uiDir, { recursive: true, force: true })
  const child = Bun.spawn(
    [
      process.execPath,
      '--bun',
      join(top, 'node_modules/vite/bin/vite.js'),
      'build',
      '--outDir',
      uiDir,
      '--emptyOutDir',
      '--logLevel',
      'warn',
    ],
    // UnoCSS looks for its settings in the working directory.
    { cwd: join(top, 'ui'), stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' },
  )
  if ((await child.exited) !== 0) throw new Error('the UI did not build')
  for (const path of new Bun.Glob('**/*.{js,css,html,svg,json}').scanSync({ cwd: uiDir }))
    precompress(join(uiDir, path))
}

/** Once here, never at run time. */
function precompress(file: string): void {
  const bytes = readFileSync(file)
  if (bytes.length < 1024) return
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  )
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
}

async function compile(outfile: string, target?: Target): Promise<void> {
  await compileProgram(outfile, {
    uiDir,
    ...(target && { target: `bun-${target}` as Bun.Build.CompileTarget }),
  })
  console.log(
    `dist${outfile.slice(join(top, 'dist').length)} (${manifest.version}${target ? `, ${target}` : ''})`,
  )
}

async function release(wanted: Target[]): Promise<void> {
  const dir = join(top, 'dist', 'release')
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  const files: string[] = []
  for (const target of wanted) {
    const file = join(dir, `klaudio-${target}${target.startsWith('windows') ? '.exe' : ''}`)
    await compile(file, target)
    files.push(file)
  }
  cpSync(join(top, 'config.yaml'), join(dir, 'config.yaml'))
  const sums = [...files, join(dir, 'config.yaml')].map(
    (file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}`,
  )
  writeFileSync(join(dir, 'SHA256SUMS'), `${sums.join('\n')}\n`)
  console.log(`dist/release: ${files.length} binaries and SHA256SUMS`)
}

if (import.meta.main) await main(process.argv.slice(2))
