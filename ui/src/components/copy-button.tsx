import { createSignal, type JSX, onCleanup } from 'solid-js'
import { Button } from './button.tsx'

const shownMs = 2000

/** Puts `text` on the clipboard and says so. Where the browser has none (plain http), it says that instead. */
export function CopyButton(props: {
  text: string
  /** Of a button without words, and what is read. */
  label: string
  children?: JSX.Element
  look?: 'plain' | 'quiet'
}): JSX.Element {
  const [state, setState] = createSignal<'ready' | 'copied' | 'failed'>('ready')
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const copy = async (): Promise<void> => {
    clearTimeout(timer)
    try {
      await navigator.clipboard.writeText(props.text)
      setState('copied')
    } catch {
      setState('failed')
    }
    timer = setTimeout(() => setState('ready'), shownMs)
  }
  const words = (): string =>
    ({ ready: props.label, copied: 'Copied', failed: 'The browser refuses to copy' })[state()]
  return (
    <Button
      look={props.look ?? 'quiet'}
      icon={state() === 'copied' ? 'check' : 'copy'}
      label={words()}
      onClick={() => void copy()}
    >
      {props.children ? (state() === 'ready' ? props.children : words()) : undefined}
    </Button>
  )
}
