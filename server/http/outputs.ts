/** What agents printed: bytes by offset, and where in them a text stands. */
import { Hono } from 'hono'
import * as v from 'valibot'
import { readLine, readRawLine } from '#agents/claude/readable.ts'
import {
  OutputSearch as Found,
  OutputAlignment,
  type OutputMatch,
  type OutputSearch,
  SearchScope as Scope,
  type SearchScope,
} from '#contract/output.ts'
import type { OpenedFile } from '#files/files.ts'
import { alignToLines } from '#streams/line-range.ts'
import {
  type SearchPosition,
  searchOutput,
  searchStart,
  toByteSearch,
} from '#streams/output-search.ts'
import { toBody } from './body.ts'
import { cursorOf } from './cursor.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { sendFile } from './send-file.ts'
import type { Services } from './services.ts'
import { cursor, query, wholeNumber } from './validate.ts'

const mebibyte = 1024 * 1024
/** The most output one request returns; the rest is asked for from where it ended. */
const outputChunkBytes = 8 * mebibyte
/** The most output one request searches. */
const searchBytes = 64 * mebibyte

const offset = wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })
const OutputQuery = v.object({
  from: v.optional(offset, '0'),
  to: v.optional(offset),
  align: v.optional(OutputAlignment, 'byte'),
})
const SearchQuery = v.object({
  q: v.pipe(v.string(), v.nonEmpty('q is required.'), v.maxLength(200)),
  in: v.optional(Scope, 'text'),
  limit: v.optional(wholeNumber({ min: 1, max: 200 }), '50'),
  cursor,
})
type SearchQuery = v.InferOutput<typeof SearchQuery>

const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const searchCursor = cursorOf(
  'output',
  v.strictObject({
    agentId: v.string(),
    at: position,
    lineStart: position,
    isFound: v.boolean(),
  }),
)

const outputHeaders = {
  'X-Klaudio-From': 'Offset of the first byte.',
  'X-Klaudio-Size': 'Bytes stored so far.',
  'X-Klaudio-Ended': 'Whether nothing more will come.',
}

const downloads = {
  206: 'The part that was asked for.',
  304: 'What the client has, by its ETag, is up to date.',
  416: 'The output has no such part.',
}

type OutputServices = Pick<Services, 'tasks' | 'outputs'>

/** Below `/api/tasks`. */
export const outputRoutes = ({ tasks, outputs }: OutputServices) =>
  new Hono<Env>()
    .get(
      '/:id/agents/:aid/output',
      answers(
        'What an agent printed, by byte offset; at most 8 MiB at a time.',
        { media: 'application/octet-stream' },
        { headers: outputHeaders },
      ),
      query(OutputQuery),
      async (c) => {
        const agent = tasks.agent(c.req.param('id'), c.req.param('aid'))
        const { from, to, align } = c.req.valid('query')
        const size = outputs.size(agent.id)
        const asked = { from, to: Math.min(size, to ?? size, from + outputChunkBytes) }
        const range = align === 'line' ? await alignToLines(outputs, agent.id, asked) : asked
        const bytes =
          range.to > range.from
            ? await outputs.read(agent.id, range.from, range.to)
            : new Uint8Array()
        return c.body(toBody(bytes), 200, {
          'Content-Type': 'application/octet-stream',
          'X-Klaudio-From': String(range.from),
          'X-Klaudio-Size': String(size),
          'X-Klaudio-Ended': String(outputs.isEnded(agent.id)),
        })
      },
    )
    .get(
      '/:id/agents/:aid/output/download',
      answers(
        'Everything an agent has printed by now as one file, or the part that Range asks for.',
        { media: 'application/octet-stream' },
        { also: downloads },
      ),
      (c) => {
        const agent = tasks.agent(c.req.param('id'), c.req.param('aid'))
        const name = `${agent.subtask_id ?? agent.kind}-${agent.attempt}.ndjson`
        return sendFile(c.req.raw, openOutput(outputs, { agentId: agent.id, name }))
      },
    )
    .get(
      '/:id/agents/:aid/output/search',
      answers('Lines of an agent’s output that hold a text.', Found),
      query(SearchQuery),
      async (c) => {
        const agent = tasks.agent(c.req.param('id'), c.req.param('aid'))
        const { signal } = c.req.raw
        return c.json(await search({ outputs, agentIds: [agent.id], signal }, c.req.valid('query')))
      },
    )
    .get(
      '/:id/output/search',
      answers('Lines of the output of all agents of a task that hold a text.', Found),
      query(SearchQuery),
      async (c) => {
        const agentIds = tasks.agents(c.req.param('id')).map(({ id }) => id)
        const { signal } = c.req.raw
        return c.json(await search({ outputs, agentIds, signal }, c.req.valid('query')))
      },
    )

/** An output as it is now: what is printed later is not part of it. Held in memory piece by piece, whatever its size. */
function openOutput(
  outputs: OutputServices['outputs'],
  { agentId, name }: { agentId: string; name: string },
): OpenedFile {
  const sizeBytes = outputs.size(agentId)
  return {
    name,
    sizeBytes,
    // Only ever appended to, so its size says which one it is.
    version: String(sizeBytes),
    async *read({ from, to } = { from: 0, to: sizeBytes }) {
      for (let at = from; at < to; ) {
        const bytes = await outputs.read(agentId, at, Math.min(to, at + mebibyte))
        if (bytes.length === 0) throw new Error(`The output of ${agentId} was removed meanwhile.`)
        at += bytes.length
        yield bytes
      }
    },
  }
}

type SearchTarget = {
  outputs: Services['outputs']
  agentIds: string[]
  signal: AbortSignal
}

/** One page, over the agents in their order. */
async function search(
  { outputs, agentIds, signal }: SearchTarget,
  { q, in: scope, limit, cursor }: SearchQuery,
): Promise<OutputSearch> {
  const matches: OutputMatch[] = []
  const pattern = toByteSearch(scope === 'text' ? JSON.stringify(q).slice(1, -1) : q)
  const start = cursor === undefined ? undefined : searchCursor.decode(cursor)
  const first = start ? agentIds.indexOf(start.agentId) : 0
  if (first < 0) throw searchCursor.refusal()
  const sizes = agentIds.map((id) => outputs.size(id))
  const total = sum(sizes)
  const before = sum(sizes.slice(0, first)) + (start?.at ?? 0)
  let searched = before
  for (const [index, agentId] of agentIds.entries()) {
    if (index < first) continue
    const position: SearchPosition = index === first && start ? start : searchStart
    const next = await searchOutput({
      ...{ outputs, agentId, pattern, position, signal },
      limit: limit - matches.length,
      budgetBytes: searchBytes - (searched - before),
      accept: toAccept({ agentId, q, scope, matches }),
    })
    searched += (next?.at ?? sizes[index] ?? 0) - position.at
    if (next) {
      const { at, lineStart, isFound } = next
      return {
        matches,
        next_cursor: searchCursor.encode({ agentId, at, lineStart, isFound }),
        searched_bytes: searched,
        total_bytes: total,
      }
    }
  }
  return { matches, next_cursor: null, searched_bytes: total, total_bytes: total }
}

type Accepting = { agentId: string; q: string; scope: SearchScope; matches: OutputMatch[] }

function toAccept({ agentId, q, scope, matches }: Accepting) {
  const read = scope === 'text' ? readLine : readRawLine
  return (found: { offset: number; lineOffset: number; line: Uint8Array }): boolean => {
    const { excerpt, type } = read(found.line, q)
    if (excerpt === undefined) return false
    matches.push({
      agent_id: agentId,
      offset: found.offset,
      line_offset: found.lineOffset,
      excerpt,
      ...(type ? { type } : {}),
    })
    return true
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
