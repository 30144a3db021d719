import { createMemo, For, type JSX, Show } from 'solid-js'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import { managerName } from '#contract/team-tools.ts'
import { Glyph } from '../../components/glyph.tsx'
import {
  layoutTalk,
  nodeSize,
  type PlacedName,
  type PlacedPair,
  tagSize,
} from '../../lib/messages/graph-layout.ts'
import { countOf, pairWords } from '../../lib/messages/pairs.ts'
import { formatExact } from '../../lib/time.ts'
import type { TalkView } from './talk-graph.tsx'

/** Names around an ellipse, a line for each pair that talks. The more was said, the stronger the line. */
export function TalkDrawing(props: { view: TalkView }): JSX.Element {
  const layout = createMemo(() => layoutTalk(props.view.names, props.view.pairs))
  const edges = createMemo(() => new Map(layout().edges.map((edge) => [edge.pair.key, edge])))
  const nodes = createMemo(() => new Map(layout().nodes.map((node) => [node.name, node])))
  return (
    <div
      class="relative flex-none m-auto"
      style={{ width: `${layout().width}px`, height: `${layout().height}px` }}
    >
      <svg
        class="absolute left-0 top-0 pointer-events-none"
        width={layout().width}
        height={layout().height}
        aria-hidden="true"
        fill="none"
      >
        <For each={layout().edges}>
          {(edge) => <Line edge={edge} isChosen={props.view.isChosenPair(edge.pair)} />}
        </For>
      </svg>
      <For each={[...nodes().keys()]}>
        {(name) => (
          <Show when={nodes().get(name)}>{(at) => <Name at={at()} view={props.view} />}</Show>
        )}
      </For>
      <For each={[...edges().keys()]}>
        {(key) => (
          <Show when={edges().get(key)}>{(edge) => <Tag edge={edge()} view={props.view} />}</Show>
        )}
      </For>
    </div>
  )
}

function Line(props: { edge: PlacedPair; isChosen: boolean }): JSX.Element {
  return (
    <path
      d={`M${props.edge.from.x} ${props.edge.from.y}L${props.edge.to.x} ${props.edge.to.y}`}
      stroke={props.isChosen ? 'var(--tx1)' : 'var(--ctl)'}
      stroke-width={1.2 + Math.min(1.6, Math.log2(countOf(props.edge.pair)) * 0.2)}
    />
  )
}

const glyphOf = (task: Task, name: string) => {
  const agent = (task.agents ?? []).findLast(({ kind, subtask_id: subtask }) =>
    name === managerName ? kind === 'manager' : kind !== 'planner' && subtask === name,
  )
  return agent && agentStatus(agent, task)
}

function Name(props: { at: PlacedName; view: TalkView }): JSX.Element {
  const word = (): string => props.view.wordOf(props.at.name)
  return (
    <button
      type="button"
      class="absolute row gap-1.5 px-2.5 bg-bg1 rounded-node border border-solid border-line text-start hover:bg-bg2"
      classList={{
        'outline-2! outline-solid! outline-tx1! outline-offset-1!': props.view.isChosen(
          props.at.name,
        ),
      }}
      style={{
        left: `${props.at.x - nodeSize.width / 2}px`,
        top: `${props.at.y - nodeSize.height / 2}px`,
        width: `${nodeSize.width}px`,
        height: `${nodeSize.height}px`,
      }}
      aria-pressed={props.view.isChosen(props.at.name)}
      title={word()}
      onClick={() => props.view.choose(props.at.name)}
    >
      <Show when={glyphOf(props.view.task, props.at.name)}>
        {(status) => <Glyph name={status().glyph} />}
      </Show>
      <span class="font-500 text-[13px] leading-[17px] line-clamp-2 wrap-any min-w-0">
        {word()}
        <Show when={glyphOf(props.view.task, props.at.name)}>
          {(status) => <span class="sr-only">, {status().word}</span>}
        </Show>
      </span>
    </button>
  )
}

function Tag(props: { edge: PlacedPair; view: TalkView }): JSX.Element {
  const words = (): string =>
    `${pairWords(props.edge.pair, props.view.wordOf)}; last ${formatExact(props.edge.pair.lastAt)}`
  return (
    <button
      type="button"
      class="absolute flex items-center justify-center gap-1.5 bg-bg0 rounded-full border border-solid border-line text-[12px] leading-4 whitespace-nowrap hover:bg-bg2"
      classList={{ 'border-tx1!': props.view.isChosenPair(props.edge.pair) }}
      style={{
        left: `${props.edge.tag.x - tagSize.width / 2}px`,
        top: `${props.edge.tag.y - tagSize.height / 2}px`,
        width: `${tagSize.width}px`,
        height: `${tagSize.height}px`,
      }}
      aria-pressed={props.view.isChosenPair(props.edge.pair)}
      aria-label={words()}
      title={words()}
      onClick={() => props.view.choosePair(props.edge.pair)}
    >
      <span class="font-600">{countOf(props.edge.pair)}</span>
    </button>
  )
}
