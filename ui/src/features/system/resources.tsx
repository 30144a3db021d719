import { A } from '@solidjs/router'
import { createMemo, createSignal, For, type JSX, Show, untrack } from 'solid-js'
import type { EngineResource } from '#contract/system.ts'
import { Button } from '../../components/button.tsx'
import { ErrorLine } from '../../components/error-line.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { now } from '../../data/clock.ts'
import { all, store } from '../../data/store.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { formatBytes, plural } from '../../lib/text.ts'
import { formatExact, formatSpan } from '../../lib/time.ts'
import { countKinds, sortResources } from './report.ts'

const columns = 'md:grid-cols-[18px_minmax(0,1.3fr)_minmax(0,1.6fr)_84px_72px_72px]'

/** What this installation has on the engine, whose it is, and removing what is nobody's. */
export function Resources(props: { onRemoved: () => void }): JSX.Element {
  const entry = () => store.resources.get(all)
  const orphans = (): EngineResource[] =>
    (entry().value ?? []).filter(({ owner }) => owner === 'orphan')
  const act = createAct()
  const [told, setTold] = createSignal('')
  const remove = (): void => {
    void act.run(async () => {
      const { removed, failed } = await api.removeOrphans()
      const stay = failed.map(({ name, error }) => `${name} stays: ${error}`)
      setTold([`Removed ${plural(removed.length, 'orphan')}.`, ...stay].join(' '))
      props.onRemoved()
    })
  }
  useActions(() => [
    {
      id: 'doctor.remove-orphans',
      label: 'Remove orphans',
      group: 'Doctor',
      words: 'clean up containers volumes',
      disabled: orphans().length === 0 && 'There is none.',
      run: remove,
    },
  ])
  return (
    <section class="col gap-2 mt-3" aria-labelledby="resources-title">
      <div class="flex flex-wrap items-center gap-x-3 gap-y-1 min-h-8">
        <h2 id="resources-title" class="h-part">
          Containers and volumes
        </h2>
        <Show when={entry().value}>
          {(found) => <span class="t3 text-small">{countKinds(found())}</span>}
        </Show>
        <span class="flex-1" />
        <Show when={orphans().length > 0}>
          <Button busy={act.busy()} icon="trash" onClick={remove}>
            Remove {plural(orphans().length, 'orphan')}
          </Button>
        </Show>
      </div>
      <p role="status" class="t2 text-small empty:hidden">
        {told()}
      </p>
      <ErrorLine text={act.error()} small />
      <div class="card overflow-hidden">
        <Loaded
          entry={entry()}
          onRetry={() => void store.resources.refresh(all)}
          skeleton={<Skeleton rows={4} height={36} />}
        >
          {(found) => (
            <Show
              when={found().length > 0}
              fallback={<Empty>None. Each agent gets a container and two volumes.</Empty>}
            >
              <ResourceTable resources={found()} />
            </Show>
          )}
        </Loaded>
      </div>
    </section>
  )
}

function ResourceTable(props: { resources: readonly EngineResource[] }): JSX.Element {
  const rows = createMemo(() => sortResources(props.resources))
  return (
    <>
      <div
        aria-hidden="true"
        class={`hidden md:grid ${columns} gap-x-3 px-3 h-8 items-center t3 text-small`}
      >
        <span />
        <span>Name</span>
        <span>Of</span>
        <span>State</span>
        <span class="text-end">Age</span>
        <span class="text-end">Memory</span>
      </div>
      <ul aria-labelledby="resources-title">
        <For each={rows()}>{(resource) => <ResourceRow resource={resource} />}</For>
      </ul>
    </>
  )
}

function ResourceRow(props: { resource: EngineResource }): JSX.Element {
  const made = (): number => Date.parse(props.resource.created_at ?? '')
  return (
    <li
      class={`grid grid-cols-[18px_minmax(0,1fr)_auto] ${columns} gap-x-3 gap-y-0.5 items-center px-3 py-2 md:py-0 md:h-row rule-top`}
    >
      <Show
        when={props.resource.kind === 'container' || props.resource.owner === 'orphan'}
        fallback={<Icon name="box" class="t3" />}
      >
        <Glyph {...glyphOf(props.resource)} />
      </Show>
      <span class="mono-small wrap-any md:clip" title={props.resource.name}>
        {props.resource.name}
      </span>
      <span class="t2 wrap-any md:clip lt-md:row-start-2 lt-md:col-start-2 lt-md:col-span-2">
        <Owner resource={props.resource} />
      </span>
      <span class="t3 lt-md:row-start-3 lt-md:col-start-2">
        {props.resource.state ?? 'volume'}
        <Show when={props.resource.memory_bytes}>
          {(bytes) => <span class="md:hidden">, {formatBytes(bytes())}</span>}
        </Show>
      </span>
      <span
        class="t3 text-end whitespace-nowrap"
        title={Number.isNaN(made()) ? undefined : formatExact(made())}
      >
        {Number.isNaN(made()) ? '' : formatSpan(now() - made())}
      </span>
      <span class="t3 text-end whitespace-nowrap lt-md:hidden!">
        {props.resource.memory_bytes === undefined ? '' : formatBytes(props.resource.memory_bytes)}
      </span>
    </li>
  )
}

function glyphOf({ owner, state }: EngineResource): { name: GlyphName; label: string } {
  if (owner === 'orphan') return { name: 'unknown', label: 'Orphan' }
  return state === 'running'
    ? { name: 'run', label: 'Running container' }
    : { name: 'pause', label: 'Container' }
}

function Owner(props: { resource: EngineResource }): JSX.Element {
  const resource = untrack(() => props.resource)
  if (resource.owner === 'orphan')
    return (
      <span class="text-tx1">
        Orphan. {resource.reason}
        {resource.task_name ? `, ${resource.task_name}` : ''}
      </span>
    )
  if (resource.owner === 'standby') return <>Stands by for an agent to come</>
  if (resource.owner === 'helper') return <>Helps for a moment</>
  return (
    <A
      class="link min-h-11 md:min-h-6 inline-flex items-center"
      href={
        resource.agent_id
          ? `/tasks/${resource.task_id}/agents/${resource.agent_id}`
          : `/tasks/${resource.task_id}`
      }
    >
      {[resource.agent_name, resource.task_name].filter(Boolean).join(', ')}
    </A>
  )
}
