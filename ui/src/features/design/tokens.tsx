import { For, type JSX } from 'solid-js'
import { contrast } from '../../lib/contrast.ts'
import {
  dark,
  light,
  type TerminalPalette,
  type Token,
  terminalDark,
  terminalLight,
} from '../../lib/tokens.ts'

const tokens = Object.keys(light) as Token[]
const grounds = ['bg0', 'bg1', 'bg2', 'bg3'] as const

/** Every colour of a theme with its contrast on the four grounds, computed from the values themselves. */
export function TokenTable(props: { theme: 'light' | 'dark' }): JSX.Element {
  const values = (): Record<Token, string> => (props.theme === 'dark' ? dark : light)
  return (
    <div class="scroll-x">
      <table class="text-small">
        <thead>
          <tr class="t3">
            <th scope="col" class="py-1 pr-3">
              Token
            </th>
            <th scope="col" class="pr-3">
              Value
            </th>
            <For each={grounds}>
              {(ground) => (
                <th scope="col" class="pr-3 text-end">
                  on {ground}
                </th>
              )}
            </For>
          </tr>
        </thead>
        <tbody>
          <For each={tokens}>
            {(token) => (
              <tr>
                <th scope="row" class="py-0.5 pr-3 whitespace-nowrap">
                  <span class="row">
                    <span
                      class="w-5 h-5 rounded-key border border-solid border-ctl flex-none"
                      style={{ background: values()[token] }}
                    />
                    {token}
                  </span>
                </th>
                <td class="pr-3 font-mono">{values()[token]}</td>
                <For each={grounds}>
                  {(ground) => (
                    <td class="pr-3 text-end">
                      {contrast(values()[token], values()[ground]).toFixed(1)}
                    </td>
                  )}
                </For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  )
}

const names = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const

/** The sixteen colours of the terminal on its ground. */
export function TerminalColours(props: { theme: 'light' | 'dark' }): JSX.Element {
  const palette = (): TerminalPalette => (props.theme === 'dark' ? terminalDark : terminalLight)
  return (
    <ul class="bg-term rounded-node border border-solid border-line p-3 grid grid-cols-2 gap-x-4 font-mono text-[12.5px] leading-[19px]">
      <For each={palette().ansi}>
        {(colour, index) => (
          <li class="flex items-center gap-2">
            {/* A sample, not a text: programs choose these themselves, and the terminal lifts what is too faint. */}
            <span aria-hidden="true" style={{ color: colour }}>
              ●─
            </span>
            <span class="flex-1">
              {index() < 8 ? '' : 'bright '}
              {names[index() % 8]}
            </span>
            <span class="t2">{contrast(colour, palette().background).toFixed(1)}</span>
          </li>
        )}
      </For>
    </ul>
  )
}

const sizes: [string, string, string][] = [
  ['display', 'text-display font-600', '22 / 28'],
  ['title', 'h-title', '17 / 24'],
  ['heading', 'h-part', '14 / 20'],
  ['body', 'text-body', '13 / 20, phone 15 / 22'],
  ['body strong', 'text-body font-500', '13 / 20'],
  ['small', 'text-small', '12 / 16, phone 13 / 18'],
  ['micro', 'text-micro', '11 / 14'],
  ['mono', 'mono', '12 / 20'],
  ['terminal', 'font-mono text-[12.5px] leading-[19px]', '12.5 / 19'],
]

export function TypeScale(): JSX.Element {
  return (
    <ul class="col gap-2">
      <For each={sizes}>
        {([name, classes, size]) => (
          <li class="flex flex-wrap items-baseline gap-x-3">
            <span class={classes}>Rate limits 1lI 0O for {name}</span>
            <span class="t3 text-small">{size}</span>
          </li>
        )}
      </For>
    </ul>
  )
}
