/** `klaudio checkpoint files` and `diff`: what is in one, and what differs from it. */
import type { Agent } from '#contract/agent.ts'
import type { KeptFiles, KeptPart } from '#contract/checkpoint-contents.ts'
import type { Task } from '#contract/task.ts'
import { type Call, optionOf, print, wordOf } from './call.ts'
import { findCheckpoint, pathOf } from './checkpoint-verbs.ts'
import { findTask, pickAgent, taskPath } from './find.ts'
import { renderTable } from './table.ts'
import { printDiff } from './task-diff.ts'
import { formatBytes } from './words.ts'

const columns = [{ title: 'SIZE', align: 'right' }, { title: 'PATH' }] as const
const pageLimit = 20_000

export async function listCheckpointFiles(call: Call): Promise<number> {
  const { base, of } = await find(call)
  const files: KeptFiles['files'] = []
  let cursor: string | null = null
  do {
    const query = { of, limit: pageLimit, ...(cursor === null ? {} : { cursor }) }
    const page: KeptFiles = await call.api.get(`${base}/files`, query)
    files.push(...page.files)
    cursor = page.next_cursor
  } while (cursor !== null)
  await print(call, { files }, () => {
    if (files.length === 0) return ['There are no files.']
    const rows = files.map(({ name, size, type }) => [
      type === 'file' ? formatBytes(size) : type === 'symlink' ? 'link' : '',
      name,
    ])
    return renderTable(columns, rows, { width: undefined, paint: call.paint })
  })
  return 0
}

export async function diffCheckpoint(call: Call): Promise<number> {
  const { base, of, task } = await find(call)
  const other = optionOf(call, 'with')
  const against =
    other === undefined
      ? (optionOf(call, 'against') ?? 'branch')
      : `checkpoint:${(await findCheckpoint(call, task, other)).id}`
  return await printDiff(call, base, { of, against })
}

async function find(call: Call): Promise<{ task: Task; base: string; of: KeptPart }> {
  const task = await findTask(call.api, wordOf(call, 0))
  const checkpoint = await findCheckpoint(call, task)
  const base = `${pathOf(task)}/${checkpoint.id}`
  const typed = optionOf(call, 'agent')
  if (typed === undefined) return { task, base, of: 'branch' }
  const agents = await call.api.get<Agent[]>(`${taskPath(task)}/agents`)
  return { task, base, of: `save:${pickAgent(agents, typed).id}` }
}
