import type { Query } from './api.ts'
import type { Call } from './call.ts'
import { isSet, optionOf, print, wordOf } from './call.ts'
import { findTask, taskPath } from './find.ts'
import type { Paint } from './paint.ts'
import { toSafeText } from './safe-text.ts'
import { renderTable } from './table.ts'
import { plural } from './words.ts'

type Changes = {
  files: { path: string; status: string; added: number; deleted: number }[]
}

export async function diffTask(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  return await printDiff(call, taskPath(task))
}

/** The changes that `base` has: `diff` as text, `changes` as a list. */
export async function printDiff(call: Call, base: string, query: Query = {}): Promise<number> {
  const { api, terminal, paint } = call
  if (isSet(call, 'stat') || isSet(call, 'json')) return await showChanges(call, base, query)
  const response = await api.read(`${base}/diff`, { ...query, path: optionOf(call, 'path') })
  const text = await response.text()
  // A patch that is kept or applied must be exact; one that is looked at must be harmless.
  if (!terminal.isTerminal) await terminal.write(text)
  else if (text !== '') await terminal.write(`${paintDiff(toSafeText(text), paint).trimEnd()}\n`)
  else terminal.note('Nothing has changed.')
  return 0
}

async function showChanges(call: Call, base: string, query: Query): Promise<number> {
  const answer = await call.api.get<Changes>(`${base}/changes`, query)
  const only = optionOf(call, 'path')
  const files = answer.files.filter((file) => only === undefined || file.path === only)
  await print(call, { ...answer, files }, () => {
    if (files.length === 0) return ['Nothing has changed.']
    const rows = files.map(({ status, path: name, added, deleted }) => [
      status,
      `+${added}`,
      `-${deleted}`,
      name,
    ])
    const columns = [
      { title: '' },
      { title: 'ADDED', align: 'right' },
      { title: 'DELETED', align: 'right' },
      { title: 'PATH' },
    ] as const
    return [
      ...renderTable(columns, rows, { width: undefined, paint: call.paint }),
      call.paint.dim(plural(files.length, 'file')),
    ]
  })
  return 0
}

function paintDiff(text: string, paint: Paint): string {
  let isHead = true
  return text
    .split('\n')
    .map((line) => {
      if (line.startsWith('diff ')) isHead = true
      if (line.startsWith('@@')) isHead = false
      if (isHead) return paint.strong(line)
      if (line.startsWith('@@')) return paint.dim(line)
      if (line.startsWith('+')) return paint.state('done', line)
      if (line.startsWith('-')) return paint.state('fail', line)
      return line
    })
    .join('\n')
}
