/** The part of Markdown that agents write, as blocks of plain text: what shows it makes text nodes of it, never HTML. */
export type Inline =
  | { kind: 'text' | 'code' | 'strong'; text: string }
  /** `href` is http, https or mailto, as the browser's own parser spells it. */
  | { kind: 'link'; text: string; href: string }
export type CellAlign = 'start' | 'center' | 'end'
export type Block =
  | { kind: 'paragraph'; inlines: Inline[] }
  | { kind: 'heading'; inlines: Inline[] }
  | { kind: 'item'; marker: string; depth: number; inlines: Inline[] }
  | { kind: 'code'; text: string }
  /** A row may hold fewer cells than the head, never more. */
  | { kind: 'table'; align: CellAlign[]; head: Inline[][]; rows: Inline[][][] }

type Read = { block: Block; end: number }

export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = []
  const lines = text.split('\n')
  let paragraph: string[] = []
  const flush = (): void => {
    if (paragraph.length > 0)
      blocks.push({ kind: 'paragraph', inlines: parseInline(paragraph.join('\n')) })
    paragraph = []
  }
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const many = readFence(lines, at) ?? readTable(lines, at)
    const block = many?.block ?? readLine(line)
    if (block || line.trim() === '') flush()
    else paragraph.push(line)
    if (block) blocks.push(block)
    if (many) at = many.end
  }
  flush()
  return blocks
}

/** A fence that is still being written ends with the text. */
function readFence(lines: readonly string[], at: number): Read | undefined {
  const fence = /^\s*(```+|~~~+)/.exec(lines[at] ?? '')?.[1]
  if (!fence) return undefined
  const closing = lines.findIndex((line, index) => index > at && line.trimStart().startsWith(fence))
  const end = closing < 0 ? lines.length : closing
  return { block: { kind: 'code', text: lines.slice(at + 1, end).join('\n') }, end }
}

/** A line of cells, a line of dashes with as many, and what follows with cells in it. */
function readTable(lines: readonly string[], at: number): Read | undefined {
  const head = toCells(lines[at])
  const align = toCells(lines[at + 1])?.map(toAlign)
  if (!head || !align || align.length !== head.length) return undefined
  if (!align.every((each) => each !== undefined)) return undefined
  let end = at + 1
  const rows: Inline[][][] = []
  for (let cells = toCells(lines[end + 1]); cells; cells = toCells(lines[end + 1])) {
    rows.push(cells.slice(0, head.length).map(parseInline))
    end++
  }
  return { block: { kind: 'table', align, head: head.map(parseInline), rows }, end }
}

/** Undefined for a line that has no cells. A bar behind a backslash is text. */
function toCells(line: string | undefined): string[] | undefined {
  const text = line?.trim() ?? ''
  const cells = text.split(/(?<!\\)\|/)
  if (cells.length < 2) return undefined
  if (cells[0] === '') cells.shift()
  if (cells.at(-1) === '') cells.pop()
  return cells.map((cell) => cell.replaceAll('\\|', '|').trim())
}

function toAlign(dashes: string): CellAlign | undefined {
  if (!/^:?-+:?$/.test(dashes)) return undefined
  if (!dashes.endsWith(':')) return 'start'
  return dashes.startsWith(':') ? 'center' : 'end'
}

/** A heading or a list item, which are one line each. */
function readLine(line: string): Block | undefined {
  const heading = /^#{1,6}\s+(.*)$/.exec(line)
  if (heading) return { kind: 'heading', inlines: parseInline(heading[1] ?? '') }
  const [, indent = '', bullet = '', text = ''] =
    /^(\s*)([-*+]|\d{1,3}[.)])\s+(.*)$/.exec(line) ?? []
  if (bullet === '') return undefined
  const marker = /\d/.test(bullet) ? bullet : '•'
  const depth = Math.min(4, Math.floor(indent.length / 2))
  return { kind: 'item', marker, depth, inlines: parseInline(text) }
}

const inlinePattern =
  /`(?<code>[^`\n]+)`|\*\*(?<strong>[^*\n]+)\*\*|\[(?<label>[^[\]\n]{1,400})\]\((?<target>[^\s()<>]{1,2000})\)|<?(?<bare>https?:\/\/[^\s<>"'`|]{1,2000})>?/gi

export function parseInline(text: string): Inline[] {
  const parts: Inline[] = []
  let last = 0
  for (const match of text.matchAll(inlinePattern)) {
    const part = toInline(match.groups ?? {})
    if (!part) continue
    const [start, end] = rangeOf(match, part)
    if (start > last) parts.push({ kind: 'text', text: text.slice(last, start) })
    parts.push(part)
    last = end
  }
  if (last < text.length) parts.push({ kind: 'text', text: text.slice(last) })
  return parts
}

/** Undefined for what only looks like a link: it stays the text it is. */
function toInline(found: Record<string, string | undefined>): Inline | undefined {
  const { code, strong, label, target, bare } = found
  if (code !== undefined) return { kind: 'code', text: code }
  if (strong !== undefined) return { kind: 'strong', text: strong }
  if (bare !== undefined) {
    const address = withoutEnd(bare)
    return toLink(address, address)
  }
  return toLink((label ?? '').replaceAll(/`|\*\*/g, ''), target ?? '')
}

/** Where it stands. What was left off the end of a bare address is text again, its angle brackets are not. */
function rangeOf(match: RegExpExecArray, part: Inline): [number, number] {
  const [whole] = match
  const { bare } = match.groups ?? {}
  const end = match.index + whole.length
  if (bare === undefined) return [match.index, end]
  const isBracketed = whole.startsWith('<') && whole.endsWith('>')
  if (isBracketed && part.text === bare) return [match.index, end]
  const start = match.index + whole.indexOf(bare)
  return [start, start + part.text.length]
}

/** A sentence goes on, or ends, behind an address: its marks are not part of it, nor is a bracket it did not open. */
function withoutEnd(address: string): string {
  const cut = address.replace(/[.,;:!?*_\]]+$/, '')
  return cut.endsWith(')') && !cut.includes('(') ? withoutEnd(cut.slice(0, -1)) : cut
}

const schemes = new Set(['http:', 'https:', 'mailto:'])

/**
 * Agents repeat what they read in foreign files, so a link must say where it leads: no other schemes, no name before the
 * host that could be taken for it, and no address as its label but its own.
 */
function toLink(label: string, target: string): Inline | undefined {
  if (!URL.canParse(target)) return undefined
  const url = new URL(target)
  if (!schemes.has(url.protocol) || url.username !== '' || url.password !== '') return undefined
  const claim = /^\s*(?:https?:\/\/|www\.)/i.test(label) ? label.trim() : undefined
  if (claim !== undefined && hostOf(claim) !== url.host) return undefined
  return label.trim() === '' ? undefined : { kind: 'link', text: label, href: url.href }
}

function hostOf(claim: string): string | undefined {
  const address = /^https?:/i.test(claim) ? claim : `https://${claim}`
  return URL.canParse(address) ? new URL(address).host : undefined
}
