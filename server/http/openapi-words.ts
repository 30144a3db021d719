/** What the API's description says in words: the parts that no schema holds. */

export const about = `The API that the user interface and the command line use, and that your programs can use.

Every refusal is an ErrorAnswer: a sentence that says what to do, and a stable code. A refused request has changed nothing. Bodies are JSON unless
said otherwise; times are ISO 8601 in UTC, sizes bytes. Lists go on with \`cursor=<next_cursor>\` until that is null. Answers with an ETag
are not sent again to a client that shows it in If-None-Match. A write that got no answer can be sent again under the same Idempotency-Key: within
ten minutes, and while the server runs, it is done once and answered alike.`

/** What a parameter means, by its name: one name means one thing everywhere. */
export const parameterWords: Readonly<Record<string, string>> = {
  id: 'Id of the task.',
  aid: 'Id of the agent.',
  sid: 'Id of the subtask.',
  qid: 'Id of the question.',
  iid: 'Id of the message to the agent.',
  pid: 'Id of what an agent asked to be allowed.',
  filename: 'Path of the file; path in the query takes precedence.',
  prefix: 'The beginning of an id.',
  limit: 'Most entries of one page.',
  offset: 'Entries passed over; a cursor is better, it is stable while the list changes.',
  cursor: 'Where to go on: next_cursor of the page before.',
  status: 'Only these statuses.',
  kind: 'Only these kinds of agents.',
  search: 'Part of the name or the prompt; of the name only when shorter than three characters.',
  brief: 'With the beginning of prompts only.',
  after: 'Position of the last event that the client has.',
  before: 'Position of the first event that the client has, to go on backwards.',
  order: 'Oldest or newest first.',
  agent_id: 'Only of this agent.',
  subtask_id: 'Only of this subtask.',
  scope: 'Those that live or wait, or all that ever were.',
  version: 'Version of the plan; the newest when absent.',
  from: 'Where to begin: a byte of output, a commit of changes.',
  to: 'Where to end, not included: a byte of output, a commit of changes.',
  align: 'Whether to give whole lines.',
  q: 'The text to look for, whatever its case.',
  in: 'What a reader sees, or the bytes as they were printed.',
  after_id: 'Id of the last message that the client has.',
  path: 'Path inside its area.',
  old_path: 'Path before a rename.',
  area: 'Which of the three trees.',
  agent: 'What this agent handed in, in place of the task branch.',
  subtask: 'What this subtask brought in.',
  context: 'Unchanged lines round every change.',
  'Idempotency-Key':
    'Chosen by the client, such as a UUID: sent again under the same one, the request is done once and answered alike.',
}

/** Every socket, with what it says. */
export const sockets = [
  {
    path: '/ws/live',
    summary:
      'Output, events and the state of the installation over one connection, resumed from any position.',
  },
  {
    path: '/ws/tasks/{id}/stream?agent=',
    summary: 'Output of a task or one of its agents, stored then live, with its events as JSON.',
  },
  {
    path: '/ws/tasks/{id}/messages',
    summary: 'Messages of a team: the newest 500, then live ones.',
  },
  {
    path: '/ws/tasks/{id}/stats?interval=2s',
    summary: 'Resource use of the running agents of a task, again and again.',
  },
] as const

const tags: readonly [RegExp, string][] = [
  [/^\/api\/usage$/, 'Installation'],
  [/\/(plan|approve|replan|subtasks|questions)(\/|$)/, 'Plan'],
  [/\/messages$/, 'Messages'],
  [/\/(agents|permissions|message|output|stats|rate-limit|usage)(\/|$)/, 'Agents'],
  [/\/(comments|discards)(\/|$)/, 'Review'],
  [/\/(files|file-viewer|archive|work|changes|diff)(\/|$)/, 'Files and changes'],
  [/\/events$/, 'Events'],
  [/^\/api\/(tasks|source)(\/|$)/, 'Tasks'],
  [/^\/api\/(session|sessions|tokens|access|login|logout)(\/|$)/, 'Access'],
]

export const tagOf = (path: string): string =>
  tags.find(([pattern]) => pattern.test(path))?.[1] ?? 'Installation'
