/** What a run did, as the one that goes on from it is told: taken down once, so that the old task may be deleted. */
import type { PreviousRun } from '#contract/relaunch.ts'
import { listMessages } from '#db/messages.ts'
import { listQuestions } from '#db/questions.ts'
import { listSubtasks } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import type { TaskDeps } from './deps.ts'
import { quote } from './prompts.ts'

const maxFiles = 300
const maxMessages = 40
const maxTextLength = 4_000

export async function recallRun(
  { db, workspaces }: Pick<TaskDeps, 'db' | 'workspaces'>,
  task: TaskRow,
): Promise<PreviousRun> {
  const { id, baseCommit, headCommit } = task
  const changes =
    baseCommit && headCommit ? await workspaces.changes(id, baseCommit, headCommit) : []
  return {
    task_id: id,
    name: task.name,
    prompt: task.prompt,
    status: task.status,
    ...(task.error === null ? {} : { error: cut(task.error) }),
    subtasks: listSubtasks(db, id).map(({ id, spec, status, summary, error }) => ({
      ...{ id, name: spec.name, status },
      ...(summary === null ? {} : { summary: cut(summary) }),
      ...(error === null ? {} : { error: cut(error) }),
    })),
    changed_files: changes.slice(0, maxFiles).map(({ path, status }) => ({ path, status })),
    changed_files_total: changes.length,
    // What agents reported is with their subtasks.
    messages: listMessages(db, { taskId: id, limit: 1_000 })
      .filter(({ msgType }) => msgType === 'message')
      .slice(-maxMessages)
      .map(({ fromSubtaskId, toSubtaskId, content }) => ({
        from: fromSubtaskId ?? 'a person',
        ...(toSubtaskId === null ? {} : { to: toSubtaskId }),
        content: cut(content),
      })),
    answers: listQuestions(db, id).flatMap(({ text, answer }) =>
      answer === null ? [] : [{ question: cut(text), answer: cut(answer) }],
    ),
  }
}

const cut = (text: string): string =>
  text.length > maxTextLength ? `${text.slice(0, maxTextLength)} …` : text

/** For planner and agents. Everything that is an agent's or a person's own stands in fences. */
export function previousRunText(run: PreviousRun): string {
  const outcome = run.error === undefined ? `${run.status}.` : `${run.status}:\n${quote(run.error)}`
  const parts = [
    `The person started this task from an earlier run of it. Its files are in the workspace already; its conversations are not.`,
    `The earlier run was asked:\n${quote(run.prompt)}`,
    `It ended as ${outcome}`,
    ...run.subtasks.map(
      ({ id, name, status, summary, error }) =>
        `${id} (${name}): ${status}\n${quote(summary ?? error ?? 'No report.')}`,
    ),
    filesText(run),
    ...run.messages.map(
      ({ from, to, content }) => `Message from ${from}${to ? ` to ${to}` : ''}:\n${quote(content)}`,
    ),
    ...run.answers.map(
      ({ question, answer }) =>
        `The planner asked:\n${quote(question)}\nThe person answered:\n${quote(answer)}`,
    ),
  ]
  return parts.join('\n\n')
}

function filesText({ changed_files: files, changed_files_total: total }: PreviousRun): string {
  if (total === 0) return 'It changed no files.'
  const left = total - files.length
  const rows = files.map(({ path, status }) => `- ${status} ${JSON.stringify(path)}`)
  return ['It changed:', ...rows, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n')
}

export const previousRunPath = '.klaudio/previous-run.md'
