/** Questions of planners and their answers. */
import { and, asc, count, eq, inArray, max, sql } from 'drizzle-orm'
import type { QuestionSpec } from '#contract/plan.ts'
import type { Tx } from './open.ts'
import { preparedOnce } from './prepared.ts'
import { questions } from './schema/tables.ts'

export type QuestionRow = typeof questions.$inferSelect

export function insertQuestions(
  tx: Tx,
  round: {
    taskId: string
    agentId: string
    planningSession: number
    round: number
    questions: readonly (QuestionSpec & { id: string })[]
    now: number
  },
): void {
  for (const [position, question] of round.questions.entries())
    tx.insert(questions)
      .values({
        id: question.id,
        taskId: round.taskId,
        agentId: round.agentId,
        planningSession: round.planningSession,
        round: round.round,
        position,
        text: question.text,
        context: question.context ?? null,
        suggestions: question.suggestions,
        options: question.options,
        status: 'pending',
        askedAt: round.now,
      })
      .run()
}

/** Questions of agents at work belong to no planning session. */
const noSession = 0

/** A question of an agent at work, under the id of the call that asks it. */
export function insertAgentQuestion(
  tx: Tx,
  {
    options,
    now,
    ...question
  }: {
    id: string
    taskId: string
    agentId: string
    text: string
    options: readonly string[]
    now: number
  },
): void {
  const ofTask = eq(questions.taskId, question.taskId)
  const last = tx
    .select({ position: max(questions.position) })
    .from(questions)
    .where(ofTask)
    .get()
  tx.insert(questions)
    .values({
      ...question,
      planningSession: noSession,
      round: 0,
      // The list of what waits for a person tells questions of one moment apart by it.
      position: (last?.position ?? -1) + 1,
      suggestions: [],
      options: [...options],
      status: 'pending',
      askedAt: now,
    })
    .run()
}

/** Nobody waits for its answer any more. */
export function withdrawQuestion(tx: Tx, id: string, now: number): void {
  tx.update(questions)
    .set({ status: 'withdrawn', answeredAt: now })
    .where(and(eq(questions.id, id), eq(questions.status, 'pending')))
    .run()
}

/** In the order asked; of one planning session when given. */
export function listQuestions(tx: Tx, taskId: string, planningSession?: number): QuestionRow[] {
  return planningSession === undefined
    ? allOfTask(tx).all({ taskId })
    : allOfSession(tx).all({ taskId, planningSession })
}

const inOrder = [asc(questions.planningSession), asc(questions.round), asc(questions.position)]
const ofTask = eq(questions.taskId, sql.placeholder('taskId'))
const ofSession = eq(questions.planningSession, sql.placeholder('planningSession'))

const allOfTask = preparedOnce((tx) =>
  tx
    .select()
    .from(questions)
    .where(ofTask)
    .orderBy(...inOrder)
    .prepare(),
)

const allOfSession = preparedOnce((tx) =>
  tx
    .select()
    .from(questions)
    .where(and(ofTask, ofSession))
    .orderBy(...inOrder)
    .prepare(),
)

/** Those that are open in several tasks at once. */
export function listPendingQuestions(tx: Tx, taskIds: readonly string[]): QuestionRow[] {
  return tx
    .select()
    .from(questions)
    .where(and(inArray(questions.taskId, [...taskIds]), eq(questions.status, 'pending')))
    .all()
}

/** How many agents at work wait for in each of the tasks; a task where none does is left out. */
export function countAskedByAgents(tx: Tx, taskIds: readonly string[]): Map<string, number> {
  const asked = and(eq(questions.planningSession, noSession), sql`${questions.status} = 'pending'`)
  const rows = tx
    .select({ taskId: questions.taskId, count: count() })
    .from(questions)
    .where(and(asked, inArray(questions.taskId, [...taskIds])))
    .groupBy(questions.taskId)
    .all()
  return new Map(rows.map((row) => [row.taskId, row.count]))
}

/** It waits for a person: it asked, or what it found is to be decided. */
export const isAskingPerson = (tx: Tx, agent: { taskId: string; id: string }): boolean =>
  askedBy(tx).get({ taskId: agent.taskId, agentId: agent.id }) !== undefined

const askedBy = preparedOnce((tx) =>
  tx
    .select({ id: questions.id })
    .from(questions)
    .where(
      and(
        eq(questions.taskId, sql.placeholder('taskId')),
        eq(questions.agentId, sql.placeholder('agentId')),
        sql`${questions.status} = 'pending' and ${questions.planningSession} = 0`,
      ),
    )
    .limit(1)
    .prepare(),
)

export function findQuestion(tx: Tx, taskId: string, id: string): QuestionRow | undefined {
  return oneQuestion(tx).get({ taskId, id })
}

const oneQuestion = preparedOnce((tx) =>
  tx
    .select()
    .from(questions)
    .where(and(ofTask, eq(questions.id, sql.placeholder('id'))))
    .prepare(),
)

/** Highest round asked in a session, 0 before the first. */
export function lastRound(tx: Tx, taskId: string, planningSession: number): number {
  const row = tx
    .select({ round: max(questions.round) })
    .from(questions)
    .where(and(eq(questions.taskId, taskId), eq(questions.planningSession, planningSession)))
    .get()
  return row?.round ?? 0
}

/** The answered row, or undefined when it was not pending any more. */
export function answerQuestion(
  tx: Tx,
  answer: { taskId: string; id: string; answer: string; now: number },
): QuestionRow | undefined {
  return tx
    .update(questions)
    .set({ status: 'answered', answer: answer.answer, answeredAt: answer.now })
    .where(
      and(
        eq(questions.taskId, answer.taskId),
        eq(questions.id, answer.id),
        eq(questions.status, 'pending'),
      ),
    )
    .returning()
    .get()
}

/** Takes back everything still open and returns it. */
export function withdrawQuestions(tx: Tx, taskId: string, now: number): QuestionRow[] {
  return tx
    .update(questions)
    .set({ status: 'withdrawn', answeredAt: now })
    .where(and(eq(questions.taskId, taskId), eq(questions.status, 'pending')))
    .returning()
    .all()
}
