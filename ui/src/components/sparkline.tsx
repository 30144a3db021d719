import type { JSX } from 'solid-js'

const height = 16
const step = 5

/** Counts as bars, the newest at the end; what they mean is said beside or in `label`. */
export function Sparkline(props: { values: readonly number[]; label: string }): JSX.Element {
  const path = (): string => {
    const most = Math.max(4, ...props.values)
    return props.values
      .map((value, index) => {
        const tall = value === 0 ? 1 : Math.max(2, (value / most) * height)
        return `M${index * step} ${height}v${-tall}h${step - 1.5}v${tall}z`
      })
      .join('')
  }
  return (
    <svg
      role="img"
      aria-label={props.label}
      class="block t3"
      width={props.values.length * step}
      height={height}
      fill="currentColor"
    >
      <path d={path()} />
    </svg>
  )
}
