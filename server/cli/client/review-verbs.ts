/** `klaudio task comment ...` and `klaudio task discard`. */
import type { CommentList, CommentsSent, Discard, ReviewComment } from '#contract/review.ts'
import type { Task } from '#contract/task.ts'
import { type Call, isSet, optionOf, print, textOf, wordOf } from './call.ts'
import { usage } from './failure.ts'
import { findTask, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { renderTable } from './table.ts'
import { plural, shortId } from './words.ts'

const pathOf = (task: Task): string => `${taskPath(task)}/comments`

export async function listComments(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const answer = await call.api.get<CommentList>(pathOf(task))
  await print(call, answer, () => {
    if (answer.comments.length === 0) return ['There is no comment yet.']
    const columns = [
      { title: 'COMMENT' },
      { title: 'STATE' },
      { title: 'TO' },
      { title: 'PLACE' },
      { title: 'TEXT', shrinksTo: 20 },
    ]
    const rows = answer.comments.map((each) => [
      shortId(each.id),
      each.now === undefined ? `${each.state}, outdated` : each.state,
      each.to ?? '?',
      toSafeLine(`${each.path}:${each.now ?? each.line}`),
      toSafeLine(each.body),
    ])
    return renderTable(columns, rows, { width: call.terminal.columns, paint: call.paint })
  })
  return 0
}

export async function addComment(call: Call): Promise<number> {
  const place = /^(.+):(\d{1,8})(?:-(\d{1,8}))?$/s.exec(wordOf(call, 1))
  if (!place) throw usage('PLACE is PATH:LINE or PATH:FIRST-LAST, such as src/main.ts:12.')
  const [, path, line, last] = place
  const task = await findTask(call.api, wordOf(call, 0))
  const to = optionOf(call, 'to')
  const comment = await call.api.send<ReviewComment>('POST', pathOf(task), {
    path,
    line: Number(line),
    ...(last !== undefined && { end_line: Number(last) }),
    side: isSet(call, 'old') ? 'old' : 'new',
    body: await textOf(call, wordOf(call, 2)),
    ...(to !== undefined && { to }),
  })
  await print(call, comment, () => [
    `${shortId(comment.id)}  A draft, for ${comment.to ?? 'nobody yet: name one with --to'}.`,
  ])
  return 0
}

export async function sendComments(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const answer = await call.api.send<CommentsSent>('POST', `${pathOf(task)}/send`, {})
  const how = {
    told: 'reads them while it works',
    'goes-on': 'goes on in the same conversation',
    anew: 'a new agent takes it up',
  }
  await print(call, answer, () =>
    answer.sent.map((each) => `${each.to}  ${plural(each.comments, 'comment')}: ${how[each.how]}.`),
  )
  return 0
}

export async function discardFile(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const path = wordOf(call, 1)
  const { to: head } = await call.api.get<{ to: string | null }>(`${taskPath(task)}/changes`)
  const discard = await call.api.send<Discard>('POST', `${taskPath(task)}/discards`, {
    head,
    files: [{ path }],
  })
  await print(call, discard, () => [`${discard.id.slice(0, 8)}  Discarded ${toSafeLine(path)}.`])
  return 0
}
