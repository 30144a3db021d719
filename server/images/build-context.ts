import { packTar } from '#lib/pack-tar.ts'

/** One file of `agent-image/`, as embedded in the binary. */
export type ContextFile = {
  /** Relative to `agent-image/`. */
  path: string
  content: Uint8Array
  /** Permission bits. */
  mode: number
}

/** The layout that `agent-image/Dockerfile` describes at its top, as a tar stream. */
export function packBuildContext(input: {
  files: ContextFile[]
  caBundle: Uint8Array
  cliPath: string
}): AsyncGenerator<Uint8Array> {
  const cli = Bun.file(input.cliPath)
  return packTar([
    ...input.files.map((file) => ({
      ...file,
      path: file.path === 'Dockerfile' ? file.path : `klaudio/${file.path}`,
    })),
    { path: 'ca/bundle.crt', content: input.caBundle },
    {
      path: 'bin/claude',
      mode: 0o755,
      content: { sizeBytes: cli.size, open: () => cli.stream() },
    },
  ])
}
