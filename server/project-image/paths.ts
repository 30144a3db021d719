/** Paths in a repository's tree, as a repository's own files give them. They never leave the tree. */
import { posix } from 'node:path'
import { refusal } from './refusal.ts'

/** `path` seen from the folder `from` (`''` is the top), without a `/` at either end. Throws for one outside the tree. */
export function insideTree(from: string, path: string): string {
  const joined = posix.normalize(posix.join(from, path)).replace(/\/+$/, '')
  const isOutside =
    path.startsWith('/') || path.includes('\0') || joined === '..' || joined.startsWith('../')
  if (isOutside)
    throw refusal(
      `The path "${path}" leaves the repository. Only what is in it can be built: give a path inside.`,
    )
  return joined === '.' ? '' : joined
}

export const folderOf = (path: string): string => {
  const folder = posix.dirname(path)
  return folder === '.' ? '' : folder
}

/** As seen from the folder; undefined for what is not below it. */
export function below(folder: string, path: string): string | undefined {
  if (folder === '') return path
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined
}
