/**
 * What a commit and a pull request say about the work. What agents wrote is quoted there as plain text: it must not call people, close
 * issues, run a forge's commands, or draw anything.
 */
import type { SubtaskStatus } from '#contract/plan.ts'
import { shortId } from '#lib/ids.ts'

export type Story = {
  taskId: string
  /** A person's words. */
  name: string
  /** The planner's, if there is a plan. */
  analysis?: string | undefined
  subtasks: {
    id: string
    name: string
    status: SubtaskStatus
    summary: string | null
  }[]
}

export type DeliveryText = {
  /** Of the commit, with its trailer. */
  message: string
  /** Of the pull request. */
  title: string
  body: string
}

const limits = { title: 120, subject: 72, analysis: 3000, summary: 800, subtasks: 60, all: 30_000 }

export function writeText(story: Story): DeliveryText {
  const title = cut(oneLine(story.name), limits.title)
  return { title, message: writeMessage(story), body: cut(writeBody(story), limits.all) }
}

/** First line, what was done, and the way back to the task. */
function writeMessage({ taskId, name, subtasks }: Story): string {
  const lines = subtasks
    .filter(({ status }) => status === 'completed')
    .slice(0, limits.subtasks)
    .map((subtask) => `- ${cut(harmless(oneLine(subtask.name)), limits.title)}`)
  const parts = [cut(oneLine(name), limits.subject), lines.join('\n'), `Klaudio-Task: ${taskId}`]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

function writeBody({ taskId, analysis, subtasks }: Story): string {
  const shown = subtasks.slice(0, limits.subtasks)
  const rest = subtasks.length - shown.length
  const parts = [
    ...(analysis ? [cut(harmless(analysis), limits.analysis)] : []),
    ...(shown.length > 0 ? ['## What was done', ...shown.map(toSection)] : []),
    ...(rest > 0 ? [`And ${rest} more.`] : []),
    `---\n\nMade by agents of Klaudio, task \`${shortId(taskId)}\`.`,
  ]
  return `${parts.join('\n\n')}\n`
}

function toSection({ name, status, summary }: Story['subtasks'][number]): string {
  const title = `### ${harmless(oneLine(name))}${status === 'skipped' ? ' (skipped)' : ''}`
  return summary ? `${title}\n\n${cut(harmless(summary), limits.summary)}` : title
}

const gap = '\u200b'

/**
 * Text that reads the same and means nothing to a forge. A zero-width space breaks up mentions (`@name`), references that could close
 * something (`#1`, `!1`, `GH-1`, addresses), commands at the start of a line (`/close`), switches for pipelines (`[skip ci]`) and
 * pictures; `<` stands for itself.
 */
export function harmless(text: string): string {
  return (
    text
      .replaceAll('\r\n', '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
      .replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f]/g, ' ')
      // Direction marks could make text look like other text.
      .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
      .replaceAll('<', '&lt;')
      .replaceAll('@', `@${gap}`)
      .replaceAll(/([#!])(?=[\w[])/g, `$1${gap}`)
      .replaceAll(/\b(GH)-(?=\d)/gi, `$1${gap}-`)
      .replaceAll('://', `:${gap}//`)
      .replaceAll(/^(\s*)\//gm, `$1${gap}/`)
      .replaceAll(/\[(?=[^\]\n]*\b(ci|actions)\b[^\]\n]*\])/gi, `[${gap}`)
      .trim()
  )
}

/** Of a person's words, which may well mean an issue. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it replaces
  return text.replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ').trim()
}

function cut(text: string, most: number): string {
  // A letter is at most two units, and what lies beyond is not looked at: there may be megabytes.
  const letters = [...text.slice(0, 2 * most + 2)]
  return letters.length <= most
    ? text
    : `${letters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`
}
