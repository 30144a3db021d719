/** What is known of the last try to bring both sides of a conflict together. */
import { For, type JSX, Show } from 'solid-js'
import type { Resolution, ResolutionRemark, WorkCheck } from '#contract/resolution.ts'
import type { GlyphName } from '../lib/glyph-name.ts'
import { Glyph } from './glyph.tsx'
import { Prose } from './prose.tsx'

const checkWords: Record<WorkCheck['outcome'], { glyph: GlyphName; word: string }> = {
  passed: { glyph: 'done', word: 'passed' },
  failed: { glyph: 'fail', word: 'failed, and passes on what was merged before' },
  failed_before: { glyph: 'unknown', word: 'failed, as it does on what was merged before' },
  not_run: { glyph: 'skip', word: 'could not be run in the agents’ image' },
}

const remarkWords: Record<ResolutionRemark['kind'], string> = {
  ours: 'only the lines that were merged',
  theirs: 'only the lines of this work',
  outside: 'changed though it was not in conflict',
}

export function ResolutionFindings(props: { resolution: Resolution }): JSX.Element {
  return (
    <>
      <Show when={props.resolution.state === 'open' && props.resolution.problem}>
        {(words) => (
          <section class="col t2 text-small" aria-label="The last try">
            <span class="t3">The last try</span>
            <Prose text={words()} />
          </section>
        )}
      </Show>
      <Show when={props.resolution.remarks?.length}>
        <ul class="m-0 p-0 list-none col gap-1 text-small" aria-label="What the agent says to it">
          <For each={props.resolution.remarks}>
            {(remark) => (
              <li class="wrap-any">
                <span class="mono-small">{remark.path}</span>
                <span class="t3">, {remarkWords[remark.kind]}</span>
                <Prose text={remark.why} />
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={props.resolution.check}>{(check) => <Check check={check()} />}</Show>
    </>
  )
}

function Check(props: { check: WorkCheck }): JSX.Element {
  const words = () => checkWords[props.check.outcome]
  return (
    <div class="col gap-1">
      <span class="flex flex-wrap items-center gap-x-2 text-small">
        <Glyph name={words().glyph} class="w-3.5! h-3.5!" />
        <span class="mono-small wrap-any">{props.check.command}</span>
        <span class="t2">{words().word}</span>
      </span>
      <Show when={props.check.output}>
        <details open={props.check.outcome === 'failed'}>
          <summary class="text-small t2 min-h-6 lt-md:min-h-11 flex items-center">
            What it printed
          </summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard */}
          <pre class="well m-0 px-3 py-2 mono-small overflow-auto max-h-48" tabIndex={0}>
            {props.check.output}
          </pre>
        </details>
      </Show>
    </div>
  )
}
