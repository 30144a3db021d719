import '@xterm/xterm/css/xterm.css'
import './terminal.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal as Xterm } from '@xterm/xterm'
import { createEffect, createSignal, type JSX, on, onCleanup, onMount, Show } from 'solid-js'
import type { Row } from '../lib/activity/rows.ts'
import { dark, light, type TerminalPalette, terminalDark, terminalLight } from '../lib/tokens.ts'
import { createTerminalWriter, type TerminalWriter } from './writer.ts'

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

export type TerminalHandle = {
  /** Scrolls to a row and marks what is searched for in it; false when the row is not held. */
  goTo(id: string): boolean
}

/** How long a row that scrolled off may be out of date. */
const staleMs = 1000

/** A read-only terminal that shows rows. Keys pass through it, so it never holds the focus. */
export function Terminal(props: {
  rows: readonly Row[]
  /** Bytes before the rows that are held. */
  before: number
  isDark: boolean
  /** CSS pixels on a desk; a phone has one less. Read once. */
  fontSize: number
  label: string
  query: string
  onOlder: () => void
  onFollow: (isFollowing: boolean) => void
  onEnd: () => void
  ref: (handle: TerminalHandle) => void
}): JSX.Element {
  const [isAtEnd, setAtEnd] = createSignal(true)
  let host: HTMLDivElement | undefined
  let toEnd = (): void => undefined
  onMount(() => {
    if (!host) return
    const xterm = createXterm(props.isDark, props.fontSize)
    const fit = new FitAddon()
    xterm.loadAddon(fit)
    xterm.attachCustomKeyEventHandler(() => false)
    xterm.open(host)
    fit.fit()
    const writer = createTerminalWriter({
      columns: () => Math.max(40, Math.min(160, xterm.cols - 1)),
      height: () => xterm.rows,
      write: (text) => xterm.write(text),
      // In its turn: what was written before is still on its way, and would be drawn after a reset.
      clear: () => xterm.write('\u001bc'),
    })
    const afterWrites = (work: () => void): void => xterm.write('', work)
    /** What is at the top of the screen stays there while `change` draws anew. */
    const inPlace = (change: () => void): void => {
      const { baseY, viewportY } = xterm.buffer.active
      const fromEnd = baseY - viewportY
      change()
      afterWrites(() => xterm.scrollToLine(Math.max(0, xterm.buffer.active.baseY - fromEnd)))
    }
    const isUp = (): boolean => xterm.buffer.active.viewportY < xterm.buffer.active.baseY
    const onScroll = (): void => {
      setAtEnd(!isUp())
      props.onFollow(!isUp())
      if (xterm.buffer.active.viewportY > 0 || !isUp()) return
      if (props.rows.length > 0)
        inPlace(() => writer.drawMore() === 0 && props.before > 0 && props.onOlder())
    }
    const redraw = (): void => (isUp() ? inPlace(writer.redraw) : writer.redraw())
    toEnd = () => {
      props.onEnd()
      writer.drawEnd()
      afterWrites(() => xterm.scrollToBottom())
    }
    props.ref({ goTo: (id) => goTo({ xterm, writer, afterWrites }, id, props.query) })
    const scrolling = xterm.onScroll(onScroll)
    host.addEventListener('wheel', () => queueMicrotask(onScroll), { passive: true })
    const timer = setInterval(() => writer.isStale() && redraw(), staleMs)
    let columns = xterm.cols
    const observer = new ResizeObserver(() => {
      fit.fit()
      if (xterm.cols === columns) return
      columns = xterm.cols
      redraw()
    })
    observer.observe(host)
    // Cells are measured again when the faces have come.
    void document.fonts?.ready.then(() => {
      xterm.options.fontFamily = '"JetBrains Mono Variable", monospace'
      fit.fit()
      redraw()
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
          xterm.options.theme = themeOf(isDark)
        },
        { defer: true },
      ),
    )
    onCleanup(() => {
      clearInterval(timer)
      scrolling.dispose()
      observer.disconnect()
      xterm.dispose()
    })
  })
  return (
    <section
      class="relative flex-1 min-h-0 min-w-0 bg-term p-3 pl-4 overflow-hidden"
      aria-label={props.label}
    >
      <div ref={host} class="h-full w-full" />
      <Show when={!isAtEnd()}>
        <button
          type="button"
          class="button absolute right-4 bottom-3 z-sticky shadow-float"
          onClick={() => toEnd()}
        >
          To the end ↓
        </button>
      </Show>
    </section>
  )
}

export const themeOf = (isDark: boolean): Record<string, string> =>
  toTheme(isDark ? terminalDark : terminalLight, isDark ? dark.tx1 : light.tx1)

/** Where something can be typed there is a cursor. */
export const typedTheme = (isDark: boolean): Record<string, string> => ({
  ...themeOf(isDark),
  cursor: isDark ? dark.tx1 : light.tx1,
})

export function createXterm(isDark: boolean, fontSize: number, isTyped = false): Xterm {
  const isPhone = matchMedia('(max-width: 760px)').matches
  return new Xterm({
    convertEol: false,
    disableStdin: !isTyped,
    cursorInactiveStyle: isTyped ? 'outline' : 'none',
    scrollback: 10_000,
    fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace',
    fontSize: isPhone ? fontSize - 1 : fontSize,
    // The face itself is a third higher than its size; more would tear boxes and blocks apart.
    lineHeight: 1,
    letterSpacing: 0,
    overviewRuler: { width: 8 },
    minimumContrastRatio: 4.5,
    theme: isTyped ? typedTheme(isDark) : themeOf(isDark),
  })
}

type Open = { xterm: Xterm; writer: TerminalWriter; afterWrites: (work: () => void) => void }

function goTo({ xterm, writer, afterWrites }: Open, id: string, query: string): boolean {
  const fromEnd = writer.reach(id)
  if (fromEnd === undefined) return false
  afterWrites(() => {
    const { baseY, cursorY } = xterm.buffer.active
    const line = Math.max(0, baseY + cursorY - fromEnd)
    xterm.scrollToLine(Math.max(0, line - 4))
    if (query !== '') mark(xterm, { from: line, to: baseY + cursorY, query: query.toLowerCase() })
  })
  return true
}

/** Selects the first place of `query` from a line on; rows are found by the server, so it is near. */
function mark(
  xterm: Xterm,
  { from, to, query }: { from: number; to: number; query: string },
): void {
  for (let line = from; line <= Math.min(to, from + 200); line++) {
    const text = xterm.buffer.active.getLine(line)?.translateToString(true).toLowerCase() ?? ''
    const column = text.indexOf(query)
    if (column < 0) continue
    xterm.select(column, line, query.length)
    if (line > from + 10) xterm.scrollToLine(line - 4)
    return
  }
}
