/** `klaudio task comment ...` and `klaudio task discard`. */
import type { Agent } from '#contract/agent.ts'
import type { CommentList, CommentsSent, Discard, ReviewComment } from '#contract/review.ts'
import type { Task } from '#contract/task.ts'
import { type Call, isSet, optionOf, print, textOf, wordOf } from './call.ts'
import { usage } from './failure.ts'
import { findTask, pickAgent, taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import { renderTable } from './table.ts'
import { plural, shortId } from './words.ts'

const pathOf = (task: Task): string => `${taskPath(task)}/comments`

export async function listComments(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const live = await liveOf(call, task)
  const search = live === undefined ? '' : `?live=${encodeURIComponent(live)}`
  const answer = await call.api.get<CommentList>(`${pathOf(task)}${search}`)
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
      [each.state, each.now === undefined && (each.elsewhere ? 'not in these files' : 'outdated')]
        .filter(Boolean)
        .join(', '),
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
  const live = await liveOf(call, task)
  const comment = await call.api.send<ReviewComment>('POST', pathOf(task), {
    path,
    line: Number(line),
    ...(last !== undefined && { end_line: Number(last) }),
    side: isSet(call, 'old') ? 'old' : 'new',
    body: await textOf(call, wordOf(call, 2)),
    ...(to !== undefined && { to }),
    ...(live !== undefined && { live }),
  })
  await print(call, comment, () => [
    `${shortId(comment.id)}  A draft, for ${comment.to ?? 'nobody yet: name one with --to'}.`,
  ])
  return 0
}

/** The agent whose files are meant as they are now. */
async function liveOf(call: Call, task: Task): Promise<string | undefined> {
  const word = optionOf(call, 'live')
  if (word === undefined) return undefined
  return pickAgent(await call.api.get<Agent[]>(`${taskPath(task)}/agents`), word).id
}

export async function sendComments(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const answer = await call.api.send<CommentsSent>('POST', `${pathOf(task)}/send`, {
    priority: isSet(call, 'later') ? 'later' : 'next',
  })
  const how = {
    told: 'reads them while it works',
    later: 'reads them after its present turn',
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
