/** `klaudio checkpoint ...`: moments of a task that are kept. */
import { common, json, server, tokenFile } from './client-options.ts'
import type { CommandInfo, OptionInfo } from './commands.ts'

const keptAgent: OptionInfo = {
  name: 'agent',
  takes: 'AGENT',
  about: 'What was in the hands of this agent (default: the task branch)',
}

export const checkpointCommands = {
  'checkpoint list': {
    about: 'List the checkpoints of a task, newest first',
    words: ['TASK'],
    options: common,
  },
  'checkpoint take': {
    about: 'Take a checkpoint now, and wait until it is there',
    words: ['TASK'],
    options: [{ name: 'label', takes: 'TEXT', about: 'What to call it' }, ...common],
    notes: ['Agents at work are not disturbed.'],
  },
  'checkpoint show': {
    about: 'Show what is in a checkpoint',
    words: ['TASK', 'CHECKPOINT'],
    options: common,
  },
  'checkpoint preview': {
    about: 'Show what going back to a checkpoint would change',
    words: ['TASK', 'CHECKPOINT'],
    options: common,
  },
  'checkpoint restore': {
    about: 'Take the task back to a checkpoint, and wait until it is done',
    words: ['TASK', 'CHECKPOINT'],
    options: [
      { name: 'stop', about: 'Stop a task that is at work first' },
      { name: 'yes', about: 'Do not ask' },
      ...common,
    ],
    notes: ['What is there now is kept as a checkpoint first. Restoring that one undoes it.'],
  },
  'checkpoint fork': {
    about: 'Make a new task from a checkpoint',
    words: ['TASK', 'CHECKPOINT', '[PROMPT]'],
    options: [{ name: 'name', takes: 'TEXT', about: 'What to call the new task' }, ...common],
    notes: ['A PROMPT of - is read from stdin. Without one it is that of the old task.'],
  },
  'checkpoint files': {
    about: 'List the files that a checkpoint keeps',
    words: ['TASK', 'CHECKPOINT'],
    options: [keptAgent, ...common],
  },
  'checkpoint diff': {
    about: 'Show what has changed since a checkpoint, or before it',
    words: ['TASK', 'CHECKPOINT'],
    options: [
      keptAgent,
      {
        name: 'against',
        takes: 'WHAT',
        about: 'Compare with this (default: branch)',
        values: ['branch', 'saved', 'start'],
      },
      { name: 'with', takes: 'CHECKPOINT', about: 'Compare with another checkpoint' },
      { name: 'path', takes: 'PATH', about: 'Only this file' },
      { name: 'stat', about: 'Only which files, and how many lines' },
      json,
      server,
      tokenFile,
    ],
    notes: [
      'branch is the task branch now, saved the newest save of the agent, start where it began.',
    ],
  },
  'checkpoint remove': {
    about: 'Remove a checkpoint, and what only it needed',
    words: ['TASK', 'CHECKPOINT'],
    options: [{ name: 'yes', about: 'Do not ask' }, ...common],
  },
} as const satisfies Record<string, CommandInfo>
