import type { AttentionItem } from '#contract/attention.ts'
import { permissionTitle } from './permission.ts'
import { followUpTitle } from './pull-request.ts'

/** What a person is asked, in one line: the same on Home, in the inbox and in a notification. */
export function titleOf(item: AttentionItem): string {
  switch (item.kind) {
    case 'permission':
      return permissionTitle(item.permission)
    case 'question':
      return splitQuestion(item.question.text).asked
    case 'plan':
      return `Plan ready: ${item.task.name}`
    case 'subtask':
      return `${item.subtask.name} failed`
    case 'conflict':
      return `${item.subtask.name} could not be merged`
    case 'follow-up':
      return followUpTitle(item.follow_up)
    case 'failed':
      return `${item.task.name} failed`
  }
}

/** The first paragraph is what is asked, in one line; what follows explains it. */
export function splitQuestion(text: string): { asked: string; more: string } {
  const [, asked = text, more = ''] = /^\s*(.+?)\s*\n\s*\n\s*(.*?)\s*$/s.exec(text) ?? []
  return { asked, more }
}
