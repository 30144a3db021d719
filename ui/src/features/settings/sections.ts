/** The places of the settings, in the order of their list. */
import type { IconName } from '../../components/icon.tsx'

type Section = { id: string; label: string; icon: IconName; about: string }

export const settingSections = [
  { id: 'account', label: 'Claude account', icon: 'message', about: 'What agents log in with' },
  { id: 'engine', label: 'Engine', icon: 'box', about: 'Docker and the agent image' },
  { id: 'limits', label: 'Limits', icon: 'clock', about: 'What an agent and a task may take' },
  { id: 'teams', label: 'Teams', icon: 'agents', about: 'Roles that work on a task' },
  {
    id: 'repositories',
    label: 'Repositories',
    icon: 'branch',
    about: 'Where work comes from and goes',
  },
  {
    id: 'credentials',
    label: 'Credentials',
    icon: 'lock',
    about: 'What opens repositories',
  },
  { id: 'storage', label: 'Storage', icon: 'file', about: 'Where everything is kept' },
  { id: 'retention', label: 'Retention', icon: 'trash', about: 'What is kept, and for how long' },
  { id: 'access', label: 'Access', icon: 'lock', about: 'Who may use this Klaudio' },
  {
    id: 'notifications',
    label: 'Notifications',
    icon: 'message',
    about: 'How you hear of what needs you',
  },
  { id: 'appearance', label: 'Appearance', icon: 'sun', about: 'Theme, density, keys, terminal' },
  { id: 'about', label: 'About', icon: 'check', about: 'Version, API, licences' },
] as const satisfies readonly Section[]

export type SectionId = (typeof settingSections)[number]['id']

export const findSection = (id: string | undefined) =>
  settingSections.find((section) => section.id === id)
