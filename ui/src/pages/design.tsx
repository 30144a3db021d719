import { createSignal, For, type JSX } from 'solid-js'
import { Button } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ActivityRow } from '../features/agents/activity-row.tsx'
import { activitySample, activityStart } from '../features/design/activity-sample.ts'
import { Content, Controls, Glyphs, Part } from '../features/design/gallery.tsx'
import { sampleNodes, samplePlan, sampleTask } from '../features/design/graph-sample.ts'
import { TerminalColours, TokenTable, TypeScale } from '../features/design/tokens.tsx'
import { createEditor } from '../features/plan/editor.ts'
import { PlanGraph } from '../features/plan/graph.tsx'

type Theme = 'light' | 'dark'
const themes: readonly Theme[] = ['light', 'dark']

/**
 * Everything the pages are made of, in both themes at once. Asks the server for nothing and moves nothing, so that
 * pictures of it can be compared.
 */
export function DesignPage(): JSX.Element {
  return (
    <>
      <PageHeader title="Design" />
      <div class="page still flex-1 min-h-0 overflow-auto">
        <Both title="Colours">
          {(theme) => (
            <>
              <TokenTable theme={theme} />
              <Part title="Terminal">
                <TerminalColours theme={theme} />
              </Part>
            </>
          )}
        </Both>
        <Both title="Type">{() => <TypeScale />}</Both>
        <Both title="Glyphs">{() => <Glyphs />}</Both>
        <Both title="Controls">{() => <Controls />}</Both>
        <Both title="Content">{() => <Content />}</Both>
        <Both title="Plans of 1, 5 and 50 subtasks">{(theme) => <Graphs prefix={theme} />}</Both>
        <Frames />
        <Both title="Everything an agent can print">{(theme) => <Rows prefix={theme} />}</Both>
      </div>
    </>
  )
}

function Both(props: { title: string; children: (theme: Theme) => JSX.Element }): JSX.Element {
  return (
    <section class="col gap-2 pb-8" aria-label={props.title}>
      <h2 class="h-part">{props.title}</h2>
      <div class="grid gap-3 xl:grid-cols-2">
        <For each={themes}>
          {(theme) => (
            <div
              data-theme={theme}
              data-design={`${props.title}, ${theme}`}
              class="bg-bg0 text-tx1 border border-solid border-line rounded-card p-3 md:p-4 min-w-0"
            >
              {props.children(theme)}
            </div>
          )}
        </For>
      </div>
    </section>
  )
}

const phone = 'popup,width=390,height=844'
const framed: readonly [name: string, path: string][] = [
  ['This page', '/design'],
  ['Home', '/'],
  ['Inbox', '/inbox'],
  ['Tasks', '/tasks'],
  ['New task', '/new'],
  ['Agents', '/agents'],
  ['Settings', '/settings'],
  ['Doctor', '/doctor'],
]

function Frames(): JSX.Element {
  return (
    <section class="col gap-2 pb-8" aria-label="At 390 px">
      <h2 class="h-part">At 390 px</h2>
      <p class="t2 max-w-[72ch]">
        Each opens in a window of its own, 390 × 844: what a page does there hangs on its window,
        and pages are never shown inside others.
      </p>
      <div class="flex flex-wrap gap-2">
        <For each={framed}>
          {([name, path]) => (
            <Button onClick={() => window.open(path, '_blank', phone)}>{name}</Button>
          )}
        </For>
      </div>
    </section>
  )
}

const plans = [
  { count: 1, height: 160 },
  { count: 5, height: 340 },
  { count: 50, height: 420 },
]

function Graphs(props: { prefix: string }): JSX.Element {
  return (
    <div class="col gap-3">
      <For each={plans}>
        {({ count, height }) => (
          <div
            data-sample
            class="flex card overflow-hidden bg-bg0!"
            style={{ height: `${height}px` }}
          >
            <Graph nodes={sampleNodes(count, props.prefix)} />
          </div>
        )}
      </For>
    </div>
  )
}

function Graph(props: { nodes: ReturnType<typeof sampleNodes> }): JSX.Element {
  const [selected, setSelected] = createSignal<string>()
  const select = (id: string | null): void => void setSelected(id ?? undefined)
  const editor = createEditor({
    task: sampleTask,
    plan: samplePlan(props.nodes),
    onSelect: select,
  })
  return (
    <PlanGraph
      nodes={props.nodes}
      shown={selected()}
      selected={selected()}
      selectedEdge={undefined}
      filter={undefined}
      editor={editor}
      onSelect={select}
      onSelectEdge={() => {}}
      onOpen={select}
    />
  )
}

function Rows(props: { prefix: string }): JSX.Element {
  const [open, setOpen] = createSignal<ReadonlySet<string>>(new Set())
  const toggle = (id: string): void => {
    const next = new Set(open())
    if (!next.delete(id)) next.add(id)
    setOpen(next)
  }
  return (
    <div class="card overflow-hidden py-1">
      <For each={activitySample(props.prefix)}>
        {(row) => (
          <ActivityRow
            row={row}
            startedAt={activityStart}
            isMine={true}
            isOpen={open().has(row.id)}
            isLive={false}
            isCurrent={false}
            query=""
            onToggle={() => toggle(row.id)}
            onSelect={() => {}}
            onCopyRaw={() => {}}
            onCopyLink={() => {}}
          />
        )}
      </For>
    </div>
  )
}
