/** What a reviewer says of the work: its findings with where they are and whose. */
import { A } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import type { Finding, Verdict } from '#contract/verdict.ts'
import { plural } from '../lib/text.ts'
import {
  findingHref,
  findingPlace,
  severityGlyphs,
  severityWords,
  verdictWords,
} from '../lib/verdict.ts'
import { Glyph } from './glyph.tsx'
import { Prose } from './prose.tsx'

export function VerdictView(props: {
  taskId: string
  verdict: Verdict
  /** Of subtasks, by id. */
  names: ReadonlyMap<string, string>
}): JSX.Element {
  const words = () => verdictWords(props.verdict)
  const findings = (): readonly Finding[] => props.verdict.findings
  return (
    <section class="col gap-2" aria-label="Review">
      <div class="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Glyph name={words().glyph} />
        <span class="font-500">{words().word}</span>
        <span class="t3 text-small">
          round {props.verdict.round}
          <Show when={findings().length > 0}>, {plural(findings().length, 'finding')}</Show>, at{' '}
          <span class="mono-small">{props.verdict.commit.slice(0, 10)}</span>
        </span>
      </div>
      <Show when={props.verdict.summary}>
        {(summary) => (
          <div class="t2">
            <Prose text={summary()} />
          </div>
        )}
      </Show>
      <Show when={findings().length > 0}>
        <ul class="card m-0">
          <For each={findings()}>
            {(finding) => (
              <li class="rule-top first:border-t-0 px-3 py-2 col gap-1">
                <span class="flex flex-wrap items-center gap-x-2 gap-y-0.5 text-small">
                  <Glyph name={severityGlyphs[finding.severity]} class="w-3.5! h-3.5!" />
                  <span class="font-500">{severityWords[finding.severity]}</span>
                  <span class="t3">for {props.names.get(finding.to) ?? finding.to}</span>
                </span>
                <Show when={findingHref(props.taskId, finding)}>
                  {(href) => (
                    <A
                      class="link mono-small wrap-any inline-flex items-center min-h-6 lt-md:min-h-11"
                      href={href()}
                    >
                      {findingPlace(finding)}
                    </A>
                  )}
                </Show>
                <Prose text={finding.what} />
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  )
}
