/** What can be done from everywhere. */
import { type Action, areSingleKeysOn, setSingleKeys } from '../../data/actions.ts'
import { notificationState, turnOnNotifications } from '../../data/notifications.ts'
import { chooseTheme, toggleTheme } from '../../data/theme.ts'
import { openPalette } from './palette-state.ts'
import { isSidebarWide, toggleSidebar } from './sidebar-state.ts'

const places: { id: string; label: string; path: string; key: string; words?: string }[] = [
  { id: 'home', label: 'Home', path: '/', key: 'h', words: 'dashboard start' },
  { id: 'inbox', label: 'Inbox', path: '/inbox', key: 'i', words: 'needs you questions' },
  { id: 'tasks', label: 'Tasks', path: '/tasks', key: 't' },
  { id: 'agents', label: 'Agents', path: '/agents', key: 'a' },
  {
    id: 'settings',
    label: 'Settings',
    path: '/settings',
    key: 's',
    words: 'configuration options',
  },
  { id: 'doctor', label: 'Doctor', path: '/doctor', key: 'd', words: 'health checks docker login' },
]

const whyNotTurnOn = {
  off: '',
  on: 'They are on.',
  refused: 'This browser blocks them for this site.',
  missing: 'Browsers allow them on this machine or over HTTPS.',
} as const

type Go = (path: string, options?: { state: { toField: boolean } }) => void

export function shellActions(go: Go, showKeys: () => void): Action[] {
  return [
    ...places.map(({ id, label, path, key, words }) => ({
      id: `go.${id}`,
      label: `Go to ${label}`,
      group: 'Go',
      keys: `g ${key}`,
      run: () => go(path),
      ...(words ? { words } : {}),
    })),
    {
      id: 'task.new',
      label: 'New task',
      group: 'Go',
      keys: 'n',
      words: 'create start',
      // By key one writes at once; who comes by a link reads first.
      run: () => go('/new', { state: { toField: true } }),
    },
    {
      id: 'palette.open',
      label: 'Search or run a command',
      group: 'View',
      keys: 'Mod+k',
      palette: false,
      run: openPalette,
    },
    {
      id: 'sidebar.toggle',
      label: isSidebarWide() ? 'Make the sidebar narrow' : 'Make the sidebar wide',
      group: 'View',
      keys: '[',
      run: toggleSidebar,
    },
    {
      id: 'keys.toggle',
      label: areSingleKeysOn() ? 'Switch single keys off' : 'Switch single keys on',
      group: 'View',
      words: 'shortcuts accessibility',
      run: () => setSingleKeys(!areSingleKeysOn()),
    },
    { id: 'page.search', label: 'Search', group: 'View', keys: '/', run: search },
    {
      id: 'notifications.on',
      label: 'Turn on notifications',
      group: 'View',
      words: 'browser desktop alerts notify',
      disabled: whyNotTurnOn[notificationState()],
      run: () => turnOnNotifications(),
    },
    {
      id: 'theme.toggle',
      label: 'Switch between light and dark',
      group: 'View',
      keys: 't',
      words: 'theme',
      run: toggleTheme,
    },
    {
      id: 'theme.system',
      label: 'Follow the system theme',
      group: 'View',
      words: 'light dark',
      run: () => chooseTheme('system'),
    },
    {
      id: 'keys.show',
      label: 'Show keys',
      group: 'View',
      keys: '?',
      words: 'help shortcuts',
      run: showKeys,
    },
  ]
}

/** In the page where it can be searched, else in everything. */
function search(): void {
  const field = document.querySelector<HTMLElement>('main input[type=search]')
  if (field) field.focus()
  else openPalette()
}
