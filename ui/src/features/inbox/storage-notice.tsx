import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { storageTrouble } from '../../data/storage.ts'

/** A full disk is a failure like an engine that is gone, and belongs to no task. */
export function StorageNotice(): JSX.Element {
  return (
    <Show when={storageTrouble()}>
      {(detail) => (
        <div class="card grid grid-cols-[20px_minmax(0,1fr)] gap-x-2.5 px-3 py-2.5 mb-2">
          <Glyph name="fail" class="mt-0.5" />
          <div class="col gap-1">
            <span class="font-500">Make room, so that new work can begin</span>
            <span class="t2 wrap-any">{detail()}</span>
            <span class="flex gap-4">
              <A
                href="/settings/retention"
                class="t2 underline flex items-center min-h-11 md:min-h-6"
              >
                What is kept
              </A>
              <A href="/doctor" class="t2 underline flex items-center min-h-11 md:min-h-6">
                Doctor
              </A>
            </span>
          </div>
        </div>
      )}
    </Show>
  )
}
