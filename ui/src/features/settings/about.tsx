import { createResource, For, type JSX, Match, Show, Switch } from 'solid-js'
import { CopyButton } from '../../components/copy-button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Skeleton } from '../../components/part.tsx'
import { api } from '../../data/api.ts'
import { patiently } from '../../lib/patient.ts'
import { plural } from '../../lib/text.ts'
import { SettingRow } from './setting-row.tsx'

/** Which Klaudio this is, where its API is described, and whose work is in it. */
export function AboutSection(): JSX.Element {
  const [health] = createResource(() => api.health())
  return (
    <div class="col gap-4">
      <ul class="card" aria-label="About">
        <SettingRow label="Version">
          <Switch fallback={<span class="t3">Not known now</span>}>
            <Match when={health.loading}>
              <span class="t3">Asking</span>
            </Match>
            <Match when={!health.error && health()?.version}>
              {(version) => (
                <span class="row">
                  <span class="mono">{version()}</span>
                  <CopyButton text={`Klaudio ${version()}`} label="Copy the version" />
                </span>
              )}
            </Match>
          </Switch>
        </SettingRow>
        <SettingRow label="Licence">
          <span>Apache 2.0</span>
        </SettingRow>
        <SettingRow label="API" hint="Everything these pages do, for programs">
          <span class="flex gap-4">
            <a
              class="link min-h-11 md:min-h-6 inline-flex items-center"
              rel="external"
              href="/api/docs"
            >
              Reference
            </a>
            <a
              class="link min-h-11 md:min-h-6 inline-flex items-center"
              rel="external"
              href="/api/openapi.json"
            >
              OpenAPI document
            </a>
          </span>
        </SettingRow>
      </ul>
      <Software />
    </div>
  )
}

function Software(): JSX.Element {
  const [licences] = createResource(
    async () => (await patiently(() => import('virtual:licences'))).licences,
  )
  return (
    <section class="col gap-2" aria-label="Software inside">
      <h2 class="h-part">Software inside</h2>
      <Show
        when={!licences.loading}
        fallback={
          <div class="card">
            <Skeleton rows={6} height={36} />
          </div>
        }
      >
        <p class="t3 text-small">
          {plural(licences()?.length ?? 0, 'package')} by others, with the licences they are given
          under.
        </p>
        <ul class="card">
          <For each={licences()}>
            {(item) => (
              <li class="rule-top first:border-t-0">
                <details class="group">
                  <summary class="list-none flex items-center gap-2 px-3 py-0! h-11 md:h-row">
                    <Icon name="right" class="t3 group-open:rotate-90" />
                    <span class="mono clip flex-1">
                      {item.name} <span class="t3">{item.version}</span>
                    </span>
                    <span class="t2 text-small">{item.licence}</span>
                  </summary>
                  <pre class="mono-small wrap-any px-3 pb-3">
                    {item.text || 'The package comes without a text of its own.'}
                  </pre>
                </details>
              </li>
            )}
          </For>
        </ul>
      </Show>
    </section>
  )
}
