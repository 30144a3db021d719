/** What an agent is told that brings two sides together. */
import type { Resolution, WorkCheck } from '#contract/resolution.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import { list, quote, sections, titled } from './prompts.ts'

export function resolverPrompt({
  task,
  row,
  resolution,
  instructions,
}: {
  task: Pick<TaskRow, 'prompt'>
  row: Pick<SubtaskRow, 'id' | 'spec' | 'summary'>
  resolution: Resolution
  instructions: string | undefined
}): string {
  const { paths, notes, ours, theirs, problem } = resolution
  return sections([
    `You are the resolver of a team of coding agents: two of them changed the same lines, and you bring both changes together.
Subtask: resolver
Name: ${row.spec.name}`,
    titled('The overall task', quote(task.prompt)),
    titled(
      'The two sides',
      `- ours, ${ours}: everything that is merged so far.
- theirs, ${theirs}: the work of the subtask ${row.id}, whose part of the task is this:
${quote(row.spec.prompt)}${row.summary ? `\nWhat its agent reported:\n${quote(row.summary)}` : ''}`,
    ),
    titled('Where they are in conflict', list(paths)),
    notes ? titled('What git says', quote(notes)) : false,
    resolution.instructions
      ? titled('What the person wants', quote(resolution.instructions))
      : false,
    problem ? titled('An earlier attempt did not succeed', quote(problem)) : false,
    instructions !== undefined &&
      titled('Instructions of the repository (its CLAUDE.md)', quote(instructions)),
    titled(
      'Rules',
      `- /workspace holds both sides as one commit, HEAD, whose parents they are. Files that both changed have git's conflict markers in them. \`git show HEAD^1:PATH\` is our version, \`git show HEAD^2:PATH\` theirs; \`git log -p HEAD^1\` and \`HEAD^2\` show what each was about.
- Keep what both wanted. Do not simply take one side, unless the other is contained in it.
- Leave no conflict marker. A file that one side removed and the other changed, or that has no lines, is there in one version: decide which is right.
- Change nothing else, except where the two sides only fit together with it. Run the tests that cover these files and make them pass.
- Where a file ends up with the lines of one side only although both changed them, and for each file that you change though it is not in conflict, say why in the summary of \`report_done\`, on a line of its own: \`PATH: why\`.
- You need not commit: what is in /workspace when you finish is taken over, as a merge of both sides. Never push, never change branches.
- Finish with \`report_done\` and how you brought them together. If they contradict each other and only a person can decide, say why with \`report_failed\`.`,
    ),
  ])
}

/** With the end of what a command printed that fails on it. */
export const repairResolution = (problem: string, check?: WorkCheck): string =>
  sections([
    'What you made of it cannot be taken over:',
    quote(problem),
    check !== undefined &&
      titled(`What \`${check.command}\` printed`, quote(check.output || '(nothing)')),
    'Correct exactly this in /workspace and finish with `report_done` again.',
  ])
