import { createResource, For, type JSX, Show } from 'solid-js'
import type { KeptSetup } from '#contract/setup.ts'
import { Button } from '../../components/button.tsx'
import { PartError, Skeleton } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { toApiError } from '../../data/api.ts'
import { now } from '../../data/clock.ts'
import { setupApi } from '../../data/setups.ts'
import { formatBytes, plural } from '../../lib/text.ts'
import { formatAgo } from '../../lib/time.ts'

/** What setup commands of repositories left on the engine. */
export function KeptSetups(): JSX.Element {
  const [found, { refetch }] = createResource(() => setupApi.keptSetups())
  const act = createAct()
  const remove = (which: string): void =>
    void act.run(async () => {
      await setupApi.removeKeptSetup(which)
      await refetch()
    })
  useActions(() => [
    {
      id: 'setups.refresh',
      label: 'Look again what setups of repositories are kept',
      group: 'Settings',
      run: () => void refetch(),
    },
    ...(found.latest?.setups ?? []).map(({ id, repository }) => ({
      id: `setups.remove-${id}`,
      label: `Remove the setup of ${repository}`,
      group: 'Settings',
      run: () => remove(id),
    })),
  ])
  return (
    <section class="card col" aria-label="Setups of repositories">
      <Show
        when={!found.error}
        fallback={
          <PartError message={toApiError(found.error).message} onRetry={() => void refetch()} />
        }
      >
        <Show when={found.latest} fallback={<Skeleton rows={2} height={44} />}>
          {(list) => (
            <>
              <div class="px-3 pt-3 pb-2 col gap-0.5">
                <h2 class="h-part">Setups of repositories</h2>
                <p class="t2">
                  {list().setups.length === 0
                    ? 'None. A repository with setup commands or an image of its own leaves one when its first task starts.'
                    : `${formatBytes(list().bytes)} on the engine, which tasks begin with in place of building or running anything again`}
                </p>
              </div>
              <ul class="list-none m-0 p-0">
                <For each={list().setups}>
                  {(setup) => (
                    <Row setup={setup} busy={act.busy()} onRemove={() => remove(setup.id)} />
                  )}
                </For>
              </ul>
            </>
          )}
        </Show>
        <Show when={act.error()}>
          <p role="alert" class="text-fail text-small wrap-any px-3 pb-3">
            {act.error()}
          </p>
        </Show>
      </Show>
    </section>
  )
}

function Row(props: { setup: KeptSetup; busy: boolean; onRemove: () => void }): JSX.Element {
  return (
    <li class="rule-top px-3 py-2 flex flex-wrap items-center gap-x-3 gap-y-1">
      <div class="flex-1 min-w-0 basis-60 col">
        <span class="wrap-any">{props.setup.repository}</span>
        <span class="t3 text-small wrap-any">
          <Show when={props.setup.from}>Image that agents run in, made from </Show>
          <span class="font-mono">
            {props.setup.from ?? props.setup.commands[0]?.split('\n')[0]}
          </span>
          {props.setup.commands.length > 1
            ? ` and ${plural(props.setup.commands.length - 1, 'more command')}`
            : ''}
          {`, used ${formatAgo(Date.parse(props.setup.used_at), now())}`}
          {props.setup.tasks > 0 ? ` by ${plural(props.setup.tasks, 'task')} that is not over` : ''}
        </span>
      </div>
      <span class="t2 tabular-nums">{formatBytes(props.setup.bytes)}</span>
      <Button
        look="quiet"
        icon="trash"
        busy={props.busy}
        label={`Remove the setup of ${props.setup.repository}`}
        onClick={() => props.onRemove()}
      >
        Remove
      </Button>
    </li>
  )
}
