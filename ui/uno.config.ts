import { defineConfig, presetWind3 } from 'unocss'
import { dark, light, type Token, terminalDark, terminalLight } from './src/lib/tokens.ts'

const tokens = Object.keys(light) as Token[]
const colors = Object.fromEntries(tokens.map((name) => [name, `var(--${name})`]))

const declare = (values: Record<Token, string>): string =>
  tokens.map((name) => `--${name}:${values[name]}`).join(';')

const declareAnsi = (colours: readonly string[]): string =>
  colours.map((colour, index) => `--ansi-${index}:${colour}`).join(';')

const shadowLight = '0 1px 2px #0c14101a,0 8px 24px #0c14101f'
const shadowDark = '0 0 0 1px #283030,0 12px 32px #0009'

export default defineConfig({
  presets: [presetWind3({ preflight: 'on-demand' })],
  content: { pipeline: { include: [/\.(tsx|ts)($|\?)/] } },
  preflights: [
    {
      getCSS: () => `
:root,[data-theme=light]{color-scheme:light;${declare(light)};--shadow-float:${shadowLight};--term-bg:${terminalLight.background};--syn-kw:${terminalLight.ansi[5]};--syn-str:${terminalLight.ansi[2]};--syn-fn:${terminalLight.ansi[4]};--syn-dim:${terminalLight.ansi[7]};${declareAnsi(terminalLight.ansi)}}
[data-theme=dark]{color-scheme:dark;${declare(dark)};--shadow-float:${shadowDark};--term-bg:${terminalDark.background};--syn-kw:${terminalDark.ansi[5]};--syn-str:${terminalDark.ansi[2]};--syn-fn:${terminalDark.ansi[4]};--syn-dim:${terminalDark.ansi[8]};${declareAnsi(terminalDark.ansi)}}`,
    },
  ],
  theme: {
    colors: {
      ...colors,
      transparent: 'transparent',
      current: 'currentColor',
      term: 'var(--term-bg)',
    },
    breakpoints: { md: '761px', lg: '1101px', xl: '1441px' },
    fontFamily: {
      sans: '"IBM Plex Sans Variable",system-ui,sans-serif',
      mono: '"JetBrains Mono Variable",ui-monospace,monospace',
    },
    fontSize: {
      display: ['22px', '28px'],
      title: ['17px', '24px'],
      heading: ['14px', '20px'],
      body: ['var(--body-size)', 'var(--body-line)'],
      small: ['var(--small-size)', 'var(--small-line)'],
      micro: ['11px', '14px'],
      code: ['12px', '20px'],
      term: ['12.5px', '19px'],
    },
    borderRadius: {
      key: '4px',
      chip: '5px',
      button: '6px',
      node: '8px',
      card: '10px',
      sheet: '12px',
      full: '9999px',
    },
    height: { row: 'var(--row)', 'row-two': 'var(--row-two)' },
    boxShadow: { float: 'var(--shadow-float)' },
    zIndex: { sticky: '10', bar: '20', popover: '30', sheet: '40', toast: '50', palette: '60' },
    duration: { press: '80ms', open: '140ms', move: '220ms' },
    easing: { out: 'cubic-bezier(.2,0,0,1)' },
  },
  shortcuts: {
    // Text
    t1: 'text-tx1',
    t2: 'text-tx2',
    t3: 'text-tx3',
    mono: 'font-mono text-code',
    'mono-small': 'font-mono text-[11.5px] leading-[18px]',
    clip: 'overflow-hidden text-ellipsis whitespace-nowrap min-w-0',
    'h-title': 'm-0 text-title font-600 tracking-[-0.012em]',
    'h-part': 'm-0 text-heading font-600',
    // Layout
    row: 'flex items-center gap-2 min-w-0',
    col: 'flex flex-col min-w-0',
    phone: 'md:hidden!',
    desk: 'lt-md:hidden!',
    // Surfaces
    card: 'bg-bg1 border border-solid border-line rounded-card min-w-0',
    well: 'bg-bg2 rounded-chip',
    rule: 'border-0 border-b border-solid border-line',
    'rule-top': 'border-0 border-t border-solid border-line',
    page: 'px-4 md:px-5 pb-5',
    // Controls
    button:
      'inline-flex items-center justify-center gap-1.5 flex-none h-11 md:h-7 px-3.5 md:px-2.5 rounded-button border border-solid border-line bg-bg1 text-tx1 font-500 whitespace-nowrap cursor-pointer no-underline hover:bg-bg2 disabled:opacity-55 disabled:cursor-not-allowed transition-colors duration-press',
    'button-primary': 'bg-tx1! text-bg1! border-tx1! hover:opacity-90',
    'button-quiet': 'bg-transparent border-transparent text-tx2',
    'button-danger': 'text-fail!',
    'button-icon': 'w-11 md:w-7 px-0!',
    'button-small': 'md:h-6 md:px-2',
    input:
      'w-full bg-bg1 text-tx1 border border-solid border-ctl rounded-node px-3 py-2 md:py-1 min-h-11 md:min-h-8 text-[16px] md:text-body font-sans placeholder:text-tx3',
    label: 'font-500 text-tx1',
    chip: 'inline-flex items-center gap-[5px] h-5 pl-[5px] pr-[7px] rounded-chip text-[12px] leading-4 font-500 whitespace-nowrap flex-none',
    count:
      'inline-block min-w-[18px] h-[18px] px-[5px] rounded-full text-[11px] leading-[18px] font-600 text-center flex-none bg-bg2 text-tx2',
    'count-need': 'bg-need-fill! text-need-ink!',
    key: 'inline-block min-w-[18px] px-1 border border-solid border-line rounded-key font-mono text-[11px] leading-4 text-tx3 text-center bg-bg1 lt-md:hidden!',
    link: 'underline decoration-ctl underline-offset-2 hover:decoration-tx1',
  },
})
