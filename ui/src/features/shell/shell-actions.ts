/** What can be done from everywhere. */
import type { Action } from '../../data/actions.ts'
import { chooseTheme, toggleTheme } from '../../data/theme.ts'

const places: { id: string; label: string; path: string; key: string; words?: string }[] = [
  { id: 'home', label: 'Home', path: '/', key: 'h', words: 'dashboard start' },
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

export function shellActions(go: (path: string) => void, showKeys: () => void): Action[] {
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
      run: () => go('/new'),
    },
    { id: 'page.search', label: 'Search on this page', group: 'View', keys: '/', run: focusSearch },
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

function focusSearch(): boolean {
  const field = document.querySelector<HTMLElement>('main input[type=search]')
  field?.focus()
  return field !== null
}
