/** The part of Markdown that agents write, as blocks of plain text: what shows it makes text nodes of it, never HTML. */
export type Inline = { kind: 'text' | 'code' | 'strong'; text: string }
export type Block =
  | { kind: 'paragraph'; inlines: Inline[] }
  | { kind: 'heading'; inlines: Inline[] }
  | { kind: 'item'; marker: string; depth: number; inlines: Inline[] }
  | { kind: 'code'; text: string }

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
    const code = readFence(lines, at)
    const block = code?.block ?? readLine(line)
    if (block || line.trim() === '') flush()
    else paragraph.push(line)
    if (block) blocks.push(block)
    if (code) at = code.end
  }
  flush()
  return blocks
}

/** A fence that is still being written ends with the text. */
function readFence(
  lines: readonly string[],
  at: number,
): { block: Block; end: number } | undefined {
  const fence = /^\s*(```+|~~~+)/.exec(lines[at] ?? '')?.[1]
  if (!fence) return undefined
  const closing = lines.findIndex((line, index) => index > at && line.trimStart().startsWith(fence))
  const end = closing < 0 ? lines.length : closing
  return { block: { kind: 'code', text: lines.slice(at + 1, end).join('\n') }, end }
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

export function parseInline(text: string): Inline[] {
  const parts: Inline[] = []
  let last = 0
  for (const match of text.matchAll(/`([^`\n]+)`|\*\*([^*\n]+)\*\*/g)) {
    if (match.index > last) parts.push({ kind: 'text', text: text.slice(last, match.index) })
    parts.push(
      match[1] === undefined
        ? { kind: 'strong', text: match[2] ?? '' }
        : { kind: 'code', text: match[1] },
    )
    last = match.index + match[0].length
  }
  if (last < text.length) parts.push({ kind: 'text', text: text.slice(last) })
  return parts
}
