/** Why a changed file is folded at first. */
export type Changed = { path: string; added: number; deleted: number; binary?: boolean | undefined }

export const largeLines = 400

const lockFiles =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum|flake\.lock|[^/]*\.lock|bun\.lockb|gradle\.lockfile|packages\.lock\.json)$/
const generatedFolders =
  /(^|\/)(dist|build|out|vendor|node_modules|third_party|__snapshots__|generated|gen)\//
const generatedNames =
  /(\.min\.(js|mjs|css)|\.bundle\.js|\.map|\.snap|\.pb\.(go|cc|h)|_pb2(_grpc)?\.py|\.g\.dart|\.designer\.cs|\.(generated|gen)\.\w+)$/i

/** A few words, or undefined for a file that is shown at once. */
export function foldReason({ path, added, deleted, binary }: Changed): string | undefined {
  if (binary) return 'binary'
  if (lockFiles.test(path)) return 'lock file'
  if (generatedFolders.test(path) || generatedNames.test(path)) return 'generated'
  if (added + deleted > largeLines) return 'large'
  return undefined
}

const modeWords: Record<string, string> = {
  '100644': 'a plain file',
  '100664': 'a plain file',
  '100755': 'executable',
  '120000': 'a link',
  '160000': 'a submodule',
}

/** "now executable", "was a link, now a plain file". */
export function describeModes([before, after]: readonly [string, string]): string {
  const [was, is] = [modeWords[before] ?? before, modeWords[after] ?? after]
  return was === 'a plain file' ? `now ${is}` : `was ${was}, now ${is}`
}
