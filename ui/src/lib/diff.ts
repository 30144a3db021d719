import { diffWords, type Range } from './word-diff.ts'

/** A unified diff as git prints it, parsed for showing. Never fails: what it does not understand becomes a plain line. */
export type DiffLine =
  | { kind: 'hunk'; text: string }
  | { kind: 'same'; old: number; new: number; text: string }
  | { kind: 'add'; new: number; text: string; marks?: Range[] }
  | { kind: 'del'; old: number; text: string; marks?: Range[] }
  | { kind: 'note'; text: string }

export type FileDiff = {
  path: string
  /** Where it was, for a rename. */
  from?: string
  status: 'added' | 'deleted' | 'modified' | 'renamed'
  binary: boolean
  /** The server sent only the beginning. */
  isCut: boolean
  added: number
  deleted: number
  lines: DiffLine[]
}

export function parseDiff(text: string): FileDiff[] {
  const files: FileDiff[] = []
  let position = { old: 0, new: 0 }
  let inHunk = false
  for (const line of text.split('\n')) {
    if (line.startsWith('diff --git ')) {
      files.push(toFile(line))
      inHunk = false
      continue
    }
    const file = files.at(-1)
    if (!file) continue
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/.exec(line)
    if (hunk) {
      position = { old: Number(hunk[1]), new: Number(hunk[2]) }
      inHunk = true
      file.lines.push({ kind: 'hunk', text: hunk[3] || `Line ${hunk[2]}` })
    } else if (/^\[cut after \d+ bytes\]$/.test(line)) file.isCut = true
    else if (inHunk) position = addLine(file, line, position)
    else readHeader(file, line)
  }
  for (const file of files) markWords(file.lines)
  return files
}

/** The lines of one change, from an editor's structured patch. */
export function fromPatch(
  hunks: readonly { oldStart: number; newStart: number; lines: readonly string[] }[],
): DiffLine[] {
  const file = { added: 0, deleted: 0, lines: [] as DiffLine[] }
  for (const hunk of hunks) {
    if (hunk.oldStart > 1) file.lines.push({ kind: 'hunk', text: `Line ${hunk.newStart}` })
    let position = { old: hunk.oldStart, new: hunk.newStart }
    for (const line of hunk.lines) position = addLine(file, line, position)
  }
  markWords(file.lines)
  return file.lines
}

type Position = { old: number; new: number }

function addLine(
  file: Pick<FileDiff, 'added' | 'deleted' | 'lines'>,
  line: string,
  at: Position,
): Position {
  const text = line.slice(1)
  switch (line[0]) {
    case '+':
      file.added++
      file.lines.push({ kind: 'add', new: at.new, text })
      return { ...at, new: at.new + 1 }
    case '-':
      file.deleted++
      file.lines.push({ kind: 'del', old: at.old, text })
      return { ...at, old: at.old + 1 }
    case ' ':
      file.lines.push({ kind: 'same', old: at.old, new: at.new, text })
      return { old: at.old + 1, new: at.new + 1 }
    case '\\':
      file.lines.push({ kind: 'note', text: 'No newline at the end of the file' })
      return at
    default:
      return at
  }
}

function toFile(line: string): FileDiff {
  const match = /^diff --git "?a\/(.*?)"? "?b\/(.*?)"?$/.exec(line)
  return {
    path: match?.[2] ?? line.slice('diff --git '.length),
    status: 'modified',
    binary: false,
    isCut: false,
    added: 0,
    deleted: 0,
    lines: [],
  }
}

function readHeader(file: FileDiff, line: string): void {
  if (line.startsWith('new file')) file.status = 'added'
  else if (line.startsWith('deleted file')) file.status = 'deleted'
  else if (line.startsWith('rename from ')) {
    file.status = 'renamed'
    file.from = line.slice('rename from '.length)
  } else if (line.startsWith('Binary files') || line.startsWith('GIT binary patch'))
    file.binary = true
}

/** In a run of deleted lines and the added ones after it, each pair shows which words differ. */
function markWords(lines: DiffLine[]): void {
  let at = 0
  while (at < lines.length) {
    const dels = runOf(lines, at, 'del')
    const adds = runOf(lines, at + dels.length, 'add')
    // Of unequal runs it is not known which line became which, but the first ones are the best guess.
    for (const [index, del] of dels.entries()) markPair(del, adds[index])
    at += Math.max(1, dels.length + adds.length)
  }
}

function runOf(lines: DiffLine[], from: number, kind: DiffLine['kind']): DiffLine[] {
  let end = from
  while (lines[end]?.kind === kind) end++
  return lines.slice(from, end)
}

function markPair(del: DiffLine | undefined, add: DiffLine | undefined): void {
  if (del?.kind !== 'del' || add?.kind !== 'add') return
  const found = diffWords(del.text, add.text)
  if (!found) return
  del.marks = found.before
  add.marks = found.after
}
