import type { JSX } from 'solid-js'
import { PageHeader } from '../components/page-header.tsx'
import { Loaded, Skeleton } from '../components/part.tsx'
import { type Segment, Segmented } from '../components/segmented.tsx'
import { all, store } from '../data/store.ts'
import { chooseTheme, type ThemeChoice, themeChoice } from '../data/theme.ts'
import { AccessSection } from '../features/access/access-section.tsx'
import { ConfigView } from '../features/system/config-view.tsx'

const themes: Segment<ThemeChoice>[] = [
  { value: 'system', label: 'Like the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

export function SettingsPage(): JSX.Element {
  return (
    <>
      <PageHeader title="Settings" />
      <div class="page flex-1 min-h-0 overflow-auto">
        <div class="col gap-5 max-w-[640px]">
          <section aria-label="Appearance" class="col gap-2">
            <h2 class="h-part">Appearance</h2>
            <div>
              <Segmented
                label="Theme"
                value={themeChoice()}
                options={themes}
                onChange={chooseTheme}
              />
            </div>
          </section>
          <AccessSection />
          <section aria-label="Configuration" class="col gap-2">
            <h2 class="h-part">Configuration</h2>
            <p class="t2">
              Set in config.yaml or the environment. Edit it there and restart Klaudio; agents go on
              in the meantime.
            </p>
            <Loaded
              entry={store.config.get(all)}
              onRetry={() => void store.config.refresh(all)}
              skeleton={<Skeleton rows={8} height={32} />}
            >
              {(config) => <ConfigView config={config()} />}
            </Loaded>
          </section>
        </div>
      </div>
    </>
  )
}
