import { A, useNavigate } from '@solidjs/router'
import { createSignal, For, type JSX, Show } from 'solid-js'
import type { SystemState } from '#contract/system.ts'
import { Button } from '../../components/button.tsx'
import { TextArea } from '../../components/field.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { all, store } from '../../data/store.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { load, save } from '../../lib/storage.ts'

/** Where the new-task page keeps what was begun. */
const draftKey = 'new-task'

/** The first thing a person sees: what to do, and whether this machine can do it. */
export function FirstRun(): JSX.Element {
  const navigate = useNavigate()
  const [prompt, setPrompt] = createSignal('')
  const go = (): void => {
    if (prompt().trim() !== '') save(draftKey, JSON.stringify({ ...known(), prompt: prompt() }))
    navigate('/new')
  }
  return (
    <section class="card p-5 col gap-4 max-w-[640px]" aria-label="Start your first task">
      <div class="col gap-1">
        <h2 class="h-title">Start your first task</h2>
        <p class="t2">
          No tasks yet. Describe what you want done; a planner will ask before anything runs.
        </p>
      </div>
      <form
        class="col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          go()
        }}
      >
        <TextArea
          label="What should be done?"
          placeholder="What should be done?"
          rows={4}
          value={prompt()}
          onInput={setPrompt}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) go()
          }}
        />
        <Button type="submit" look="primary" class="self-start">
          Choose repository and team
        </Button>
      </form>
      <Show when={store.system.get(all).value}>{(system) => <Ticks system={system()} />}</Show>
    </section>
  )
}

function known(): object {
  try {
    const draft: unknown = JSON.parse(load(draftKey) || '{}')
    return typeof draft === 'object' && draft !== null ? draft : {}
  } catch {
    return {}
  }
}

type Tick = { glyph: GlyphName; text: string }

function engineTick({ engine }: SystemState): Tick {
  if (engine.state === 'reachable')
    return { glyph: 'done', text: `Docker ${engine.version ?? ''} answers` }
  if (engine.state === 'unknown') return { glyph: 'wait', text: 'Looking for Docker' }
  return { glyph: 'fail', text: `Docker does not answer: ${engine.detail}` }
}

function imageTick({ image }: SystemState): Tick {
  if (image.state === 'ready') return { glyph: 'done', text: 'Agent image is built' }
  if (image.state === 'failed')
    return { glyph: 'fail', text: `Agent image failed: ${image.detail}` }
  if (image.state === 'building') return { glyph: 'run', text: 'Building the agent image' }
  return { glyph: 'wait', text: 'The agent image is built before the first agent starts' }
}

function loginTick({ credentials }: SystemState): Tick {
  if (credentials.state === 'ok') return { glyph: 'done', text: 'Logged in to Claude' }
  if (credentials.state === 'unknown') return { glyph: 'wait', text: 'Looking for a Claude login' }
  return { glyph: 'fail', text: credentials.detail }
}

/** Engine, image and login: without one of them nothing starts. */
function Ticks(props: { system: SystemState }): JSX.Element {
  const ticks = (): Tick[] => [engineTick, imageTick, loginTick].map((tick) => tick(props.system))
  return (
    <div class="col gap-1.5">
      <ul class="col gap-1">
        <For each={ticks()}>
          {(tick) => (
            <li class="flex gap-2 t2">
              <Glyph name={tick.glyph} class="mt-0.5" />
              <span class="wrap-any min-w-0">{tick.text}</span>
            </li>
          )}
        </For>
      </ul>
      <A href="/doctor" class="link t2 self-start py-2 md:py-0">
        Check this machine
      </A>
    </div>
  )
}
