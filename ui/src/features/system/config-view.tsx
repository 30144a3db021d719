import { For, type JSX } from 'solid-js'
import type { PublicConfig } from '#contract/config.ts'
import { formatBytes } from '../../lib/text.ts'

const bytes = new Set(['memory', 'max_upload'])

/** The configuration in force, as it is written in config.yaml. */
export function ConfigView(props: { config: PublicConfig }): JSX.Element {
  return (
    <div class="col gap-4">
      <For each={Object.entries(props.config)}>
        {([section, values]) => (
          <section aria-label={section}>
            <h3 class="h-part pb-1.5 font-mono!">{section}</h3>
            <dl class="card grid grid-cols-[minmax(120px,220px)_minmax(0,1fr)]">
              <For each={Object.entries(values)}>
                {([key, value]) => (
                  <div class="contents">
                    <dt class="t3 px-3 py-1.5 font-mono text-code rule">{key}</dt>
                    <dd class="px-3 py-1.5 font-mono text-code wrap-any rule">
                      {toText(key, value)}
                    </dd>
                  </div>
                )}
              </For>
            </dl>
          </section>
        )}
      </For>
    </div>
  )
}

function toText(key: string, value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ')
  if (typeof value === 'number' && bytes.has(key)) return formatBytes(value)
  if (value === '') return 'not set'
  return String(value)
}
