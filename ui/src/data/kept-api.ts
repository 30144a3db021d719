/** What is in checkpoints, as the server tells it. */
import {
  CheckpointContents,
  type KeptAgainst,
  KeptChanges,
  KeptFiles,
  type KeptPart,
} from '#contract/checkpoint-contents.ts'
import { ask, call, type DiffedFile, diffQuery } from './api.ts'
import { keptPath } from './file-place.ts'

const query = (values: Record<string, string | undefined>): string =>
  String(
    new URLSearchParams(
      Object.entries(values).filter((each): each is [string, string] => each[1] !== undefined),
    ),
  )

type Compared = { id: string; of: KeptPart; against: KeptAgainst }

export const keptApi = {
  contents: (taskId: string, id: string) =>
    ask(CheckpointContents, `${keptPath(taskId, id)}/contents`),
  files: (
    taskId: string,
    id: string,
    { of, q, limit }: { of: KeptPart; q: string; limit: number },
  ) => ask(KeptFiles, `${keptPath(taskId, id)}/files?${query({ of, q, limit: String(limit) })}`),
  archiveUrl: (taskId: string, id: string, of: KeptPart) =>
    `${keptPath(taskId, id)}/archive?${query({ of })}`,
  changes: (taskId: string, { id, of, against }: Compared) =>
    ask(KeptChanges, `${keptPath(taskId, id)}/changes?${query({ of, against })}`),
  async diff(taskId: string, { id, of, against }: Compared, file: DiffedFile): Promise<string> {
    const path = `${keptPath(taskId, id)}/diff?${query({ of, against })}&${diffQuery(file)}`
    return (await call(path, {})).text()
  },
  /** Whole lines from the one that holds byte `from` to the one that holds the byte before `to`. */
  async conversation(
    taskId: string,
    id: string,
    { agentId, session, from, to }: { agentId: string; session: string; from: number; to: number },
  ) {
    const place = `${keptPath(taskId, id)}/agents/${encodeURIComponent(agentId)}/conversation`
    const asked = query({ session, from: String(from), to: String(to) })
    const response = await call(`${place}?${asked}`, {})
    const number = (name: string): number => Number(response.headers.get(name) ?? Number.NaN)
    return {
      from: number('X-Klaudio-From'),
      size: number('X-Klaudio-Size'),
      isEnded: true,
      bytes: new Uint8Array(await response.arrayBuffer()),
    }
  },
}
