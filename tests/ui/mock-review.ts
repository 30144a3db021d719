/** Comments and discards of the mock, kept in memory. */
import type { AddComment, ChangeComment, Discard, ReviewComment } from '#contract/review.ts'
import type { Handler } from './mock-server.ts'

const at = new Date(Date.now() - 240_000).toISOString()
const common = { commit: 'b'.repeat(40), author: 'user', created_at: at, updated_at: at } as const

let comments: ReviewComment[] = [
  {
    ...{ ...common, id: 'c1', path: 'src/limits/store.ts', side: 'new', line: 10, end_line: 10 },
    ...{ quote: "    redis.defineCommand('slidingWindow', {", state: 'sent', delivery: 'read' },
    ...{ body: 'Give the command a name of ours, so that it cannot meet another one.', now: 10 },
    ...{ to: 'redis-store', message_id: 4, sent_at: at },
  },
  {
    ...{ ...common, id: 'c2', path: 'src/limits/store.ts', side: 'new', line: 18, end_line: 18 },
    ...{ quote: '    const used = await this.redis.slidingWindow(', state: 'draft', now: 18 },
    ...{ body: 'What happens when Redis does not answer?', to: 'redis-store' },
  },
  {
    ...{ ...common, id: 'c3', path: 'docs/limits.md', side: 'new', line: 3, end_line: 3 },
    ...{ quote: 'Every key may ask 60 times a minute.', state: 'sent', delivery: 'waiting' },
    ...{ body: 'Say what happens after that.', to: 'public-docs', message_id: 5, sent_at: at },
  },
]
const discards: Discard[] = []
let count = 0

const find = (id: string | undefined): ReviewComment => {
  const found = comments.find((each) => each.id === id)
  if (!found) throw new Error(`There is no comment ${id}.`)
  return found
}

export const reviewRoutes: [string, RegExp, Handler][] = [
  ['GET', /^\/api\/tasks\/([^/]+)\/comments$/, () => ({ comments })],
  [
    'POST',
    /^\/api\/tasks\/([^/]+)\/comments$/,
    async (_, request) => {
      const { agent, live, ...input } = (await request.json()) as AddComment
      const looked = live ?? agent
      const place = { ...input, end_line: input.end_line ?? input.line, now: input.line }
      const made: ReviewComment = {
        ...{ ...common, ...place, commit: common.commit, quote: '', state: 'draft' },
        ...{ id: `new-${++count}`, to: 'redis-store', ...(looked && { agent: looked }) },
      }
      comments = [...comments, made]
      return made
    },
  ],
  [
    'POST',
    /^\/api\/tasks\/([^/]+)\/comments\/send$/,
    async (_, request) => {
      const { priority } = (await request.json()) as { priority?: string }
      const drafts = comments.filter(({ state }) => state === 'draft')
      for (const draft of drafts) Object.assign(draft, { state: 'sent', delivery: 'sent' })
      const how = priority === 'later' ? 'later' : 'told'
      return {
        sent: [{ to: 'redis-store', comments: drafts.length, message_id: 9, how }],
      }
    },
  ],
  [
    'PATCH',
    /^\/api\/tasks\/([^/]+)\/comments\/([^/]+)$/,
    async ([, id], request) => Object.assign(find(id), (await request.json()) as ChangeComment),
  ],
  [
    'DELETE',
    /^\/api\/tasks\/([^/]+)\/comments\/([^/]+)$/,
    ([, id]) => {
      comments = comments.filter((each) => each.id !== id)
      return { status: 'deleted' }
    },
  ],
  ['GET', /^\/api\/tasks\/([^/]+)\/discards$/, () => ({ discards })],
  [
    'POST',
    /^\/api\/tasks\/([^/]+)\/discards$/,
    async (_, request) => {
      const { files } = (await request.json()) as { files: { path: string; hunks?: [] }[] }
      const made: Discard = {
        id: String(++count).padStart(40, '0'),
        files: files.map(({ path, hunks }) => ({ path, ...(hunks && { hunks: hunks.length }) })),
        head: 'b'.repeat(40),
        created_at: new Date().toISOString(),
      }
      discards.unshift(made)
      return made
    },
  ],
  [
    'DELETE',
    /^\/api\/tasks\/([^/]+)\/discards\/([^/]+)$/,
    ([, id]) => {
      const found = discards.find((each) => each.id === id)
      return Object.assign(found ?? {}, { undone_at: new Date().toISOString() })
    },
  ],
]
