import { describe, expect, test } from 'bun:test'
import { type Inline, parseInline, parseMarkdown } from '../../ui/src/lib/markdown.ts'

const links = (text: string): string[] =>
  parseInline(text).flatMap((each) => (each.kind === 'link' ? [`${each.text} → ${each.href}`] : []))
const textOf = (inlines: readonly Inline[]): string => inlines.map(({ text }) => text).join('')

describe('links of agents', () => {
  test.each([
    ['See [the docs](https://example.com/a?b=1#c).', 'the docs → https://example.com/a?b=1#c'],
    ['[`Store`](http://example.com)', 'Store → http://example.com/'],
    ['[Write](mailto:team@example.com)', 'Write → mailto:team@example.com'],
    ['(see https://example.com/x).', 'https://example.com/x → https://example.com/x'],
    ['<https://example.com/x>', 'https://example.com/x → https://example.com/x'],
    ['https://example.com/a_(b)', 'https://example.com/a_(b) → https://example.com/a_(b)'],
    ['[https://example.com](https://example.com/x)', 'https://example.com → https://example.com/x'],
    ['[a](HTTPS://EXAMPLE.com)', 'a → https://example.com/'],
  ])('%s', (text, found) => {
    expect(links(text)).toEqual([found])
  })

  test('the sentence round a bare address stays whole', () => {
    for (const text of [
      '(see https://example.com/x).',
      'At https://example.com, then',
      '<https://a.b',
    ])
      expect(textOf(parseInline(text))).toBe(text)
    expect(textOf(parseInline('<https://example.com/x>!'))).toBe('https://example.com/x!')
  })

  test.each([
    '[a](javascript:alert(1))',
    '[a](javascript:alert%281%29)',
    '[a](JaVaScRiPt:alert)',
    '[a](java\tscript:alert)',
    '[a](&#106;avascript:alert)',
    '[a](data:text/html,<script>alert</script>)',
    '[a](data:text/html;base64,PHNjcmlwdD4=)',
    '[a](vbscript:msgbox)',
    '[a](file:///etc/passwd)',
    '[a](blob:https://example.com/1)',
    '[a](//example.com)',
    '[a](/api/tasks)',
    '[a](docs/limits.md)',
    '[a](https://)',
    '[a](https://github.com@example.com/)',
    '[a](https://user:word@example.com/)',
    '[https://github.com/login](https://example.com/)',
    '[www.github.com](https://example.com/)',
    '[ ](https://example.com)',
    '[a](https://example.com" onclick="alert)',
    '<a href="javascript:alert(1)">a</a>',
    '<img src=x onerror=alert(1)>',
    '[[a](javascript:b)](javascript:c)',
  ])('%s stays the text it is', (text) => {
    const inlines = parseInline(text)
    expect(links(text).filter((link) => !link.startsWith('https://example.com'))).toEqual([])
    expect(textOf(inlines)).toBe(text)
  })

  test('quotes and tags never end up in an address as they are', () => {
    for (const text of [`[a](https://e.com/"'x)`, '[a](https://e.com/%22)', 'https://e.com/a"b<c'])
      for (const link of links(text)) expect(link.split(' → ')[1]).not.toMatch(/["<>\s]/)
  })
})

describe('tables of agents', () => {
  test('have a head, rows and alignment', () => {
    const text =
      'Before\n| Plan | Requests | x |\n|:--|--:|:-:|\n| **Free** | 120 | [a](https://b.c) |\n\nAfter'
    expect(parseMarkdown(text)).toEqual([
      { kind: 'paragraph', inlines: [{ kind: 'text', text: 'Before' }] },
      {
        kind: 'table',
        align: ['start', 'end', 'center'],
        head: ['Plan', 'Requests', 'x'].map((name) => [{ kind: 'text', text: name }]),
        rows: [
          [
            [{ kind: 'strong', text: 'Free' }],
            [{ kind: 'text', text: '120' }],
            [{ kind: 'link', text: 'a', href: 'https://b.c/' }],
          ],
        ],
      },
      { kind: 'paragraph', inlines: [{ kind: 'text', text: 'After' }] },
    ])
  })

  test('may lack outer bars, cells, and have bars and tags in their cells as text', () => {
    const [table] = parseMarkdown('a | b\n-|-\n<b>x</b> \\| y |\nz | 1 | 2 | 3')
    if (table?.kind !== 'table') throw new Error('No table.')
    expect(table.rows.map((row) => row.map(textOf))).toEqual([['<b>x</b> | y'], ['z', '1']])
  })

  test.each([
    ['a command with a pipe', 'ls | wc -l\nthen more'],
    ['dashes with another number of cells', 'a | b\n-|-|-\nc | d'],
    ['a head alone, while it is still being written', '| a | b |\n|--'],
  ])('%s is no table', (_, text) => {
    expect(parseMarkdown(text).map(({ kind }) => kind)).toEqual(['paragraph'])
  })
})

test('long hostile texts are read in a time that grows with their length only', () => {
  const size = 200_000
  const texts = [
    '[',
    '[a](',
    '|',
    '| - ',
    '**',
    '`',
    '<https://',
    'https://a',
    ')',
    '[](https://',
    '|-\n',
  ]
  for (const text of texts) {
    const long = text.repeat(Math.ceil(size / text.length))
    const blocks = parseMarkdown(`${long}\n${long}`)
    expect(blocks.length).toBeGreaterThan(0)
  }
}, 20_000)
