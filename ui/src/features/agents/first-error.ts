import { api } from '../../data/api.ts'

/** As the CLI prints it; inside a text the quotes would stand behind backslashes. */
const mark = '"is_error":true'

/** The line of the first error in all of an agent's output, also where it is not loaded. Asked of the server, in steps. */
export async function findFirstError(
  taskId: string,
  agentId: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Awaited<ReturnType<typeof api.searchOutput>> = await api.searchOutput(
      taskId,
      agentId,
      { query: mark, cursor: cursor ?? null, signal, limit: 1, scope: 'raw' },
    )
    const [found] = page.matches
    if (found) return found.line_offset
    cursor = page.next_cursor
  }
  return undefined
}
