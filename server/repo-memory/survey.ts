/** Names of files, and what they say before anybody has read them. */
export type { Survey } from '#workspaces/survey.ts'

/** Folders whose files somebody else wrote or a program made. */
const foreign =
  /(^|\/)(node_modules|bower_components|vendor|third_party|third-party|\.yarn|dist|build|out|target|\.next|coverage|__pycache__|\.venv|venv|Pods|Carthage|\.gradle|\.idea|\.git)\//

export const isForeign = (path: string): boolean => foreign.test(path)

export const depthOf = (path: string): number => path.split('/').length - 1

export const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The folder of a file with its slash, or nothing for the top. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1)
