import { For, type JSX, Show } from 'solid-js'
import type { PublicConfig } from '#contract/config.ts'
import { CopyButton } from '../../components/copy-button.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { all, store } from '../../data/store.ts'
import { whyFixed } from './edit.ts'
import { Editable } from './editable.tsx'
import {
  type ConfigSection,
  fields,
  isStandIn,
  type SettingField,
  showValue,
  toYaml,
} from './fields.ts'

/** What is in force: to be changed here, or with the place that decides it. */
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
        Changes are kept in the data directory. config.yaml, environment variables and flags win
        over them and are read when Klaudio starts. An empty field means the default.
      </p>
    </div>
  )
}

function Row(props: { field: SettingField; config: PublicConfig }): JSX.Element {
  const fixed = (): string | undefined => whyFixed(props.config, props.field)
  return (
    <li class="flex flex-wrap items-start gap-x-3 gap-y-1.5 px-3 py-2.5 min-h-11 rule-top first:border-t-0">
      <div class="col gap-0.5 flex-1 min-w-[200px]">
        <label for={`setting-${props.field.key}`} class="font-500">
          {props.field.label}
        </label>
        <Show when={props.field.hint}>
          <span class="t3 text-small">{props.field.hint}</span>
        </Show>
        <span class="font-mono text-micro t3 wrap-any">{props.field.key}</span>
      </div>
      <Show when={fixed()} fallback={<Editable field={props.field} config={props.config} />}>
        {(why) => (
          <div class="col items-start md:items-end gap-0.5 max-w-full">
            <span class="flex items-center gap-1">
              <output
                id={`setting-${props.field.key}`}
                class="wrap-any md:text-end"
                classList={{
                  mono: !isStandIn(props.config, props.field),
                  t3: isStandIn(props.config, props.field),
                }}
              >
                {showValue(props.config, props.field)}
              </output>
              <Show when={!isStandIn(props.config, props.field)}>
                <CopyButton
                  text={toYaml(props.config, props.field)}
                  label={`Copy ${props.field.key} as YAML`}
                />
              </Show>
            </span>
            <span class="t3 text-small wrap-any md:text-end">{why()}</span>
          </div>
        )}
      </Show>
    </li>
  )
}
