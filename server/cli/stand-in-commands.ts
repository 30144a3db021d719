/** What a person says of work in the place of a manager or a reviewer, and of a conflict. */
import { common } from './client-options.ts'
import type { CommandInfo } from './commands.ts'

const waiting = [
  { name: 'wait', about: 'Watch until the task ends, and end as it does' },
  {
    name: 'no-input',
    about: 'Never ask: end with 7 as soon as the task waits for a person',
  },
] as const

export const standInCommands = {
  'task resolve': {
    about: 'Say what becomes of a conflict: ours, theirs, made or agent',
    words: ['TASK', 'SUBTASK', 'CHOICE'],
    options: [
      { name: 'text', takes: 'TEXT', about: 'What the agent is told, with the choice agent' },
      ...waiting,
      ...common,
    ],
    notes: [
      'ours is what is merged, theirs this subtask: one wins only where both changed the same lines.',
      'made is what the last agent made of it, as it is; agent gives both sides to another one.',
    ],
  },
  'task changes': {
    about: 'Send work that is done back to its agent, with what has to change',
    words: ['TASK', 'SUBTASK', 'TEXT'],
    options: [...waiting, ...common],
  },
  'task accept': {
    about: 'Approve all work of a team in its manager’s place',
    words: ['TASK'],
    options: [{ name: 'text', takes: 'TEXT', about: 'What to say of it' }, ...common],
  },
} as const satisfies Record<string, CommandInfo>
