/** Which language a file is written in, by its name: what Linguist's most used names say, and no more. */
import type { RepoAnalysis } from '#contract/repo-memory.ts'
import { isForeign, nameOf, type Survey } from './survey.ts'

const byExtension: Record<string, string> = {
  ...all('TypeScript', 'ts tsx mts cts'),
  ...all('JavaScript', 'js jsx mjs cjs'),
  ...all('Python', 'py pyi pyx'),
  ...all('Go', 'go'),
  ...all('Rust', 'rs'),
  ...all('Java', 'java'),
  ...all('Kotlin', 'kt kts'),
  ...all('Scala', 'scala sc'),
  ...all('C', 'c'),
  ...all('C++', 'cc cpp cxx hpp hh hxx'),
  ...all('C/C++ header', 'h'),
  ...all('C#', 'cs'),
  ...all('F#', 'fs fsx'),
  ...all('Objective-C', 'm mm'),
  ...all('Swift', 'swift'),
  ...all('Ruby', 'rb rake gemspec'),
  ...all('PHP', 'php'),
  ...all('Perl', 'pl pm'),
  ...all('Lua', 'lua'),
  ...all('R', 'r'),
  ...all('Julia', 'jl'),
  ...all('Haskell', 'hs'),
  ...all('OCaml', 'ml mli'),
  ...all('Elixir', 'ex exs'),
  ...all('Erlang', 'erl hrl'),
  ...all('Clojure', 'clj cljs cljc'),
  ...all('Dart', 'dart'),
  ...all('Zig', 'zig'),
  ...all('Nim', 'nim'),
  ...all('Shell', 'sh bash zsh fish'),
  ...all('PowerShell', 'ps1 psm1'),
  ...all('SQL', 'sql'),
  ...all('HTML', 'html htm'),
  ...all('CSS', 'css scss sass less'),
  ...all('Vue', 'vue'),
  ...all('Svelte', 'svelte'),
  ...all('Astro', 'astro'),
  ...all('Terraform', 'tf tfvars'),
  ...all('Nix', 'nix'),
  ...all('Protocol Buffers', 'proto'),
  ...all('GraphQL', 'graphql gql'),
  ...all('Markdown', 'md mdx'),
  ...all('YAML', 'yml yaml'),
  ...all('JSON', 'json jsonc json5'),
  ...all('TOML', 'toml'),
}

const byName: Record<string, string> = {
  Dockerfile: 'Dockerfile',
  Containerfile: 'Dockerfile',
  Makefile: 'Makefile',
  GNUmakefile: 'Makefile',
  'CMakeLists.txt': 'CMake',
  Rakefile: 'Ruby',
  Gemfile: 'Ruby',
  Jenkinsfile: 'Groovy',
}

/** Data and prose say little of what a project is made of: they count only where there is nothing else. */
const prose = new Set(['Markdown', 'YAML', 'JSON', 'TOML'])

/** Written by a package manager or a bundler, whatever its ending says. */
const generated =
  /(^|[./-])(lock|lockfile)\.(json|ya?ml)$|\.min\.(js|css)$|package-lock\.json$|\.(bundle|generated|pb)\.[a-z]+$/

function all(name: string, extensions: string): Record<string, string> {
  return Object.fromEntries(extensions.split(' ').map((extension) => [extension, name]))
}

export function languageOf(path: string): string | undefined {
  const name = nameOf(path)
  const known = Object.hasOwn(byName, name) ? byName[name] : undefined
  if (known) return known
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return Object.hasOwn(byExtension, extension) && name.includes('.')
    ? byExtension[extension]
    : undefined
}

const mostLanguages = 20

export function countLanguages(entries: Survey['entries']): RepoAnalysis['languages'] {
  const counts = new Map<string, { bytes: number; files: number }>()
  for (const { path, type, sizeBytes } of entries) {
    const name = type === 'file' && !isForeign(path) && !generated.test(path) && languageOf(path)
    if (!name) continue
    const count = counts.get(name) ?? { bytes: 0, files: 0 }
    counts.set(name, { bytes: count.bytes + sizeBytes, files: count.files + 1 })
  }
  const isCode = [...counts.keys()].some((name) => !prose.has(name))
  const counted = [...counts].filter(([name]) => !isCode || !prose.has(name))
  const total = counted.reduce((sum, [, { bytes }]) => sum + bytes, 0)
  return counted
    .sort(([left, a], [right, b]) => b.bytes - a.bytes || left.localeCompare(right))
    .slice(0, mostLanguages)
    .map(([name, { bytes, files }]) => ({
      ...{ name, bytes, files },
      share: total === 0 ? 0 : Math.round((bytes / total) * 1000) / 1000,
    }))
}
