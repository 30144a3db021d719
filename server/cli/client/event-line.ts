/** Events of a task as lines for people. */
import * as v from 'valibot'
import type { TaskEvent } from '#contract/event.ts'
import { SourceProgress, sourceStageWords } from '#contract/source-progress.ts'
import type { State } from './paint.ts'
import { toSafeLine } from './safe-text.ts'

export type EventLine = {
  state: State
  text: string
  /** One of very many: of interest while it happens, not afterwards. */
  isPassing?: boolean
}

type Render = (event: TaskEvent) => EventLine | undefined

const line =
  (state: State, text: string): Render =>
  (event) => ({ state, text: withReason(text, event) })
/** Begins with the subtask it is about. */
const about =
  (state: State, text: string): Render =>
  (event) => ({ state, text: withReason(`${event.subtask_id ?? 'planner'}: ${text}`, event) })

const commitCount = (count: number): string => (count === 1 ? 'commit' : `${count} commits`)

const checkStates: Partial<Record<string, State>> = {
  passed: 'done',
  failed: 'fail',
  skipped: 'skip',
}

/** An event that is not here goes without saying. */
const lines: Partial<Record<TaskEvent['type'], Render>> = {
  'task.created': line('wait', 'Created'),
  'task.started': line('run', 'Planning has started'),
  'task.completed': line('done', 'Done'),
  'task.failed': line('fail', 'Failed'),
  'task.cancelled': line('skip', 'Cancelled'),
  'task.paused': line('pause', 'Stopped, everything is saved'),
  'task.resumed': line('run', 'Resumed'),
  'task.relaunched': line('run', 'Launched again as another task'),
  'task.permission-mode': (event) => ({
    state: 'wait',
    text: `Agents ask you from now on: ${toSafeLine(textIn(event, 'to'))}`,
  }),
  'task.recovered': line('run', 'Klaudio restarted and took the task up again'),
  'task.status': (event) =>
    event.data.phase === 'waiting' ? line('pause', 'Waits')(event) : undefined,
  'source.progress': ({ data }) => {
    const { success, output } = v.safeParse(SourceProgress, data)
    if (!success) return undefined
    const percent = output.percent === undefined ? '' : `: ${output.percent} %`
    return { state: 'run', text: `${sourceStageWords[output.stage]}${percent}`, isPassing: true }
  },
  'source.ready': (event) => {
    const { depth, whole_history: reason } = event.data
    if (typeof reason === 'string')
      return { state: 'run', text: toSafeLine(`The repository is ready, all of it: ${reason}`) }
    const part = typeof depth === 'number' ? `: its newest ${commitCount(depth)}` : ''
    return { state: 'run', text: `The repository is ready${part}` }
  },
  'planner.question': line('need', 'The planner asks'),
  'question.answered': line('done', 'Answered'),
  'plan.generated': line('need', 'The plan is ready'),
  'plan.invalid': line('wait', 'The plan was not valid and is made again'),
  'plan.modified': line('wait', 'The plan was changed'),
  'plan.approved': line('run', 'The plan is approved'),
  'subtask.started': about('run', 'started'),
  'subtask.retrying': about('wait', 'is tried again'),
  'subtask.completed': (event) => {
    const { held_back: paths } = event.data
    const done = about('done', 'done and merged')(event)
    if (!done || !Array.isArray(paths) || paths.length === 0) return done
    const which = toSafeLine(paths.map(String).join(', '))
    const noun = paths.length === 1 ? 'submodule' : 'submodules'
    return { ...done, text: `${done.text}; changes in the ${noun} ${which} are not delivered` }
  },
  'subtask.failed': about('fail', 'failed'),
  'subtask.skipped': about('skip', 'skipped'),
  'subtask.conflict': about('fail', 'could not be merged'),
  'subtask.resolving': about('merge', 'has a conflict that an agent brings together'),
  'review.completed': about('merge', 'has given its verdict'),
  'result.testing': line('run', 'The merged result is tested'),
  'result.tested': (event) => ({
    state: toTestState(textIn(event, 'outcome')),
    text: `Test of the result: ${toSafeLine(`${textIn(event, 'command')} ${textIn(event, 'outcome').replaceAll('_', ' ')}`)}`,
  }),
  'result.sent-back': line('wait', 'Sent back, because its tests fail'),
  'result.accepted': line('done', 'Taken as it is by you, though its tests fail'),
  'delivery.started': line('run', 'Being delivered'),
  'delivery.pushed': line('run', 'Pushed'),
  'delivery.pull-request': line('run', 'Pull request'),
  'delivery.completed': line('done', 'Delivered'),
  'delivery.failed': line('fail', 'Could not be delivered'),
  'pull-request.state': (event) => ({
    state: 'wait',
    text: `Pull request: ${toSafeLine(textIn(event, 'state'))}`,
  }),
  'pull-request.check': (event) => ({
    state: checkStates[textIn(event, 'state')] ?? 'wait',
    text: `Check ${toSafeLine(textIn(event, 'name'))}: ${toSafeLine(textIn(event, 'state'))}`,
  }),
  'pull-request.comment': (event) => ({
    state: 'wait',
    text: `${toSafeLine(textIn(event, 'author'))} on the pull request: ${toSafeLine(textIn(event, 'excerpt'))}`,
  }),
  'follow-up.waiting': line('need', 'The pull request needs you'),
  'follow-up.started': about('run', 'goes on with what the pull request says'),
  'follow-up.ended': about('done', 'has answered the pull request'),
  'permission.asked': about('need', 'asks for your permission'),
  'permission.answered': about('done', 'has your answer'),
  'permission.withdrawn': about('skip', 'asks no more'),
  'task.frozen': line('pause', 'All agents are frozen'),
  'task.unfrozen': line('run', 'The agents go on'),
  'agent.frozen': about('pause', 'is frozen'),
  'agent.unfrozen': about('run', 'goes on'),
  'agent.interrupted': about('pause', 'was interrupted'),
  'agent.restarted': about('run', 'was restarted with instructions'),
  'agent.taken-out': about('skip', 'was taken out of the team'),
  'agent.retrying': about('pause', 'the model does not answer, trying again'),
  'agent.rate-limit': about('pause', 'usage limit'),
  'agent.activity': (event) => {
    const activity = textIn(event, 'activity')
    if (['', 'Thinking', 'Writing'].includes(activity)) return undefined
    const who = event.subtask_id ?? 'planner'
    return { state: 'wait', text: `${who}: ${toSafeLine(activity)}`, isPassing: true }
  },
  'message.sent': line('wait', 'A message was sent'),
  'output.removed': line('wait', 'Output of an agent is no longer kept'),
  'uploads.removed': line('wait', 'Uploaded files are no longer kept'),
  'files.uploaded': line('wait', 'Files were added'),
  'file.changed': line('wait', 'A file was changed by hand'),
  'review.sent': line('wait', 'Comments were sent'),
  'changes.discarded': line('wait', 'Changes were discarded'),
  'changes.restored': line('wait', 'Discarded changes were brought back'),
}

export const toEventLine = (event: TaskEvent): EventLine | undefined => lines[event.type]?.(event)

const toTestState = (outcome: string): EventLine['state'] => {
  if (outcome === 'failed') return 'fail'
  return outcome === 'passed' ? 'done' : 'skip'
}

const reasons = ['error', 'reason', 'answer', 'path', 'url', 'branch'] as const

function withReason(text: string, event: TaskEvent): string {
  const reason = reasons.map((key) => textIn(event, key)).find((each) => each !== '')
  return reason ? `${text}: ${toSafeLine(reason)}` : text
}

function textIn({ data }: TaskEvent, key: string): string {
  const value = data[key]
  return typeof value === 'string' ? value : ''
}
