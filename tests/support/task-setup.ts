import { AppError } from '#contract/errors.ts'
import { validatePlan } from '#contract/plan-validation.ts'
import type { TaskStatus } from '#contract/task.ts'
import { insertPlan } from '#db/plans.ts'
import { replaceSubtasks } from '#db/subtasks.ts'
import { insertTask } from '#db/tasks.ts'
import {
  createGate,
  createWorld,
  diamond,
  done,
  planThenWork,
  step,
  type World,
} from './test-tasks.ts'

/** The code of the failure, or `fine`. */
export const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'fine'
  } catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
}

/** Workers of the diamond that finish when the test says so. */
export function createHeld(config: object = {}) {
  const gate = createGate()
  const world = createWorld({
    config,
    script: planThenWork(diamond, async (turn) => {
      // After an interruption the same agent is asked to go on, and does.
      if (turn.number === 1) await gate.wait(turn.subtaskId ?? '')
      return done(turn)
    }),
  })
  return { gate, world }
}

/** Puts a task straight into a state, with a plan of one failed subtask. */
export function placeTask(world: World, status: TaskStatus): string {
  const id = `task-${status}`
  const now = world.clock.now()
  insertTask(world.db, {
    id,
    name: 'x',
    prompt: 'x',
    status,
    mode: 'parallel',
    model: 'opus',
    source: { kind: 'empty' },
    limits: {},
    autoApprove: false,
    outputFiles: [],
    branch: 'klaudio/x',
    planVersion: 1,
    createdAt: now,
    updatedAt: now,
  })
  const check = validatePlan({ subtasks: [step('a')] })
  if (!check.ok) throw new Error('not a plan')
  insertPlan(world.db, {
    id: `${id}-plan`,
    taskId: id,
    origin: 'planner',
    draft: check.plan,
    status: 'planned',
    now,
  })
  replaceSubtasks(world.db, id, { specs: check.plan.subtasks, maxAttempts: 1 })
  return id
}
