/** Makes the module `klaudio:embedded`: for the compiler (`build.ts`) and for running from source (`--preload .ci/embedded-preload.ts`). */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BunPlugin } from 'bun'
import manifest from '../package.json'

const top = join(import.meta.dir, '..')

/** Path in the bundle -> path on disk. */
function listFiles(uiDir: string): [string, string][] {
  const list = (prefix: string, dir: string): [string, string][] =>
    existsSync(dir)
      ? [...new Bun.Glob('**/*').scanSync({ cwd: dir, onlyFiles: true })]
          .sort()
          .map((path) => [prefix + path, join(dir, path)])
      : []
  return [...list('ui/', uiDir), ...list('agent-image/', join(top, 'agent-image'))]
}

/** The compiler's form: every file becomes an asset of the executable. */
export function embeddedPlugin(options: { uiDir: string; version?: string }): BunPlugin {
  return {
    name: 'embedded',
    setup(build) {
      build.onResolve({ filter: /^klaudio:embedded$/ }, () => ({
        path: 'embedded',
        namespace: 'klaudio',
      }))
      build.onLoad({ filter: /.*/, namespace: 'klaudio' }, () => {
        const files = listFiles(options.uiDir)
        const imports = files.map(
          ([, file], i) => `import f${i} from ${JSON.stringify(file)} with { type: 'file' }`,
        )
        const entries = files.map(([path], i) => `  ${JSON.stringify(path)}: f${i},`)
        const contents = [
          ...imports,
          `export const files = {\n${entries.join('\n')}\n}`,
          `export const version = ${JSON.stringify(options.version ?? manifest.version)}`,
        ].join('\n')
        return { contents, loader: 'js' }
      })
    },
  }
}

/** The form for running from source: the same module, read from disk. */
export function registerEmbedded(uiDir: string): void {
  Bun.plugin({
    name: 'embedded',
    setup(build) {
      build.module('klaudio:embedded', () => ({
        exports: {
          files: Object.fromEntries(listFiles(uiDir)),
          version: `${manifest.version}-dev`,
        },
        loader: 'object',
      }))
    },
  })
}
