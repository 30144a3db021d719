import { describe, expect, test } from 'bun:test'
import {
  addSubtask,
  changeSubtask,
  connect,
  countChanges,
  disconnect,
  duplicateSubtask,
  insertBetween,
  locksOf,
  moveSubtask,
  type PlanEdit,
  problemsOf,
  problemsOfSubtask,
  removeSubtask,
  toEdit,
  troubled,
} from '../../ui/src/lib/plan/edit.ts'
import { beginHistory, pushStep, redo, sealStep, undo } from '../../ui/src/lib/plan/history.ts'
import { rebaseEdit, restoreEdit } from '../../ui/src/lib/plan/rebase.ts'
import { makePlan } from './mock-data.ts'

const plan = makePlan('t', [
  ['docs', 'Docs', 'completed', []],
  ['tests', 'Tests', 'pending', ['docs']],
  ['release', 'Release', 'pending', ['tests']],
])
const edit = toEdit(plan)
const shape = ({ subtasks }: PlanEdit): [string, string[]][] =>
  subtasks.map(({ id, depends_on }) => [id, depends_on])
const okay = (result: { ok: true; edit: PlanEdit } | { ok: false; reason: string }): PlanEdit => {
  if (!result.ok) throw new Error(result.reason)
  return result.edit
}

describe('editing a plan', () => {
  test('begins with nothing changed and nothing wrong', () => {
    expect(countChanges(edit, toEdit(plan))).toBe(0)
    expect(problemsOf(edit)).toEqual([])
  })

  test('refuses a loop and names its path in the order of the work', () => {
    expect(connect(edit, { from: 'release', to: 'docs' })).toEqual({
      ok: false,
      reason:
        'That makes a loop: Docs → Tests → Release → Docs. Remove one of these dependencies first.',
    })
  })

  test('refuses a subtask that waits for itself, and a dependency that exists', () => {
    expect(connect(edit, { from: 'docs', to: 'docs' }).ok).toBe(false)
    expect(connect(edit, { from: 'docs', to: 'tests' })).toEqual({
      ok: false,
      reason: 'Tests runs after Docs already.',
    })
  })

  test('connects and disconnects', () => {
    const joined = okay(connect(edit, { from: 'docs', to: 'release' }))
    expect(joined.subtasks[2]?.depends_on).toEqual(['tests', 'docs'])
    const cut = okay(disconnect(joined, { from: 'tests', to: 'release' }))
    expect(cut.subtasks[2]?.depends_on).toEqual(['docs'])
  })

  test('joins the neighbours of a removed subtask, or cuts them apart', () => {
    expect(shape(okay(removeSubtask(edit, 'tests', { join: true })))).toEqual([
      ['docs', []],
      ['release', ['docs']],
    ])
    expect(shape(okay(removeSubtask(edit, 'tests', { join: false })))).toEqual([
      ['docs', []],
      ['release', []],
    ])
  })

  test('inserts a subtask between two', () => {
    const result = insertBetween(edit, { from: 'docs', to: 'tests' })
    if (!result.ok) throw new Error(result.reason)
    expect(shape(result.edit)).toEqual([
      ['docs', []],
      [result.id, ['docs']],
      ['tests', [result.id]],
      ['release', ['tests']],
    ])
  })

  test('a duplicate waits for the same, has an id of its own, and nothing waits for it', () => {
    const once = duplicateSubtask(edit, 'tests')
    const twice = duplicateSubtask(once.edit, 'tests')
    expect([once.id, twice.id]).toEqual(['tests-copy', 'tests-copy-2'])
    expect(problemsOf(twice.edit)).toEqual([])
    expect(twice.edit.subtasks.map(({ depends_on }) => depends_on)).toEqual([
      [],
      ['docs'],
      ['docs'],
      ['docs'],
      ['tests'],
    ])
  })

  test('a new subtask has an id of its own and must be told what to do', () => {
    const { edit: next, id } = addSubtask(edit, 'docs')
    expect(next.subtasks[1]).toMatchObject({ id, depends_on: ['docs'] })
    const problems = problemsOf(next)
    expect([...troubled(next, problems)]).toEqual([id])
    expect(problemsOfSubtask(next, problems, id).prompt).toContain('A subtask needs a prompt.')
    expect(problemsOf(changeSubtask(next, id, { prompt: 'Write.' }))).toEqual([])
  })

  test('an empty model means that of the task', () => {
    const named = changeSubtask(edit, 'docs', { model: 'haiku' })
    expect(named.subtasks[0]?.model).toBe('haiku')
    expect(changeSubtask(named, 'docs', { model: '' })).toEqual(edit)
  })

  test('what waits for a subtask follows its new id', () => {
    const named = changeSubtask(edit, 'docs', { id: 'guide' })
    expect(shape(named).slice(0, 2)).toEqual([
      ['guide', []],
      ['tests', ['guide']],
    ])
  })

  test('another order is one change, back again is none', () => {
    const moved = okay(moveSubtask(edit, 'tests', 1))
    expect(moved.subtasks.map(({ id }) => id)).toEqual(['docs', 'release', 'tests'])
    expect(countChanges(edit, moved)).toBe(1)
    expect(countChanges(edit, okay(moveSubtask(moved, 'tests', -1)))).toBe(0)
    expect(moveSubtask(edit, 'docs', -1).ok).toBe(false)
  })

  test('nothing changes what has begun', () => {
    const locks = locksOf(plan, 'running')
    expect([...locks]).toEqual(['docs'])
    expect(locksOf(plan, 'planned').size).toBe(0)
    expect(removeSubtask(edit, 'docs', { join: true, locks })).toEqual({
      ok: false,
      reason: 'Docs has begun, so it stays as it is.',
    })
    const { edit: more } = addSubtask(edit)
    expect(connect(more, { from: 'subtask-4', to: 'docs' }, locks).ok).toBe(false)
    expect(connect(more, { from: 'docs', to: 'subtask-4' }, locks).ok).toBe(true)
  })
})

describe('undo', () => {
  const named = (name: string): PlanEdit => changeSubtask(edit, 'docs', { name })

  test('takes back one step and gives it again', () => {
    const two = pushStep(beginHistory({ edit }), { edit: named('A') }, { label: 'Rename Docs' })
    const back = undo(two)
    expect(back.present.snapshot.edit).toBe(edit)
    expect(redo(back).present.snapshot.edit.subtasks[0]?.name).toBe('A')
    expect(redo(back).present.label).toBe('Rename Docs')
    expect(undo(back)).toBe(back)
  })

  test('typing in one field is one step until something else is done', () => {
    const step = { label: 'Rename Docs', key: 'docs.name' }
    let history = pushStep(beginHistory({ edit }), { edit: named('A') }, step)
    history = pushStep(history, { edit: named('AB') }, step)
    expect(history.past).toHaveLength(1)
    history = pushStep(sealStep(history), { edit: named('ABC') }, step)
    expect(undo(history).present.snapshot.edit.subtasks[0]?.name).toBe('AB')
  })

  test('a step after an undo forgets what was undone', () => {
    const one = pushStep(beginHistory({ edit }), { edit: named('A') }, { label: 'a' })
    const other = pushStep(undo(one), { edit: named('B') }, { label: 'b' })
    expect(other.future).toEqual([])
  })
})

describe('a plan that has moved on under an edit', () => {
  const theirs: PlanEdit = {
    ...edit,
    subtasks: [
      ...changeSubtask(edit, 'tests', { prompt: 'Theirs.' }).subtasks,
      { ...edit.subtasks[0], id: 'theirs', name: 'Theirs', depends_on: [] } as never,
    ],
  }

  test('keeps both sides, and mine where both changed the same', () => {
    const mine = changeSubtask(changeSubtask(edit, 'docs', { name: 'Mine' }), 'tests', {
      prompt: 'Mine.',
    })
    const result = rebaseEdit({ base: edit, mine, theirs })
    expect(result.subtasks.map(({ id }) => id)).toEqual(['docs', 'tests', 'release', 'theirs'])
    expect(result.subtasks.map(({ name }) => name)[0]).toBe('Mine')
    expect(result.subtasks[1]?.prompt).toBe('Mine.')
  })

  test('what I did not touch is theirs, also when they removed it', () => {
    const gone = okay(removeSubtask(edit, 'release', { join: true }))
    expect(rebaseEdit({ base: edit, mine: edit, theirs: gone })).toEqual(gone)
    const mine = addSubtask(edit, 'release')
    const kept = rebaseEdit({ base: edit, mine: mine.edit, theirs: gone })
    expect(shape(kept)).toEqual([
      ['docs', []],
      ['tests', ['docs']],
      [mine.id, []],
    ])
  })
})

test('an old version comes back except for what has begun', () => {
  const old = toEdit(makePlan('t', [['tests', 'Old tests', 'pending', ['gone', 'docs']]]))
  const present = changeSubtask(edit, 'docs', { prompt: 'As it was told.' })
  const back = restoreEdit({ old, present, locks: locksOf(plan, 'running') })
  expect(shape(back)).toEqual([
    ['docs', []],
    ['tests', ['docs']],
  ])
  expect(back.subtasks[0]?.prompt).toBe('As it was told.')
  expect(back.subtasks[1]?.name).toBe('Old tests')
})
