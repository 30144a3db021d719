import { For, type JSX } from 'solid-js'
import { Skeleton } from '../../components/part.tsx'

/** Home before its first answer, as high as it will be. */
export function HomeSkeleton(): JSX.Element {
  return (
    <div class="col gap-6">
      <For each={[2, 5]}>
        {(rows, at) => (
          <div>
            <div class="h-7 px-0.5" aria-hidden="true">
              <span class="h-part t3">{at() === 0 ? 'Needs you' : 'Active tasks'}</span>
            </div>
            <div class="card">
              <Skeleton rows={rows} height={at() === 0 ? 60 : 53} />
            </div>
          </div>
        )}
      </For>
    </div>
  )
}
