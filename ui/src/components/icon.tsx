import type { JSX } from 'solid-js'

/** Line icons on a 16 px grid; always beside a word or on a labelled control. */
const shapes = {
  home: 'M2.5 7.5 8 3l5.5 4.5V13h-4V9.5h-3V13h-4z',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  agents:
    'M3.5 3h2.5a1 1 0 0 1 1 1v2.5a1 1 0 0 1 -1 1h-2.5a1 1 0 0 1 -1 -1v-2.5a1 1 0 0 1 1 -1zM10 3h2.5a1 1 0 0 1 1 1v2.5a1 1 0 0 1 -1 1h-2.5a1 1 0 0 1 -1 -1v-2.5a1 1 0 0 1 1 -1zM6.75 9.5h2.5a1 1 0 0 1 1 1v2.5a1 1 0 0 1 -1 1h-2.5a1 1 0 0 1 -1 -1v-2.5a1 1 0 0 1 1 -1z',
  gear: 'M6 8a2 2 0 1 0 4 0a2 2 0 1 0 -4 0M8 2v2M8 12v2M2 8h2M12 8h2M3.8 3.8l1.4 1.4M10.8 10.8l1.4 1.4M12.2 3.8l-1.4 1.4M5.2 10.8l-1.4 1.4',
  plus: 'M8 3v10M3 8h10',
  search: 'M3 7a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M10 10l3.5 3.5',
  stop: 'M5 4h6a1 1 0 0 1 1 1v6a1 1 0 0 1 -1 1h-6a1 1 0 0 1 -1 -1v-6a1 1 0 0 1 1 -1z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  right: 'm6 4 4 4-4 4',
  down: 'm4 6 4 4 4-4',
  up: 'm4 10 4-4 4 4',
  link: 'M7 9.5 9.5 7M6.5 11l-1 1a2.1 2.1 0 0 1-3-3l2-2a2.1 2.1 0 0 1 3 0M9.5 5l1-1a2.1 2.1 0 0 1 3 3l-2 2a2.1 2.1 0 0 1-3 0',
  panel:
    'M3 3.5h10a.5.5 0 0 1 .5.5v8a.5.5 0 0 1-.5.5H3a.5.5 0 0 1-.5-.5V4a.5.5 0 0 1 .5-.5zM9.5 3.5v9',
  undo: 'M6 3 3 6l3 3M3 6h6a4 4 0 0 1 0 8H6',
  redo: 'm10 3 3 3-3 3M13 6H7a4 4 0 0 0 0 8h3',
  back: 'M10 3.5 5.5 8 10 12.5',
  branch:
    'M3 4a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0M3 12a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0M10 5a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0 -3 0M4.5 5.5v5M11.5 6.5c0 3-7 1.5-7 4',
  terminal: 'm3 4.5 3.5 3.5L3 11.5M8.5 12h4.5',
  edit: 'M3 13h2.5L13 5.5 10.5 3 3 10.5z',
  file: 'M4 2.5h5l3 3v8H4zM9 2.5v3h3',
  grep: 'M3 7a4 4 0 1 0 8 0a4 4 0 1 0 -8 0M10 10l3.5 3.5M5.5 7h3',
  thought: 'M3 8a2 2 0 0 1 2-2 3 3 0 0 1 6 0 2 2 0 0 1 0 4H5a2 2 0 0 1-2-2zM5 13h.01',
  todo: 'm2.5 4.5 1 1 2-2M7.5 4.5h6M2.5 10.5l1 1 2-2M7.5 10.5h6',
  subagent: 'M3.5 3v6a2 2 0 0 0 2 2H12M9.5 8.5 12 11l-2.5 2.5',
  send: 'M8 13V3.5M4 7l4-4 4 4',
  message: 'M2.5 3.5h11v7.5H8l-3 2.5V11H2.5z',
  clock: 'M2.5 8a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0M8 5v3.2l2 1.3',
  retry: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5V5h-2.5',
  sun: 'M5.5 8a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0M8 2v1M8 13v1M2 8h1M13 8h1M4 4l.6.6M11.4 11.4l.6.6M12 4l-.6.6M4.6 11.4 4 12',
  fit: 'M3 6V3h3M10 3h3v3M13 10v3h-3M6 13H3v-3',
  inbox: 'M2.5 9 4.3 3.5h7.4L13.5 9v4h-11zM2.5 9h3.2l1 1.8h2.6l1-1.8h3.2',
  box: 'M8 2.5 13 5v6l-5 2.5L3 11V5zM3 5l5 2.5L13 5M8 7.5v6',
  check: 'm3.5 8.5 3 3 6-7',
  close: 'm4 4 8 8M12 4l-8 8',
  upload: 'M8 11V3M4.5 6.5 8 3l3.5 3.5M3 13h10',
  download: 'M8 3v8M4.5 7.5 8 11l3.5-3.5M3 13h10',
  trash: 'M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9',
  minus: 'M3 8h10',
  copy: 'M6.5 5.5h6a1 1 0 0 1 1 1v6a1 1 0 0 1 -1 1h-6a1 1 0 0 1 -1 -1v-6a1 1 0 0 1 1 -1zM10.5 5.5v-3h-8v8h3',
  tool: 'M10.5 3a3 3 0 0 0-3 4L3 11.5 4.5 13 9 8.5a3 3 0 0 0 4-3l-1.8 1.3-1.6-.4-.4-1.6z',
  health: 'M2 8h3l1.5-4 3 8L11 8h3',
  play: 'M5 3.5v9l7-4.5z',
  lock: 'M4.5 7h7a1 1 0 0 1 1 1v4a1 1 0 0 1 -1 1h-7a1 1 0 0 1 -1 -1v-4a1 1 0 0 1 1 -1zM5.5 7V5a2.5 2.5 0 0 1 5 0v2',
} as const

export type IconName = keyof typeof shapes
/** All there are, for the design page. */
export const iconNames = Object.keys(shapes) as IconName[]

export function Icon(props: { name: IconName; class?: string }): JSX.Element {
  return (
    <svg
      viewBox="0 0 16 16"
      class={`w-4 h-4 flex-none ${props.class ?? ''}`}
      fill="none"
      stroke="currentColor"
      stroke-width={props.name === 'more' ? '2' : '1.5'}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={shapes[props.name]} />
    </svg>
  )
}

/** The mark of `public/icon.svg`: one bar, two arms that leave it apart. */
export function Mark(): JSX.Element {
  return (
    <svg viewBox="0 0 20 20" class="w-5 h-5 flex-none" aria-hidden="true" fill="currentColor">
      <rect x="2.6" y="2" width="3.8" height="16" rx="1" />
      <path d="M8.6 9.1 13.4 2.6A1.5 1.5 0 0 1 14.6 2h2.5a.8.8 0 0 1 .65 1.27L11 12.4z" />
      <path d="m12.3 12.9 2.25-3.05 3.1 6.98A.83.83 0 0 1 16.9 18h-1.75a1.5 1.5 0 0 1-1.35-.85z" />
    </svg>
  )
}
