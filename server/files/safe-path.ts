import { AppError } from '#contract/errors.ts'

const maxPathBytes = 1024
const maxNameBytes = 255
/** A name in a git tree may be longer than what we let people make. */
const maxTreePathBytes = 4096

/**
 * The one check of every path a client gives for a file that will lie on our disk: relative, forward slashes, no way
 * up or out on any platform, nothing that git or Windows would take for something else. Returns it unchanged.
 * Throws `file.forbidden` with what is wrong.
 */
export function checkUploadPath(path: string): string {
  const problem =
    treeProblem(path, maxPathBytes) ??
    firstProblem(path.split('/'), nameProblem) ??
    (isControlPath(path) ? `${controlFolder} belongs to Klaudio` : undefined)
  if (problem) throw forbidden(path, problem)
  return path
}

/**
 * The check of a path that is only looked up in a commit. Any name git can hold is right there, because it never
 * becomes a path of ours; what would lead out of the tree is refused all the same.
 */
export function checkTreePath(path: string): string {
  const problem = treeProblem(path, maxTreePathBytes)
  if (problem) throw forbidden(path, problem)
  return path
}

/** What Klaudio and its agents talk through lies below this folder of a workspace. */
export const controlFolder = '.klaudio'

/** Below the folder that Klaudio and its agents talk through: shown to people, not theirs to write. */
export const isControlPath = (path: string): boolean =>
  path.split('/')[0]?.toLowerCase() === controlFolder

function treeProblem(path: string, maxBytes: number): string | undefined {
  if (path === '') return 'it is empty'
  if (path.includes('\0')) return 'it holds a NUL character'
  if (Buffer.byteLength(path) > maxBytes) return 'it is too long'
  if (path.startsWith('/')) return 'it must be relative'
  return firstProblem(path.split('/'), (name) => {
    if (name === '') return 'it holds an empty part'
    if (name === '.' || name === '..') return `"${name}" is not allowed in it`
    return isGitName(name) ? '.git is not a place for files' : undefined
  })
}

function nameProblem(name: string): string | undefined {
  if (Buffer.byteLength(name) > maxNameBytes) return 'a part of it is too long'
  if (name.includes('\\')) return 'a backslash is not allowed in it'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) return 'it holds a control character'
  if (!name.isWellFormed()) return 'it is not valid Unicode'
  if (/^[a-z]:/i.test(name)) return 'it names a drive'
  if (/[. ]$/.test(name)) return 'a part of it ends with a dot or a space'
  if (/^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i.test(name)) return 'a part of it is a device'
  return undefined
}

/** Characters that HFS+ leaves out when it compares names, so that one of them hides a `.git`. */
const ignorable = /[\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g

/** True for `.git` and whatever macOS or Windows would open as it. */
function isGitName(name: string): boolean {
  const [plain = ''] = name.replace(ignorable, '').toLowerCase().split(/[:\\]/)
  return /^(\.git|git~\d+)$/.test(plain.replace(/[. ]+$/, ''))
}

function firstProblem(
  names: readonly string[],
  check: (name: string) => string | undefined,
): string | undefined {
  for (const name of names) {
    const problem = check(name)
    if (problem) return problem
  }
  return undefined
}

function forbidden(path: string, problem: string): AppError {
  const shown = JSON.stringify(path.slice(0, 100))
  return new AppError('file.forbidden', `The path ${shown} cannot be used: ${problem}.`)
}
