import { describe, expect, test } from 'bun:test'
import { contrast } from '../../ui/src/lib/contrast.ts'
import { dark, light, type Token, terminalDark, terminalLight } from '../../ui/src/lib/tokens.ts'

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
