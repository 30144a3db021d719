import { expect, test } from 'bun:test'
import type { CreateTask } from '#contract/task.ts'
import { ApiError } from '../../ui/src/data/api.ts'
import { createUploadQueue } from '../../ui/src/data/upload-queue.ts'
import { emptyTask, toCreateTask } from '../../ui/src/features/tasks/new-task-form.ts'
import { createStarter } from '../../ui/src/features/tasks/start-task.ts'

const input = (prompt: string): CreateTask =>
  toCreateTask({ ...structuredClone(emptyTask), prompt }, { autoApprove: false })
const file = (path: string) => ({ path, file: new File(['x'], path) })

/** A server that writes down what it is asked, and refuses what `fails` names. */
function setUp(fails: Set<string> = new Set()) {
  const asked: string[] = []
  let made = 0
  const ask = async (what: string): Promise<void> => {
    asked.push(what)
    if (fails.has(what.split(' ')[0] ?? ''))
      throw new ApiError(`${what} failed.`, { code: 'internal', status: 500 })
  }
  const queue = createUploadQueue((id, files) =>
    ask(`send ${id} ${files.map(({ path }) => path).join()}`),
  )
  const starter = createStarter(
    {
      async create() {
        const id = `t${++made}`
        await ask(`create ${id}`)
        return { id }
      },
      remove: (id) => ask(`remove ${id}`),
      start: (id) => ask(`start ${id}`),
    },
    queue,
  )
  return { asked, queue, starter, fails }
}

test('a task is created, gets its files, and only then starts', async () => {
  const { asked, queue, starter } = setUp()
  queue.add([file('a')])
  expect(await starter.run(input('x'))).toBe('t1')
  expect(asked).toEqual(['create t1', 'send t1 a', 'start t1'])
  expect(starter.phase()).toBe('idle')
})

test('a second try uses the draft of the first, and sends only what is missing', async () => {
  const { asked, queue, starter, fails } = setUp(new Set(['start']))
  queue.add([file('a')])
  expect(await starter.run(input('x'))).toBeUndefined()
  expect(starter.error()).toBe('start t1 failed.')
  expect(starter.draftId()).toBe('t1')

  fails.clear()
  queue.add([file('b')])
  expect(await starter.run(input('x'))).toBe('t1')
  expect(asked).toEqual(['create t1', 'send t1 a', 'start t1', 'send t1 b', 'start t1'])
})

test('a form that was changed after a failed try replaces the draft it had left', async () => {
  const { asked, queue, starter, fails } = setUp(new Set(['start']))
  queue.add([file('a')])
  await starter.run(input('x'))
  fails.clear()

  expect(await starter.run(input('y'))).toBe('t2')
  expect(asked.slice(3)).toEqual(['remove t1', 'create t2', 'send t2 a', 'start t2'])
})

test('a file taken out after it was sent does not stay with the task', async () => {
  const { asked, queue, starter, fails } = setUp(new Set(['start']))
  queue.add([file('a'), file('b')])
  await starter.run(input('x'))
  fails.clear()
  queue.remove('a')

  expect(await starter.run(input('x'))).toBe('t2')
  expect(asked.slice(3)).toEqual(['remove t1', 'create t2', 'send t2 b', 'start t2'])
})

test('a file that could not be sent keeps the task from starting', async () => {
  const { asked, queue, starter } = setUp(new Set(['send']))
  queue.add([file('a')])
  expect(await starter.run(input('x'))).toBeUndefined()
  expect(starter.error()).toContain('Leave them out, or try again')
  expect(asked).toEqual(['create t1', 'send t1 a'])
})
