import { type JSX, Show } from 'solid-js'
import { Button } from '../components/button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { Loaded, Skeleton } from '../components/part.tsx'
import { createAct } from '../data/act.ts'
import { api } from '../data/api.ts'
import { all, store } from '../data/store.ts'
import { Checks, toReport } from '../features/system/checks.tsx'
import { formatClock } from '../lib/time.ts'

export function DoctorPage(): JSX.Element {
  const act = createAct()
  const build = createAct()
  const entry = () => store.doctor.get(all)
  const image = () => store.system.get(all).value?.image
  return (
    <>
      <PageHeader title="Doctor">
        <Show when={entry().value}>
          {(checks) => (
            <Button
              class="lt-md:hidden!"
              onClick={() => void navigator.clipboard?.writeText(toReport(checks()))}
            >
              Copy report
            </Button>
          )}
        </Show>
        <Button busy={act.busy()} onClick={() => void act.run(() => store.doctor.refresh(all))}>
          Run again
        </Button>
      </PageHeader>
      <div class="page flex-1 min-h-0 overflow-auto col gap-3 max-w-[960px]">
        <Show when={image()}>
          {(state) => (
            <div class="row flex-wrap">
              <span class="t2 flex-1 min-w-[240px] wrap-any">
                Agent image {state().state}
                {state().state === 'building' && state().steps
                  ? `, step ${state().step ?? 0} of ${state().steps}`
                  : ''}
                {state().detail ? `: ${state().detail}` : ''}
              </span>
              <Show when={state().state === 'missing' || state().state === 'failed'}>
                <Button busy={build.busy()} onClick={() => void build.run(() => api.buildImage())}>
                  Build the image
                </Button>
              </Show>
            </div>
          )}
        </Show>
        <Loaded
          entry={entry()}
          onRetry={() => void store.doctor.refresh(all)}
          skeleton={<Skeleton rows={7} height={40} />}
        >
          {(checks) => (
            <>
              <p class="t2" role="status">
                {checks().some(({ state }) => state === 'fail')
                  ? 'Something is missing. What fails comes first.'
                  : 'Everything works.'}{' '}
                <span class="t3">Checked {formatClock(entry().at ?? 0, { seconds: true })}.</span>
              </p>
              <Checks checks={checks()} />
            </>
          )}
        </Loaded>
      </div>
    </>
  )
}
