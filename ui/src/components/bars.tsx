import { For, type JSX } from 'solid-js'

/** Figures over time as bars: grey, the newest in ink. What they mean is said beside them and in `label`. */
export function Bars(props: {
  values: readonly { title: string; value: number }[]
  label: string
  /** In pixels. */
  height: number
  /** The last one still grows. */
  isLive?: boolean
  /** How many there will be, when that is known: the rest stays empty. */
  room?: number
}): JSX.Element {
  const most = (): number => Math.max(...props.values.map(({ value }) => value), 1e-9)
  const rest = (): unknown[] =>
    Array.from({ length: Math.max(0, (props.room ?? 0) - props.values.length) })
  const tall = (value: number): string =>
    value === 0 ? '1px' : `${Math.max(2, (value / most()) * props.height)}px`
  return (
    <div
      role="img"
      aria-label={props.label}
      class="paints flex items-end gap-px"
      style={{ height: `${props.height}px` }}
    >
      <For each={props.values}>
        {(bar, at) => (
          <span class="flex-1 min-w-0 h-full flex items-end justify-center" title={bar.title}>
            <i
              class="block w-full max-w-8 rounded-t-[1.5px]"
              classList={{
                'bg-tx1': props.isLive === true && at() === props.values.length - 1,
                'bg-ctl': props.isLive !== true || at() < props.values.length - 1,
                'bg-bg3!': bar.value === 0,
              }}
              style={{ height: tall(bar.value) }}
            />
          </span>
        )}
      </For>
      <For each={rest()}>{() => <i class="flex-1 min-w-0 h-px bg-bg3" />}</For>
    </div>
  )
}
