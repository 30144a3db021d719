/** `klaudio task comment ...` and `klaudio task discard`: what a person says to the work, and takes out of it. */
import { common, later } from './client-options.ts'
import type { CommandInfo } from './commands.ts'

export const reviewCommands = {
  'task comment list': {
    about: 'List the comments on lines of the work',
    words: ['TASK'],
    options: [
      { name: 'live', takes: 'AGENT', about: 'Where the lines stand in its files now' },
      ...common,
    ],
  },
  'task comment add': {
    about: 'Comment on a line; it is a draft until it is sent',
    words: ['TASK', 'PLACE', 'TEXT'],
    options: [
      { name: 'to', takes: 'SUBTASK', about: 'Whose agent hears it (default: who wrote the line)' },
      { name: 'old', about: 'The line as it was before the changes' },
      {
        name: 'live',
        takes: 'AGENT',
        about: 'A line of what this agent has written so far, before it hands in',
      },
      ...common,
    ],
    notes: [
      'AGENT is its id or its subtask.',
      'PLACE is PATH:LINE or PATH:FIRST-LAST. A TEXT of - is read from stdin.',
    ],
  },
  'task comment send': {
    about: 'Send all drafts to the agents that wrote the lines',
    words: ['TASK'],
    options: [later, ...common],
    notes: ['An agent that is done with its work goes on with it, and so does the task.'],
  },
  'task discard': {
    about: 'Take all changes of a file out of the work, before it is delivered',
    words: ['TASK', 'PATH'],
    options: common,
    notes: ['The same in the browser for parts of a file; there it can be undone, too.'],
  },
} as const satisfies Record<string, CommandInfo>
