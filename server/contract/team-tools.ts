/** What agents of one team can say to each other and to the server: the tools their CLIs are offered, as schemas. */
import * as v from 'valibot'
import type { AgentKind } from './agent.ts'
import { severities, type Verdict } from './verdict.ts'

/** The name under which the tools appear: `mcp__team__send_message`. */
export const teamServer = 'team'

/** What the manager of a team is called by its members. */
export const managerName = 'manager'
/** Everybody but the sender. */
export const everybody = 'all'

/**
 * What an agent said of its work. `done` and `failed` end a subtask when its turn ends, `approved` ends the run, `reviewed` is the word of
 * a reviewer.
 */
export type AgentReport =
  | { kind: 'done' | 'failed' | 'blocked' | 'approved'; text: string }
  | ({ kind: 'reviewed'; text: string } & Pick<Verdict, 'verdict' | 'findings'>)

const words = (what: string, max = 20_000) =>
  v.pipe(
    v.string(`${what} must be a text.`),
    v.trim(),
    v.nonEmpty(`${what} must not be empty.`),
    v.maxLength(max, `${what} may have ${max} characters at most.`),
  )
const worker = v.pipe(words('worker', 40), v.description('The id of a subtask of this team.'))

export const teamInputs = {
  send_message: v.strictObject({
    to: v.pipe(
      words('to', 64),
      v.description(
        'A subtask id, "manager", a role (everybody who has it), or "all" (everybody but you).',
      ),
    ),
    text: words('text'),
  }),
  read_messages: v.strictObject({}),
  wait_for_messages: v.strictObject({}),
  report_done: v.strictObject({
    summary: v.pipe(
      words('summary'),
      v.description('What you did, and what those who build on it need to know.'),
    ),
  }),
  report_blocked: v.strictObject({ reason: words('reason') }),
  report_failed: v.strictObject({ reason: words('reason') }),
  ask_user: v.strictObject({
    question: words('question', 10_000),
    options: v.optional(
      v.pipe(
        v.array(words('An option', 2000)),
        v.maxLength(20),
        v.description('Answers to choose from, if there are only so many.'),
      ),
      [],
    ),
  }),
  submit_review: v.strictObject({
    verdict: v.pipe(
      v.picklist(['approved', 'needs_fix']),
      v.description(
        '"needs_fix" sends the findings to those concerned; you look at it again then.',
      ),
    ),
    summary: words('summary'),
    findings: v.optional(
      v.pipe(
        v.array(
          v.strictObject({
            to: v.pipe(
              words('to', 40),
              v.description('Id of the subtask whose agent has to change it.'),
            ),
            what: words('what'),
            severity: v.optional(v.picklist(severities), 'major'),
            path: v.optional(words('path', 1024)),
            line: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
          }),
        ),
        v.maxLength(100),
        v.description('What is not right, one by one. At least one with "needs_fix".'),
      ),
      [],
    ),
  }),
  team_state: v.strictObject({}),
  write_directive: v.strictObject({ worker, text: words('text', 100_000) }),
  read_work: v.strictObject({ worker }),
  approve: v.strictObject({ summary: words('summary') }),
  request_changes: v.strictObject({ worker, what: words('what', 100_000) }),
  respawn_worker: v.strictObject({ worker, instructions: words('instructions', 100_000) }),
} as const
export type TeamVerb = keyof typeof teamInputs
export type TeamInput<K extends TeamVerb> = v.InferOutput<(typeof teamInputs)[K]>

const team: readonly AgentKind[] = ['worker', 'manager', 'reviewer', 'resolver']
/** A resolver has no name that others could write to. */
const named: readonly AgentKind[] = ['worker', 'manager', 'reviewer']
const manager: readonly AgentKind[] = ['manager']
const workers: readonly AgentKind[] = ['worker', 'reviewer', 'resolver']

/** Who may use a tool, and how it is described to the model. */
export const teamVerbs: Record<TeamVerb, { kinds: readonly AgentKind[]; description: string }> = {
  send_message: {
    kinds: team,
    description: 'Sends a message to members of your team. It is kept until they have read it.',
  },
  read_messages: {
    kinds: named,
    description: 'Returns the messages to you that you have not read yet, without waiting.',
  },
  wait_for_messages: {
    kinds: named,
    description:
      'Waits until there is a message to you, however long that takes, and returns it. Waiting costs nothing: never poll or sleep instead.',
  },
  report_done: {
    kinds: ['worker', 'resolver'],
    description: 'Says that your work is done. Call it last, then end your turn.',
  },
  report_blocked: {
    kinds: ['worker', 'reviewer'],
    description: 'Says that you cannot go on, and waits until somebody has told you how to.',
  },
  report_failed: {
    kinds: workers,
    description: 'Says that your work cannot be done as it was asked for. Then end your turn.',
  },
  submit_review: {
    kinds: ['reviewer'],
    description:
      'Your verdict on the work you were given to review. Call it last, then end your turn. Without it there is no verdict.',
  },
  ask_user: {
    kinds: team,
    description:
      'Asks the person whose task this is, and waits for the answer. Only for what nobody else can decide.',
  },
  team_state: {
    kinds: team,
    description: 'Shows who is in your team and how far everybody is.',
  },
  write_directive: {
    kinds: manager,
    description:
      'Gives a worker its directive: what to do, where, and how it fits to the work of the others. A worker begins when it has one.',
  },
  read_work: {
    kinds: ['manager', 'reviewer'],
    description: 'Shows what a worker reported and changed: its summary and its diff.',
  },
  approve: {
    kinds: manager,
    description:
      'Approves the work of the whole team and ends the task. Possible when every worker is done.',
  },
  request_changes: {
    kinds: manager,
    description:
      'Sends a worker that is done back to work, in the same conversation, with what has to change.',
  },
  respawn_worker: {
    kinds: manager,
    description:
      'Replaces a worker that is done or has failed by a new one, which starts from everything that is merged, with these instructions.',
  },
}

/** What an agent is doing while it calls a tool, in words for people; a name in braces is one of the call's arguments. */
export const teamDoings: Record<TeamVerb, string> = {
  send_message: 'Writing to {to}',
  read_messages: 'Reading its messages',
  wait_for_messages: 'Waiting for messages',
  report_done: 'Reporting that it is done',
  report_blocked: 'Blocked: {reason}',
  report_failed: 'Reporting that it failed',
  ask_user: 'Asking you: {question}',
  submit_review: 'Handing in its verdict',
  team_state: 'Looking at the team',
  write_directive: 'Writing a directive for {worker}',
  read_work: 'Reading the work of {worker}',
  approve: 'Approving the work',
  request_changes: 'Asking {worker} for changes',
  respawn_worker: 'Replacing {worker}',
}

/** Names of a const object are exactly its type's keys. */
export const teamVerbNames = Object.keys(teamVerbs) as TeamVerb[]

export const isTeamVerb = (name: string): name is TeamVerb => Object.hasOwn(teamVerbs, name)
