import { afterEach, describe, expect, test } from 'bun:test'
import { createRoot } from 'solid-js'
import {
  type Action,
  dispatchKey,
  listActions,
  refusal,
  setSingleKeys,
  useActions,
} from '../../ui/src/data/actions.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  press('Escape')
  setSingleKeys(true)
  for (const clean of cleanups.splice(0)) clean()
})

function press(
  key: string,
  { focus, ...modifiers }: { ctrlKey?: boolean; focus?: 'text' | 'control' } = {},
): boolean {
  const pressed = { key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }
  return dispatchKey({ ...pressed, ...modifiers }, focus)
}

function mount(actions: readonly Action[] | (() => readonly Action[])): () => void {
  const clean = createRoot((dispose) => {
    useActions(actions)
    return dispose
  })
  cleanups.push(clean)
  return clean
}

const action = (id: string, more: Partial<Action> = {}): Action => ({
  id,
  label: id,
  group: 'Test',
  run: () => undefined,
  ...more,
})

describe('the registry', () => {
  test('lists what mounted pages registered and forgets it when they go', () => {
    const leave = mount([action('a'), action('b')])
    mount([action('c')])
    expect(listActions().map(({ id }) => id)).toEqual(['a', 'b', 'c'])
    leave()
    expect(listActions().map(({ id }) => id)).toEqual(['c'])
  })

  test('a later registration of the same id takes the place of the earlier one while it lasts', () => {
    mount([action('search', { label: 'old' })])
    const leave = mount([action('search', { label: 'new' })])
    expect(listActions().map(({ label }) => label)).toEqual(['new'])
    leave()
    expect(listActions().map(({ label }) => label)).toEqual(['old'])
  })
})

describe('the keys', () => {
  test('a sequence runs its action, and its first key alone nothing', () => {
    const ran: string[] = []
    mount([action('go', { keys: 'g h', run: () => ran.push('go') })])
    press('g')
    expect(ran).toEqual([])
    expect(press('h')).toBe(true)
    expect(ran).toEqual(['go'])
    press('h')
    expect(ran).toEqual(['go'])
  })

  test('the page has a key before the shell, and may decline it', () => {
    const ran: string[] = []
    mount([action('shell', { keys: 'x', run: () => ran.push('shell') })])
    let takes = true
    mount([
      action('page', {
        keys: 'x',
        run: () => {
          ran.push('page')
          return takes
        },
      }),
    ])
    press('x')
    takes = false
    press('x')
    expect(ran).toEqual(['page', 'page', 'shell'])
  })

  test('a key that was declined once works the next time', () => {
    const ran: string[] = []
    let takes = false
    mount([action('one', { keys: '1', run: () => takes && ran.push('one') })])
    press('1')
    takes = true
    press('1')
    expect(ran).toEqual(['one'])
  })

  test('a disabled action says why and keeps the key from others', () => {
    const ran: string[] = []
    mount([action('below', { keys: 's', run: () => ran.push('below') })])
    mount([action('stop', { keys: 's', disabled: 'Nothing runs.', run: () => ran.push('stop') })])
    expect(press('s')).toBe(true)
    expect(ran).toEqual([])
    expect(refusal()).toBe('Nothing runs.')
    press('q')
    expect(refusal()).toBe('')
  })

  test('single keys can be switched off, combinations and Escape stay', () => {
    const ran: string[] = []
    mount([
      action('n', { keys: 'n', run: () => ran.push('n') }),
      action('k', { keys: 'Mod+k', run: () => ran.push('k') }),
      action('esc', { keys: 'Escape', run: () => ran.push('esc') }),
    ])
    setSingleKeys(false)
    press('n')
    press('k', { ctrlKey: true })
    press('Escape')
    expect(ran).toEqual(['k', 'esc'])
  })

  test('in a text only combinations are keys', () => {
    const ran: string[] = []
    mount([
      action('n', { keys: 'n', run: () => ran.push('n') }),
      action('k', { keys: 'Mod+k', run: () => ran.push('k') }),
    ])
    press('n', { focus: 'text' })
    press('k', { focus: 'text', ctrlKey: true })
    expect(ran).toEqual(['k'])
  })

  test('a focused button keeps the return key and leaves letters to the page', () => {
    const ran: string[] = []
    mount([
      action('open', { keys: 'Enter', run: () => ran.push('open') }),
      action('n', { keys: 'n', run: () => ran.push('n') }),
    ])
    press('Enter', { focus: 'control' })
    press('n', { focus: 'control' })
    press('Enter')
    expect(ran).toEqual(['n', 'open'])
  })
})
