import { createMemo, For, Index, type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { Menu, type MenuItem } from '../../components/menu.tsx'
import type { GlyphName } from '../../lib/glyph-name.ts'
import type { Editor } from './editor.ts'
import { fullSize, layoutPlan } from './layout.ts'
import type { PlanNode } from './nodes.ts'

/** The plan as a list by step: the phone's form, and the graph's equal for readers and keyboards. */
export function PlanList(props: {
  nodes: readonly PlanNode[]
  shown: string | undefined
  filter: GlyphName | undefined
  editor: Editor
  onSelect: (id: string) => void
  onRemove: (id: string) => void
  onLink: (id: string) => void
}): JSX.Element {
  // Live details come every second; only ids and dependencies make other steps.
  const shape = createMemo(() =>
    JSON.stringify(props.nodes.map(({ id, depends_on }) => ({ id, depends_on }))),
  )
  const steps = createMemo(() => layoutPlan(JSON.parse(shape()), fullSize).layers)
  const byId = createMemo(() => new Map(props.nodes.map((node) => [node.id, node])))
  const title = (step: readonly string[], index: number): string => {
    const isDone = step.every((id) => byId().get(id)?.status.glyph === 'done')
    return `Step ${index + 1}${isDone ? ', done' : step.length > 1 ? `, ${step.length} at once` : ''}`
  }
  const isHidden = (id: string): boolean =>
    props.filter !== undefined && byId().get(id)?.status.glyph !== props.filter
  return (
    <ol class="px-3 md:px-4 py-3 md:max-w-[860px]">
      <Index each={steps()}>
        {(step, index) => (
          <Show when={!step().every(isHidden)}>
            <li>
              <div class="t3 text-small pb-1.5 pt-0.5">{title(step(), index)}</div>
              <For each={step().filter((id) => !isHidden(id))}>
                {(id) => (
                  <Show when={byId().get(id)}>
                    {(node) => (
                      <Row
                        {...props}
                        node={node()}
                        after={node().depends_on.map((each) => byId().get(each)?.name ?? each)}
                      />
                    )}
                  </Show>
                )}
              </For>
            </li>
          </Show>
        )}
      </Index>
    </ol>
  )
}

function Row(props: {
  node: PlanNode
  after: readonly string[]
  shown: string | undefined
  editor: Editor
  onSelect: (id: string) => void
  onRemove: (id: string) => void
  onLink: (id: string) => void
}): JSX.Element {
  const id = (): string => props.node.id
  const verbs = (): MenuItem[] => [
    { label: 'Edit', icon: 'edit', onSelect: () => props.onSelect(id()) },
    { label: 'Duplicate', icon: 'copy', onSelect: () => props.editor.duplicate(id()) },
    { label: 'Add one after it', icon: 'plus', onSelect: () => props.editor.add(id()) },
    {
      label: 'Let another run after it…',
      icon: 'subagent',
      onSelect: () => props.onLink(id()),
    },
    { label: 'Move up', icon: 'up', onSelect: () => props.editor.move(id(), -1) },
    { label: 'Move down', icon: 'down', onSelect: () => props.editor.move(id(), 1) },
    { label: 'Remove', icon: 'trash', isDanger: true, onSelect: () => props.onRemove(id()) },
  ]
  const isLocked = (): boolean => props.editor.isEditing() && props.editor.locks().has(id())
  return (
    <div class="grid grid-cols-[22px_minmax(0,1fr)] gap-x-2.5">
      <div class="flex flex-col items-center pt-2.5">
        <Glyph name={props.node.status.glyph} label={props.node.status.word} />
        <span class="flex-1 w-0.5 bg-line my-0.5" />
      </div>
      <div class="pb-3 flex items-start gap-1.5">
        <button
          type="button"
          data-subtask
          aria-pressed={props.shown === id()}
          class="flex-1 min-w-0 text-start bg-bg1 border border-solid border-line rounded-node px-3 py-2 col gap-0.5 hover:bg-bg2"
          classList={{
            'border-fail!': props.node.status.glyph === 'fail' || props.editor.troubled().has(id()),
            'border-run!': props.node.status.glyph === 'run',
            'border-need-edge! bg-need-tint!': props.node.status.glyph === 'need',
            'outline-2! outline-solid! outline-tx1!': props.shown === id(),
          }}
          onClick={() => props.onSelect(id())}
        >
          <span class="row">
            <span class="font-500 clip flex-1">{props.node.name}</span>
            <Icon name={isLocked() ? 'lock' : 'right'} class="t3" />
          </span>
          <span class="t2 text-small clip">
            {[props.node.detail, props.node.role].filter(Boolean).join(' · ')}
          </span>
          <Show when={props.after.length > 0 && !props.node.detail.startsWith('After ')}>
            <span class="t3 text-small">after {props.after.join(', ')}</span>
          </Show>
        </button>
        <Show when={props.editor.isEditing()}>
          <Menu
            label={`Edit ${props.node.name}`}
            items={isLocked() ? verbs().slice(1, 6) : verbs()}
          />
        </Show>
      </div>
    </div>
  )
}
