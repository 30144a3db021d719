/** What a person says to a line of the work, and what of the work a person takes out before it is delivered. */
import * as v from 'valibot'
import { MessagePriority } from './agent.ts'

const Commit = v.pipe(
  v.string(),
  v.regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a full commit id.'),
)
const Path = v.pipe(v.string(), v.nonEmpty('path is required.'), v.maxLength(4096))
const LineNumber = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000))
const Id = v.pipe(v.string(), v.nonEmpty(), v.maxLength(64))
const Body = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty('A comment needs words.'),
  v.maxLength(20_000, 'A comment may have 20000 characters at most.'),
)

/** `old`: the line as it was before the changes. */
export const DiffSide = v.picklist(['old', 'new'])
export type DiffSide = v.InferOutput<typeof DiffSide>

/**
 * `told`: read while it works; `later`: after its present turn; `goes-on`: another turn in the same conversation; `anew`: by a new agent,
 * from what is merged.
 */
export const FollowedUp = v.object({
  message_id: v.number(),
  how: v.picklist(['told', 'later', 'goes-on', 'anew']),
})
export type FollowedUp = v.InferOutput<typeof FollowedUp>

export const CommentState = v.picklist(['draft', 'sent', 'resolved'])
export type CommentState = v.InferOutput<typeof CommentState>

export const ReviewComment = v.object({
  id: v.string(),
  path: v.string(),
  side: DiffSide,
  /** As the lines were called in `commit`. */
  line: v.number(),
  end_line: v.number(),
  /** What the comment was made on. */
  commit: v.string(),
  /** The lines as they were then. */
  quote: v.string(),
  body: v.string(),
  state: CommentState,
  author: v.string(),
  /** Subtask whose agent it goes to; absent where nobody is known to have written the line. */
  to: v.optional(v.string()),
  /** The message that it became part of. */
  message_id: v.optional(v.number()),
  /** How far that message has come. */
  delivery: v.optional(v.picklist(['waiting', 'sent', 'read'])),
  /** Where the first of its lines stands in the commit that was asked about. Absent: changed or gone since. */
  now: v.optional(v.number()),
  /** The agent whose work was looked at, when that was not the task branch. */
  agent: v.optional(v.string()),
  /** With `now` absent: what was asked about is without the work that the comment was made on, so nothing is said of its lines. */
  elsewhere: v.optional(v.boolean()),
  created_at: v.string(),
  updated_at: v.string(),
  sent_at: v.optional(v.string()),
})
export type ReviewComment = v.InferOutput<typeof ReviewComment>

export const CommentList = v.object({
  comments: v.array(ReviewComment),
  /** Why they cannot be sent now, as a sentence; absent when they can. */
  held: v.optional(v.string()),
})
export type CommentList = v.InferOutput<typeof CommentList>

export const AddComment = v.object({
  path: Path,
  side: v.optional(DiffSide, 'new'),
  line: LineNumber,
  /** The last of several lines. */
  end_line: v.optional(LineNumber),
  /** What is looked at; the head of the task branch, or for the old side where the task started. */
  commit: v.optional(Commit),
  body: Body,
  /** Id of a subtask; found by who wrote the line when absent. */
  to: v.optional(Id),
  /** Whose work is looked at. */
  agent: v.optional(Id),
  /** The agent whose files are looked at as they are in its container; `commit` is the `to` of its changes, which are read now when absent. */
  live: v.optional(Id),
})
export type AddComment = v.InferOutput<typeof AddComment>

export const ChangeComment = v.object({
  body: v.optional(Body),
  to: v.optional(Id),
  /** A sent one is resolved or opened again; a draft is sent with `send`. */
  state: v.optional(v.picklist(['sent', 'resolved', 'draft'])),
})
export type ChangeComment = v.InferOutput<typeof ChangeComment>

export const SendComments = v.object({
  /** Said before the comments, to everybody who gets some. */
  summary: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(20_000)), ''),
  /** Only these; all drafts when absent. */
  ids: v.optional(v.pipe(v.array(Id), v.maxLength(1000))),
  /** When an agent that works on these lines reads them: `later` is after its present turn. */
  priority: v.optional(MessagePriority, 'next'),
})
export type SendComments = v.InferOutput<typeof SendComments>

export const CommentsSent = v.object({
  /** One for each subtask. */
  sent: v.array(
    v.object({
      to: v.string(),
      comments: v.number(),
      message_id: v.number(),
      how: FollowedUp.entries.how,
    }),
  ),
})
export type CommentsSent = v.InferOutput<typeof CommentsSent>

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(10_000_000))

/** Lines of both sides as the head of a hunk in a unified diff has them, with or without unchanged lines round it. */
export const HunkRange = v.object({
  old_start: count,
  old_lines: count,
  new_start: count,
  new_lines: count,
})
export type HunkRange = v.InferOutput<typeof HunkRange>

export const DiscardChanges = v.object({
  /** Head of the task branch that was looked at: nothing is discarded when there is another one by now. */
  head: Commit,
  files: v.pipe(
    v.array(
      v.object({
        path: Path,
        /** Everything that happened to the file when absent, its mode and its name too. */
        hunks: v.optional(v.pipe(v.array(HunkRange), v.minLength(1), v.maxLength(10_000))),
      }),
    ),
    v.minLength(1, 'Name at least one file.'),
    v.maxLength(20_000),
  ),
})
export type DiscardChanges = v.InferOutput<typeof DiscardChanges>

export const Discard = v.object({
  /** The commit that took the changes out. */
  id: v.string(),
  files: v.array(v.object({ path: v.string(), hunks: v.optional(v.number()) })),
  /** Head of the task branch after it. */
  head: v.string(),
  created_at: v.string(),
  /** The changes are back. */
  undone_at: v.optional(v.string()),
})
export type Discard = v.InferOutput<typeof Discard>

export const DiscardList = v.object({
  /** Newest first. */
  discards: v.array(Discard),
  /** Why nothing can be discarded now, as a sentence; absent when it can. */
  held: v.optional(v.string()),
})
export type DiscardList = v.InferOutput<typeof DiscardList>
