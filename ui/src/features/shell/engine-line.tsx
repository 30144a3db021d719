import { A } from '@solidjs/router'
import { type JSX, Show } from 'solid-js'
import type { SystemState } from '#contract/system.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { all, store } from '../../data/store.ts'

/** What the installation is missing, worst first; undefined when nothing is. */
export function systemTrouble(system: SystemState): string | undefined {
  const { engine, image, credentials, storage } = system
  if (engine.state === 'unreachable') return 'Docker is not answering'
  if (storage?.state === 'damaged') return 'The database is damaged'
  if (storage?.state === 'low') return 'Disk nearly full, new work waits'
  if (image.state === 'failed') return 'Agent image failed'
  if (image.state === 'building') {
    const steps = image.steps ? `, ${image.step ?? 0} of ${image.steps}` : ''
    return `Building the agent image${steps}`
  }
  if (['missing', 'expired', 'refused'].includes(credentials.state))
    return `Claude login ${credentials.state}`
  return undefined
}

/** The bottom of the sidebar; opens the doctor. */
export function EngineLine(props: { isWide: boolean }): JSX.Element {
  const system = (): SystemState | undefined => store.system.get(all).value
  return (
    <A
      href="/doctor"
      title="Open the doctor"
      class="flex items-center gap-2 min-h-[30px] px-2 rounded-button text-small t2 hover:bg-bg2 flex-none"
    >
      <Show when={system()} fallback={<Icon name="box" />}>
        {(state) => (
          <Show
            when={systemTrouble(state())}
            fallback={
              <>
                <Icon name="box" />
                <span class="flex-1 clip" classList={{ 'sr-only': !props.isWide }}>
                  {state().engine.version
                    ? `Docker ${state().engine.version?.split(/[+~-]/)[0]}`
                    : 'Docker'}
                </span>
                <span class="t3 whitespace-nowrap" classList={{ 'sr-only': !props.isWide }}>
                  {state().slots.used} of {state().slots.total} slots
                </span>
              </>
            }
          >
            {(trouble) => (
              <>
                <Glyph name={state().image.state === 'building' ? 'run' : 'fail'} />
                <span class="flex-1" classList={{ 'sr-only': !props.isWide }}>
                  {trouble()}
                </span>
              </>
            )}
          </Show>
        )}
      </Show>
    </A>
  )
}
