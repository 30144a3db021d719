import { For, type JSX, Match, Show, Switch } from 'solid-js'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { CheckpointContents } from '#contract/checkpoint-contents.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Menu } from '../../components/menu.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { useActions } from '../../data/actions.ts'
import { kept, keptContentsKey } from '../../data/kept.ts'
import { plural } from '../../lib/text.ts'
import { formatClock, formatExact } from '../../lib/time.ts'
import { type Address, type View, viewNames, views } from './address.ts'
import { PlanThen } from './plan-then.tsx'
import { causeWords, checkpointGlyphs, progressWords, sizeWords } from './words.ts'

/** What of a checkpoint other features show. */
export type Inside = (about: {
  checkpoint: Checkpoint
  contents: CheckpointContents
  view: Exclude<View, 'plan'>
}) => JSX.Element

/** One checkpoint: what it is, what can be done with it, and what is in it. */
export function CheckpointDetail(props: {
  taskId: string
  checkpoint: Checkpoint
  address: Address
  inside: Inside
  onRestore: () => void
  onFork: () => void
  onRemove: () => void
  onClose: () => void
}): JSX.Element {
  const at = (): number => Date.parse(props.checkpoint.created_at)
  const isReady = (): boolean => props.checkpoint.status === 'ready'
  const showsFile = (): boolean =>
    props.address.file() !== undefined && ['files', 'changes'].includes(props.address.view())
  useActions(() => [
    {
      id: 'checkpoint.list',
      label: 'All checkpoints',
      group: 'Task',
      run: () => props.onClose(),
    },
    {
      id: 'checkpoint.restore',
      label: 'Restore this checkpoint…',
      group: 'Task',
      disabled: !isReady() && 'There is nothing in it.',
      run: () => props.onRestore(),
    },
    {
      id: 'checkpoint.fork',
      label: 'Fork into new task…',
      group: 'Task',
      disabled: !isReady() && 'There is nothing in it.',
      run: () => props.onFork(),
    },
    {
      id: 'checkpoint.remove',
      label: 'Remove this checkpoint…',
      group: 'Task',
      disabled: props.checkpoint.status === 'taking' && 'It is still being taken.',
      run: () => props.onRemove(),
    },
    ...views.map((view) => ({
      id: `checkpoint.${view}`,
      label: `Look at the ${viewNames[view].toLowerCase()} of this checkpoint`,
      group: 'Task',
      disabled: !isReady() && 'There is nothing in it.',
      run: () => props.address.set({ view, file: null, line: null, at: null }),
    })),
  ])
  return (
    <section
      class="min-h-0 min-w-0 flex flex-col bg-bg1"
      aria-label={`Checkpoint of ${formatClock(at(), { seconds: true })}`}
    >
      <div
        class="flex items-center gap-x-3 gap-y-1 px-4 py-2 min-h-[52px] flex-none bg-bg0"
        classList={{ 'lt-md:hidden!': showsFile() }}
      >
        <Button
          look="quiet"
          icon="back"
          label="All checkpoints"
          class="lg:hidden! -ml-2"
          onClick={() => props.onClose()}
        />
        <div class="flex-1 min-w-0">
          <h2 class="h-part flex flex-wrap items-center gap-x-2 min-w-0">
            <span class="row whitespace-nowrap">
              <Glyph name={checkpointGlyphs[props.checkpoint.status]} />
              <time datetime={props.checkpoint.created_at} title={formatExact(at())}>
                {formatClock(at(), { seconds: true })}
              </time>
            </span>
            <span class="font-500 clip">
              {props.checkpoint.label ?? causeWords[props.checkpoint.cause]}
            </span>
          </h2>
          <p class="t2 text-small">{facts(props.checkpoint)}</p>
        </div>
        <Show when={isReady()}>
          <Button class="lt-md:hidden!" onClick={() => props.onRestore()}>
            Restore…
          </Button>
        </Show>
        <Show when={props.checkpoint.status !== 'taking'}>
          <Menu
            label="More about this checkpoint"
            items={[
              ...(isReady()
                ? [
                    { label: 'Restore this checkpoint…', onSelect: () => props.onRestore() },
                    { label: 'Fork into new task…', onSelect: () => props.onFork() },
                  ]
                : []),
              {
                label: 'Remove this checkpoint…',
                icon: 'trash',
                isDanger: true,
                onSelect: () => props.onRemove(),
              },
            ]}
          />
        </Show>
      </div>
      <Switch>
        <Match when={props.checkpoint.status === 'taking'}>
          <Empty>It is being taken. What is in it can be looked at when it is ready.</Empty>
        </Match>
        <Match when={props.checkpoint.status === 'failed'}>
          <Empty>
            <span class="wrap-any">
              It could not be taken, so there is nothing in it:{' '}
              {props.checkpoint.error ?? 'no reason is known.'} The task went on.
            </span>
          </Empty>
        </Match>
        <Match when={isReady()}>
          <Views {...props} isHidden={showsFile()} />
        </Match>
      </Switch>
    </section>
  )
}

function facts(checkpoint: Checkpoint): string {
  if (checkpoint.status !== 'ready') return causeWords[checkpoint.cause]
  const { files_changed: changed, size_bytes: size, agent_states: agents = [] } = checkpoint
  return [
    checkpoint.label === undefined ? '' : causeWords[checkpoint.cause],
    progressWords(checkpoint),
    agents.length > 0 ? plural(agents.length, 'agent') : 'No agent was at work',
    sizeWords(changed, size),
  ]
    .filter(Boolean)
    .join(' · ')
}

function Views(props: {
  taskId: string
  checkpoint: Checkpoint
  address: Address
  inside: Inside
  isHidden: boolean
}): JSX.Element {
  const key = (): string => keptContentsKey(props.taskId, props.checkpoint.id)
  return (
    <>
      <nav
        aria-label="Checkpoint"
        class="flex gap-0.5 px-2 rule flex-none scroll-x bg-bg0"
        classList={{ 'lt-md:hidden!': props.isHidden }}
      >
        <For each={views}>
          {(view) => (
            // No <A>: it says of every link to this page that it is the current one.
            <a
              href={props.address.href({ view })}
              noScroll
              aria-current={props.address.view() === view ? 'page' : undefined}
              class="flex items-center h-11 md:h-8 px-2.5 font-500 t2 whitespace-nowrap border-0 border-b-2 border-solid border-transparent -mb-px"
              classList={{ 'text-tx1! border-tx1!': props.address.view() === view }}
            >
              {viewNames[view]}
            </a>
          )}
        </For>
      </nav>
      <Loaded
        entry={kept.contents.get(key())}
        onRetry={() => void kept.contents.refresh(key())}
        skeleton={<Skeleton rows={6} height={52} />}
      >
        {(contents) => (
          <Switch>
            <Match when={props.address.view() === 'plan'}>
              <PlanThen contents={contents()} />
            </Match>
            <Match when={otherView(props.address.view())}>
              {(view) => (
                <div class="flex-1 min-h-0 min-w-0 flex flex-col">
                  {props.inside({
                    checkpoint: props.checkpoint,
                    contents: contents(),
                    view: view(),
                  })}
                </div>
              )}
            </Match>
          </Switch>
        )}
      </Loaded>
    </>
  )
}

const otherView = (view: View): Exclude<View, 'plan'> | undefined =>
  view === 'plan' ? undefined : view
