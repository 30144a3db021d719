/** `klaudio credential ...` and `klaudio repo ...`: repositories that tasks start from, and what opens them. */
import { credentialKinds } from '#contract/credential.ts'
import { common, runsIn, saving, stdinNote } from './client-options.ts'
import type { CommandInfo } from './commands.ts'
import { setupCommands } from './setup-commands.ts'

const repoNote = 'REPO is the name of a repository or its id.'
const credentialNote = 'CREDENTIAL is the name of a credential or its id.'
const noAsking = { name: 'yes', about: 'Do not ask' }

export const repoCommands = {
  'repo list': { about: 'List the repositories that tasks can start from', options: common },
  'repo show': {
    about: 'Show a repository, and what is known of it',
    words: ['REPO'],
    options: common,
    notes: [repoNote],
  },
  'repo create': {
    about: 'Keep a repository for tasks to start from',
    words: ['NAME', 'URL'],
    options: [
      { name: 'branch', takes: 'BRANCH', about: 'Branch that tasks start from (default: main)' },
      { name: 'depth', takes: 'N', about: 'Fetch only its newest N commits (default: all)' },
      { name: 'credential', takes: 'CREDENTIAL', about: 'What opens it: a name or an id' },
      { name: 'push', about: 'Push finished work to a branch of its own' },
      { name: 'pr', about: 'Open a pull request; pushes, too' },
      { name: 'pr-target', takes: 'BRANCH', about: 'Branch it is for (default: --branch)' },
      {
        name: 'reviewer',
        takes: 'NAME',
        about: 'Who is to review; may be repeated',
        repeats: true,
      },
      runsIn,
      { name: 'no-memory', about: 'Do not tell planner and agents what is known of it' },
      ...common,
    ],
    notes: ['Everything else is in a file: "klaudio repo export" prints one to change.'],
  },
  ...setupCommands,
  'repo webhook': {
    about: 'Let the forge of a repository tell of what happens there, and show what it sent last',
    words: ['REPO'],
    options: [
      { name: 'secret', takes: 'FILE', about: 'Take this secret from a file, or "-" for stdin' },
      { name: 'make', about: 'Make a secret, and print it this once' },
      { name: 'label', takes: 'LABEL', about: 'Open issues with it become tasks; "" for none' },
      { name: 'off', about: 'Take nothing from the forge any more' },
      ...common,
    ],
    notes: [
      repoNote,
      'Give the forge the address and the same secret. Let it send these as JSON:',
      'pull requests, comments, checks and issues.',
    ],
  },
  'repo import': {
    about: 'Keep a repository as a YAML file says',
    words: ['FILE'],
    options: [{ name: 'replace', about: 'Change the one of the same name' }, ...common],
    notes: [
      stdinNote,
      'A credential is named in it, never held: store it first with "klaudio credential add".',
    ],
  },
  'repo export': {
    about: 'Print a repository as a YAML file, or save it; without any secret',
    words: ['REPO'],
    options: saving,
    notes: [repoNote],
  },
  'repo test': {
    about: 'Look whether a repository opens with its credential',
    words: ['REPO'],
    options: common,
    notes: [repoNote],
  },
  'repo look': {
    about: 'Find out what agents are told of a repository, now',
    words: ['REPO'],
    options: [{ name: 'forget', about: 'Forget what is known, and do not look' }, ...common],
    notes: [repoNote, 'Its files are read; nothing of it is run.'],
  },
  'repo remove': {
    about: 'Remove a repository; tasks that were made with it go on',
    words: ['REPO'],
    options: [noAsking, ...common],
    notes: [repoNote, 'The repository itself is not touched.'],
  },
  'credential list': { about: 'List what opens repositories; no values', options: common },
  'credential add': {
    about: 'Store a token, a login or an SSH key',
    words: ['NAME'],
    options: [
      {
        name: 'kind',
        takes: 'KIND',
        about: 'What it is (default: token)',
        values: credentialKinds,
      },
      { name: 'user', takes: 'NAME', about: 'User name of a login' },
      { name: 'from', takes: 'FILE', about: 'File with the value (default: stdin)' },
      { name: 'replace', about: 'Give the one of that name a new value' },
      ...common,
    ],
    notes: [
      'The value is read from stdin or a file, never from the command line, and never shown again.',
    ],
  },
  'credential test': {
    about: 'Look whether a credential opens a repository',
    words: ['CREDENTIAL', 'URL'],
    options: common,
    notes: [credentialNote],
  },
  'credential remove': {
    about: 'Remove a credential, and take it from all that use it',
    words: ['CREDENTIAL'],
    options: [noAsking, ...common],
    notes: [credentialNote],
  },
} as const satisfies Record<string, CommandInfo>
