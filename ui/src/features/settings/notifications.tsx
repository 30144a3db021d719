import { type JSX, Match, Switch } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { useActions } from '../../data/actions.ts'
import {
  notificationState,
  turnOffNotifications,
  turnOnNotifications,
} from '../../data/notifications.ts'
import { SettingRow } from './setting-row.tsx'
import { WebhookCard } from './webhook.tsx'

/** How a person hears of what needs them when they do not look at the page. */
export function NotificationsSection(): JSX.Element {
  useActions(() => [
    {
      id: 'notifications.off',
      label: 'Turn off notifications',
      group: 'Settings',
      words: 'browser desktop alerts',
      disabled: notificationState() !== 'on' && 'They are off.',
      run: turnOffNotifications,
    },
  ])
  return (
    <div class="col gap-4">
      <ul class="card" aria-label="Notifications">
        <SettingRow
          label="In this browser"
          hint="One for each thing that needs you, while this page is open but not in sight"
        >
          <Switch>
            <Match when={notificationState() === 'on'}>
              <Button onClick={turnOffNotifications}>Turn off notifications</Button>
            </Match>
            <Match when={notificationState() === 'off'}>
              <Button onClick={() => void turnOnNotifications()}>Turn on notifications</Button>
            </Match>
            <Match when={notificationState() === 'refused'}>
              <span class="t2">
                Blocked in this browser. Allow them in its settings for this site.
              </span>
            </Match>
            <Match when={notificationState() === 'missing'}>
              <span class="t2">
                Not possible here. Browsers allow them on this machine or over HTTPS.
              </span>
            </Match>
          </Switch>
        </SettingRow>
      </ul>
      <WebhookCard />
    </div>
  )
}
