import { createSignal, For, type JSX, Show } from 'solid-js'
import type { Check } from '#contract/system.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import type { GlyphName } from '../../lib/glyph-name.ts'

const glyphs: Record<Check['state'], { glyph: GlyphName; word: string }> = {
  ok: { glyph: 'done', word: 'Works' },
  warn: { glyph: 'unknown', word: 'Worth a look' },
  fail: { glyph: 'fail', word: 'Does not work' },
  skip: { glyph: 'skip', word: 'Not checked' },
}
const rank: Record<Check['state'], number> = { fail: 0, warn: 1, ok: 2, skip: 3 }

/** The checks of this machine, what fails first. */
export function Checks(props: { checks: readonly Check[] }): JSX.Element {
  const sorted = (): Check[] => [...props.checks].sort((a, b) => rank[a.state] - rank[b.state])
  return (
    <ul class="card" aria-label="Checks">
      <For each={sorted()}>
        {(check) => (
          <li class="grid grid-cols-[20px_minmax(0,1fr)] md:grid-cols-[20px_200px_minmax(0,1fr)] gap-x-2.5 px-3 py-2 rule-top first:border-t-0 items-start">
            <Glyph
              name={glyphs[check.state].glyph}
              label={glyphs[check.state].word}
              class="mt-0.5"
            />
            <span class="font-500">{check.title}</span>
            <div class="col gap-1 lt-md:col-start-2">
              <span class="t2 wrap-any">{check.detail}</span>
              <Show when={check.fix}>
                {(fix) => (
                  <div class="row items-start well px-2 py-1">
                    <span class="wrap-any flex-1 min-w-0">{fix()}</span>
                    <Copy text={fix()} />
                  </div>
                )}
              </Show>
            </div>
          </li>
        )}
      </For>
    </ul>
  )
}

function Copy(props: { text: string }): JSX.Element {
  const [isCopied, setCopied] = createSignal(false)
  return (
    <Button
      look="quiet"
      small
      icon={isCopied() ? 'check' : 'copy'}
      label={isCopied() ? 'Copied' : 'Copy'}
      onClick={() => void navigator.clipboard?.writeText(props.text).then(() => setCopied(true))}
    />
  )
}

/** All checks as text, for a bug report. */
export const toReport = (checks: readonly Check[]): string =>
  checks
    .map(
      ({ state, title, detail, fix }) => `[${state}] ${title}: ${detail}${fix ? `\n  ${fix}` : ''}`,
    )
    .join('\n')
