import type { JSX } from 'solid-js'

/** How much of a known whole is used, from 0 to 1. The words beside it say what. */
export function Meter(props: { value: number; label: string; isFull?: boolean }): JSX.Element {
  const percent = (): number => Math.round(Math.min(1, Math.max(0, props.value)) * 100)
  return (
    <div
      role="img"
      aria-label={`${props.label}: ${percent()}%`}
      class="paints h-1.5 rounded-full bg-bg3 overflow-hidden"
    >
      <i
        class="block h-full rounded-full"
        classList={{ 'bg-tx1': props.isFull, 'bg-tx3': !props.isFull }}
        style={{ width: `${percent()}%` }}
      />
    </div>
  )
}
