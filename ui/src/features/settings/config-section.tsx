import { For, type JSX, Show } from 'solid-js'
import type { PublicConfig } from '#contract/config.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { all, store } from '../../data/store.ts'
import { type ConfigSection, fields, type SettingField, showValue, toYaml } from './fields.ts'

/** What is in force, and where it is changed: config.yaml and the environment are read when Klaudio starts. */
export function ConfigFields(props: { section: ConfigSection }): JSX.Element {
  return (
    <div class="col gap-2">
      <Loaded
        entry={store.config.get(all)}
        onRetry={() => void store.config.refresh(all)}
        skeleton={
          <div class="card">
            <Skeleton rows={fields[props.section].length} height={62} />
          </div>
        }
      >
        {(config) => (
          <ul class="card" aria-label="Values in force">
            <For each={fields[props.section]}>
              {(field) => <Row field={field} config={config()} />}
            </For>
          </ul>
        )}
      </Loaded>
      <p class="t3 text-small">
        Read from config.yaml and the environment when Klaudio starts. Change them there and restart
        it; agents keep running in their containers meanwhile.
      </p>
    </div>
  )
}

function Row(props: { field: SettingField; config: PublicConfig }): JSX.Element {
  return (
    <li class="flex items-center gap-2 pl-3 pr-1.5 py-2 min-h-11 rule-top first:border-t-0">
      <div class="col gap-0.5 flex-1">
        <span class="font-500">{props.field.label}</span>
        <Show when={props.field.hint}>
          <span class="t3 text-small">{props.field.hint}</span>
        </Show>
        <span class="font-mono text-micro t3 wrap-any">
          {props.field.key} or {props.field.env}
        </span>
      </div>
      <span class="mono max-w-[45%] text-end wrap-any">{showValue(props.config, props.field)}</span>
      <CopyButton
        text={toYaml(props.config, props.field)}
        label={`Copy ${props.field.key} as YAML`}
      />
    </li>
  )
}
