/** JSON text in pieces that are set in different colours. Text that is no JSON comes out as one plain piece per run. */
export type JsonToken = { kind: 'key' | 'string' | 'number' | 'word' | 'plain'; text: string }

const pattern =
  /("(?:[^"\\]|\\.)*"?)(\s*:)?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\b(?:true|false|null)\b/g

export function toJsonTokens(text: string): JsonToken[] {
  const tokens: JsonToken[] = []
  let last = 0
  const plain = (upTo: number): void => {
    if (upTo > last) tokens.push({ kind: 'plain', text: text.slice(last, upTo) })
  }
  for (const match of text.matchAll(pattern)) {
    plain(match.index)
    const [whole, string, colon] = match
    tokens.push({ kind: kindOf(whole, string, colon), text: string ?? whole })
    last = match.index + (string ?? whole).length
  }
  plain(text.length)
  return tokens
}

function kindOf(whole: string, string?: string, colon?: string): JsonToken['kind'] {
  if (string !== undefined) return colon === undefined ? 'string' : 'key'
  return /^[-\d]/.test(whole) ? 'number' : 'word'
}
