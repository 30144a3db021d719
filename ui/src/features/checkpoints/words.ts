import type { Checkpoint } from '#contract/checkpoint.ts'
import type { SubtaskStatus } from '#contract/plan.ts'
import type { FilesBack, RestorePreview } from '#contract/restore-preview.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { formatBytes, plural } from '../../lib/text.ts'

export const causeWords: Record<Checkpoint['cause'], string> = {
  stop: 'When it was stopped',
  subtask: 'After a subtask',
  interval: 'While agents worked',
  manual: 'Taken by you',
  restore: 'Before restore',
}

export const checkpointGlyphs: Record<Checkpoint['status'], GlyphName> = {
  taking: 'run',
  ready: 'done',
  failed: 'fail',
}

const subtaskGlyphs: Record<SubtaskStatus, GlyphName> = {
  pending: 'wait',
  queued: 'wait',
  running: 'run',
  integrating: 'review',
  completed: 'done',
  failed: 'fail',
  skipped: 'skip',
}

/** How far the plan was, one glyph for each subtask. */
export const segmentsOf = ({ plan_progress: plan }: Checkpoint): GlyphName[] =>
  (plan?.subtasks ?? []).map(({ status }) => subtaskGlyphs[status])

export function progressWords({ plan_progress: plan }: Checkpoint): string {
  if (!plan) return ''
  if (plan.subtasks.length === 0) return 'No plan yet'
  return `${plan.completed_subtasks.length} of ${plan.subtasks.length} subtasks done`
}

/** What a checkpoint holds that was not kept before. */
export const sizeWords = (files: number, bytes: number): string =>
  files === 0 && bytes === 0
    ? 'nothing changed'
    : `${plural(files, 'file')} changed · ${formatBytes(bytes)} added`

/** "2 added, 1 changed", or that nothing differs. */
export function filesWords({ added, changed, removed }: FilesBack): string {
  const parts = [
    added > 0 ? `${added} added` : '',
    changed > 0 ? `${changed} changed` : '',
    removed > 0 ? `${removed} removed` : '',
  ].filter(Boolean)
  return parts.length > 0 ? `${parts.join(', ')}` : 'No file differs'
}

const statusWords: Record<SubtaskStatus, string> = {
  pending: 'waiting',
  queued: 'to go on',
  running: 'at work',
  integrating: 'merging',
  completed: 'done',
  failed: 'failed',
  skipped: 'skipped',
}

/** From what a subtask is now to what it was. */
export function subtaskWords({ from, to }: RestorePreview['subtasks'][number]): string {
  if (to === null) return 'is not in the plan then'
  if (from === null) return `comes back, ${statusWords[to]}`
  return `${statusWords[from]} → ${statusWords[to]}`
}
