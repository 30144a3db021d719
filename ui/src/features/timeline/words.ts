/** What the timeline calls things. */
import type { EventType } from '#contract/event.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import type { Cause, Mark, Span } from '../../lib/timeline/spans.ts'

export const causeWords: Record<Cause, string> = {
  you: 'You',
  dependency: 'Dependency',
  slot: 'Slot',
  limit: 'Limit',
  retry: 'Retry',
  stopped: 'Stopped',
}

export const spanWords = (span: Span): string => {
  switch (span.kind) {
    case 'plan':
      return 'Planning'
    case 'work':
      return 'Working'
    case 'merge':
      return 'Merging'
    case 'wait':
      return `Waiting: ${causeWords[span.cause].toLowerCase()}`
  }
}

export const markWords: Record<
  Mark['kind'],
  { word: string; glyph?: GlyphName; icon?: 'retry' | 'message' | 'health' }
> = {
  question: { word: 'Question', glyph: 'need' },
  approval: { word: 'Plan approved', glyph: 'done' },
  retry: { word: 'Tried again', icon: 'retry' },
  message: { word: 'Message', icon: 'message' },
  restart: { word: 'Klaudio restarted', icon: 'health' },
  fail: { word: 'Failed', glyph: 'fail' },
  done: { word: 'Done', glyph: 'done' },
  skip: { word: 'Skipped', glyph: 'skip' },
}

export const kinds = ['main', 'plan', 'subtasks', 'agents', 'messages', 'all'] as const
export type Kind = (typeof kinds)[number]

export const kindWords: Record<Kind, string> = {
  main: 'What happened',
  plan: 'Plan',
  subtasks: 'Subtasks',
  agents: 'Agents',
  messages: 'Messages and files',
  all: 'Every event',
}

/** None: all of them. */
export const kindTypes: Record<Kind, readonly EventType[]> = {
  main: [
    'task.created',
    'task.started',
    'task.completed',
    'task.failed',
    'task.cancelled',
    'task.paused',
    'task.resumed',
    'task.recovered',
    'task.relaunched',
    'task.renamed',
    'task.permission-mode',
    'task.forked',
    'source.ready',
    'setup.started',
    'setup.image',
    'setup.ready',
    'setup.failed',
    'setup.skipped',
    'planner.question',
    'agent.question',
    'question.answered',
    'plan.generated',
    'plan.invalid',
    'plan.modified',
    'plan.approved',
    'permission.asked',
    'permission.answered',
    'permission.withdrawn',
    'subtask.started',
    'subtask.retrying',
    'subtask.completed',
    'subtask.failed',
    'subtask.skipped',
    'subtask.conflict',
    'subtask.resolving',
    'review.completed',
    'result.testing',
    'result.tested',
    'result.sent-back',
    'result.accepted',
    'delivery.completed',
    'delivery.failed',
    'checkpoint.restored',
    'checkpoint.restore-failed',
    'message.sent',
    'files.uploaded',
    'file.changed',
    'review.sent',
    'changes.discarded',
    'changes.restored',
  ],
  plan: [
    'planner.question',
    'question.answered',
    'plan.generated',
    'plan.invalid',
    'plan.modified',
    'plan.approved',
  ],
  subtasks: [
    'subtask.queued',
    'subtask.started',
    'subtask.retrying',
    'subtask.integrating',
    'subtask.completed',
    'subtask.failed',
    'subtask.skipped',
    'subtask.conflict',
    'subtask.resolving',
    'review.completed',
  ],
  agents: [
    'agent.created',
    'agent.status',
    'agent.activity',
    'agent.usage',
    'agent.input',
    'agent.retrying',
    'agent.rate-limit',
    'agent.question',
    'permission.asked',
    'permission.answered',
    'permission.withdrawn',
  ],
  messages: [
    'message.sent',
    'agent.input',
    'files.uploaded',
    'file.changed',
    'review.sent',
    'changes.discarded',
    'changes.restored',
  ],
  all: [],
}
