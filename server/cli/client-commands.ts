/** The commands that talk to a running server. */
import { forgeKinds } from '#contract/delivery.ts'
import { permissionModes } from '#contract/permission.ts'
import { checkpointCommands } from './checkpoint-commands.ts'
import {
  common,
  json,
  later,
  runsIn,
  saving,
  server,
  stdinNote,
  tokenFile,
} from './client-options.ts'
import type { CommandInfo, OptionInfo } from './commands.ts'
import { outsideCommands } from './outside-commands.ts'
import { repoCommands } from './repo-commands.ts'
import { reviewCommands } from './review-commands.ts'
import { standInCommands } from './stand-in-commands.ts'
import { steerCommands } from './steer-commands.ts'

const noInput: OptionInfo = {
  name: 'no-input',
  about: 'Never ask: end with 7 as soon as the task waits for a person',
}
const waiting = [
  { name: 'wait', about: 'Watch until the task ends, and end as it does' },
  noInput,
] as const
const area: OptionInfo = {
  name: 'area',
  takes: 'AREA',
  about: 'workspace: the merged work, input: what was given, output: declared results',
  values: ['workspace', 'input', 'output'],
}
const model: OptionInfo = { name: 'model', takes: 'MODEL', about: 'A model name such as opus' }

const permissionMode: OptionInfo = {
  name: 'permission-mode',
  takes: 'MODE',
  about: 'bypassPermissions never asks, acceptEdits before commands, manual always',
  values: permissionModes,
}

const repoToken: OptionInfo = {
  name: 'repo-token-file',
  takes: 'FILE',
  about: 'File with the token of a private repository',
}

const delivering: readonly OptionInfo[] = [
  { name: 'pr', about: 'Open a pull request; pushes, too' },
  { name: 'pr-target', takes: 'BRANCH', about: 'Branch it is for (default: where the task began)' },
  { name: 'reviewer', takes: 'NAME', about: 'Who is to review it; may be repeated', repeats: true },
  { name: 'label', takes: 'NAME', about: 'Label of it; may be repeated', repeats: true },
  { name: 'pr-draft', about: 'Open it as a draft' },
  { name: 'fix-checks', about: 'Failed checks of it go back to the agent, without you' },
  { name: 'answer-comments', about: 'So do comments of people who may write to the repository' },
  { name: 'max-follow-ups', takes: 'N', about: 'How often both may happen (default: 3)' },
  { name: 'work-branch', takes: 'BRANCH', about: 'Branch to push to (default: klaudio/ID)' },
  { name: 'keep-commits', about: "Push the agents' commits, not one that sums them up" },
  {
    name: 'forge',
    takes: 'KIND',
    about: 'What hosts the repository (default: found out)',
    values: forgeKinds,
  },
  { name: 'forge-url', takes: 'URL', about: "Address of the forge's API, if it is unusual" },
]

const teamNote = 'TEAM is the name of a team or its id.'

const permissionNote = 'PERMISSION is the id that "klaudio permissions" shows, or its beginning.'

const creating: readonly OptionInfo[] = [
  { name: 'prompt-file', takes: 'FILE', about: 'Take the prompt from a file; - is stdin' },
  { name: 'name', takes: 'NAME', about: "What to call it (default: the prompt's first line)" },
  { name: 'repo', takes: 'REPO', about: "URL, or path on the server's machine, to start from" },
  { name: 'ref', takes: 'REF', about: 'Branch, tag or commit of it' },
  { name: 'depth', takes: 'N', about: 'Only its newest N commits; 0 for its whole history' },
  { name: 'from', takes: 'NAME', about: 'Repository that is kept here, in place of --repo' },
  { name: 'issue', takes: 'URL', about: 'Issue of a forge that says what is to be done' },
  repoToken,
  runsIn,
  {
    name: 'file',
    takes: 'PATH',
    about: 'File or folder to give it; may be repeated',
    repeats: true,
  },
  {
    name: 'mode',
    takes: 'MODE',
    about: 'How subtasks run: parallel or sequential',
    values: ['parallel', 'sequential'],
  },
  { name: 'team', takes: 'TEAM', about: 'Team that works on it: its name or id' },
  model,
  permissionMode,
  { name: 'max-agents', takes: 'N', about: 'Agents at work at the same time' },
  { name: 'max-attempts', takes: 'N', about: 'Attempts per subtask' },
  { name: 'max-turns', takes: 'N', about: 'Model turns per agent' },
  { name: 'max-cost', takes: 'USD', about: 'Dollars per agent' },
  { name: 'timeout', takes: 'MINUTES', about: 'Minutes per subtask' },
  {
    name: 'output-file',
    takes: 'PATH',
    about: 'Path that is a result; may be repeated',
    repeats: true,
  },
  { name: 'test', takes: 'COMMAND', about: 'Tests the merged result; empty: nothing does' },
  { name: 'draft', about: 'Do not start it' },
  { name: 'auto-approve', about: 'Run the plan without asking' },
  { name: 'push', about: 'Push the finished work to a branch of the repository' },
  ...delivering,
]

export const clientCommands = {
  'task create': {
    about: 'Create a task and start planning',
    words: ['[PROMPT]'],
    options: [...creating, ...waiting, ...common],
    notes: ['Without PROMPT and --prompt-file the prompt is read from stdin; so it is with -.'],
  },
  'task list': {
    about: 'List tasks, newest first',
    options: [
      { name: 'status', takes: 'STATUS', about: 'Only these; several with commas' },
      { name: 'search', takes: 'TEXT', about: 'Only those whose name or prompt has the text' },
      { name: 'limit', takes: 'N', about: 'At most so many (default 50, at most 200)' },
      ...common,
    ],
  },
  'task show': {
    about: 'Show a task: state, plan, questions, agents',
    words: ['TASK'],
    options: common,
  },
  'task cost': {
    about: 'Show what a task has cost: tokens, turns and tool calls of each agent',
    words: ['TASK'],
    options: common,
  },
  'task plan': {
    about: 'Show the plan of a task',
    words: ['TASK'],
    options: [{ name: 'version', takes: 'N', about: 'An older version' }, ...common],
  },
  'task watch': {
    about: 'Follow a task live until it ends, and end as it does',
    words: ['TASK'],
    options: [
      {
        name: 'after',
        takes: 'SEQ',
        about: 'Only events after this one (default: from the first)',
      },
      noInput,
      ...common,
    ],
    notes: [
      'On a terminal it asks you what the task asks you.',
      'A lost connection is taken up again where it was.',
      'With --json each line is one event of the API; take --after from the seq of the last one you have.',
    ],
  },
  'task start': {
    about: 'Start planning a draft, or a failed task anew',
    words: ['TASK'],
    options: [...waiting, ...common],
  },
  'task answer': {
    about: "Answer the planner's questions",
    words: ['TASK', '[QUESTION]', '[ANSWER]'],
    options: [
      { name: 'skip', about: 'Let the planner decide whatever is still open' },
      ...waiting,
      ...common,
    ],
    notes: [
      'QUESTION is its number as "task show" lists it, or its id; not needed when one is open.',
      'Without an answer you are asked on the terminal. An answer of - is read from stdin.',
    ],
  },
  'task approve': {
    about: 'Approve the plan and run it',
    words: ['TASK'],
    options: [
      { name: 'version', takes: 'N', about: 'Only if this is still the newest version' },
      {
        name: 'plan',
        takes: 'FILE',
        about: 'Run this plan instead: JSON as "task plan --json" has it',
      },
      ...waiting,
      ...common,
    ],
  },
  'task replan': {
    about: 'Have it planned again',
    words: ['TASK', '[REMARK]'],
    options: [...waiting, ...common],
  },
  'task stop': {
    about: 'Stop its agents and keep their work',
    words: ['TASK'],
    options: common,
  },
  'task resume': {
    about: 'Go on with a stopped task',
    words: ['TASK'],
    options: [...waiting, ...common],
  },
  'task relaunch': {
    about: 'Run a task that has ended again, as a new task',
    words: ['TASK', '[PROMPT]'],
    options: [
      {
        name: 'clean',
        about: 'Begin at the source, not with the files and knowledge of the old run',
      },
      { name: 'draft', about: 'Do not start it' },
      ...waiting,
      ...common,
    ],
    notes: ['PROMPT takes the place of the old one; - is read from stdin.'],
  },
  'task deliver': {
    about: 'Deliver finished work, again or for the first time',
    words: ['TASK'],
    options: [...delivering, repoToken, ...waiting, ...common],
    notes: ['What is not said stays as it was set before.'],
  },
  'task set': {
    about: 'Change the name of a task, or when its agents ask',
    words: ['TASK'],
    options: [{ name: 'name', takes: 'NAME', about: 'What to call it' }, permissionMode, ...common],
    notes: ['Agents at work hear it at once. What they ask already still waits for your answer.'],
  },
  'task cancel': {
    about: 'End a task for good; merged work is kept',
    words: ['TASK'],
    options: common,
  },
  'task retry': {
    about: 'Try a failed subtask again',
    words: ['TASK', 'SUBTASK'],
    options: [
      { name: 'prompt-file', takes: 'FILE', about: 'With this prompt; - is stdin' },
      model,
      ...waiting,
      ...common,
    ],
  },
  ...standInCommands,
  'task skip': {
    about: 'Go on without a subtask',
    words: ['TASK', 'SUBTASK'],
    options: common,
  },
  'task message': {
    about: 'Tell an agent of the task something',
    words: ['TASK', 'TEXT'],
    options: [
      {
        name: 'to',
        takes: 'AGENT',
        about: 'Its id or its subtask; not needed when one is at work',
      },
      later,
      ...common,
    ],
    notes: ['A TEXT of - is read from stdin.'],
  },
  'task delete': {
    about: 'Delete a task with everything it has',
    words: ['TASK'],
    options: [{ name: 'yes', about: 'Do not ask' }, ...common],
  },
  'task files list': {
    about: 'List the files of a task',
    words: ['TASK'],
    options: [area, ...common],
  },
  'task files get': {
    about: 'Print a file of a task, or save it',
    words: ['TASK', 'PATH'],
    options: [area, ...saving],
  },
  'task diff': {
    about: 'Show what the merged work changed',
    words: ['TASK'],
    options: [
      { name: 'path', takes: 'PATH', about: 'Only this file' },
      { name: 'stat', about: 'Only which files, and how many lines' },
      json,
      server,
      tokenFile,
    ],
    notes: ['--json implies --stat.'],
  },
  'task logs': {
    about: 'Print what an agent did and said',
    words: ['TASK', '[AGENT]'],
    options: [
      { name: 'follow', about: 'Go on until it ends' },
      { name: 'json', about: "Print the CLI's own lines, byte for byte" },
      server,
      tokenFile,
    ],
    notes: ['AGENT is its id or its subtask; it may be left out when the task has only one.'],
  },
  'task open': {
    about: 'Open a task in the browser',
    words: ['TASK'],
    options: [{ name: 'print', about: 'Only print the address' }, server, tokenFile],
  },
  ...reviewCommands,
  ...checkpointCommands,
  'team list': { about: 'List the teams that a task can be given', options: common },
  'team show': {
    about: 'Show a team and its roles',
    words: ['TEAM'],
    options: common,
    notes: [teamNote],
  },
  'team import': {
    about: 'Make a team of a YAML file',
    words: ['FILE'],
    options: [{ name: 'replace', about: 'Change the team of the same name' }, ...common],
    notes: [stdinNote],
  },
  'team export': {
    about: 'Print a team as a YAML file, or save it',
    words: ['TEAM'],
    options: saving,
    notes: [teamNote],
  },
  'team remove': {
    about: 'Remove a team; tasks that were made with it keep theirs',
    words: ['TEAM'],
    options: [{ name: 'yes', about: 'Do not ask' }, ...common],
    notes: [teamNote],
  },
  ...repoCommands,
  ...outsideCommands,
  'agent list': {
    about: 'List the agents at work, or all of a task',
    words: ['[TASK]'],
    options: common,
  },
  'agent message': {
    about: 'Tell an agent something',
    words: ['AGENT', 'TEXT'],
    options: [later, ...common],
    notes: ['A TEXT of - is read from stdin.'],
  },
  'agent interrupt': {
    about: 'Break off what an agent does; it stays and waits',
    words: ['AGENT'],
    options: common,
  },
  'agent stop': {
    about: 'End an agent',
    words: ['AGENT'],
    options: common,
  },
  ...steerCommands,
  permissions: {
    about: 'List what agents ask to be allowed, of all tasks or of one',
    words: ['[TASK]'],
    options: common,
    notes: ['Each is shown whole: what would be run or written, and what --for-task would allow.'],
  },
  allow: {
    about: 'Allow what an agent asks for, once',
    words: ['PERMISSION'],
    options: [
      { name: 'for-task', about: 'From now on, too, for every agent of the task' },
      ...common,
    ],
    notes: [permissionNote],
  },
  deny: {
    about: 'Refuse what an agent asks for; it goes on without',
    words: ['PERMISSION'],
    options: [
      { name: 'reason', takes: 'TEXT', about: 'What the agent reads; - is stdin' },
      ...common,
    ],
    notes: [permissionNote],
  },
} as const satisfies Record<string, CommandInfo>

export type ClientCommandName = keyof typeof clientCommands

export function isClientCommand(name: string): name is ClientCommandName {
  return Object.hasOwn(clientCommands, name)
}
