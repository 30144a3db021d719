import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { exitCodes } from '#cli/exit-codes.ts'
import { toMessage } from '#contract/errors.ts'
import type { FileList } from '#contract/file.ts'
import { type Call, isSet, optionOf, print, wordOf } from './call.ts'
import { Failure, usage } from './failure.ts'
import { findTask, taskPath } from './find.ts'
import { toSafeText } from './safe-text.ts'
import { renderTable } from './table.ts'
import { formatBytes } from './words.ts'

const areas = ['workspace', 'input', 'output'] as const
const columns = [{ title: 'AREA' }, { title: 'SIZE', align: 'right' }, { title: 'PATH' }] as const

export async function listFiles(call: Call): Promise<number> {
  const task = await findTask(call.api, wordOf(call, 0))
  const list = await call.api.get<FileList>(`${taskPath(task)}/files`)
  const only = optionOf(call, 'area')
  const wanted = areas.filter((area) => only === undefined || area === only)
  const answer = Object.fromEntries(wanted.map((area) => [area, list[area]]))
  await print(call, answer, () => {
    const rows = wanted.flatMap((area) =>
      list[area].map(({ name, size, type }) => [
        area,
        type === 'submodule' ? '' : formatBytes(size),
        name,
      ]),
    )
    if (rows.length === 0) return ['There are no files.']
    return renderTable(columns, rows, { width: undefined, paint: call.paint })
  })
  return 0
}

/** Byte for byte into a file or a pipe. On a terminal only text is shown, made safe. */
export async function getFile(call: Call): Promise<number> {
  const { api, terminal } = call
  const task = await findTask(api, wordOf(call, 0))
  const path = wordOf(call, 1)
  const response = await api.read(`${taskPath(task)}/files/content`, {
    type: optionOf(call, 'area') ?? 'workspace',
    path,
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  const to = optionOf(call, 'to')
  if (to !== undefined) await save(call, resolve(terminal.cwd, to), bytes)
  else await terminal.write(terminal.isTerminal ? toShown(bytes) : bytes)
  return 0
}

async function save(call: Call, file: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(file, bytes, { flag: isSet(call, 'force') ? 'w' : 'wx' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Failure(exitCodes.conflict, `${file} is there already; --force replaces it.`)
    throw usage(`${file} cannot be written: ${toMessage(error)}`)
  }
}

function toShown(bytes: Uint8Array): string {
  if (bytes.subarray(0, 8000).includes(0))
    throw usage('The file is not text; save it with --to FILE, or send it on with a pipe.')
  return toSafeText(new TextDecoder().decode(bytes))
}
