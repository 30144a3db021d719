import { describe, expect, test } from 'bun:test'
import { dark, light, type Token, terminalDark, terminalLight } from '../../ui/src/lib/tokens.ts'

/** WCAG 2.2, relative luminance and contrast ratio. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (high + 0.05) / (low + 0.05)
}

const text: [Token, Token[]][] = [
  [
    'tx1',
    [
      'bg0',
      'bg1',
      'bg2',
      'bg3',
      'add-line',
      'add-word',
      'del-line',
      'del-word',
      'need-tint',
      'fail-tint',
      'done-tint',
    ],
  ],
  ['tx2', ['bg0', 'bg1', 'bg2', 'bg3', 'need-tint', 'fail-tint', 'done-tint']],
  ['tx3', ['bg0', 'bg1', 'bg2', 'bg3']],
  ['run', ['bg0', 'bg1', 'run-tint']],
  ['need', ['bg0', 'bg1', 'need-tint']],
  ['done', ['bg0', 'bg1', 'done-tint', 'add-line']],
  ['fail', ['bg0', 'bg1', 'bg2', 'fail-tint', 'del-line']],
  ['review', ['bg0', 'bg1', 'review-tint']],
  ['idle', ['bg0', 'bg1', 'idle-tint']],
  ['need-ink', ['need-fill']],
  ['bg1', ['tx1']],
]
/** Borders of controls and parts of glyphs. */
const shapes: [Token, Token[]][] = [
  ['ctl', ['bg0', 'bg1', 'bg2']],
  ['need-edge', ['bg1', 'need-tint']],
]

describe.each([
  ['light', light],
  ['dark', dark],
] as const)('the %s theme', (_name, theme) => {
  test.each(text)('%s can be read on everything it stands on', (name, grounds) => {
    for (const ground of grounds)
      expect([ground, contrast(theme[name], theme[ground]) >= 4.5]).toEqual([ground, true])
  })

  test.each(shapes)('%s can be made out on everything it stands on', (name, grounds) => {
    for (const ground of grounds)
      expect([ground, contrast(theme[name], theme[ground]) >= 3]).toEqual([ground, true])
  })
})

test('every colour of the terminal can be read on its ground, black apart in the dark', () => {
  for (const palette of [terminalLight, terminalDark])
    for (const [index, color] of palette.ansi.entries()) {
      const least = index === 0 && palette === terminalDark ? 3 : 4.5
      expect([color, contrast(color, palette.background) >= least]).toEqual([color, true])
    }
})
