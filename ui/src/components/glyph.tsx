import { type JSX, Match, Switch } from 'solid-js'
import type { GlyphName } from '../lib/glyph-name.ts'

const tone: Record<GlyphName, string> = {
  wait: 'text-idle',
  run: 'text-run',
  need: 'text-need',
  review: 'text-review',
  pause: 'text-idle',
  stopping: 'text-idle',
  done: 'text-done',
  fail: 'text-fail',
  skip: 'text-idle',
  unknown: 'text-idle',
}

/** `label` only where no word stands beside it. */
export function Glyph(props: { name: GlyphName; label?: string; class?: string }): JSX.Element {
  return (
    <svg
      viewBox="0 0 16 16"
      class={`w-4 h-4 flex-none ${tone[props.name]} ${props.name === 'run' ? 'spin' : ''} ${props.class ?? ''}`}
      role={props.label ? 'img' : 'presentation'}
      aria-label={props.label}
      aria-hidden={props.label ? undefined : 'true'}
      fill="none"
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <Switch>
        <Match when={props.name === 'wait'}>
          <circle cx="8" cy="8" r="5.5" stroke-dasharray="2.2 2.1" stroke-linecap="butt" />
        </Match>
        <Match when={props.name === 'run'}>
          <circle class="ring" cx="8" cy="8" r="5.5" stroke-width="1.8" stroke-opacity="0.28" />
          <path class="arc" d="M8 2.5A5.5 5.5 0 0 1 13.5 8" stroke-width="1.8" />
          <circle cx="8" cy="8" r="2" fill="currentColor" stroke="none" />
        </Match>
        <Match when={props.name === 'need'}>
          <path
            d="M8 1.2 14.8 8 8 14.8 1.2 8z"
            fill="var(--need-fill)"
            stroke="var(--need-edge)"
            stroke-width="1"
          />
          <path d="M8 4.8v3.8M8 10.9v.01" stroke="var(--need-ink)" stroke-width="1.7" />
        </Match>
        <Match when={props.name === 'review'}>
          <circle cx="8" cy="8" r="5.6" />
          <path d="M8 4.6a3.4 3.4 0 0 1 0 6.8z" fill="currentColor" stroke="none" />
        </Match>
        <Match when={props.name === 'pause'}>
          <rect x="2.2" y="2.2" width="11.6" height="11.6" rx="2.5" />
          <path d="M6.3 5.6v4.8M9.7 5.6v4.8" stroke-width="1.7" />
        </Match>
        <Match when={props.name === 'stopping'}>
          <rect x="2.2" y="2.2" width="11.6" height="11.6" rx="2.5" />
          <path d="M5 11h3.4" stroke-width="1.9" />
        </Match>
        <Match when={props.name === 'done'}>
          <circle cx="8" cy="8" r="6.3" fill="currentColor" stroke="none" />
          <path d="m5.2 8.2 2 2 3.6-4" stroke="var(--bg1)" stroke-width="1.7" />
        </Match>
        <Match when={props.name === 'fail'}>
          <path
            d="M5.4 1.7h5.2l3.7 3.7v5.2l-3.7 3.7H5.4l-3.7-3.7V5.4z"
            fill="currentColor"
            stroke="none"
          />
          <path d="m5.9 5.9 4.2 4.2M10.1 5.9l-4.2 4.2" stroke="var(--bg1)" stroke-width="1.7" />
        </Match>
        <Match when={props.name === 'skip'}>
          <circle cx="8" cy="8" r="5.6" />
          <path d="m4.2 11.8 7.6-7.6" />
        </Match>
        <Match when={props.name === 'unknown'}>
          <circle cx="8" cy="8" r="5.6" stroke-dasharray="0.1 2.5" />
          <path d="M6.6 6.6a1.4 1.4 0 1 1 1.9 1.3c-.4.2-.5.4-.5.8M8 10.6v.01" stroke-width="1.4" />
        </Match>
      </Switch>
    </svg>
  )
}
