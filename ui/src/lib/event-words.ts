/** Events of the log in words. */
import * as v from 'valibot'
import { type EventType, eventTypes, type TaskEvent } from '#contract/event.ts'
import { PermissionMode } from '#contract/permission.ts'
import type { GlyphName } from './glyph-name.ts'
import { windowName } from './limit-words.ts'
import { kindOf, kindWords, nameWord } from './messages/words.ts'
import { permissionNames } from './permission-words.ts'
import { describeRecovered } from './recovered.ts'
import { formatClock } from './time.ts'

const words: Record<EventType, string> = {
  'task.created': 'Created',
  'task.started': 'Started',
  'task.status': 'Status',
  'task.completed': 'Done',
  'task.failed': 'Failed',
  'task.cancelled': 'Cancelled by you',
  'task.paused': 'Stopped, everything is saved',
  'task.resumed': 'Resumed',
  'task.renamed': 'Renamed',
  'task.permission-mode': 'When agents ask you, from now on',
  'task.frozen': 'All agents frozen by you',
  'task.unfrozen': 'Agents unfrozen by you',
  'task.forked': 'Made into a new task',
  'task.relaunched': 'Launched again as another task',
  'task.recovered': 'Klaudio restarted and took the task up again',
  'source.progress': 'Repository on its way',
  'source.ready': 'Repository ready',
  'setup.started': 'Setup of the repository begins',
  'setup.image': 'Image of the repository ready',
  'setup.step': 'Setup command',
  'setup.ready': 'Repository set up',
  'setup.failed': 'Setup of the repository failed',
  'setup.skipped': 'Agents start without the setup',
  'planner.question': 'The planner asks',
  'agent.question': 'asks you',
  'question.answered': 'Answered',
  'plan.generated': 'Plan ready',
  'plan.invalid': 'The plan was not valid and is made again',
  'plan.modified': 'Plan changed by you',
  'plan.approved': 'Plan approved',
  'subtask.queued': 'queued',
  'subtask.started': 'started',
  'subtask.retrying': 'is tried again',
  'subtask.integrating': 'is being merged',
  'subtask.completed': 'done and merged',
  'subtask.failed': 'failed',
  'subtask.skipped': 'skipped',
  'subtask.conflict': 'could not be merged',
  'subtask.resolving': 'has a conflict that an agent brings together',
  'review.completed': 'Reviewed',
  'agent.created': 'Agent created',
  'agent.status': 'Agent',
  'agent.activity': 'Agent works',
  'agent.usage': 'Agent cost',
  'agent.input': 'Message to an agent',
  'agent.interrupted': 'Interrupted by you',
  'agent.frozen': 'Frozen by you',
  'agent.unfrozen': 'Unfrozen',
  'agent.model': 'Model changed by you',
  'agent.restarted': 'Restarted by you',
  'agent.taken-out': 'Taken out of the team by you',
  'agent.shell': 'Shell in its container',
  'agent.retrying': 'The API did not answer, trying again',
  'permission.asked': 'asks for permission',
  'permission.answered': 'Permission answered',
  'permission.withdrawn': 'Permission not needed any more',
  'agent.rate-limit': 'Usage limit',
  'message.sent': 'Message',
  'result.testing': 'The merged result is tested',
  'result.tested': 'The merged result was tested',
  'result.sent-back': 'Sent back, because its tests fail',
  'result.accepted': 'Taken as it is by you, though its tests fail',
  'delivery.started': 'Being delivered',
  'delivery.pushed': 'Pushed',
  'delivery.pull-request': 'Pull request',
  'delivery.completed': 'Delivered',
  'delivery.failed': 'Could not be delivered',
  'pull-request.state': 'Pull request',
  'pull-request.check': 'Check',
  'pull-request.comment': 'Comment on the pull request',
  'follow-up.waiting': 'The pull request needs you',
  'follow-up.started': 'Sent back to an agent',
  'follow-up.ended': 'Follow-up over',
  'checkpoint.taken': 'Checkpoint taken',
  'checkpoint.failed': 'A checkpoint could not be taken',
  'checkpoint.removed': 'Old checkpoint removed',
  'checkpoint.restored': 'Taken back to a checkpoint',
  'checkpoint.restore-failed': 'It could not be taken back to a checkpoint',
  'output.removed': 'Output no longer kept',
  'uploads.removed': 'Uploaded files no longer kept',
  'files.uploaded': 'Files added',
  'file.changed': 'File changed by you',
  'review.sent': 'Comments sent',
  'changes.discarded': 'Changes discarded',
  'changes.restored': 'Discarded changes brought back',
}

const glyphs: Partial<Record<EventType, GlyphName>> = {
  'setup.started': 'run',
  'setup.ready': 'done',
  'setup.failed': 'fail',
  'setup.skipped': 'skip',
  'task.completed': 'done',
  'task.failed': 'fail',
  'task.cancelled': 'skip',
  'task.paused': 'pause',
  'result.testing': 'run',
  'result.tested': 'review',
  'result.accepted': 'done',
  'delivery.started': 'run',
  'delivery.completed': 'done',
  'delivery.failed': 'fail',
  'subtask.started': 'run',
  'subtask.integrating': 'review',
  'subtask.completed': 'done',
  'subtask.failed': 'fail',
  'subtask.conflict': 'fail',
  'subtask.resolving': 'review',
  'review.completed': 'review',
  'subtask.skipped': 'skip',
  'task.started': 'run',
  'task.resumed': 'run',
  'task.frozen': 'pause',
  'agent.frozen': 'pause',
}

/** What a person did to one agent: the main view has it. */
const byPerson: ReadonlySet<EventType> = new Set([
  'agent.interrupted',
  'agent.frozen',
  'agent.unfrozen',
  'agent.model',
  'agent.restarted',
  'agent.taken-out',
  'agent.shell',
])

/** The many small ones, which the main view leaves out. */
const isDetail = (type: EventType): boolean =>
  (type.startsWith('agent.') && !byPerson.has(type) && type !== 'agent.question') ||
  type === 'setup.step' ||
  type === 'subtask.queued' ||
  type === 'source.progress' ||
  type === 'task.status'

/** Of the main view. */
export const mainTypes: readonly EventType[] = eventTypes.filter((type) => !isDetail(type))

/** Undefined for what is no state of anything. */
export const glyphOf = ({ type }: TaskEvent): GlyphName | undefined => glyphs[type]

/** What an agent did in a submodule is another repository's. */
function describeHeldBack({ held_back: paths }: TaskEvent['data']): string {
  if (!Array.isArray(paths) || paths.length === 0) return ''
  const which = `${paths.length === 1 ? 'submodule' : 'submodules'} ${paths.map(String).join(', ')}`
  return `changes in the ${which} are not part of the delivery`
}

/** How much of its history came, and what belongs to the repository and is not in it. */
const describeSource = (data: TaskEvent['data']): string =>
  [describeDepth(data), describeOutside(data)].filter(Boolean).join(', ')

function describeDepth({ depth, whole_history: reason }: TaskEvent['data']): string {
  if (typeof depth !== 'number') return ''
  const reasonText = asText(reason)
  if (reasonText !== '') return `with its whole history, because ${reasonText}`
  return depth === 1 ? 'its newest commit' : `its newest ${depth} commits`
}

function describeOutside({ submodules, lfs }: TaskEvent['data']): string {
  const count = Array.isArray(submodules) ? submodules.length : 0
  const parts = [
    ...(count > 0 ? [count === 1 ? 'a submodule' : `${count} submodules`] : []),
    ...(Array.isArray(lfs) && lfs.length > 0 ? ['files in Git LFS'] : []),
  ]
  return parts.length > 0 ? `without the contents of ${parts.join(' and of ')}` : ''
}

/** What some say in their own way. */
const special: Partial<Record<EventType, (data: TaskEvent['data']) => string>> = {
  'review.completed': ({ verdict, findings }) =>
    verdict === 'approved'
      ? 'approved'
      : `${findings === 1 ? 'one thing' : `${findings} things`} to change`,
  'result.tested': ({ outcome, command }) => {
    const passed = outcome === 'passed' ? 'passed' : asText(outcome).replaceAll('_', ' ')
    return [asText(command), passed].filter(Boolean).join(', ')
  },
  'result.sent-back': ({ to, reason }) => `to ${asText(to)}. ${asText(reason)}`,
  'source.ready': describeSource,
  'subtask.completed': describeHeldBack,
  'setup.started': ({ from }) => asText(from),
  'setup.image': ({ from_cache: isKept, notes }) =>
    [
      ...(isKept ? ['as an earlier task left it'] : []),
      ...(Array.isArray(notes) ? notes.map(String) : []),
    ].join('. '),
  'setup.ready': ({ from_cache: isKept }) => (isKept ? 'as an earlier task left it' : ''),
  'setup.failed': ({ error }) => asText(error),
  'setup.step': ({ step }) => (typeof step === 'number' ? `number ${step}` : ''),
  'task.recovered': describeRecovered,
  'agent.model': ({ to }) => String(to),
  'agent.restarted': ({ conversation, instructions }) =>
    `${conversation === 'fresh' ? 'in a fresh conversation' : 'in its conversation'}, with “${String(instructions)}”`,
  'agent.taken-out': ({ work }) => (work === 'keep' ? 'its work is kept' : 'its work is dropped'),
  'agent.shell': ({ state }) => (state === 'opened' ? 'opened by you' : 'closed'),
  'task.permission-mode': ({ to }) =>
    v.is(PermissionMode, to) ? permissionNames[to].toLowerCase() : '',
  'task.renamed': ({ to }) => asText(to),
  'permission.asked': ({ tool }) => asText(tool),
  'permission.answered': describeAnswer,
  'permission.withdrawn': ({ tool, note }) =>
    [asText(tool), asText(note)].filter(Boolean).join(', '),
  'agent.rate-limit': describeLimit,
  'pull-request.state': ({ state, mergeable }) =>
    `${asText(state)}${mergeable === false ? ', has conflicts' : ''}`,
  'pull-request.check': ({ name, state }) => `${asText(name)}, ${asText(state)}`,
  'pull-request.comment': ({ author, excerpt, verdict }) =>
    [asText(author), asText(verdict) || asText(excerpt)].filter(Boolean).join(': '),
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : '')

function describeAnswer({ tool, decision, scope, message }: TaskEvent['data']): string {
  const often = scope === 'task' ? 'for this task' : 'once'
  if (decision === 'allow') return `${asText(tool)} allowed ${often}`
  return [`${asText(tool)} denied`, asText(message)].filter(Boolean).join(', ')
}

function describeLimit({ status, window, resets_at: until }: TaskEvent['data']): string {
  const name = `${windowName(asText(window))} window`.trim()
  if (status === 'allowed_warning') return `${name} nearly used up`
  if (status !== 'rejected') return `${name} has room`
  const at = Date.parse(asText(until))
  return Number.isNaN(at) ? `${name} used up` : `${name} used up until ${formatClock(at)}`
}

/** Who said it to whom, as far as the event names them: a report is for whoever builds on the work. */
function describeMessage({ data }: TaskEvent, names: ReadonlyMap<string, string>): string {
  const { from, to } = data
  const named = (name: string): string => names.get(name) ?? nameWord(name)
  const kind = kindWords[kindOf(data)].one
  const by = from === 'user' ? ' from you' : asText(from) && ` from ${named(asText(from))}`
  if (asText(to) !== '') return `${kind}${by} to ${named(asText(to))}`
  return from === 'user' ? `${kind}${by} to everybody` : `${kind}${by}`
}

/** A sentence that begins with the subtask's name. */
const isSaidOfSubtask = (type: EventType): boolean =>
  type.startsWith('subtask.') || type === 'agent.question' || type === 'permission.asked'

function headOf({ type, agent_id: agent }: TaskEvent, name: string): string {
  if (type === 'agent.question' && agent === undefined) return 'You are asked'
  if (isSaidOfSubtask(type)) return `${name || 'An agent'} ${words[type]}`
  return [words[type], name].filter(Boolean).join(', ')
}

export function describeEvent(event: TaskEvent, names: ReadonlyMap<string, string>): string {
  const { type, data, subtask_id: subtask } = event
  const name = subtask === undefined ? '' : (names.get(subtask) ?? subtask)
  const text = (key: string): string => (typeof data[key] === 'string' ? data[key] : '')
  const detail =
    special[type]?.(data) ||
    text('error') ||
    text('reason') ||
    text('text') ||
    text('answer') ||
    text('activity') ||
    (type.startsWith('delivery.') ? text('url') || text('branch') : '')
  if (type === 'task.status')
    return `Now ${[text('to'), text('phase').replaceAll('_', ' ')].filter(Boolean).join(', ')}${detail ? `: ${detail}` : ''}`
  if (type === 'agent.status')
    return `${name || 'Agent'} is ${[text('status'), text('phase')].filter(Boolean).join(', ')}${detail ? `: ${detail}` : ''}`
  if (type === 'message.sent') return describeMessage(event, names)
  const head = headOf(event, name)
  return detail ? `${head}: ${detail}` : head
}
