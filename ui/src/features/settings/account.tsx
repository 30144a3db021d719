import { type JSX, Show } from 'solid-js'
import type { SystemState } from '#contract/system.ts'
import { LinkButton } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Skeleton, Together } from '../../components/part.tsx'
import { all, store } from '../../data/store.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { ConfigFields } from './config-section.tsx'
import { whyFixed } from './edit.ts'
import { SecretField } from './editable.tsx'
import { SettingRow } from './setting-row.tsx'

const states: Record<SystemState['credentials']['state'], { glyph: GlyphName; word: string }> = {
  ok: { glyph: 'done', word: 'Logged in' },
  unknown: { glyph: 'unknown', word: 'Not known' },
  missing: { glyph: 'fail', word: 'No login' },
  expired: { glyph: 'fail', word: 'Login expired' },
  refused: { glyph: 'fail', word: 'Login refused' },
}

/** Whether agents can log in, and with what. A secret is never shown, only whether there is one. */
export function AccountSection(): JSX.Element {
  const login = () => store.system.get(all).value?.credentials
  const config = () => store.config.get(all).value
  return (
    <Together entries={[store.system.get(all), store.config.get(all)]}>
      <div class="col gap-4">
        <div class="card">
          <Show when={login()} fallback={<Skeleton rows={1} height={60} />}>
            {(state) => (
              <div class="flex flex-wrap items-start gap-3 px-3 py-2.5 min-h-[60px]">
                <Glyph name={states[state().state].glyph} class="mt-0.5" />
                <div class="col gap-0.5 flex-1 min-w-[180px]">
                  <span class="font-500">{states[state().state].word}</span>
                  <span class="t2 wrap-any">{state().detail}</span>
                </div>
                <LinkButton href="/doctor">Open the doctor</LinkButton>
              </div>
            )}
          </Show>
          <Show when={config()}>
            {(known) => (
              <ul class="rule-top">
                <SettingRow
                  label="Key or token of its own"
                  hint="For the login with env. It is never shown"
                >
                  <SecretField
                    name="claude.session_key"
                    isSet={known().claude.has_session_key}
                    fixed={whyFixed(known(), {
                      key: 'claude.session_key',
                      env: 'CLAUDE_SESSION_KEY',
                      label: '',
                    })}
                  />
                </SettingRow>
              </ul>
            )}
          </Show>
        </div>
        <ConfigFields section="claude" />
      </div>
    </Together>
  )
}
