/** The heavy half of `syntax.ts` and of the code view: never imported but with `import()`. */
import { type Language, LanguageDescription, type LanguageSupport } from '@codemirror/language'
import { languages } from '@codemirror/language-data'
import { highlightTree, tagHighlighter, tags } from '@lezer/highlight'
import type { Token } from './segments.ts'

/** Names that the languages' own lists leave out. */
const sameAs: readonly [RegExp, string][] = [
  [/\.(mts|cts)$/, 'a.ts'],
  [/\.jsonc$|\.json5$|(^|\/)\.(prettierrc|eslintrc|babelrc)$/, 'a.json'],
  [/(^|\/)(bun\.lock|deno\.lock|composer\.lock|Pipfile\.lock)$/, 'a.json'],
  [/(^|\/)(yarn|Cargo|poetry|uv)\.lock$|(^|\/)Pipfile$/, 'a.toml'],
  [/(^|\/)(Gemfile|Rakefile|Brewfile)$/, 'a.rb'],
  [/(^|\/)\.(env|gitconfig|editorconfig|npmrc)(\.\w+)?$/, 'a.properties'],
  [/(^|\/)\.?(bash_profile|bashrc|zshrc|profile)$/, 'a.sh'],
]

/** The language of a file by its name, loaded; undefined when none is known. */
export async function loadLanguage(path: string): Promise<LanguageSupport | undefined> {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const other = sameAs.find(([pattern]) => pattern.test(path))?.[1]
  return LanguageDescription.matchFilename(languages, other ?? name)?.load()
}

/** Words of the languages to the few colours that ours has: more would be noise. */
export const synHighlighter = tagHighlighter([
  {
    tag: [
      tags.keyword,
      tags.modifier,
      tags.operatorKeyword,
      tags.controlKeyword,
      tags.definitionKeyword,
      tags.moduleKeyword,
      tags.self,
      tags.null,
      tags.bool,
      tags.atom,
      tags.tagName,
    ],
    class: 'syn-kw',
  },
  {
    tag: [tags.string, tags.special(tags.string), tags.regexp, tags.attributeValue, tags.character],
    class: 'syn-str',
  },
  {
    tag: [
      tags.function(tags.variableName),
      tags.function(tags.propertyName),
      tags.function(tags.definition(tags.variableName)),
      tags.function(tags.definition(tags.propertyName)),
      tags.definition(tags.className),
      tags.macroName,
      tags.heading,
      tags.link,
      tags.attributeName,
      tags.definition(tags.propertyName),
      tags.labelName,
    ],
    class: 'syn-fn',
  },
  { tag: [tags.comment, tags.meta, tags.processingInstruction, tags.quote], class: 'syn-dim' },
])

export async function tokenize(path: string, text: string): Promise<Token[][] | undefined> {
  const support = await loadLanguage(path)
  return support ? tokenLines(support.language, text) : undefined
}

function tokenLines(language: Language, text: string): Token[][] {
  const starts = lineStarts(text)
  const lines: Token[][] = starts.map(() => [])
  let line = 0
  highlightTree(language.parser.parse(text), synHighlighter, (from, to, kind) => {
    while (line + 1 < starts.length && (starts[line + 1] ?? 0) <= from) line++
    // A comment or a template may go over many lines.
    for (let at = line; at < starts.length && (starts[at] ?? 0) < to; at++) {
      const start = starts[at] ?? 0
      const end = (starts[at + 1] ?? text.length + 1) - 1
      const token = { from: Math.max(from, start) - start, to: Math.min(to, end) - start, kind }
      if (token.to > token.from) lines[at]?.push(token)
    }
  })
  return lines
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
