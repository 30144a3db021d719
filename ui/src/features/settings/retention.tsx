import { createResource, For, type JSX, Show } from 'solid-js'
import type { RetentionReport } from '#contract/retention.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { PartError, Skeleton } from '../../components/part.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { toApiError } from '../../data/api.ts'
import { previewRetention, removeOld } from '../../data/retention.ts'
import { formatBytes } from '../../lib/text.ts'
import { ConfigFields } from './config-section.tsx'
import { KeptSetups } from './kept-setups.tsx'

/** How long things are kept, what would go now, and how to have all of it safe elsewhere. */
export function RetentionSection(): JSX.Element {
  return (
    <div class="col gap-4">
      <Preview />
      <KeptSetups />
      <ConfigFields section="retention" />
      <p class="t2">
        <span class="font-mono">klaudio backup</span> writes everything into one file while Klaudio
        runs; <span class="font-mono">klaudio restore</span> puts it back.
      </p>
    </div>
  )
}

function Preview(): JSX.Element {
  const [report, { refetch, mutate }] = createResource(previewRetention)
  const act = createAct()
  const remove = (): void =>
    void act.run(async () => {
      await removeOld()
      mutate(await previewRetention())
    })
  useActions(() => [
    {
      id: 'retention.preview',
      label: 'Preview what would be removed',
      group: 'Settings',
      words: 'prune retention',
      run: () => void refetch(),
    },
    {
      id: 'retention.remove',
      label: 'Remove it now: what is kept no longer',
      group: 'Settings',
      words: 'prune retention',
      disabled: (report.error || !report.latest?.items.length) && 'There is nothing to remove.',
      run: remove,
    },
  ])
  return (
    <section class="card col gap-2 p-3" aria-label="What would go now">
      <Show
        when={!report.error}
        fallback={
          <PartError message={toApiError(report.error).message} onRetry={() => void refetch()} />
        }
      >
        <Show when={report()} fallback={<Skeleton rows={1} height={44} />}>
          {(found) => (
            <>
              <h2 class="h-part">{toTitle(found())}</h2>
              <p class="t2">
                Kept now: database {formatBytes(found().kept.database)}, output of agents{' '}
                {formatBytes(found().kept.output)}
              </p>
              <Show when={found().warning}>
                {(warning) => (
                  <p class="row items-start">
                    <Glyph name="unknown" class="mt-0.5" />
                    <span class="wrap-any">{warning()}</span>
                  </p>
                )}
              </Show>
              <ul class="t2">
                <For each={found().items}>{(item) => <li>{toWords(item)}</li>}</For>
              </ul>
              <div class="row flex-wrap gap-3">
                <Show when={found().items.length > 0}>
                  <Button busy={act.busy()} onClick={remove}>
                    Remove it now
                  </Button>
                </Show>
                <span class="t3 text-small">
                  It goes by itself within the hour. Tasks that work, wait or are stopped lose
                  nothing.
                </span>
              </div>
            </>
          )}
        </Show>
        <Show when={act.error()}>
          <span role="alert" class="text-fail text-small wrap-any">
            {act.error()}
          </span>
        </Show>
      </Show>
    </section>
  )
}

const toTitle = ({ items, bytes }: RetentionReport): string =>
  items.length === 0
    ? 'Nothing is kept longer than it should be'
    : `${formatBytes(bytes)} can be removed`

const nouns = {
  output: ['agent’s output', 'agents’ output'],
  events: ['event of an old timeline', 'events of old timelines'],
  uploads: ['uploaded file of an old task', 'uploaded files of old tasks'],
  mirrors: ['unused copy of a repository', 'unused copies of repositories'],
  setups: ['unused setup of a repository', 'unused setups of repositories'],
  images: ['agent image of an earlier version', 'agent images of earlier versions'],
  temporary: ['left-over temporary file', 'left-over temporary files'],
} as const

function toWords({ what, count, bytes }: RetentionReport['items'][number]): string {
  const [one, many] = nouns[what]
  return `${count.toLocaleString()} ${count === 1 ? one : many}, ${formatBytes(bytes)}`
}
