import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseDiff } from '../../ui/src/lib/diff.ts'
import { expand, foldContext, sideOf, toSplit } from '../../ui/src/lib/diff-rows.ts'
import { fileKind, hexLines } from '../../ui/src/lib/file-kind.ts'
import { describeModes, foldReason } from '../../ui/src/lib/fold-reason.ts'
import { maxLineLength, toSegments } from '../../ui/src/lib/segments.ts'
import { colourLines } from '../../ui/src/lib/syntax.ts'
import {
  buildTree,
  inTreeOrder,
  listRows,
  matchesFilter,
  moveInTree,
} from '../../ui/src/lib/tree.ts'
import { diffWords } from '../../ui/src/lib/word-diff.ts'

const tree = (...paths: string[]) => buildTree(paths, (path) => path)
const rowsOf = (...paths: string[]) => listRows(tree(...paths), () => true)
const bytes = (...values: number[]) => Uint8Array.from(values)

describe('a tree of paths', () => {
  test('has folders first, names in human order, and a chain of folders in one row', () => {
    const rows = rowsOf(
      'b.txt',
      'src/limits/deep/x.ts',
      'a10.txt',
      'a9.txt',
      'z/one.ts',
      'z/y/two.ts',
    )
    expect(rows.map(({ level, name }) => `${level} ${name}`)).toEqual([
      '1 src/limits/deep',
      '2 x.ts',
      '1 z',
      '2 y',
      '3 two.ts',
      '2 one.ts',
      '1 a9.txt',
      '1 a10.txt',
      '1 b.txt',
    ])
    expect(rows[2]).toMatchObject({ path: 'z', position: 2, setSize: 5, count: 2 })
  })

  test('shows nothing below a closed folder, and counts what is in it', () => {
    const rows = listRows(tree('a/b.txt', 'a/c/d.txt', 'e.txt'), () => false)
    expect(rows.map(({ name }) => name)).toEqual(['a', 'e.txt'])
    expect(rows[0]).toMatchObject({ kind: 'folder', isOpen: false, count: 2 })
  })

  test('loses no path and shows none twice, whatever the names', () => {
    const name = fc.stringMatching(/^[^/]{1,8}$/)
    const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))
    fc.assert(
      fc.property(fc.uniqueArray(path, { maxLength: 60 }), (paths) => {
        const rows = rowsOf(...paths)
        const files = rows.flatMap((row) => (row.kind === 'file' ? [row.item] : []))
        expect(files.toSorted()).toEqual(paths.toSorted())
        expect(inTreeOrder(tree(...paths))).toEqual(files)
      }),
    )
  })

  test('is found by all words of the filter, in any case and place', () => {
    expect(matchesFilter('src/Limits/store.ts', 'store lim')).toBe(true)
    expect(matchesFilter('src/limits/store.ts', 'store test')).toBe(false)
    expect(matchesFilter('anything', '')).toBe(true)
  })

  test('moves by arrows as a tree does', () => {
    const rows = rowsOf('a/b.txt', 'a/c.txt', 'd.txt')
    expect(moveInTree(rows, 0, 'ArrowDown')).toEqual({ to: 1 })
    expect(moveInTree(rows, 0, 'ArrowUp')).toEqual({ to: 0 })
    expect(moveInTree(rows, 3, 'ArrowDown')).toEqual({ to: 3 })
    expect(moveInTree(rows, 0, 'ArrowRight')).toEqual({ to: 1 })
    expect(moveInTree(rows, 2, 'ArrowLeft')).toEqual({ to: 0 })
    expect(moveInTree(rows, 0, 'ArrowLeft')).toEqual({ toggle: false })
    const closed = listRows(tree('a/b.txt'), () => false)
    expect(moveInTree(closed, 0, 'ArrowRight')).toEqual({ toggle: true })
    expect(moveInTree(rows, 0, 'End')).toEqual({ to: 3 })
    expect(moveInTree(rows, 3, 'Home')).toEqual({ to: 0 })
    expect(moveInTree(rows, 0, 'x')).toBeUndefined()
  })
})

describe('words that changed', () => {
  const marked = (before: string, after: string) => {
    const found = diffWords(before, after)
    return (
      found && [
        found.before.map((range) => before.slice(...range)),
        found.after.map((range) => after.slice(...range)),
      ]
    )
  }
  test('are marked on both sides, each by itself', () => {
    expect(marked('const a = one(b, c)', 'let a = two(b, c)')).toEqual([
      ['const', 'one'],
      ['let', 'two'],
    ])
    expect(marked('return x', 'return x + y')).toEqual([[], [' + y']])
  })

  test('are not marked in lines that have nothing in common', () => {
    expect(marked('import a from "b"', '}')).toBeUndefined()
  })

  test('are found in very long lines too, by their common ends', () => {
    const line = (middle: string) => `${'a '.repeat(1000)}${middle}${' b'.repeat(1000)}`
    expect(marked(line('x'), line('y'))).toEqual([['x'], ['y']])
  })

  test('what is not marked is the same on both sides', () => {
    const text = fc.stringMatching(/^[ab ().]{0,40}$/)
    const rest = (line: string, ranges: [number, number][]) =>
      ranges.reduceRight((left, [from, to]) => left.slice(0, from) + left.slice(to), line)
    fc.assert(
      fc.property(text, text, (before, after) => {
        const found = diffWords(before, after)
        if (!found) return
        const squeeze = (line: string) => line.replace(/\s/g, '')
        expect(squeeze(rest(before, found.before))).toBe(squeeze(rest(after, found.after)))
      }),
    )
  })
})

/** A diff with all lines: `changes` says which lines, from 1, are replaced. */
function wholeDiff(length: number, ...changes: number[]) {
  const body = Array.from({ length }, (_, at) =>
    changes.includes(at + 1) ? `-old ${at + 1}\n+new ${at + 1}` : ` line ${at + 1}`,
  )
  const text = `diff --git a/x b/x\n@@ -1,${length} +1,${length} @@\n${body.join('\n')}\n`
  const [file] = parseDiff(text)
  return (file?.lines ?? []).filter(({ kind }) => kind !== 'hunk')
}
const outline = (rows: ReturnType<typeof foldContext>) =>
  rows.map((row) =>
    row.kind === 'gap' ? `${row.to - row.from} ${row.edge ?? 'between'}` : row.line.text,
  )

describe('folded lines', () => {
  test('are those further than three from a change', () => {
    expect(outline(foldContext(wholeDiff(30, 10, 24)))).toEqual(
      [
        '6 start',
        ...['line 7', 'line 8', 'line 9', 'old 10', 'new 10', 'line 11', 'line 12', 'line 13'],
        '7 between',
        ...['line 21', 'line 22', 'line 23', 'old 24', 'new 24', 'line 25', 'line 26', 'line 27'],
      ].concat(['line 28', 'line 29', 'line 30']),
    )
  })

  test('unfold step by step from either end, or all at once', () => {
    const lines = wholeDiff(200, 100)
    const [gap] = foldContext(lines)
    if (gap?.kind !== 'gap') throw new Error('there is no fold')
    const up = expand(gap, 'up')
    expect(foldContext(lines, [up])[0]).toMatchObject({ kind: 'gap', from: 0, to: gap.to - 20 })
    expect(expand(gap, 'down')).toEqual({ from: 0, to: 20 })
    expect(foldContext(lines, [expand(gap, 'all')])[0]).toMatchObject({ kind: 'line' })
  })

  test('never hide a change, and together with the shown ones are all lines in order', () => {
    const change = fc.integer({ min: 1, max: 80 })
    const stretch = fc.record({ from: change, to: change })
    fc.assert(
      fc.property(fc.array(change), fc.array(stretch), (changes, revealed) => {
        const lines = wholeDiff(80, ...changes)
        const seen = foldContext(lines, revealed).flatMap((row) =>
          row.kind === 'gap' ? lines.slice(row.from, row.to) : [row.line],
        )
        expect(seen).toEqual(lines)
        for (const row of foldContext(lines, revealed))
          if (row.kind === 'gap')
            expect(lines.slice(row.from, row.to).every(({ kind }) => kind === 'same')).toBe(true)
      }),
    )
  })

  test('stand beside each other in the split view, with nothing lost', () => {
    const text = `diff --git a/x b/x
@@ -1,4 +1,3 @@
 same
-one
-two
-three
+uno
 end
\\ No newline at end of file
`
    const rows = toSplit(foldContext(parseDiff(text)[0]?.lines ?? []))
    expect(
      rows.map((row) =>
        row.kind === 'pair'
          ? `${row.left?.text ?? ''}|${row.right?.text ?? ''}`
          : row.kind === 'whole'
            ? row.line.kind
            : 'gap',
      ),
    ).toEqual(['hunk', 'same|same', 'one|uno', 'two|', 'three|', 'end|end', 'note'])
  })

  test('a side is the text before or after', () => {
    expect(sideOf(wholeDiff(3, 2), 'old').text).toBe('line 1\nold 2\nline 3')
    expect(sideOf(wholeDiff(3, 2), 'new').text).toBe('line 1\nnew 2\nline 3')
  })
})

test('a diff that the server cut says so, and has no line of it', () => {
  const [file] = parseDiff('diff --git a/x b/x\n@@ -0,0 +1,2 @@\n+one\n[cut after 100 bytes]\n')
  expect(file).toMatchObject({ isCut: true, added: 1 })
  expect(file?.lines.map(({ kind }) => kind)).toEqual(['hunk', 'add'])
})

describe('a line of code', () => {
  test('is cut where its colour or its mark changes, and nothing of it is lost', () => {
    const tokens = [{ from: 0, to: 5, kind: 'syn-kw' }]
    expect(toSegments('const a = 1', tokens, [[3, 7]])).toEqual([
      { text: 'con', marked: false, kind: 'syn-kw' },
      { text: 'st', marked: true, kind: 'syn-kw' },
      { text: ' a', marked: true },
      { text: ' = 1', marked: false },
    ])
  })

  test('is shown up to a length that no page minds', () => {
    const text = toSegments('x'.repeat(100_000))
      .map((segment) => segment.text)
      .join('')
    expect(text).toHaveLength(maxLineLength)
  })

  test('keeps its text whatever the tokens and marks are', () => {
    const range = fc.tuple(fc.nat(30), fc.nat(30)).map(([a, b]): [number, number] => [a, a + b])
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), range, range, (text, token, mark) => {
        const tokens = [{ from: token[0], to: token[1], kind: 'syn-kw' }]
        const parts = toSegments(text, tokens, [mark])
        expect(parts.map((part) => part.text).join('')).toBe(text)
      }),
    )
  })
})

describe('colours', () => {
  test('are known for the languages of most projects, by the name of the file', async () => {
    const samples: Record<string, string> = {
      'a.ts': 'const a = "x" // c',
      'a.mts': 'const a = "x" // c',
      'a.py': 'def f(): return "x" # c',
      'a.go': 'func main() { return } // c',
      'a.rs': 'fn main() { let x = "a"; } // c',
      'a.lua': 'local x = "a" -- c',
      Dockerfile: 'FROM debian',
      'a.yaml': 'key: "x" # c',
      'a.css': 'a { color: red } /* c */',
      'a.sh': 'if true; then echo "x"; fi # c',
    }
    for (const [path, text] of Object.entries(samples)) {
      const kinds = (await colourLines(`deep/${path}`, text))?.[0]?.map(({ kind }) => kind)
      expect({ path, hasColours: (kinds?.length ?? 0) > 0 }).toEqual({ path, hasColours: true })
    }
  })

  test('of a comment over several lines are on each of them', async () => {
    const lines = await colourLines('a.ts', '/* one\n two */\nlet x')
    expect(lines?.map((line) => line.map(({ from, to, kind }) => [from, to, kind]))).toEqual([
      [[0, 6, 'syn-dim']],
      [[0, 7, 'syn-dim']],
      [[0, 3, 'syn-kw']],
    ])
  })

  test('are left out for unknown names, for long texts and for minified ones', async () => {
    expect(await colourLines('notes.unknown', 'x')).toBeUndefined()
    expect(await colourLines('a.ts', 'x\n'.repeat(300_000))).toBeUndefined()
    expect(await colourLines('a.js', `var a=${'1+'.repeat(10_000)}1`)).toBeUndefined()
  })
})

describe('what a file is', () => {
  test('is told by its bytes, not by its name', () => {
    const png = bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0)
    expect(fileKind(png, false)).toEqual({ kind: 'image', type: 'image/png' })
    expect(fileKind(bytes(0, 1, 2), false)).toEqual({ kind: 'binary' })
    expect(fileKind(bytes(0xff, 0xfe, 0x41), false)).toEqual({ kind: 'binary' })
    expect(fileKind(bytes(), false)).toEqual({ kind: 'text', text: '' })
  })

  test('an SVG is text, since it can hold scripts', () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    expect(fileKind(new TextEncoder().encode(svg), false)).toEqual({ kind: 'text', text: svg })
  })

  test('a text that begins like a bitmap is a text', () => {
    expect(fileKind(new TextEncoder().encode('BM is a text'), false).kind).toBe('text')
  })

  test('half a character at the end of a part does not make a text binary', () => {
    const part = new TextEncoder().encode('größe').slice(0, 3)
    expect(fileKind(part, true)).toEqual({ kind: 'text', text: 'gr' })
    expect(fileKind(part, false)).toEqual({ kind: 'binary' })
  })

  test('bytes are shown sixteen a line', () => {
    const lines = hexLines(
      Uint8Array.from({ length: 20 }, (_, at) => at + 60),
      10,
    )
    expect(lines[0]).toBe(
      '00000000  3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK',
    )
    expect(lines[1]).toStartWith('00000010  4c 4d 4e 4f  ')
    expect(hexLines(new Uint8Array(1000), 2)).toHaveLength(2)
  })
})

describe('a changed file is folded at first', () => {
  test.each([
    ['pnpm-lock.yaml', 'lock file'],
    ['deep/Cargo.lock', 'lock file'],
    ['go.sum', 'lock file'],
    ['dist/app.js', 'generated'],
    ['web/app.min.js', 'generated'],
    ['api/user.pb.go', 'generated'],
    ['src/app.ts', undefined],
    ['src/locksmith.ts', undefined],
    ['src/distance/a.ts', undefined],
  ])('%s: %s', (path, reason) => {
    expect(foldReason({ path, added: 1, deleted: 0 })).toBe(reason)
  })

  test('when it is binary or has more than 400 changed lines', () => {
    expect(foldReason({ path: 'a.bin', added: 0, deleted: 0, binary: true })).toBe('binary')
    expect(foldReason({ path: 'a.ts', added: 200, deleted: 200 })).toBeUndefined()
    expect(foldReason({ path: 'a.ts', added: 201, deleted: 200 })).toBe('large')
  })
})

test('a change of mode is said in words', () => {
  expect(describeModes(['100644', '100755'])).toBe('now executable')
  expect(describeModes(['120000', '100644'])).toBe('was a link, now a plain file')
})
