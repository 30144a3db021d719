/** Colours say how things stand and nothing else; without them every state still has its glyph and its word. */
export const states = ['done', 'fail', 'run', 'wait', 'need', 'pause', 'skip', 'merge'] as const
export type State = (typeof states)[number]

export const glyphs = {
  done: '✓',
  fail: '✗',
  run: '●',
  wait: '○',
  need: '?',
  pause: '‖',
  skip: '–',
  merge: '◐',
} as const satisfies Record<State, string>

/** SGR codes (ECMA-48, 8.3.117). */
const codes = {
  done: '32',
  fail: '31',
  run: '34',
  wait: '90',
  need: '33',
  pause: '33',
  skip: '90',
  merge: '36',
} as const satisfies Record<State, string>

export type Paint = {
  state(state: State, text: string): string
  dim(text: string): string
  strong(text: string): string
}

export function createPaint(colours: boolean): Paint {
  const wrap = (code: string, text: string): string =>
    colours && text !== '' ? `\u001b[${code}m${text}\u001b[0m` : text
  return {
    state: (state, text) => wrap(codes[state], text),
    dim: (text) => wrap('2', text),
    strong: (text) => wrap('1', text),
  }
}
