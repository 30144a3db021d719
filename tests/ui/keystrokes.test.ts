import { expect, test } from 'bun:test'
import {
  formatKeys,
  isSingleKey,
  parseStrokes,
  pressedStrokeId,
  toStrokeId,
} from '../../ui/src/lib/keystrokes.ts'

const press = (
  key: string,
  modifiers: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {},
) =>
  pressedStrokeId({
    key,
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    ...modifiers,
  })
const written = (keys: string): string => parseStrokes(keys).map(toStrokeId).join(' ')

test.each([
  ['g', press('g')],
  ['g', press('G', { shiftKey: false })],
  ['E', press('E', { shiftKey: true })],
  ['Shift+e', press('E', { shiftKey: true })],
  ['?', press('?', { shiftKey: true })],
  ['?', press('?')],
  ['+', press('+', { shiftKey: true })],
  ['Mod+k', press('k', { ctrlKey: true })],
  ['Mod+k', press('k', { metaKey: true })],
  ['Mod+Shift+k', press('K', { ctrlKey: true, shiftKey: true })],
  ['Shift+Enter', press('Enter', { shiftKey: true })],
  ['Alt+ArrowUp', press('ArrowUp', { altKey: true })],
  ['Space', press(' ')],
])('what is written as %s is what the keyboard sends', (keys, pressed) => {
  expect(written(keys)).toBe(pressed)
})

test('a letter with shift is another key than the letter alone', () => {
  expect(written('e')).not.toBe(written('E'))
})

test.each([
  ['g h', 'G H', 'G H'],
  ['E', '⇧E', '⇧E'],
  ['Mod+k', '⌘K', 'Ctrl K'],
  ['Enter', '↵', '↵'],
  ['?', '?', '?'],
])('%s is shown as %s on a Mac and as %s elsewhere', (keys, mac, other) => {
  expect([formatKeys(keys, true), formatKeys(keys, false)]).toEqual([mac, other])
})

test('single keys are letters, digits and signs without a modifier', () => {
  expect(['n', 'g h', '?', 'E', '1'].every(isSingleKey)).toBe(true)
  expect(['Mod+k', 'Escape', 'ArrowDown', 'Alt+1', 'Enter'].some(isSingleKey)).toBe(false)
})
