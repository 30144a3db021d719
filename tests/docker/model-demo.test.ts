/** The demo's story, played by the real CLI in one workspace after the other's work: what it writes must really run. */
import { afterAll, describe, expect, test } from 'bun:test'
import type { TurnOutcome } from '#agents/agents.ts'
import type { CliEvent } from '#agents/claude/event.ts'
import type { Question } from '#contract/plan.ts'
import { createScriptedModel } from '#model/server.ts'
import { demoStory, demoTask, verifyDemo } from '#model/stories/demo.ts'
import { parsePlannerAnswer, plannerJsonSchema } from '#tasks/planner-output.ts'
import { answersPrompt, plannerPrompt, workerPrompt } from '#tasks/prompts.ts'
import { startCli } from '../support/cli.ts'
import { ensureAgentImage, ownLabels, requireEngine, testEngine } from '../support/docker.ts'

const hasFailedTool = (event: CliEvent) =>
  event.type === 'tool_results' && event.results.some(({ isError }) => isError)

/** The last words of a report. */
const ending = (outcome: TurnOutcome) =>
  outcome.kind === 'completed' ? outcome.text.split(' ').slice(-3).join(' ') : outcome.kind

/** What a planner handed in, read as the server reads it. */
function planned<K extends 'questions' | 'plan'>(outcome: TurnOutcome, kind: K) {
  const answer = parsePlannerAnswer(
    outcome.kind === 'completed' ? outcome.structured : JSON.stringify(outcome),
  )
  if (answer.kind !== kind) throw new Error(JSON.stringify(answer))
  return answer as Extract<typeof answer, { kind: K }>
}

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('the demo', () => {
  const engine = testEngine()
  const labels = ownLabels('model-demo')
  const model = createScriptedModel({ host: '0.0.0.0', stories: [demoStory({ pace: 0 })] })
  afterAll(() => model.close())

  test('is planned with one question and built subtask by subtask into a program that passes its tests', async () => {
    const image = await ensureAgentImage()
    const workspace = `klaudio-test-${crypto.randomUUID()}`
    await engine.createVolume(workspace, labels)
    const volumes = [{ name: workspace, path: '/workspace' }]
    const start = (command: Parameters<typeof startCli>[0]['command']) =>
      startCli({ engine, image, labels, model, command, volumes })

    const planner = await start({ profile: { kind: 'planner', jsonSchema: plannerJsonSchema() } })
    const asked = await planner.ask(
      plannerPrompt({
        prompt: demoTask.prompt,
        mode: demoTask.mode,
        uploads: [],
        outputFiles: [],
        repository: { branch: 'b', commit: 'c', isEmpty: true },
        instructions: undefined,
        maxAgents: 3,
      }),
    )
    const first = planned(asked.outcome, 'questions')
    const [question] = first.questions
    expect(first.questions).toHaveLength(1)
    expect(question?.options).toHaveLength(2)
    expect(question?.suggestions.length).toBeGreaterThan(1)

    const answers = first.questions.map(
      ({ text }): Pick<Question, 'text'> & { answer: string } => ({
        text,
        answer: verifyDemo.answer,
      }),
    )
    const told = await planner.ask(answersPrompt(answers))
    const second = planned(told.outcome, 'plan')
    const { subtasks } = second.plan
    expect(subtasks.map(({ id }) => id)).toEqual(verifyDemo.subtasks)

    const reports: TurnOutcome[] = []
    const failedRuns: string[] = []
    for (const subtask of subtasks) {
      const worker = await start({})
      const { outcome } = await worker.ask(
        workerPrompt({
          taskPrompt: demoTask.prompt,
          subtask,
          dependencies: [],
          skipped: [],
          messages: [],
          feedback: null,
          uploads: [],
          branch: 'b',
          instructions: undefined,
        }),
      )
      reports.push(outcome)
      if (worker.events.some(hasFailedTool)) failedRuns.push(subtask.id)
      await engine.removeContainer(worker.containerId)
    }
    expect(reports.map(ending)).toEqual(subtasks.map(() => 'passed, none failed.'))
    expect(failedRuns).toEqual(['moon'])
    expect(model.problems()).toEqual([])

    const run = (cmd: string[]) =>
      engine.exec(planner.containerId, { cmd, workingDir: '/workspace' })
    expect((await run(verifyDemo.testCommand)).exitCode).toBe(0)
    const card = await run(verifyDemo.runCommand)
    const text = (output: { stdout: Uint8Array }) => new TextDecoder().decode(output.stdout)
    expect(text(card)).toContain('Greetings from Wellington, 24 December 2026')
    for (const path of verifyDemo.files) expect((await run(['test', '-s', path])).exitCode).toBe(0)
    const place = text(await run(['cat', verifyDemo.answerShows.path]))
    for (const word of verifyDemo.answerShows.contains) expect(place).toContain(word)
    expect(text(await run(['cat', 'README.md']))).toContain('█')
  }, 180_000)
})
