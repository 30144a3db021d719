/** `klaudio webhook ...` and `klaudio task follow-up ...`: what goes out to an address of yours, and what comes back from a pull request. */
import { webhookKinds } from '#contract/outgoing-webhook.ts'
import { common } from './client-options.ts'
import type { CommandInfo } from './commands.ts'

const followUpNote =
  'FOLLOW-UP is the id that "klaudio task follow-up list" shows, or its beginning.'

export const outsideCommands = {
  'webhook show': {
    about: 'Show the address that is told of what happens, and the last deliveries',
    options: common,
  },
  'webhook set': {
    about: 'Tell an address of what happens, or change what it is told',
    words: ['URL'],
    options: [
      {
        name: 'tell',
        takes: 'KIND',
        about: 'What to tell of; may be repeated (default: as it was, or everything)',
        values: webhookKinds,
        repeats: true,
      },
      {
        name: 'secret-from',
        takes: 'FILE',
        about: 'File with the secret to sign with; - is stdin',
      },
      { name: 'new-secret', about: 'Make a new secret, and print it this one time' },
      ...common,
    ],
    notes: [
      'The first time a secret is made when none is given; later the one that is stored stays.',
      'A secret is whsec_ and 24 to 64 bytes in base64 (standardwebhooks.com); never shown again.',
    ],
  },
  'webhook test': {
    about: 'Send something there now, and say whether it was taken',
    options: common,
  },
  'webhook remove': {
    about: 'Tell nobody any more; what waits to be told there goes, too',
    options: [{ name: 'yes', about: 'Do not ask' }, ...common],
  },
  'task follow-up list': {
    about: 'List what the pull request of a task has called for',
    words: ['TASK'],
    options: common,
  },
  'task follow-up look': {
    about: 'Ask the forge now what has become of the pull request',
    words: ['TASK'],
    options: common,
  },
  'task follow-up send': {
    about: 'Send failed checks or comments to the agent whose work they are about',
    words: ['TASK', 'FOLLOW-UP'],
    options: [
      { name: 'to', takes: 'SUBTASK', about: 'To the agent of this subtask' },
      { name: 'text', takes: 'TEXT', about: 'Words that go with it; - is stdin' },
      ...common,
    ],
    notes: [followUpNote, 'What the agent makes of it is pushed.'],
  },
  'task follow-up dismiss': {
    about: 'Do nothing about it',
    words: ['TASK', 'FOLLOW-UP'],
    options: common,
    notes: [followUpNote],
  },
  'task setup': {
    about: 'Show what its repository needs before agents start, and what that printed',
    words: ['TASK'],
    options: [
      { name: 'retry', about: 'Try again what failed, as its repository says by now' },
      { name: 'without', about: 'Let agents start without it' },
      ...common,
    ],
  },
} as const satisfies Record<string, CommandInfo>
