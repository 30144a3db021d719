/** One question to the person at a time, given up when it has been settled elsewhere. */
import type { Plan } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import type { Call } from './call.ts'
import { taskPath } from './find.ts'
import { isPassing } from './live.ts'
import { askApproval, askQuestions, askStart } from './person.ts'
import { openQuestions } from './task-show.ts'
import type { Waits } from './verdict.ts'

export type Prompter = {
  /** Asks what the task waits for, unless just that is being asked or was left open before. Does not wait for the answer. */
  ask(task: Task, waits: Waits): Promise<void>
  isAsking(): boolean
  /** Resolves when the person is done, for racing it against what else happens. Rejects when handing in failed. */
  pending(): Promise<'asked'>[]
  /** Takes the question back. */
  cancel(): Promise<void>
}

export function createPrompter(call: Call): Prompter {
  let asking: { about: string; stop: AbortController; done: Promise<'asked'> } | undefined
  let settled = ''

  const cancel = async (): Promise<void> => {
    const before = asking
    settled = ''
    if (!before) return
    before.stop.abort()
    await before.done
  }
  return {
    isAsking: () => asking !== undefined,
    pending: () => (asking ? [asking.done] : []),
    cancel,
    async ask(task, waits) {
      const { about, work } = await subjectOf(call, task, waits)
      if (about === asking?.about || about === settled) return
      await cancel()
      const stop = new AbortController()
      const finish = (isSettled: boolean): 'asked' => {
        if (isSettled) settled = about
        asking = undefined
        return 'asked'
      }
      const done = work(stop.signal).then(
        () => finish(true),
        (error) => {
          if (!isPassing(error)) throw error
          call.terminal.note('That could not be handed in; you are asked again.')
          return finish(false)
        },
      )
      asking = { about, stop, done }
    },
  }
}

/** What would be asked, and a name for it that changes when something else is to be asked. */
async function subjectOf(
  call: Call,
  task: Task,
  waits: Waits,
): Promise<{ about: string; work: (signal: AbortSignal) => Promise<void> }> {
  switch (waits) {
    case 'start':
      return { about: 'start', work: (signal) => askStart(call, task, signal) }
    case 'answers': {
      const questions = await openQuestions(call.api, task)
      return {
        // A round gets shorter with every answer, and stays what is being asked.
        about: `round ${questions[0]?.round} of ${task.plan_version}`,
        work: (signal) => askQuestions(call, { task, questions }, signal),
      }
    }
    case 'approval': {
      const plan = await call.api.get<Plan>(`${taskPath(task)}/plan`)
      return {
        about: `plan ${plan.version}`,
        work: (signal) => askApproval(call, { task, plan }, signal),
      }
    }
  }
}
