/** A manifest as it is read back. It may have been written by another version: what it does not say is absent here. */
import * as v from 'valibot'
import { AgentKind, AgentStatus } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import { PlanDraft, PlanStatus, SubtaskSpec, SubtaskStatus } from '#contract/plan.ts'

const maybe = <S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null)
const text = maybe(v.string())
const count = v.optional(v.number(), 0)

const KeptSubtask = v.looseObject({
  id: v.string(),
  spec: SubtaskSpec,
  status: SubtaskStatus,
  attempt: count,
  maxAttempts: count,
  agentId: text,
  error: text,
  summary: text,
  conflicts: maybe(v.array(v.string())),
  workCommit: text,
  mergedCommit: text,
  startedAt: maybe(v.number()),
  completedAt: maybe(v.number()),
})
export type KeptSubtask = v.InferOutput<typeof KeptSubtask>

const KeptManifest = v.looseObject({
  plan: maybe(
    v.looseObject({
      version: v.number(),
      origin: v.picklist(['planner', 'user']),
      draft: PlanDraft,
      status: PlanStatus,
    }),
  ),
  subtasks: v.array(KeptSubtask),
  questions: v.array(v.looseObject({ id: v.string(), text: v.string(), answer: text })),
  agents: v.array(
    v.looseObject({
      id: v.string(),
      kind: AgentKind,
      role: v.string(),
      status: AgentStatus,
      attempt: count,
      subtaskId: text,
      sessionId: v.optional(v.string(), ''),
      startedAt: maybe(v.number()),
    }),
  ),
})
export type KeptManifest = v.InferOutput<typeof KeptManifest>

/** Throws `git.failed` for what is none. */
export function parseKeptManifest(json: string): KeptManifest {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), KeptManifest), json)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const place = v.getDotPath(issue) ?? 'its beginning'
  throw new AppError(
    'git.failed',
    `What this checkpoint wrote down about the task cannot be read, at ${place}. Its files are not affected.`,
  )
}
