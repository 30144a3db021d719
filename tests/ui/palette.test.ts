import { describe, expect, test } from 'bun:test'
import {
  findItems,
  type PaletteItem,
  pushRecent,
} from '../../ui/src/features/shell/palette-items.ts'
import { matchFuzzy } from '../../ui/src/lib/fuzzy.ts'

const item = (id: string, label: string, more: Partial<PaletteItem> = {}): PaletteItem => ({
  id,
  group: 'Go',
  label,
  run: () => undefined,
  ...more,
})
const found = (items: PaletteItem[], query: string, recent: string[] = []): string[] =>
  findItems(items, query, recent).flatMap(({ found: each }) => each.map((one) => one.item.id))

describe('finding by letters', () => {
  test.each([
    ['gh', 'Go to Home', [0, 6]],
    ['home', 'Go to Home', [6, 7, 8, 9]],
    ['rl', 'Rate limits', [0, 5]],
    ['nt', 'New task', [0, 4]],
  ])('%s is found in "%s"', (query, text, at) => {
    expect(matchFuzzy(query, text)?.at).toEqual(at)
  })

  test('letters in another order, or missing, are not found', () => {
    expect(matchFuzzy('hg', 'Go to Home')).toBeUndefined()
    expect(matchFuzzy('gz', 'Go to Home')).toBeUndefined()
  })

  test('a word counts more than scattered letters', () => {
    const whole = matchFuzzy('stop', 'Stop this task')?.score ?? 0
    const scattered = matchFuzzy('stop', 'Switch the other pane')?.score ?? 0
    expect(whole).toBeGreaterThan(scattered)
  })
})

describe('the palette', () => {
  const items = [
    item('home', 'Go to Home'),
    item('agents', 'Go to Agents', { words: 'team' }),
    item('stop', 'Stop this task', { group: 'Task', disabled: 'It is not running.' }),
    item('stop-agent', 'Stop this agent', { group: 'Agent' }),
  ]

  test('shows what was used last before everything, each once', () => {
    expect(found(items, '', ['stop-agent', 'gone'])).toEqual([
      'stop-agent',
      'home',
      'agents',
      'stop',
    ])
  })

  test('puts what cannot be done below what can', () => {
    expect(found(items, 'stop')).toEqual(['stop-agent', 'stop'])
  })

  test('finds by other words too, below what is called so', () => {
    expect(found(items, 'team')).toEqual(['agents'])
  })

  test('remembers the newest first, each once', () => {
    expect(pushRecent(['a', 'b'], 'b')).toEqual(['b', 'a'])
  })
})
