import type { JSX } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { type Segment, Segmented } from '../../components/segmented.tsx'
import { areSingleKeysOn, setSingleKeys } from '../../data/actions.ts'
import {
  chooseDensity,
  chooseTerminalSize,
  type Density,
  density,
  terminalSize,
  terminalSizes,
} from '../../data/taste.ts'
import { chooseTheme, type ThemeChoice, themeChoice } from '../../data/theme.ts'
import { SettingRow } from './setting-row.tsx'

const themes: Segment<ThemeChoice>[] = [
  { value: 'system', label: 'Like the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]
const densities: Segment<Density>[] = [
  { value: 'comfortable', label: 'Comfortable' },
  { value: 'compact', label: 'Compact' },
]
const switches: Segment<'on' | 'off'>[] = [
  { value: 'on', label: 'On' },
  { value: 'off', label: 'Off' },
]

/** Taste: kept in this browser, applied at once. */
export function AppearanceSection(): JSX.Element {
  return (
    <div class="col gap-2">
      <ul class="card" aria-label="Appearance">
        <SettingRow label="Theme">
          <Segmented label="Theme" value={themeChoice()} options={themes} onChange={chooseTheme} />
        </SettingRow>
        <SettingRow label="Density" hint="Compact shows more rows; a phone stays as it is">
          <Segmented
            label="Density"
            value={density()}
            options={densities}
            onChange={chooseDensity}
          />
        </SettingRow>
        <SettingRow
          label="Single keys"
          hint="Letters, digits and signs as shortcuts. Combinations with Ctrl or ⌘ always work"
        >
          <Segmented
            label="Single keys"
            value={areSingleKeysOn() ? 'on' : 'off'}
            options={switches}
            onChange={(value) => setSingleKeys(value === 'on')}
          />
        </SettingRow>
        <SettingRow label="Terminal text" hint="Size in an agent's terminal">
          <TerminalSize />
        </SettingRow>
        <li class="rule-top p-3">
          <pre
            class="bg-term border border-solid border-line rounded-chip px-3 py-2.5 overflow-hidden"
            style={{ 'font-size': `${terminalSize()}px`, 'line-height': 1.5 }}
            role="img"
            aria-label="A sample of the terminal's text"
          >
            <span class="text-[var(--ansi-6)]">●</span> <b>Bash</b> pnpm test{'\n'}
            <span class="t3"> │ 41 passed, 0 failed</span>
          </pre>
        </li>
      </ul>
      <p class="t3 text-small">Kept in this browser.</p>
    </div>
  )
}

function TerminalSize(): JSX.Element {
  const step = (by: number): void => chooseTerminalSize(terminalSize() + by)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out in one line in every browser
    <div class="flex items-center gap-1.5" role="group" aria-label="Terminal text size">
      <Button
        icon="minus"
        label="Smaller"
        disabled={terminalSize() <= terminalSizes.min}
        onClick={() => step(-terminalSizes.step)}
      />
      <output class="min-w-[56px] text-center" aria-live="polite">
        {terminalSize()} px
      </output>
      <Button
        icon="plus"
        label="Larger"
        disabled={terminalSize() >= terminalSizes.max}
        onClick={() => step(terminalSizes.step)}
      />
    </div>
  )
}
