import { createMemo, For, type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { fullSize, layoutPlan } from './layout.ts'
import type { PlanNode } from './nodes.ts'

/** The plan as a list by step: the phone's form, and the graph's equal for readers and keyboards. */
export function PlanList(props: {
  nodes: readonly PlanNode[]
  selected: string | undefined
  onSelect: (id: string) => void
}): JSX.Element {
  const steps = createMemo(() => {
    const byId = new Map(props.nodes.map((node) => [node.id, node]))
    return layoutPlan(props.nodes, fullSize).layers.map((ids) =>
      ids.map((id) => byId.get(id)).filter((node) => node !== undefined),
    )
  })
  const names = createMemo(() => new Map(props.nodes.map(({ id, name }) => [id, name])))
  const title = (step: PlanNode[], index: number): string => {
    const isDone = step.every(({ status }) => status.glyph === 'done')
    return `Step ${index + 1}${isDone ? ', done' : step.length > 1 ? `, ${step.length} at once` : ''}`
  }
  return (
    <ol class="px-3 md:px-4 py-3 md:max-w-[860px]">
      <For each={steps()}>
        {(step, index) => (
          <li>
            <div class="t3 text-small pb-1.5 pt-0.5">{title(step, index())}</div>
            <For each={step}>
              {(node) => (
                <div class="grid grid-cols-[22px_minmax(0,1fr)] gap-x-2.5">
                  <div class="flex flex-col items-center pt-2.5">
                    <Glyph name={node.status.glyph} label={node.status.word} />
                    <span class="flex-1 w-0.5 bg-line my-0.5" />
                  </div>
                  <div class="pb-3">
                    <button
                      type="button"
                      data-subtask
                      aria-pressed={props.selected === node.id}
                      class="w-full text-start bg-bg1 border border-solid border-line rounded-node px-3 py-2 col gap-0.5 hover:bg-bg2"
                      classList={{
                        'border-fail!': node.status.glyph === 'fail',
                        'border-run!': node.status.glyph === 'run',
                        'outline-2! outline-solid! outline-tx1!': props.selected === node.id,
                      }}
                      onClick={() => props.onSelect(node.id)}
                    >
                      <span class="row">
                        <span class="font-500 clip flex-1">{node.name}</span>
                        <Icon name="right" class="t3" />
                      </span>
                      <span class="t2 text-small">
                        {[node.detail, node.role].filter(Boolean).join(' · ')}
                      </span>
                      <Show when={node.status.word !== 'Waiting' && node.depends_on.length > 0}>
                        <span class="t3 text-small">
                          after {node.depends_on.map((id) => names().get(id) ?? id).join(', ')}
                        </span>
                      </Show>
                    </button>
                  </div>
                </div>
              )}
            </For>
          </li>
        )}
      </For>
    </ol>
  )
}
