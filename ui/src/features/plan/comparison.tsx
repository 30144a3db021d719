import { For, type JSX, Match, Show, Switch } from 'solid-js'
import { DiffLines } from '../../components/diff-lines.tsx'
import {
  describeComparison,
  type FieldChange,
  type PlanComparison,
  type SubtaskChange,
} from '../../lib/plan/compare.ts'
import { plural } from '../../lib/text.ts'

/** What is different between two plans. */
export function Comparison(props: { comparison: PlanComparison }): JSX.Element {
  return (
    <div class="col gap-3">
      <p role="status">
        {describeComparison(props.comparison)}
        <Show when={props.comparison.unchanged > 0}>
          <span class="t3">, {plural(props.comparison.unchanged, 'subtask')} the same</span>
        </Show>
      </p>
      <Show when={props.comparison.fields.length > 0}>
        <section class="card" aria-label="The plan as a whole">
          <h3 class="m-0 px-3 py-2 font-500 t1">The plan as a whole</h3>
          <Fields fields={props.comparison.fields} />
        </section>
      </Show>
      <For each={props.comparison.subtasks}>{(change) => <SubtaskCard change={change} />}</For>
    </div>
  )
}

const signs: Record<SubtaskChange['kind'], { sign: string; word: string; tone: string }> = {
  added: { sign: '+', word: 'added', tone: 'text-done' },
  removed: { sign: '−', word: 'removed', tone: 'text-fail' },
  changed: { sign: '~', word: 'changed', tone: 't3' },
}

function SubtaskCard(props: { change: SubtaskChange }): JSX.Element {
  return (
    <section class="card" aria-label={`${props.change.name}, ${props.change.kind}`}>
      <h3 class="m-0 px-3 py-2 row font-500 t1">
        <span class={`font-mono ${signs[props.change.kind].tone}`} aria-hidden="true">
          {signs[props.change.kind].sign}
        </span>
        <span class="clip">{props.change.name}</span>
        <span class={`text-small font-400 ${signs[props.change.kind].tone}`}>
          {signs[props.change.kind].word}
        </span>
        <span class="flex-1" />
        <span class="mono-small t3 font-400 lt-md:hidden">{props.change.id}</span>
      </h3>
      <Fields fields={props.change.fields} />
    </section>
  )
}

function Fields(props: { fields: readonly FieldChange[] }): JSX.Element {
  return (
    <For each={props.fields}>
      {(change) => (
        <div class="rule-top px-3 py-1.5 grid md:grid-cols-[92px_minmax(0,1fr)] gap-x-2 gap-y-1">
          <span class="t3">{change.field}</span>
          <Switch>
            <Match when={change.kind === 'value' && change}>
              {(known) => (
                <span class="wrap-any">
                  <Show when={known().before}>
                    <del class="t3">{known().before}</del> →{' '}
                  </Show>
                  <ins class="no-underline t1">{known().after || 'nothing'}</ins>
                </span>
              )}
            </Match>
            <Match when={change.kind === 'list' && change}>
              {(known) => (
                <span class="flex flex-wrap gap-x-3 wrap-any">
                  <For each={known().added}>
                    {(each) => <ins class="no-underline text-done">+ {each}</ins>}
                  </For>
                  <For each={known().removed}>
                    {(each) => <del class="text-fail no-underline">− {each}</del>}
                  </For>
                </span>
              )}
            </Match>
            <Match when={change.kind === 'text' && change}>
              {(known) => (
                <div class="rounded-chip overflow-hidden border border-solid border-line">
                  <DiffLines lines={known().lines} />
                </div>
              )}
            </Match>
          </Switch>
        </div>
      )}
    </For>
  )
}
