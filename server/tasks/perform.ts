/** From the name of a step to its doing, and to what is written down when it cannot be done. */
import type { Removed } from '#contract/ending.ts'
import { toMessage } from '#contract/errors.ts'
import { abandonManager, manageStep } from './comms/manage-step.ts'
import { answerStep, holdStep, steerStep } from './comms/steps.ts'
import { abandonDelivery, deliverStep } from './deliver-step.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { abandonIntegration, integrateStep } from './integrate-step.ts'
import { abandonRelease, eraseStep, prepareStep, releaseStep, sourceStep } from './plain-steps.ts'
import { planStep } from './plan-step.ts'
import { failTask } from './records.ts'
import { abandonResolution, resolveStep } from './resolve-step.ts'
import { abandonRestore, restoreStep } from './restore-step.ts'
import { abandonCheck, checkStep } from './result-step.ts'
import { abandonSetup, setupStep } from './setup-step.ts'
import type { Step } from './step.ts'
import { abandonWork, workStep } from './work-step.ts'

/** What an erasing removed; undefined for every other step. */
export async function perform(
  deps: RunnerDeps,
  context: StepContext,
  step: Step,
): Promise<Removed | undefined> {
  if (step.kind === 'erase') return await eraseStep(deps, context)
  await performPlain(deps, context, step)
  return undefined
}

async function performPlain(
  deps: RunnerDeps,
  context: StepContext,
  step: Exclude<Step, { kind: 'erase' }>,
): Promise<void> {
  switch (step.kind) {
    case 'source':
      return await sourceStep(deps, context)
    case 'setup':
      return await setupStep(deps, context)
    case 'plan':
      return await planStep(deps, context, step)
    case 'prepare':
      return await prepareStep(deps, context, step)
    case 'work':
      return await workStep(deps, context, step)
    case 'integrate':
      return await integrateStep(deps, context, step)
    case 'resolve':
      return await resolveStep(deps, context, step)
    case 'manage':
      return await manageStep(deps, context, step)
    case 'hold':
      return await holdStep(deps, context, step)
    case 'answer':
      return await answerStep(deps, context, step)
    case 'steer':
      return await steerStep(deps, context, step)
    case 'check':
      return await checkStep(deps, context)
    case 'deliver':
      return await deliverStep(deps, context)
    case 'release':
      return await releaseStep(deps, context, step)
    case 'restore':
      return await restoreStep(deps, context)
  }
}

/** Every step that fails for good leaves rows from which there is a way forward. */
export function giveUp(deps: RunnerDeps, taskId: string, step: Step, error: unknown): void {
  switch (step.kind) {
    case 'source':
    case 'plan':
      deps.eventLog.transact((tx, record) =>
        failTask({ tx, record, clock: deps.clock }, taskId, toMessage(error)),
      )
      break
    case 'setup':
      abandonSetup(deps, taskId, error)
      break
    case 'work':
      abandonWork(deps, taskId, step, error)
      break
    case 'integrate':
      abandonIntegration(deps, taskId, step, error)
      break
    case 'resolve':
      abandonResolution(deps, taskId, step, error)
      break
    case 'check':
      abandonCheck(deps, taskId, error)
      break
    case 'deliver':
      abandonDelivery(deps, taskId, error)
      break
    case 'release':
      abandonRelease(deps, step.agentId, error)
      break
    case 'restore':
      abandonRestore(deps, taskId, error)
      break
    case 'manage':
      abandonManager(deps, taskId, error)
      break
    case 'hold':
    case 'answer':
    case 'steer':
      // The rows ask for it again.
      break
    case 'prepare':
    case 'erase':
      // A spare that did not start costs time only; an erasing that stopped is told to whoever asked for it.
      break
  }
}
