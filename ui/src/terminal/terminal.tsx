import { FitAddon } from '@xterm/addon-fit'
import { Terminal as Xterm } from '@xterm/xterm'
import { createEffect, type JSX, on, onCleanup, onMount } from 'solid-js'
import type { Row } from '../lib/activity/rows.ts'
import { dark, light, type TerminalPalette, terminalDark, terminalLight } from '../lib/tokens.ts'
import { createTerminalWriter } from './writer.ts'

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const

function toTheme(palette: TerminalPalette, ink: string): Record<string, string> {
  const theme: Record<string, string> = {
    background: palette.background,
    foreground: palette.foreground,
    cursor: palette.background,
    cursorAccent: palette.background,
    selectionBackground: `${ink}2E`,
    overviewRulerBorder: palette.background,
    scrollbarSliderBackground: `${ink}22`,
    scrollbarSliderHoverBackground: `${ink}44`,
    scrollbarSliderActiveBackground: `${ink}66`,
  }
  for (const [index, name] of names.entries()) {
    const bright = `bright${name[0]?.toUpperCase()}${name.slice(1)}`
    theme[name] = palette.ansi[index] ?? palette.foreground
    theme[bright] = palette.ansi[index + 8] ?? palette.foreground
  }
  return theme
}

/** A read-only terminal that shows rows. Keys pass through it, so it never holds the focus. */
export function Terminal(props: {
  rows: readonly Row[]
  isDark: boolean
  label: string
}): JSX.Element {
  let host: HTMLDivElement | undefined
  onMount(() => {
    if (!host) return
    const isPhone = matchMedia('(max-width: 760px)').matches
    const xterm = new Xterm({
      convertEol: false,
      disableStdin: true,
      cursorInactiveStyle: 'none',
      scrollback: 10_000,
      fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
      fontSize: isPhone ? 11.5 : 12.5,
      lineHeight: 1.25,
      letterSpacing: 0,
      overviewRuler: { width: 8 },
      minimumContrastRatio: 4.5,
      theme: toTheme(
        props.isDark ? terminalDark : terminalLight,
        props.isDark ? dark.tx1 : light.tx1,
      ),
    })
    const fit = new FitAddon()
    xterm.loadAddon(fit)
    xterm.attachCustomKeyEventHandler(() => false)
    xterm.open(host)
    fit.fit()
    const writer = createTerminalWriter({
      columns: () => Math.min(160, xterm.cols - 1),
      height: () => xterm.rows,
      write: (text) => xterm.write(text),
      clear: () => xterm.reset(),
    })
    let columns = xterm.cols
    const observer = new ResizeObserver(() => {
      fit.fit()
      if (xterm.cols === columns) return
      columns = xterm.cols
      writer.redraw(props.rows)
    })
    observer.observe(host)
    // Cells are measured again when the faces have come.
    void document.fonts?.ready.then(() => {
      xterm.options.fontFamily = '"JetBrains Mono Variable", monospace'
      fit.fit()
      writer.redraw(props.rows)
    })
    createEffect(
      on(
        () => props.rows,
        (rows) => writer.update(rows),
      ),
    )
    createEffect(
      on(
        () => props.isDark,
        (isDark) => {
          xterm.options.theme = toTheme(
            isDark ? terminalDark : terminalLight,
            isDark ? dark.tx1 : light.tx1,
          )
        },
        { defer: true },
      ),
    )
    onCleanup(() => {
      observer.disconnect()
      xterm.dispose()
    })
  })
  return (
    <section
      class="flex-1 min-h-0 min-w-0 bg-term p-3 pl-4 overflow-hidden"
      aria-label={props.label}
    >
      <div ref={host} class="h-full w-full" />
    </section>
  )
}
