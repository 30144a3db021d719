/** What came of the submodules of a task's repository: the message of the commit that has their contents. */
import * as v from 'valibot'
import { toText } from '#git/process.ts'
import type { Repository } from './repository.ts'

export const submodulesRef = 'refs/klaudio/submodules'

/** Those inside of others are listed on their own. `reason`: why its contents are not here. */
const Found = v.object({
  ...{ path: v.string(), url: v.string(), commit: v.string(), depth: v.number() },
  reason: v.optional(v.string()),
})
export type Found = v.InferOutput<typeof Found>

/** Empty before they were fetched, and where there are none. */
export async function readSubmodules(repository: Repository): Promise<Found[]> {
  if (!(await repository.refs(submodulesRef)).has(submodulesRef)) return []
  const text = toText(await repository.git(['cat-file', 'commit', submodulesRef]))
  return v.parse(v.array(Found), JSON.parse(text.slice(text.indexOf('\n\n') + 2)))
}
