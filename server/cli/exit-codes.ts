/** How a command ended, for scripts. The numbers are an interface: they never change their meaning. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  notFound: 4,
  conflict: 5,
  auth: 6,
  needsYou: 7,
  stopped: 8,
  unable: 9,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** In the words of the help. */
export const exitCodeRows: readonly (readonly [ExitCode, string])[] = [
  [0, 'Done; with --wait and watch: the task completed'],
  [1, 'The task failed, or something unexpected happened'],
  [2, 'The command or what it was given is not valid'],
  [3, 'The server cannot be reached'],
  [4, 'There is no such task, subtask, agent, question, permission or file'],
  [5, 'Not possible in the present state'],
  [6, 'A token is missing, wrong, or not allowed to do this'],
  [7, 'The task waits for a person, and nobody can be asked here'],
  [8, 'The task was stopped or cancelled'],
  [9, 'The server could not do it now: its engine, disk or limits'],
  [130, 'Interrupted with Ctrl-C; the task goes on'],
]
