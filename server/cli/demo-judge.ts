/** Whether what the demo showed is true, judged from facts alone. */
import type { Agent } from '#contract/agent.ts'
import type { Subtask } from '#contract/plan.ts'
import type { DemoFacts } from './demo-drive.ts'

export type DemoEvidence = DemoFacts & {
  /** Paths of the merged tree. */
  paths: string[]
  /** The merged result's own tests and the program itself, run in a container. */
  tests: { exitCode: number; output: string }
  program: { exitCode: number; output: string }
  /** The file in which the answer to the planner's question must show. */
  answerFile: string
  /** What the scripted model could not play. */
  modelProblems: string[]
  /** Bytes of output stored per agent. */
  outputBytes: Map<string, number>
}

export type DemoExpectation = {
  files: readonly string[]
  subtasks: readonly string[]
  answerShows: { path: string; contains: readonly string[] }
}

/** One sentence per thing that is not true; empty when all is well. */
export function judgeDemo(evidence: DemoEvidence, expected: DemoExpectation): string[] {
  const { task, plan, agents, questions } = evidence
  const claims: [boolean, string][] = [
    [
      task.status === 'completed',
      `The task ended ${task.status}: ${task.error ?? 'no reason given'}`,
    ],
    [questions.some((one) => one.status === 'answered'), 'The planner asked nothing'],
    [isDiamond(plan.subtasks), 'The plan is no diamond of at least four subtasks'],
    ...expected.subtasks.map((id): [boolean, string] => [
      plan.subtasks.find((one) => one.id === id)?.status === 'completed',
      `Subtask ${id} is not completed`,
    ]),
    [workedTogether(agents), 'No two agents worked at the same time'],
    ...agents.map((agent): [boolean, string] => [
      (evidence.outputBytes.get(agent.id) ?? 0) > 0 && agent.session_id !== undefined,
      `Agent ${agent.subtask_id ?? agent.kind} left no output`,
    ]),
    ...expected.files.map((path): [boolean, string] => [
      evidence.paths.includes(path),
      `${path} is missing in the merged result`,
    ]),
    [
      !evidence.paths.some((path) => path.startsWith('.klaudio/')),
      'Control files entered the merged result',
    ],
    ...expected.answerShows.contains.map((text): [boolean, string] => [
      evidence.answerFile.includes(text),
      `The answer "${text}" does not show in ${expected.answerShows.path}`,
    ]),
    [
      evidence.tests.exitCode === 0,
      `The merged result fails its own tests:\n${evidence.tests.output}`,
    ],
    [evidence.program.exitCode === 0, `The program does not run:\n${evidence.program.output}`],
    ...evidence.modelProblems.map((problem): [boolean, string] => [
      false,
      `The scripted model: ${problem}`,
    ]),
  ]
  return claims.filter(([holds]) => !holds).map(([, sentence]) => sentence)
}

/** One beginning, several in the middle that wait only for it, one that joins them. */
function isDiamond(subtasks: readonly Subtask[]): boolean {
  const roots = subtasks.filter((one) => one.depends_on.length === 0)
  const [root] = roots
  if (!root || roots.length !== 1 || subtasks.length < 4) return false
  const middle = subtasks.filter(
    (one) => one.depends_on.length === 1 && one.depends_on[0] === root.id,
  )
  return (
    middle.length >= 2 &&
    subtasks.some((one) => middle.every(({ id }) => one.depends_on.includes(id)))
  )
}

function workedTogether(agents: readonly Agent[]): boolean {
  const spans = agents
    .filter((agent) => agent.kind === 'worker' && agent.started_at && agent.completed_at)
    .map((agent) => ({ from: agent.started_at ?? '', to: agent.completed_at ?? '' }))
  return spans.some((a, i) => spans.some((b, j) => i < j && a.from < b.to && b.from < a.to))
}
