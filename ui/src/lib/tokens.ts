/**
 * Colours of both themes, the only place where they are written down. `uno.config.ts` makes custom properties of them, the
 * terminal makes its palette, and a test checks their contrast.
 */
export const light = {
  bg0: '#F3F5F4',
  bg1: '#FFFFFF',
  bg2: '#EAEDEB',
  bg3: '#DFE3E1',
  line: '#DADFDC',
  ctl: '#7B8480',
  tx1: '#141817',
  tx2: '#464E4B',
  tx3: '#5A6360',
  run: '#0B5CAD',
  'run-tint': '#E4EFFA',
  need: '#8A4600',
  'need-fill': '#E58A0B',
  'need-tint': '#FDF0DA',
  'need-edge': '#BF7306',
  'need-ink': '#1A1205',
  done: '#18693A',
  'done-tint': '#E1F2E7',
  fail: '#B3221B',
  'fail-tint': '#FBE7E5',
  review: '#653AB0',
  'review-tint': '#EFE9FA',
  idle: '#5A6360',
  'idle-tint': '#EAEDEB',
  'add-line': '#E3F4E8',
  'add-word': '#B5E0C3',
  'del-line': '#FCEAE8',
  'del-word': '#F6C4BF',
} as const

export type Token = keyof typeof light

export const dark: Record<Token, string> = {
  bg0: '#0C0F0F',
  bg1: '#131717',
  bg2: '#1B2020',
  bg3: '#262C2C',
  line: '#283030',
  ctl: '#67726F',
  tx1: '#E7ECEA',
  tx2: '#ABB5B1',
  tx3: '#8A9591',
  run: '#6FB4F6',
  'run-tint': '#10263A',
  need: '#F6B251',
  'need-fill': '#F6B251',
  'need-tint': '#33240C',
  'need-edge': '#B87F2E',
  'need-ink': '#1A1205',
  done: '#66CB8D',
  'done-tint': '#10301D',
  fail: '#FF8D84',
  'fail-tint': '#3C1715',
  review: '#BAA0F4',
  'review-tint': '#271D40',
  idle: '#8A9591',
  'idle-tint': '#1B2020',
  'add-line': '#102A1B',
  'add-word': '#1D5234',
  'del-line': '#331614',
  'del-word': '#6B2721',
}

/** In the order of the 16 ANSI colours, with background and foreground. */
export type TerminalPalette = {
  background: string
  foreground: string
  ansi: readonly string[]
}

export const terminalLight: TerminalPalette = {
  background: '#FBFCFB',
  foreground: '#1A1F1D',
  ansi: [
    '#1A1F1D',
    '#B3221B',
    '#18693A',
    '#855000',
    '#0B5CAD',
    '#7A35A0',
    '#0B6A72',
    '#5F6865',
    '#5F6865',
    '#C9302A',
    '#1F7A45',
    '#8F5A00',
    '#1E6CC0',
    '#8C46B3',
    '#147780',
    '#141817',
  ],
}

export const terminalDark: TerminalPalette = {
  background: '#0A0D0D',
  foreground: '#D6DDDA',
  ansi: [
    '#66716D',
    '#F47C73',
    '#66CB8D',
    '#E9B35E',
    '#6FB4F6',
    '#C79AF0',
    '#5CC8CF',
    '#C3CCC8',
    '#7F8A86',
    '#FF9E96',
    '#86DDA7',
    '#F6C77D',
    '#94C8FA',
    '#D9B6F7',
    '#83DBE0',
    '#F2F6F4',
  ],
}
