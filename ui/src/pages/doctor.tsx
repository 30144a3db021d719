import { type JSX, Show } from 'solid-js'
import { Button } from '../components/button.tsx'
import { CopyButton } from '../components/copy-button.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { PartError } from '../components/part.tsx'
import { createAct } from '../data/act.ts'
import { useActions } from '../data/actions.ts'
import { all, checksSoFar, serverVersion, store } from '../data/store.ts'
import { Checks } from '../features/system/checks.tsx'
import { ImageBuild } from '../features/system/image-build.tsx'
import { Recovered } from '../features/system/recovered.tsx'
import { summariseChecks, toReport } from '../features/system/report.ts'
import { Resources } from '../features/system/resources.tsx'
import { formatClock } from '../lib/time.ts'

export function DoctorPage(): JSX.Element {
  const act = createAct()
  const entry = () => store.doctor.get(all)
  const isChecking = (): boolean => act.busy() || entry().state === 'loading'
  const check = (): void => {
    void act.run(() => store.doctor.refresh(all))
    void store.resources.refresh(all)
  }
  const report = (): string =>
    toReport(entry().value ?? [], {
      version: serverVersion() ?? '',
      at: new Date(entry().at ?? 0),
    })
  useActions(() => [
    {
      id: 'doctor.run',
      label: 'Run the checks again',
      group: 'Doctor',
      keys: 'r',
      disabled: isChecking() && 'The checks are running.',
      run: check,
    },
    {
      id: 'doctor.copy',
      label: 'Copy report',
      group: 'Doctor',
      disabled: entry().value === undefined && 'Nothing was checked yet.',
      run: () => void navigator.clipboard?.writeText(report()),
    },
  ])
  return (
    <>
      <PageHeader title="Doctor">
        <Show when={entry().value}>
          <CopyButton text={report()} label="Copy report" look="plain">
            Copy report
          </CopyButton>
        </Show>
        <Button look="next" busy={isChecking()} shortcut="R" onClick={check}>
          Run again
        </Button>
      </PageHeader>
      <div class="page flex-1 min-h-0 overflow-auto">
        <div class="col gap-3 max-w-[960px]">
          <p class="t2 min-h-5" role="status">
            <Show when={!isChecking()} fallback="Checking this machine.">
              <Show when={entry().value}>
                {(checks) => (
                  <>
                    {summariseChecks(checks())}{' '}
                    <span class="t3">
                      Checked {formatClock(entry().at ?? 0, { seconds: true })}.
                    </span>
                  </>
                )}
              </Show>
            </Show>
          </p>
          <Show when={entry().state === 'failed' && entry().error}>
            {(error) => (
              <div class="card">
                <PartError message={error().message} onRetry={check} />
              </div>
            )}
          </Show>
          <Show when={entry().state !== 'failed' || entry().value}>
            <Checks checks={entry().value} soFar={checksSoFar()} isChecking={isChecking()} />
          </Show>
          <ImageBuild />
          {/* Below what grows while it comes. */}
          <Show when={entry().value || !isChecking()}>
            <Recovered />
            <Resources onRemoved={check} />
          </Show>
        </div>
      </div>
    </>
  )
}
