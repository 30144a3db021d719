/** The table of parity says which test holds which feature; here it is held to what it says. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const tests = join(import.meta.dir, '..')
const table = readFileSync(join(tests, 'PARITY.md'), 'utf8')

type Row = { number: number; feature: string; cell: string }
type Claim = { file: string; name: string }

function toRows(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const [, number, , feature = '', cell = ''] = line.split(/(?<!\\)\|/).map((part) => part.trim())
    return number && /^\d+$/.test(number) ? [{ number: Number(number), feature, cell }] : []
  })
}

/** Every `file`: name of a cell; undefined when the cell says something else. */
function toClaims(cell: string): Claim[] | undefined {
  const claims = cell.split('<br>').map((each) => /^`([^`]+)`: (.+)$/.exec(each.trim()))
  if (claims.some((match) => match === null)) return undefined
  return claims.map((match) => ({ file: match?.[1] ?? '', name: match?.[2] ?? '' }))
}

/** Whether a source names a test (or the row of a table of tests) so, as a literal in any quotes. */
function hasTest(source: string, name: string): boolean {
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`))
}

const rows = toRows(table)

test('the table has every row of the original, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1))
})

describe('every row is held by tests that exist, or says which later issue brings it', () => {
  test.each(rows.map(({ number, feature, cell }) => [number, feature, cell] as const))(
    '%i %s',
    (_number, _feature, cell) => {
      if (/^Later issue: .{5,}\.$/.test(cell)) return
      const claims = toClaims(cell)
      expect(claims ?? cell).not.toBe(cell)
      const missing = (claims ?? []).filter(({ file, name }) => {
        const path = join(tests, file)
        return !existsSync(path) || !hasTest(readFileSync(path, 'utf8'), name)
      })
      expect(missing).toEqual([])
    },
  )
})

test('the check itself sees a test that does not exist, and a cell that says nothing', () => {
  const source = "test('one thing', () => {})"
  expect(hasTest(source, 'one thing')).toBe(true)
  expect(hasTest(source, 'one')).toBe(false)
  expect(toClaims('`a.test.ts`: one<br>`b.test.ts`: two')).toHaveLength(2)
  expect(toClaims('soon')).toBeUndefined()
})
