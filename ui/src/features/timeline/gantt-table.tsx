import { For, type JSX } from 'solid-js'
import { formatClock, formatDuration } from '../../lib/time.ts'
import { causes, type Row, sumSpans, type Timeline } from '../../lib/timeline/spans.ts'
import { causeWords } from './words.ts'

/** The same as the picture, in figures: for screen readers, and for who wants to know exactly. */
export function GanttTable(props: {
  timeline: Timeline
  names: ReadonlyMap<string, string>
}): JSX.Element {
  const duration = (ms: number): string => (ms > 0 ? formatDuration(ms) : '')
  const began = ({ spans, marks }: Row): number | undefined => spans[0]?.from ?? marks[0]?.at
  const ended = ({ spans, marks }: Row): number | undefined => {
    const last = spans.at(-1)
    return last?.isOpen ? undefined : (last?.to ?? marks.at(-1)?.at)
  }
  const clock = (at: number | undefined): string =>
    at === undefined ? '' : formatClock(at, { seconds: true })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by key
    <section class="flex-1 min-h-0 overflow-auto" tabIndex={0} aria-label="Times as a table">
      <table class="min-w-[760px] [&_td]:px-3 [&_th]:px-3 [&_td]:py-1 [&_th]:py-1.5 [&_th]:whitespace-nowrap [&_td]:whitespace-nowrap">
        <caption class="sr-only">How long each subtask worked, and what it waited for</caption>
        <thead class="t3 text-small">
          <tr class="rule">
            <th scope="col">Subtask</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Worked</th>
            <For each={causes}>
              {(cause) => <th scope="col">Waited: {causeWords[cause].toLowerCase()}</th>}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={props.timeline.rows}>
            {(row) => {
              const sums = () => sumSpans(row.spans)
              return (
                <tr class="rule">
                  <th scope="row" class="font-500!">
                    {row.id === '' ? 'Planning' : (props.names.get(row.id) ?? row.id)}
                  </th>
                  <td class="t2">{clock(began(row))}</td>
                  <td class="t2">{clock(ended(row)) || 'goes on'}</td>
                  <td>{duration(sums().work + sums().plan + sums().merge)}</td>
                  <For each={causes}>
                    {(cause) => <td class="t2">{duration(sums()[cause])}</td>}
                  </For>
                </tr>
              )
            }}
          </For>
        </tbody>
      </table>
    </section>
  )
}
