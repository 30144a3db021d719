/** What a person does to agents at work beside talking to them. */
import { common, server, tokenFile } from './client-options.ts'
import type { CommandInfo } from './commands.ts'

export const steerCommands = {
  'agent freeze': {
    about: 'Freeze an agent where it is; no limit counts meanwhile',
    words: ['AGENT'],
    options: common,
  },
  'agent unfreeze': {
    about: 'Let a frozen agent go on',
    words: ['AGENT'],
    options: common,
  },
  'task freeze': {
    about: 'Freeze all agents of a task, and those that come',
    words: ['TASK'],
    options: common,
  },
  'task unfreeze': {
    about: 'Let the agents of a task go on',
    words: ['TASK'],
    options: common,
  },
  'agent model': {
    about: 'Let an agent use another model from its next request on',
    words: ['AGENT', 'MODEL'],
    options: common,
  },
  'agent restart': {
    about: 'End the process of an agent and start it again with instructions',
    words: ['AGENT', 'TEXT'],
    options: [{ name: 'fresh', about: 'Forget the conversation; its files stay' }, ...common],
    notes: ['A TEXT of - is read from stdin.'],
  },
  'agent take-out': {
    about: 'Take a worker out of its team and hand in what it has made',
    words: ['AGENT'],
    options: [{ name: 'drop', about: 'Without what it has made' }, ...common],
  },
  'agent shell': {
    about: 'Open a terminal in the container of an agent, as its user',
    words: ['AGENT'],
    options: [server, tokenFile],
    notes: ['What is started in it ends with it.'],
  },
} as const satisfies Record<string, CommandInfo>
