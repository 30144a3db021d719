import { A, Navigate, useNavigate, useParams } from '@solidjs/router'
import { For, type JSX, Show } from 'solid-js'
import { Dynamic } from 'solid-js/web'
import { Icon } from '../components/icon.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { Together } from '../components/part.tsx'
import { accessState, sessions, tokens } from '../data/access.ts'
import { useActions } from '../data/actions.ts'
import { store } from '../data/store.ts'
import { AccessSection } from '../features/access/access-section.tsx'
import { AboutSection } from '../features/settings/about.tsx'
import { AccountSection } from '../features/settings/account.tsx'
import { AppearanceSection } from '../features/settings/appearance.tsx'
import { ConfigFields } from '../features/settings/config-section.tsx'
import { NotificationsSection } from '../features/settings/notifications.tsx'
import { RetentionSection } from '../features/settings/retention.tsx'
import { findSection, type SectionId, settingSections } from '../features/settings/sections.ts'
import { CredentialsSection } from '../features/templates/credentials-section.tsx'
import { RepositoriesSection } from '../features/templates/repositories-section.tsx'
import { TeamsSection } from '../features/templates/teams-section.tsx'

const contents: Record<SectionId, () => JSX.Element> = {
  account: AccountSection,
  engine: () => <ConfigFields section="engine" />,
  limits: () => <ConfigFields section="limits" />,
  teams: TeamsSection,
  repositories: RepositoriesSection,
  credentials: CredentialsSection,
  storage: () => <ConfigFields section="storage" />,
  retention: RetentionSection,
  access: () => (
    <Together
      entries={[
        accessState.get('all'),
        sessions.get('all'),
        tokens.get('all'),
        store.config.get('all'),
      ]}
    >
      <div class="col gap-4">
        <AccessSection />
        <ConfigFields section="access" />
      </div>
    </Together>
  ),
  notifications: NotificationsSection,
  appearance: AppearanceSection,
  about: AboutSection,
}

/** A list of sections and one of them; on a phone the one or the other. */
export function SettingsPage(): JSX.Element {
  const params = useParams<{ section?: string }>()
  const navigate = useNavigate()
  const section = () => findSection(params.section)
  const isPhone = (): boolean => matchMedia('(max-width: 760px)').matches
  useActions(
    settingSections.map(({ id, label, about }) => ({
      id: `settings.${id}`,
      label: `Settings: ${label}`,
      group: 'Settings',
      words: about,
      run: () => navigate(`/settings/${id}`),
    })),
  )
  return (
    <Show
      when={section() ?? (params.section === undefined && isPhone())}
      fallback={<Navigate href={`/settings/${settingSections[0].id}`} />}
    >
      <PageHeader title={section()?.label ?? 'Settings'} />
      <div class="page flex-1 min-h-0 overflow-auto">
        <div class="md:grid md:grid-cols-[180px_minmax(0,640px)] gap-6 items-start">
          <SectionList isAlone={section() === undefined} />
          <Show when={section()}>
            {(found) => (
              <div class="col gap-3">
                <A
                  href="/settings"
                  class="phone flex items-center gap-1 min-h-11 t2 font-500 self-start -mt-2"
                >
                  <Icon name="back" /> All settings
                </A>
                <Dynamic component={contents[found().id]} />
              </div>
            )}
          </Show>
        </div>
      </div>
    </Show>
  )
}

function SectionList(props: { isAlone: boolean }): JSX.Element {
  return (
    <nav
      aria-label="Settings"
      class="md:sticky md:top-0 lt-md:card"
      classList={{ 'lt-md:hidden': !props.isAlone }}
    >
      <ul class="md:col md:gap-0.5">
        <For each={settingSections}>
          {(item) => (
            <li class="lt-md:rule-top lt-md:first:border-t-0">
              <A
                href={`/settings/${item.id}`}
                class="flex items-center gap-2.5 min-h-[56px] md:min-h-[30px] px-3 md:px-2 rounded-button t2 font-500 hover:bg-bg2"
                activeClass="bg-bg3! text-tx1!"
              >
                <Icon name={item.icon} />
                <span class="flex-1 col">
                  <span>{item.label}</span>
                  <span class="t3 text-small font-400 phone">{item.about}</span>
                </span>
                <Icon name="right" class="t3 phone" />
              </A>
            </li>
          )}
        </For>
      </ul>
    </nav>
  )
}
