/**
 * The head of a git bundle (gitformat-bundle(5)): version line, `@` capabilities, `-` prerequisites, refs, an empty
 * line, then the pack. Read here rather than by `git fetch`, which in git 2.39 unpacks a bundle unchecked.
 */
type BundleHead = {
  prerequisites: string[]
  refs: { commit: string; name: string }[]
  /** Where the pack starts. */
  packOffset: number
}

export type ParsedBundle = { ok: true; head: BundleHead } | { ok: false; reason: string }

const maxHeadBytes = 64 * 1024
const oid = /^([0-9a-f]{40}|[0-9a-f]{64})$/

export function parseBundle(bytes: Uint8Array): ParsedBundle {
  const end = findHeadEnd(bytes)
  if (end === undefined) return { ok: false, reason: 'it is not a git bundle' }
  const [version = '', ...lines] = new TextDecoder('latin1')
    .decode(bytes.subarray(0, end))
    .split('\n')
  if (version !== '# v2 git bundle' && version !== '# v3 git bundle')
    return { ok: false, reason: 'it is not a git bundle' }
  const head: BundleHead = { prerequisites: [], refs: [], packOffset: end + 2 }
  for (const line of lines) {
    const reason = takeLine(head, line)
    if (reason) return { ok: false, reason }
  }
  return { ok: true, head }
}

/** A head that names `commit` as `refs/heads/<branch>`, for a pack that builds on `since`. */
export function formatBundleHead({
  commit,
  branch,
  since,
  others = [],
}: {
  commit: string
  branch: string
  since?: string
  /** More of its refs. */
  others?: readonly { commit: string; name: string }[]
}): Uint8Array {
  // Version 2 knows only SHA-1.
  const version =
    commit.length === 40 ? '# v2 git bundle' : '# v3 git bundle\n@object-format=sha256'
  const prerequisite = since ? `-${since} \n` : ''
  const more = others.map((ref) => `${ref.commit} ${ref.name}\n`).join('')
  const refs = `${commit} refs/heads/${branch}\n${more}`
  return new TextEncoder().encode(`${version}\n${prerequisite}${refs}\n`)
}

function takeLine(head: BundleHead, line: string): string | undefined {
  if (line.startsWith('@'))
    return line.startsWith('@object-format=') ? undefined : 'it leaves out objects'
  const [id = '', ...rest] = (line.startsWith('-') ? line.slice(1) : line).split(' ')
  if (!oid.test(id)) return 'its head is damaged'
  if (line.startsWith('-')) head.prerequisites.push(id)
  else head.refs.push({ commit: id, name: rest.join(' ') })
  return undefined
}

/** Index of the newline that the empty line follows. */
function findHeadEnd(bytes: Uint8Array): number | undefined {
  const limit = Math.min(bytes.length - 1, maxHeadBytes)
  for (let index = 0; index < limit; index++)
    if (bytes[index] === 10 && bytes[index + 1] === 10) return index
  return undefined
}
