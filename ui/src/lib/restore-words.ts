/** What is said of a task that is, was, or could not be taken back to a checkpoint. */
import type { Task } from '#contract/task.ts'
import { formatClock } from './time.ts'

type Restored = Pick<Task, 'restore' | 'error' | 'status'>

/** Empty when it never was. */
export function describeRestore({ restore, error, status }: Restored): string {
  if (!restore) return ''
  const then = formatClock(Date.parse(restore.taken_at), { seconds: true })
  const isFork = restore.kind === 'fork'
  switch (restore.state) {
    case 'under-way':
      return `${isFork ? 'Agents get their files and conversations of' : 'Being taken back to'} ${then}.${error ? ` ${error}` : ''}`
    case 'done':
      return [
        isFork ? `Made from a checkpoint of ${then}.` : `Taken back to ${then}.`,
        // Later, and for a task that was over then, there is nothing to resume.
        ...(status === 'paused' ? ['Resume goes on from there.'] : []),
      ].join(' ')
    case 'failed':
      return `It could not be ${isFork ? 'made from' : 'taken back to'} ${then}: ${restore.error ?? 'no reason is known.'}`
  }
}
