import { createMemo, createSignal, type JSX, Show } from 'solid-js'
import { load, save } from '../lib/storage.ts'

const least = 25
const most = 75
const initial = 55

/** Two panes beside each other with a separator that can be dragged, and moved with the arrow keys. The share is remembered. */
export function SplitPane(props: {
  /** Name of the remembered share. */
  id: string
  label: string
  start: JSX.Element
  /** Nothing: the first pane takes all the room. */
  end: JSX.Element | undefined
}): JSX.Element {
  const key = (): string => `split.${props.id}`
  // Once: every look at the property would make the pane anew, and the spare ones would never be in the page.
  const end = createMemo(() => props.end)
  const [share, setShareSignal] = createSignal(clamp(Number(load(key())) || initial))
  let root: HTMLDivElement | undefined
  const setShare = (value: number): void => {
    setShareSignal(clamp(value))
    save(key(), String(share()))
  }
  const drag = (event: PointerEvent): void => {
    const target = event.currentTarget
    if (!(target instanceof HTMLElement) || !root || event.button !== 0) return
    event.preventDefault()
    target.setPointerCapture(event.pointerId)
    const box = root.getBoundingClientRect()
    target.onpointermove = ({ clientX }) =>
      setShareSignal(clamp(((clientX - box.left) / box.width) * 100))
    target.onpointerup = () => {
      target.onpointermove = null
      target.onpointerup = null
      save(key(), String(share()))
    }
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = {
      ArrowLeft: share() - 2,
      ArrowRight: share() + 2,
      Home: least,
      End: most,
      Enter: initial,
    }[event.key]
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    setShare(next)
  }
  return (
    <div
      ref={root}
      class="flex-1 min-h-0 grid"
      style={{
        'grid-template-columns':
          end() === undefined
            ? 'minmax(0,1fr)'
            : `minmax(0,${share()}fr) 1px minmax(0,${100 - share()}fr)`,
      }}
    >
      {props.start}
      <Show when={end() !== undefined}>
        {/* biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved; this is the separator of the widget pattern */}
        <div
          role="separator"
          aria-orientation="vertical"
          aria-label={props.label}
          aria-valuemin={least}
          aria-valuemax={most}
          aria-valuenow={Math.round(share())}
          aria-valuetext={`${Math.round(share())}%`}
          tabIndex={0}
          class="relative bg-line cursor-col-resize touch-none z-sticky after:content-[''] after:absolute after:inset-y-0 after:-left-[5px] after:w-[11px] hover:bg-ctl focus-visible:bg-tx1"
          onPointerDown={drag}
          onDblClick={() => setShare(initial)}
          onKeyDown={onKeyDown}
        />
        {end()}
      </Show>
    </div>
  )
}

const clamp = (value: number): number => Math.max(least, Math.min(most, value))
