/** What is found out about a repository from its files: tables of small ones. */
import { expect, test } from 'bun:test'
import { analyse } from '#repo-memory/analyse.ts'
import type { Survey } from '#repo-memory/survey.ts'
import { toMarkdown } from '#repo-memory/text.ts'

const survey = (files: Record<string, string>, more: Partial<Survey> = {}): Survey => ({
  entries: Object.entries(files).map(([path, text]) => ({
    ...{ path, mode: '100644', type: 'file', oid: 'a'.repeat(40) },
    sizeBytes: text.length,
  })),
  isCut: false,
  read: async (paths) =>
    new Map(paths.flatMap((path) => (path in files ? [[path, files[path] ?? '']] : []))),
  changedSince: async () => undefined,
  ...more,
})

const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name)

test('languages are counted in bytes, without what others wrote or programs made', async () => {
  const { languages } = await analyse(
    survey({
      'src/a.ts': 'x'.repeat(750),
      'tool.py': 'x'.repeat(250),
      'README.md': 'x'.repeat(9000),
      'node_modules/big/index.js': 'x'.repeat(9000),
      'dist/app.min.js': 'x'.repeat(9000),
      'package-lock.json': 'x'.repeat(9000),
    }),
  )
  expect(languages).toEqual([
    { name: 'TypeScript', bytes: 750, files: 1, share: 0.75 },
    { name: 'Python', bytes: 250, files: 1, share: 0.25 },
  ])
  const prose = await analyse(survey({ 'README.md': 'text' }))
  expect(names(prose.languages)).toEqual(['Markdown'])
})

const manifests: [path: string, text: string, found: string[]][] = [
  [
    'package.json',
    '{"dependencies": {"react": "^19"}, "devDependencies": {"vitest": "3"}}',
    ['react ^19', 'vitest 3 dev'],
  ],
  [
    'go.mod',
    'module a\n\nrequire github.com/a/b v1.2.0\nrequire (\n\tgithub.com/c/d v0.1.0\n\tgithub.com/e/f v0.2.0 // indirect\n)\n',
    ['github.com/a/b v1.2.0', 'github.com/c/d v0.1.0'],
  ],
  [
    'requirements.txt',
    '# web\ndjango[argon2]>=5,<6 ; python_version > "3"\n-r other.txt\nhttps://a.test/x.whl\nrich\n',
    ['django >=5,<6', 'rich'],
  ],
  [
    'pyproject.toml',
    '[project]\ndependencies = ["fastapi>=0.1"]\n[dependency-groups]\ntest = ["pytest"]\n[tool.poetry.dependencies]\npython = "^3.12"\nhttpx = { version = "0.27" }\n',
    ['fastapi >=0.1', 'httpx 0.27', 'pytest dev'],
  ],
  [
    'Cargo.toml',
    '[dependencies]\naxum = "0.8"\ntokio = { version = "1", features = ["full"] }\n[dev-dependencies]\ninsta = "1"\n',
    ['axum 0.8', 'insta 1 dev', 'tokio 1'],
  ],
  ['Gemfile', "gem 'rails', '~> 8'\ngem \"puma\"\n", ['puma', 'rails ~> 8']],
  [
    'composer.json',
    '{"require": {"php": ">=8", "laravel/framework": "12"}}',
    ['laravel/framework 12'],
  ],
  [
    'pom.xml',
    '<dependencies><dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4</version><scope>test</scope></dependency></dependencies>',
    ['junit:junit 4 dev'],
  ],
  ['build.gradle', "    implementation 'com.a:b:1.0'\n", ['com.a:b 1.0']],
]

test.each(manifests)('dependencies are read from %s', async (path, text, found) => {
  const { dependencies, notes } = await analyse(survey({ [path]: text }))
  const told = dependencies.map(({ name, version, is_dev }) =>
    [name, version, is_dev ? 'dev' : ''].filter(Boolean).join(' '),
  )
  expect(told.sort()).toEqual(found)
  expect(dependencies.every(({ manifest }) => manifest === path)).toBe(true)
  expect(notes).toEqual([])
})

test('a manifest that is broken, hostile or too large is told, and the rest is found', async () => {
  const files = {
    'package.json': '{"dependencies": [',
    'a/package.json': '{"dependencies": "no", "scripts": {"test": 1}}',
    'b/package.json': '{"dependencies": {"__proto__": "1", "x\\n- y": "1", "ok": {"a": 1}}}',
    'c/Cargo.toml': '= = =',
    'd/go.mod': 'require github.com/a/b v1.0.0\n',
  }
  const whole = survey(files)
  const { dependencies, notes } = await analyse({
    ...whole,
    read: async (paths) => whole.read(paths.filter((path) => path !== 'd/go.mod')),
  })
  expect(names(dependencies)).toEqual(['ok'])
  expect(notes).toEqual([
    'package.json could not be read: it is not in its usual form.',
    'c/Cargo.toml could not be read: it is not in its usual form.',
    'd/go.mod is too large to be read.',
  ])
})

test('commands are those that the project itself names, with its package manager', async () => {
  const scripts = '"test": "vitest", "build": "vite build", "lint": "x", "release": "x"'
  const { commands, frameworks } = await analyse(
    survey({
      'package.json': `{"scripts": {${scripts}}, "devDependencies": {"vite": "8"}}`,
      'pnpm-lock.yaml': '',
      'api/package.json': '{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}',
      Makefile: 'VERSION := 1\nbuild: src\n\tcc\n.PHONY: test\ntest:\n\t./t\n',
      'go.mod': 'module a\n',
      'pom.xml': '<project/>',
      mvnw: '',
      'deep/er/package.json': '{"scripts": {"test": "x"}}',
    }),
  )
  expect(commands.map(({ command, from }) => `${from}: ${command}`)).toEqual([
    'package.json: pnpm install --frozen-lockfile',
    'package.json: pnpm run test',
    'package.json: pnpm run build',
    'package.json: pnpm run lint',
    'Makefile: make build',
    'Makefile: make test',
    'go.mod: go build ./...',
    'go.mod: go test ./...',
    'go.mod: go vet ./...',
    'mvnw: ./mvnw package',
    'mvnw: ./mvnw test',
    'api/package.json: cd api && pnpm install',
  ])
  expect(frameworks).toEqual(['Maven', 'Vite'])
})

test('layout, key files, submodules and pointers are told', async () => {
  const found = await analyse({
    ...survey({
      'README.md': 'x',
      'src/main.ts': 'x',
      'src/deep/er/est.ts': 'x',
      'node_modules/a/index.js': 'x',
      '.github/workflows/ci.yml': 'x',
      '.gitattributes': '# *.no filter=lfs\n*.psd filter=lfs diff=lfs merge=lfs -text\n',
      '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = https://a.test/lib.git\n',
      'evil\n- name\u202e.txt': 'x',
    }),
  })
  expect(found.layout).toEqual([
    '.github/',
    '  workflows/',
    '    ci.yml',
    'node_modules/ (1 files)',
    'src/',
    '  deep/',
    '    er/ (1 files)',
    '  main.ts',
    '.gitattributes',
    '.gitmodules',
    'README.md',
    'evil\ufffd- name\ufffd.txt',
  ])
  expect(found.key_files).toEqual([
    { path: 'README.md', about: 'what it is' },
    { path: 'src/main.ts', about: 'entry' },
    { path: '.github/workflows/ci.yml', about: 'checks' },
  ])
  expect(found.lfs).toEqual(['*.psd'])
  const entry = { path: 'lib', mode: '160000', type: 'submodule', oid: 'b'.repeat(40) } as const
  const whole = survey({
    '.gitmodules': '[submodule "lib"]\n\tpath = lib\n\turl = https://a.test/lib.git\n',
  })
  const { submodules } = await analyse({
    ...whole,
    entries: [...whole.entries, { ...entry, sizeBytes: 0 }],
  })
  expect(submodules).toEqual([{ path: 'lib', commit: entry.oid, url: 'https://a.test/lib.git' }])
})

test('a large repository is told within bounds, and says that it was', async () => {
  const dependencies = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`p${n}`, '1']))
  const files = Object.fromEntries(
    Array.from({ length: 3000 }, (_, n) => [`d${n % 300}/f${n}.go`, 'x']),
  )
  const analysis = await analyse(
    survey({ ...files, 'package.json': JSON.stringify({ dependencies }) }, { isCut: true }),
  )
  expect(analysis.layout.length).toBeLessThanOrEqual(201)
  expect(analysis.dependencies).toHaveLength(300)
  expect(analysis.notes).toEqual([
    'There are more files than were looked at.',
    '100 more dependencies are not listed.',
  ])
  const told = toMarkdown({ analysis, branch: 'main', commit: 'c'.repeat(40) }, { maxBytes: 1500 })
  expect(new TextEncoder().encode(told).length).toBeLessThanOrEqual(1500)
  expect(told).toStartWith('Branch main at cccccccccccc: 3001 files')
  expect(told).toEndWith('[cut: there is more]\n')
})
