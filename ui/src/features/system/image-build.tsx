import { createEffect, createSignal, For, type JSX, on, Show } from 'solid-js'
import type { SystemState } from '#contract/system.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { createAct } from '../../data/act.ts'
import { useActions } from '../../data/actions.ts'
import { api } from '../../data/api.ts'
import { all, store } from '../../data/store.ts'

const maxLines = 500
const image = (): SystemState['image'] | undefined => store.system.get(all).value?.image

/** Begins the build, or says why it cannot. */
export function ImageAction(): JSX.Element {
  const act = createAct()
  const build = (): void => void act.run(() => api.buildImage())
  useActions(() => [
    {
      id: 'doctor.build-image',
      label: 'Build the image now',
      group: 'Doctor',
      disabled: image()?.state === 'building' && 'It is being built.',
      run: build,
    },
  ])
  return (
    <Show when={image()?.state !== 'building'}>
      <Button busy={act.busy()} onClick={build}>
        Build the image now
      </Button>
      <Show when={act.error()}>
        <span role="alert" class="text-fail text-small wrap-any">
          {act.error()}
        </span>
      </Show>
    </Show>
  )
}

/** The build of the agent image line by line, as long as it runs and until the page is left. */
export function ImageBuild(): JSX.Element {
  const [lines, setLines] = createSignal<readonly string[]>([])
  let log: HTMLElement | undefined
  createEffect(
    on(
      () => [image()?.state, image()?.detail] as const,
      ([state, detail], before) => {
        if (state === 'building' && before && before[0] !== 'building') setLines([])
        const isOver = lines().length > 0 && (state === 'ready' || state === 'failed')
        if (!detail || !(state === 'building' || isOver) || lines().at(-1) === detail) return
        setLines((known) => [...known, detail].slice(-maxLines))
        queueMicrotask(() => log?.scrollTo({ top: log.scrollHeight }))
      },
    ),
  )
  const step = (): string => {
    const { step: at = 0, steps = 0 } = image() ?? {}
    return steps > 0 ? `, step ${at} of ${steps}` : ''
  }
  return (
    <Show when={lines().length > 0}>
      <section class="card overflow-hidden" aria-label="Build of the agent image">
        <h2 class="row px-3 h-11 md:h-9 text-body font-500">
          <Glyph
            name={
              image()?.state === 'building' ? 'run' : image()?.state === 'failed' ? 'fail' : 'done'
            }
          />
          {image()?.state === 'building'
            ? `Building the agent image${step()}`
            : image()?.state === 'failed'
              ? 'The agent image could not be built'
              : 'The agent image is built'}
        </h2>
        <Show when={(image()?.steps ?? 0) > 0 && image()?.state === 'building'}>
          <div class="h-1 bg-bg3">
            <div
              class="h-full bg-run"
              style={{ width: `${(100 * (image()?.step ?? 0)) / (image()?.steps ?? 1)}%` }}
            />
          </div>
        </Show>
        <ol
          ref={(element) => {
            log = element
          }}
          role="log"
          aria-label="Output of the build"
          class="bg-term rule-top px-3 py-2 max-h-[280px] overflow-auto mono-small"
        >
          <For each={lines()}>{(line) => <li class="wrap-any">{line}</li>}</For>
        </ol>
      </section>
    </Show>
  )
}
