import '@xterm/xterm/css/xterm.css'
import './terminal.css'
import { FitAddon } from '@xterm/addon-fit'
import { createEffect, type JSX, on, onCleanup, onMount } from 'solid-js'
import * as v from 'valibot'
import { ShellEnd } from '#contract/socket.ts'
import { createXterm, typedTheme } from './terminal.tsx'

type Size = { cols: number; rows: number }

/** A terminal that is typed into. Ctrl Shift . gives the keyboard back to the page. */
export function ShellTerminal(props: {
  open: (size: Size) => WebSocket
  isDark: boolean
  fontSize: number
  label: string
  /** Undefined: the connection was lost. */
  onEnd: (end: ShellEnd | undefined) => void
  onLeave: () => void
}): JSX.Element {
  let host: HTMLDivElement | undefined
  onMount(() => {
    if (!host) return
    const xterm = createXterm(props.isDark, props.fontSize, true)
    const fit = new FitAddon()
    xterm.loadAddon(fit)
    xterm.open(host)
    fit.fit()
    const size = (): Size => ({
      cols: Math.max(2, Math.min(500, xterm.cols)),
      rows: Math.max(2, Math.min(500, xterm.rows)),
    })
    const socket = props.open(size())
    socket.binaryType = 'arraybuffer'
    const encoder = new TextEncoder()
    const send = (frame: Uint8Array<ArrayBuffer> | string): void => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame)
    }
    let end: ShellEnd | undefined
    socket.addEventListener('message', ({ data }) => {
      if (data instanceof ArrayBuffer) xterm.write(new Uint8Array(data))
      else end = toEnd(data) ?? end
    })
    const onClose = (): void => props.onEnd(end)
    socket.addEventListener('close', onClose)
    socket.addEventListener('open', () => xterm.focus())
    xterm.attachCustomKeyEventHandler((event) => {
      // Keys of the page are not for it while something is typed here.
      event.stopPropagation()
      if (!(event.ctrlKey && event.shiftKey && event.code === 'Period')) return true
      if (event.type === 'keydown') props.onLeave()
      return false
    })
    const typing = xterm.onData((text) => send(encoder.encode(text)))
    const resizing = xterm.onResize(() => send(JSON.stringify({ type: 'resize', ...size() })))
    const observer = new ResizeObserver(() => fit.fit())
    observer.observe(host)
    void document.fonts?.ready.then(() => fit.fit())
    createEffect(
      on(
        () => props.isDark,
        (isDark) => {
          xterm.options.theme = typedTheme(isDark)
        },
        { defer: true },
      ),
    )
    onCleanup(() => {
      observer.disconnect()
      typing.dispose()
      resizing.dispose()
      socket.removeEventListener('close', onClose)
      socket.close()
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

function toEnd(data: unknown): ShellEnd | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), ShellEnd), data)
  return read.success ? read.output : undefined
}
