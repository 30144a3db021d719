/** Compiles the program: for people (`build.ts`), and for tests, which start it so often that its start from source is felt. */
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BunPlugin } from 'bun'
import { embeddedPlugin } from './embedded.ts'

const top = join(import.meta.dir, '..')

export async function compileProgram(
  outfile: string,
  { uiDir, target }: { uiDir: string; target?: Bun.Build.CompileTarget },
): Promise<void> {
  mkdirSync(dirname(outfile), { recursive: true })
  const result = await Bun.build({
    entrypoints: [join(top, 'server/main.ts')],
    compile: {
      outfile,
      ...(target ? { target } : {}),
      // The binary reads its own configuration and nothing that lies in the directory it is started in.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    format: 'esm',
    bytecode: true,
    minify: { syntax: true, whitespace: true, identifiers: false },
    sourcemap: 'inline',
    plugins: [embeddedPlugin({ uiDir }), leaveOut],
  })
  // The map is inside the binary; the compiler leaves a second one beside it.
  rmSync(`${outfile.replace(/\.exe$/, '')}.map`, { force: true })
  if (!result.success)
    throw new Error(`${target ?? 'this platform'} did not compile:\n${result.logs.join('\n')}`)
}

/**
 * What dockerode carries for endpoints over ssh and for BuildKit sessions, which we do not use: left out, the binary
 * starts twice as fast and idles with a quarter less memory.
 */
const leaveOut: BunPlugin = {
  name: 'leave out',
  setup(build) {
    const unused = /^(ssh2|cpu-features|protobufjs|@grpc\/grpc-js|@grpc\/proto-loader)(\/|$)/
    build.onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'left-out' }))
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({
      contents: 'module.exports = {}',
      loader: 'js',
    }))
  },
}
