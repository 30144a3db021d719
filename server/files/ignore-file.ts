/** A gitignore(5) file for uploads that were placed in `input/`: exactly these paths, whatever their names hold. */
export function toIgnoreFile(paths: readonly string[]): string {
  return paths.map((path) => `/input/${path.replace(/[\\[\]*?!# ]/g, '\\$&')}\n`).join('')
}
