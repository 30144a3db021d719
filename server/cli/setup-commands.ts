/** `klaudio setup ...`: what setup commands of repositories left, and `klaudio repo setup` and `env`: what is run and seen there. */
import { common, stdinNote } from './client-options.ts'
import type { CommandInfo } from './commands.ts'

const repoNote = 'REPO is the name of a repository or its id.'

export const setupCommands = {
  'repo setup': {
    about: 'Show or change the commands that are run once before agents start',
    words: ['REPO', '[FILE]'],
    options: [
      { name: 'clear', about: 'Have none' },
      { name: 'with-secrets', about: 'They see the secrets among the variables' },
      { name: 'without-secrets', about: 'They see none of them' },
      ...common,
    ],
    notes: [repoNote, 'FILE has a command on each line.', stdinNote],
  },
  'repo env': {
    about: 'Show or change the variables and secrets of its agents; secrets without their values',
    words: ['REPO'],
    options: [
      {
        name: 'set',
        takes: 'NAME=VALUE',
        about: 'Give a variable this value; may be repeated',
        repeats: true,
      },
      { name: 'secret', takes: 'NAME', about: 'Give a secret the value that is read from --value' },
      { name: 'value', takes: 'FILE', about: 'File with it (default: "-", stdin)' },
      { name: 'unset', takes: 'NAME', about: 'Remove one; may be repeated', repeats: true },
      ...common,
    ],
    notes: [repoNote, 'The value of a secret is never an argument: others could see it there.'],
  },
  'setup list': {
    about: 'List what setup commands of repositories left, kept for tasks to come',
    options: common,
  },
  'setup clear': {
    about: 'Remove what setup commands left; the next task runs them again',
    words: ['[SETUP]'],
    options: [{ name: 'yes', about: 'Do not ask' }, ...common],
    notes: ['SETUP is an id of "klaudio setup list"; without one, all that no task uses go.'],
  },
} satisfies Record<string, CommandInfo>
