import { For, type JSX } from 'solid-js'
import type { TeamMode } from '#contract/team.ts'

type Point = readonly [x: number, y: number]

/** Five subtasks with the same dependencies, as the mode runs them; of a collaborative team the manager and its workers. */
const drawings: Record<
  TeamMode,
  { nodes: readonly Point[]; edges: readonly (readonly [Point, Point])[] }
> = (() => {
  const chain: Point[] = [6, 21, 36, 51, 66].map((x) => [x, 18])
  const [first, above, middle, below, last]: readonly [Point, Point, Point, Point, Point] = [
    [8, 18],
    [36, 6],
    [36, 18],
    [36, 30],
    [64, 18],
  ]
  return {
    sequential: {
      nodes: chain,
      edges: chain.slice(1).map((to, index) => [chain[index] ?? to, to] as const),
    },
    parallel: {
      nodes: [first, above, middle, below, last],
      edges: [above, middle, below].flatMap((each) => [
        [first, each] as const,
        [each, last] as const,
      ]),
    },
    collaborative: {
      nodes: [
        [36, 7],
        [9, 29],
        [27, 29],
        [45, 29],
        [63, 29],
      ],
      edges: [9, 27, 45, 63].map(
        (x) =>
          [
            [36, 7],
            [x, 29],
          ] as const,
      ),
    },
  }
})()

const radius = 4

export function ModeArt(props: { mode: TeamMode }): JSX.Element {
  const drawing = () => drawings[props.mode]
  return (
    <svg viewBox="0 0 72 36" class="w-[72px] h-9 flex-none" aria-hidden="true" fill="none">
      <For each={drawing().edges}>
        {([[x1, y1], [x2, y2]]) => (
          <path
            stroke="var(--tx3)"
            stroke-width="1.3"
            d={
              y1 === y2
                ? `M${x1} ${y1}H${x2}`
                : `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`
            }
          />
        )}
      </For>
      <For each={drawing().nodes}>
        {([x, y]) => (
          <circle
            cx={x}
            cy={y}
            r={radius}
            fill="var(--bg1)"
            stroke="var(--tx2)"
            stroke-width="1.5"
          />
        )}
      </For>
    </svg>
  )
}
