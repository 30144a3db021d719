/** The person in front of a task: answers, approves, and when the server was killed starts it again and does what was left. */
import { findTask } from '#db/tasks.ts'
import { Crash, type World } from './test-tasks.ts'

const isOver = (status: string): boolean => ['completed', 'failed', 'cancelled'].includes(status)

/** Resolves when the task has ended and everything is cleaned up. */
export async function attend(world: World, taskId: string): Promise<void> {
  for (;;) {
    await world.until('something to do', () => world.isDead() || wants(world, taskId) !== undefined)
    if (world.isDead()) {
      await survive(world, () => world.restart())
      continue
    }
    const want = wants(world, taskId)
    if (want === 'nothing') {
      await world.tasks.settled()
      if (!world.isDead()) return
    } else await survive(world, async () => want?.())
  }
}

/** Runs something that may be cut off by the death of the server. */
export async function survive(world: World, work: () => unknown): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Crash) || !world.isDead()) throw error
  }
}

/** Creates a task and returns its id. A server that died before it was created or started is started again: the person sees that and does it again. */
export async function createTask(world: World, create: () => string): Promise<string> {
  let id = ''
  await survive(world, () => {
    id = create()
  })
  if (!world.isDead()) return id
  await world.restart()
  const [task] = world.tasks.list({ limit: 1, offset: 0 }).tasks
  if (task?.status === 'created') world.tasks.start(task.id)
  return task?.id ?? create()
}

function wants(world: World, taskId: string): (() => void) | 'nothing' | undefined {
  const { tasks } = world
  const task = findTask(world.db, taskId)
  if (!task) return 'nothing'
  const { status, phase } = task
  if (isOver(status)) return phase === null ? 'nothing' : undefined
  if (status === 'planned') return () => tasks.approve(taskId, {})
  if (status === 'paused') return phase === null ? () => tasks.resume(taskId) : undefined
  if (status !== 'planning' || phase !== 'awaiting_answers') return undefined
  const open = tasks.questions(taskId).find((question) => question.status === 'pending')
  return open && (() => tasks.answer(taskId, open.id, `answer to ${open.text}`))
}
