import { beforeEach, describe, expect, test } from 'bun:test'
import { createStillness, stillMs } from '../../ui/src/lib/stillness.ts'

let now = 0
beforeEach(() => {
  now = 1000
})
const at = (x: number, y: number, thing = 'allow') => new Map([[thing, { x, y }]])

/** A button that has been seen at 10, 10 for as long as it has to be. */
function standing() {
  const stillness = createStillness<string>(() => now)
  stillness.look(at(10, 10))
  now += stillMs
  stillness.look(at(10, 10))
  return stillness
}

describe('a button', () => {
  test('that has stood long enough can be pressed, and one that has just come cannot', () => {
    const stillness = createStillness<string>(() => now)
    expect(stillness.isStill('allow')).toBe(false)
    stillness.look(at(10, 10))
    now += stillMs - 1
    expect(stillness.isStill('allow')).toBe(false)
    now += 1
    expect(stillness.isStill('allow')).toBe(true)
  })

  test('that moved has to stand again, also when the move is seen only at the press', () => {
    const stillness = standing()
    expect(stillness.isStill('allow')).toBe(true)
    stillness.look(at(10, 50))
    expect(stillness.isStill('allow')).toBe(false)
    now += stillMs
    stillness.look(at(10, 50.4))
    expect(stillness.isStill('allow')).toBe(true)
  })

  test('that the person scrolled is where it was meant to be', () => {
    const stillness = standing()
    stillness.follow(at(10, -200))
    stillness.look(at(10, -200))
    expect(stillness.isStill('allow')).toBe(true)
  })

  test('that went away and comes back is new', () => {
    const stillness = standing()
    stillness.look(at(10, 10, 'deny'))
    stillness.look(at(10, 10))
    expect(stillness.isStill('allow')).toBe(false)
  })
})
