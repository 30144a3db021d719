import { expect, test } from 'bun:test'
import { createRoot } from 'solid-js'
import { createTaskList, pageSize, type TaskList } from '../../ui/src/data/task-list.ts'
import { makeTask } from './mock-data.ts'

/** A server with `count` tasks, newest first, that can be given more or be silenced. */
function setUp(count: number) {
  let names = Array.from({ length: count }, (_, index) => `t${count - index}`)
  const asked: number[] = []
  const timers: (() => void)[] = []
  let isDown = false
  let list: TaskList | undefined
  const dispose = createRoot((stop) => {
    list = createTaskList(
      async ({ offset, limit }) => {
        asked.push(offset)
        if (isDown) throw new Error('down')
        const tasks = names.slice(offset, offset + limit).map((id) => makeTask(id, {}))
        return { tasks, total: names.length, limit, offset }
      },
      (_ms, work) => timers.push(work),
    )
    return stop
  })
  if (!list) throw new Error('no list')
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return {
    list,
    asked,
    settle,
    dispose,
    create: (id: string) => {
      names = [id, ...names]
    },
    setDown: (value: boolean) => {
      isDown = value
    },
    runTimers: () => {
      for (const work of timers.splice(0)) work()
    },
  }
}

const idsAt = (list: TaskList, ...at: number[]) => at.map((index) => list.state.rows[index]?.id)

test('only the pages in view are asked for, each once', async () => {
  const { list, asked, settle, dispose } = setUp(1000)
  list.reload()
  await settle()
  expect(list.state.rows.length).toBe(1000)
  list.show(0, 20)
  list.show(640, 660)
  list.show(645, 665)
  await settle()
  expect(asked).toEqual([0, 600])
  expect(idsAt(list, 0, 650, 300)).toEqual(['t1000', 't350', undefined])
  dispose()
})

test('a view over the border of two pages asks for both', async () => {
  const { list, asked, settle, dispose } = setUp(1000)
  list.reload()
  await settle()
  list.show(pageSize * 2 - 3, pageSize * 2 + 3)
  await settle()
  expect(asked).toEqual([0, 100, 200])
  dispose()
})

test('new tasks are counted, not pushed in, and old ones keep their places', async () => {
  const { list, settle, create, runTimers, dispose } = setUp(300)
  list.reload()
  await settle()
  create('new-1')
  create('new-2')
  list.check()
  list.check()
  runTimers()
  await settle()
  expect(list.state.fresh).toBe(2)
  expect(idsAt(list, 0)).toEqual(['t300'])
  list.show(200, 220)
  await settle()
  expect(idsAt(list, 199, 200, 219)).toEqual([undefined, 't100', 't81'])
  list.reload()
  await settle()
  expect([list.state.fresh, ...idsAt(list, 0, 2)]).toEqual([0, 'new-2', 't300'])
  dispose()
})

test('a page that failed says so and is asked for again when it is in view the next time', async () => {
  const { list, settle, setDown, dispose } = setUp(300)
  list.reload()
  await settle()
  setDown(true)
  list.show(100, 120)
  await settle()
  expect(list.state.error?.message).toBe('down')
  setDown(false)
  list.show(100, 120)
  await settle()
  expect(list.state.error).toBeUndefined()
  expect(idsAt(list, 100)).toEqual(['t200'])
  dispose()
})
