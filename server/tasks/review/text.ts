/** Comments as an agent reads them. */
import type { CommentRow } from '#db/reviews.ts'
import { quote } from '#tasks/prompts.ts'

type Said = Pick<CommentRow, 'path' | 'side' | 'line' | 'endLine' | 'quote' | 'body'>

/** In the order of the files; every text that is not ours is fenced. */
export function reviewText(comments: readonly Said[], summary: string): string {
  const many = comments.length > 1
  const parts = comments
    .toSorted((a, b) => compare(a.path, b.path) || a.line - b.line)
    .map((comment, index) => one(comment, many ? `${index + 1}. ` : ''))
  return [
    `The person whose task this is has read your work and comments on ${many ? `${comments.length} places` : 'one place'} in it. Change what ${many ? 'each comment asks' : 'the comment asks'} for; where it only asks a question, answer it in your report. Lines are quoted as they were read: where the file is another one by now, find them by the quote.`,
    ...(summary === '' ? [] : [`About all of it:\n${quote(summary)}`]),
    ...parts,
  ].join('\n\n')
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function one({ path, side, line, endLine, quote: text, body }: Said, number: string): string {
  const lines = line === endLine ? `line ${line}` : `lines ${line} to ${endLine}`
  const when = side === 'old' ? ', as it was before your changes' : ''
  return `${number}${path}, ${lines}${when}:\n${quote(text)}\nThe comment:\n${quote(body)}`
}
